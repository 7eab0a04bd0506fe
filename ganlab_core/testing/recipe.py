"""`run_recipe`: a recipe's first steps on the CPU, with all its losses at work."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ganlab_core.evaluation.judge.files import save_judge
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe.build import build_data
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.settings import Recipe
from ganlab_core.testing.untrained_judge import untrained_judge
from ganlab_core.training.loop import RunResult
from ganlab_core.training.run import train


def run_recipe(
    recipe: Mapping[str, Any] | Path | str,
    *,
    overrides: Sequence[str] = (),
    steps: int = 2,
    plugins: Plugins | None = None,
    run: Path | None = None,
) -> RunResult:
    """Train a recipe for a few steps with a tiny batch; every loss counts from the first step to the last.

    Images are labelled by a judge that learned nothing, so that none is trained: figures that rest on it mean nothing.

    Args:
        recipe: a mapping, a YAML file, or the name of a shipped recipe.
        overrides: as `--set` takes them; they have the last word.
        steps: how many.
        plugins: where the recipe finds its parts; all that are installed if left out.
        run: the folder to make; one that is gone when the program ends if left out.

    Raises:
        GanlabError: the recipe is wrong, its parts do not fit, a parameter would never learn, or a loss is not finite.
    """
    plugins = plugins or load_plugins()
    given = load_recipe(recipe, overrides=overrides, plugins=plugins)
    folder = _temporary_folder()
    small = [*_small(given, steps), *_untrained_judge(given, plugins, folder)]
    return train(
        load_recipe(recipe, overrides=[*small, *overrides], plugins=plugins), run=run or folder / "run", plugins=plugins
    )


def _small(recipe: Recipe, steps: int) -> Iterator[str]:
    yield from ("device=cpu", "batch_size=4", f"steps={steps}", "evaluation.samples_per_code=4", "samples.columns=2")
    for name in recipe.losses:
        yield from (f"losses.{name}.starts=0", f"losses.{name}.ends={steps}")


def _untrained_judge(recipe: Recipe, plugins: Plugins, folder: Path) -> Iterator[str]:
    """The weights of a judge, for data with labels, unless the recipe gives some."""
    judge = untrained_judge(build_data(recipe.dataset, plugins, may_download=True))
    if judge is not None and recipe.judge.weights is None:
        path = folder / "judge.safetensors"
        save_judge(judge, path, accuracy=0.0)
        yield f"judge.weights={path}"


def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ganlab-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
