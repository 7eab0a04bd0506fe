"""Row 2: a run that was stopped and resumed equals one that was not, for every family of shipped recipes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from ganlab_core import Component, Recipe, TrunkSpec, load_recipe, resume, train
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.plugins.registry import Entry
from ganlab_core.plugins.status import Giver
from ganlab_core.recipe.sources import list_recipes
from ganlab_core.stock.networks.dcgan import DCGANTrunk
from tests.conftest import REPOSITORY
from tests.faults.compare import require_equal
from tests.faults.harness import RECIPE, Bench
from tests.runs.checkpoint_files import put_other_random_state

EXAMPLES = REPOSITORY / "examples"
DRAWN = REPOSITORY / "ganlab_elastic" / "recipes" / "parts" / "drawn.yaml"
STEPS = 9
STOPS = (0, 2, 3, 4)
"""Steps after which a run is stopped; an epoch has three: none taken yet, within an epoch, at its end, after it."""

_SMALL = (
    "batch_size=40",
    f"steps={STEPS}",
    "evaluation.every=0",
    "checkpoint.every=1",
    "checkpoint.keep=20",
    "samples.every=0",
    "log.every=1",
    "device=cpu",
)
FAMILIES: Mapping[str, tuple[Any, ...]] = {
    "dcgan": (EXAMPLES / "dcgan-digits.yaml",),
    "infogan": (EXAMPLES / "infogan-digits.yaml",),
    "elastic": (EXAMPLES / "elastic-digits.yaml",),
    "several codes": (EXAMPLES / "infogan-digits.yaml", EXAMPLES / "continuous-codes.yaml"),
    "hinge": (EXAMPLES / "infogan-digits.yaml", EXAMPLES / "hinge.yaml"),
    "least squares": (EXAMPLES / "infogan-digits.yaml", EXAMPLES / "least-squares.yaml"),
    "wasserstein": (EXAMPLES / "infogan-digits.yaml", EXAMPLES / "wasserstein.yaml"),
    "r1": (EXAMPLES / "infogan-digits.yaml", EXAMPLES / "r1.yaml"),
    "bf16": (EXAMPLES / "infogan-digits.yaml", EXAMPLES / "bf16.yaml"),
    "nt-xent": ("elastic/digits-nt-xent",),
    "pairwise": ("elastic/digits-pairwise",),
    "drawn": (EXAMPLES / "elastic-digits.yaml", DRAWN),
}


def shipped_on_digits(plugins: Plugins) -> list[str]:
    """Shipped recipes whose data come with scikit-learn."""
    return [name for name in sorted(list_recipes(plugins)) if name.startswith("elastic/digits")]


def small(sources: Sequence[Any], plugins: Plugins, *more: str) -> Recipe:
    """A recipe cut down to narrow networks, 120 images, and few steps in which every loss counts."""
    recipe = load_recipe(*sources, plugins=plugins)
    counts = json.dumps([12] * 10).replace(" ", "")
    overrides = [*_SMALL, f"dataset.imbalance={{counts: {counts}}}"]
    overrides += [f"networks.{role}.width=4" for role, part in recipe.networks if part and "width" in part.arguments]
    for name, loss in recipe.losses.items():
        overrides += [f"losses.{name}.starts={min(loss.starts, 1)}", f"losses.{name}.ends={STEPS}"]
        overrides += [f"losses.{name}.merge_at=5"] if "merge_at" in loss.arguments else []
    overrides += [f"~metrics.{name}" for name in recipe.metrics]
    return load_recipe(*sources, overrides=[*overrides, *more], plugins=plugins)


def stopped_and_resumed(recipe: Recipe, folder: Path, *, after: int, plugins: Plugins) -> Path:
    """A run of the recipe that was cut off after some steps and gone on with from its checkpoint, if it had one."""
    run = folder / f"after{after}"
    first = recipe.model_copy(update={"checkpoint": recipe.checkpoint.model_copy(update={"every": 10**6})})
    train_until(first if after == 0 else recipe, run, after=after, plugins=plugins)
    resume(run, plugins=plugins)
    return run


class _Cut(BaseException):
    pass


def train_until(recipe: Recipe, run: Path, *, after: int, plugins: Plugins) -> None:
    """Train until a step is logged and its checkpoint, if any, written; then stop without any leave-taking."""
    from ganlab_core import hookimpl
    from ganlab_core.interface.events import CheckpointSaved, StepFinished

    class Stop:
        @hookimpl
        def ganlab_checkpoint_saved(self, event: CheckpointSaved) -> None:
            if event.number == after:
                raise _Cut

        @hookimpl
        def ganlab_step_finished(self, event: StepFinished) -> None:
            if event.number == after + 1:
                raise _Cut

    try:
        train(recipe, run=run, plugins=plugins, observers=[Stop()])
    except _Cut:
        return
    raise AssertionError(f"the run came to its end before step {after}")


class DropoutTrunk(DCGANTrunk):
    """A trunk whose dropout draws from torch's global generator, as those of third parties do."""

    def __init__(self, spec: TrunkSpec, *, width: int = 4) -> None:
        super().__init__(spec, width=width)
        self.dropout = torch.nn.Dropout(0.3)

    def forward(self, images_NCHW: torch.Tensor, groups: int = 1) -> torch.Tensor:
        features_ND: torch.Tensor = self.dropout(super().forward(images_NCHW, groups))
        return features_ND


def with_dropout() -> tuple[Recipe, Plugins]:
    """A recipe whose trunk has dropout, and the plugins that know it."""
    plugins = load_plugins({"GANLAB_PLUGINS": ""})
    component = Component(name="dropout", role="trunk", factory=DropoutTrunk, summary="has dropout")
    plugins.registries["network"].add(Entry("network", component, Giver("tests", "tests", "0")))
    recipe = json.loads(json.dumps(RECIPE)) | {"steps": STEPS, "checkpoint": {"every": 1, "keep": 20}}
    recipe["networks"]["trunk"] = {"use": "dropout"}
    return load_recipe(recipe, plugins=plugins), plugins


def resumed_families(bench: Bench) -> None:
    """Every family, stopped at every place; and a control whose random state is dropped, which must differ."""
    plugins = load_plugins()
    shipped = {name: (name,) for name in shipped_on_digits(plugins) if (name,) not in FAMILIES.values()}
    for name, sources in (dict(FAMILIES) | shipped).items():
        folder = bench.new("family")
        recipe = small(sources, plugins)
        train(recipe, run=folder / "whole", plugins=plugins)
        for after in STOPS:
            with bench.case(f"{name} after {after} steps"):
                run = stopped_and_resumed(recipe, folder, after=after, plugins=plugins)
                require_equal(run, folder / "whole", number=STEPS)
    recipe, plugins = with_dropout()
    folder = bench.new("dropout")
    train(recipe, run=folder / "whole", plugins=plugins)
    for after in STOPS:
        with bench.case(f"dropout after {after} steps"):
            run = stopped_and_resumed(recipe, folder, after=after, plugins=plugins)
            require_equal(run, folder / "whole", number=STEPS)
    with bench.case("control: dropout without the random state differs"):
        run = folder / "control"
        train_until(recipe, run, after=3, plugins=plugins)
        put_other_random_state(run / "checkpoints" / "00000003")
        resume(run, plugins=plugins)
        try:
            require_equal(run, folder / "whole", number=STEPS)
        except AssertionError:
            return
        raise AssertionError("it is equal, so the comparison sees nothing")
