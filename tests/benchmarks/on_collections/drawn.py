"""Whether what a run draws for a code shows the class that the code stands for, as a judge of the labels says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ganlab_core import ImageData, LoadedRun, Plugins, choose_device, load_run, match_codes
from ganlab_core.evaluation.judge.obtain import obtain_judge
from tests.benchmarks.on_collections.scores import contingency

_IMAGES = 100


@dataclass(frozen=True)
class Drawn:
    """The mean, over the codes that stand for a class, of the share of their images that show it, and who says so."""

    share: float
    judge_accuracy: float


def judge_drawn(
    folder: Path,
    whole: Path,
    codes_N: npt.NDArray[np.int64],
    labels_N: npt.NDArray[np.int64],
    *,
    plugins: Plugins,
    device: str | None,
) -> Drawn:
    """Draw 100 images of each code in use and ask the judge.

    Args:
        folder: a run that has learned to draw.
        whole: all images of the collection, WHOLE/CLASS/IMAGE; the judge learns from them, read as the run reads.
        codes_N: what the run found for real images.
        labels_N: their classes, numbered as the folders of `whole` in order.
    """
    run = load_run(folder, device=device, plugins=plugins)
    judge = obtain_judge(_seen_by(run, whole, plugins), device=choose_device(device or "auto"))
    assert judge is not None
    class_of_K = match_codes(contingency(codes_N, labels_N))
    shares = []
    for code in np.unique(codes_N).tolist():
        label = class_of_K[code]
        if label is not None:
            said_M = judge.label(run.sample(_IMAGES, code=code))
            shares.append((said_M == label).float().mean().item())
    return Drawn(share=float(np.mean(shares)), judge_accuracy=judge.accuracy)


def _seen_by(run: LoadedRun, whole: Path, plugins: Plugins) -> ImageData:
    """The whole collection, read as a run reads its images, with the folders as labels."""
    arguments = run.recipe.dataset.arguments | {"root": str(whole), "classes": "auto"}
    data: ImageData = plugins.registries["dataset"].get(run.recipe.dataset.use).build(arguments)
    return data
