"""What a training step costs against a hand-written loop of the same mathematics, interleaved in one process.

    python tests/benchmarks/training_step.py [--threads 2] [--rounds 15] [--steps 4]

Both train Elastic-InfoGAN on the `infogan` networks, batch 64, 28 x 28: non-saturating adversarial loss, mutual
information, NT-Xent on one warped view, learned prior, EMA. Prints the median time of a step of each, the ratio (median
over rounds, which alternate), torch's flop count of one step, and the rate of a large matrix product for scale.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from ganlab_core.plugins import load_plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.runs.folder import RunFolder
from ganlab_core.training.session import Surroundings, build_session
from ganlab_core.training.step import train_step

sys.path.insert(0, str(Path(__file__).parents[2]))  # where `tests` is found: a script finds only its own folder
from tests.benchmarks.bare_loop import BareLoop

RECIPE = {
    "dataset": {"use": "digits", "size": 28},
    "prior": {"noise": {"use": "normal", "dim": 62}, "code": {"use": "elastic", "classes": 10}},
    "networks": {
        "generator": {"use": "infogan"},
        "trunk": {"use": "infogan"},
        "discriminator": {"use": "linear"},
        "recognition": {"use": "recognition", "hidden": 128},
    },
    "losses": {
        "adversarial": {"use": "nonsaturating"},
        "information": {"use": "mutual-information"},
        "consistency": {"use": "consistency", "weight": 10.0},
    },
    "batch_size": 64,
    "device": "cpu",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=4)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    plugins = load_plugins()
    around = Surroundings(plugins=plugins, device=torch.device("cpu"))
    session = build_session(RunFolder(Path("unused")), load_recipe(RECIPE, plugins=plugins), around)
    bare, numbers = BareLoop(session.data.images_NCHW), count()

    def ours() -> None:
        train_step(session.state, next(numbers))

    times: dict[str, list[float]] = {"ganlab": [], "bare": []}
    for round_number in range(options.rounds + 1):
        pair = {"ganlab": ours, "bare": bare.step}
        for name in sorted(pair, reverse=bool(round_number % 2)):
            seconds = _seconds(pair[name], options.steps)
            if round_number:  # the first round warms both up
                times[name].append(seconds)
    ratios = [mine / theirs for mine, theirs in zip(times["ganlab"], times["bare"], strict=True)]
    for name, seen in times.items():
        print(f"{name:<8} {statistics.median(seen):.4f} s a step, {options.threads} threads")
    spread = f"median of {len(ratios)} rounds, {min(ratios):.3f} to {max(ratios):.3f}"
    print(f"ratio    {statistics.median(ratios):.3f} ({spread})")
    print(f"flops    {_giga_flops(ours):.1f} GFLOP a step (bare: {_giga_flops(bare.step):.1f})")
    print(f"matrix   {_matrix_rate():.0f} GFLOP/s in a 2048 x 2048 product")


def _seconds(step: Callable[[], None], repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        step()
    return (time.perf_counter() - start) / repeats


def _giga_flops(step: Callable[[], None]) -> float:
    with FlopCounterMode(display=False) as counter:
        step()
    return float(counter.get_total_flops()) / 1e9


def _matrix_rate() -> float:
    side = 2048
    matrix, product = torch.randn(side, side), torch.empty(side, side)

    def multiply() -> None:
        torch.mm(matrix, matrix, out=product)

    multiply()
    seconds = statistics.median(_seconds(multiply, 1) for _ in range(7))
    return 2 * side**3 / seconds / 1e9


if __name__ == "__main__":
    main()
