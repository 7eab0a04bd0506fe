"""Does balancing help? A classifier on imbalanced digits alone, oversampled, and topped up with generated images.

    python tests/benchmarks/balance.py --runs RUN [RUN ...] [--steps 800]

RUN: trained on imbalanced digits, such as `ganlab train --prior elastic --seed S`; one for each row of the mean, say
five. All three classifiers have the judge's architecture, the same steps, batches and learning rate, and keep the true
labels of real images. They differ in what a batch is drawn from:

    alone        the run's imbalanced images
    oversampled  the same, each class equally often
    generated    the same, each class topped up to the largest one's size with images of the code that stands for it

A code stands for a class where one-to-one matching on the training images says so; a generated image gets that class
as its label. Balanced accuracy is the mean recall on the digits that the imbalanced set left out; the largest class may
have none there, and then is not counted. Each is trained without augmentation, and with the judge's small rotations and
shifts.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from ganlab_core import ImageData, LoadedRun, assign, derived_generator, load_plugins, load_run, to_uint8, to_unit_range
from ganlab_core.evaluation.judge.training import _jittered
from ganlab_core.interface.judge import Judge
from ganlab_core.recipe.build import build_data
from ganlab_core.stock.datasets.imbalance import Imbalance, draw_imbalanced
from ganlab_core.verbs.balance.balanced import generated_images

_BATCH = 64
_LEARNING_RATE = 3e-3


@dataclass(frozen=True)
class Collection:
    """Images `(N, C, H, W)` uint8, labels `(N,)`, and how often each is drawn, in proportion."""

    images_NCHW: Tensor
    labels_N: Tensor
    weights_N: Tensor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, nargs="+", required=True)
    parser.add_argument("--steps", type=int, default=800)
    options = parser.parse_args()
    scores: dict[tuple[str, bool], list[float]] = {}
    for seed, path in enumerate(options.runs):
        run = load_run(path)
        data = build_data(run.recipe.dataset, load_plugins())
        images_NCHW, labels_N = _left_out(data, run)
        for name, collection in _collections(run, data, seed).items():
            for augmented in (False, True):
                judge = _trained(collection, augmented=augmented, seed=seed, steps=options.steps)
                said_N = judge.label(to_unit_range(images_NCHW))
                score = _balanced_accuracy(said_N, labels_N)
                scores.setdefault((name, augmented), []).append(score)
                print(f"{path} {name:<12} {'augmented' if augmented else 'plain':<10} {score:.4f}", flush=True)
    print(f"\nbalanced accuracy, mean ± standard deviation of {len(options.runs)} runs\n")
    print("| trained on | without augmentation | with rotations and shifts |\n|---|---:|---:|")
    for name in dict.fromkeys(name for name, _ in scores):
        print(f"| {name} | {_spread(scores[name, False])} | {_spread(scores[name, True])} |")


def _left_out(data: ImageData, run: LoadedRun) -> tuple[Tensor, Tensor]:
    """Images and labels of the whole set that the imbalanced one does not hold: the same draw, of numbers."""
    whole = data.full
    assert whole is not None, "the run's data set is not an imbalanced one"
    assert whole.labels_N is not None
    numbered = ImageData("numbers", torch.arange(len(whole)).view(-1, 1, 1, 1), whole.labels_N, whole.class_names)
    kept = draw_imbalanced(numbered, Imbalance(**_given(run.recipe.dataset.arguments["imbalance"])))
    kept_N = kept.images_NCHW.flatten()
    assert torch.equal(whole.images_NCHW[kept_N], data.images_NCHW)
    left_N = torch.ones(len(whole), dtype=torch.bool)
    left_N[kept_N] = False
    return whole.images_NCHW[left_N], whole.labels_N[left_N]


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}


def _collections(run: LoadedRun, data: ImageData, seed: int) -> dict[str, Collection]:
    labels_N, counts = data.labels_N, data.class_counts
    assert labels_N is not None
    assert counts is not None
    even_N = torch.ones(len(data))
    made_NCHW, made_labels_N = _generated(run, data, seed)
    return {
        "alone": Collection(data.images_NCHW, labels_N, even_N),
        "oversampled": Collection(data.images_NCHW, labels_N, 1.0 / torch.tensor(counts)[labels_N]),
        "generated": Collection(
            torch.cat([data.images_NCHW, made_NCHW]),
            torch.cat([labels_N, made_labels_N]),
            torch.ones(len(data) + len(made_labels_N)),
        ),
    }


def _generated(run: LoadedRun, data: ImageData, seed: int) -> tuple[Tensor, Tensor]:
    """What tops each class up, and its labels."""
    assert data.labels_N is not None
    counts = data.class_counts or ()
    codes_N = assign(run, data.images_NCHW).codes_N
    table_KL = torch.zeros(next(iter(run.prior.categorical.values())).classes, len(counts))
    table_KL.index_put_((codes_N, data.labels_N), torch.ones(len(data)), accumulate=True)
    images, labels = [], []
    for code, label in zip(*linear_sum_assignment(table_KL.numpy(), maximize=True), strict=True):
        missing = max(counts) - counts[label]
        for batch in generated_images(run, code=int(code), count=missing, seed=seed):
            images.append(to_uint8(batch.images_NCHW).cpu())
        labels += [int(label)] * missing
    return torch.cat(images), torch.tensor(labels)


def _trained(collection: Collection, *, augmented: bool, seed: int, steps: int) -> Judge:
    torch.manual_seed(seed)
    judge = Judge(channels=collection.images_NCHW.shape[1], classes=int(collection.labels_N.max()) + 1)
    optimiser = torch.optim.Adam(judge.parameters(), lr=_LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _LEARNING_RATE, total_steps=steps)
    judge.train()
    for step in range(steps):
        generator = derived_generator(seed, "classifier", step)
        batch_B = torch.multinomial(collection.weights_N, _BATCH, generator=generator)
        images_NCHW = to_unit_range(collection.images_NCHW[batch_B])
        if augmented:
            images_NCHW = _jittered(images_NCHW, generator=generator)
        loss = F.cross_entropy(judge(images_NCHW), collection.labels_N[batch_B])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return judge


def _balanced_accuracy(said_N: Tensor, labels_N: Tensor) -> float:
    """Mean recall over the classes that have held-out images."""
    right_N = (said_N == labels_N).double()
    return statistics.mean(right_N[labels_N == label].mean().item() for label in labels_N.unique())


def _spread(values: list[float]) -> str:
    deviation = f" ± {statistics.stdev(values):.4f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.4f}{deviation}"


if __name__ == "__main__":
    main()
