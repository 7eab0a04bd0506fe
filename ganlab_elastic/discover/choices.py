"""From what a folder holds to a recipe: size, channels, networks and views that fit it.

Sizes and widths are those of the shipped recipes `elastic/digits`, `elastic/mnist-small` and `elastic/renderings`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ganlab_core import Fit, Recipe
from ganlab_elastic.discover.from_scratch import LESSONS, are_photographs, loss_that_finds, told_views, trunk_that_finds
from ganlab_elastic.discover.schedule import Schedule
from ganlab_elastic.discover.shapes import Fitting, choose_fit
from ganlab_elastic.discover.sizes import SIZES
from ganlab_elastic.discover.survey import Survey

# Where the number of classes is not known: as many as can be told apart are used.
SPARE_CODES, SPARE_PHOTOGRAPHS = 20, 50
_IMAGES_A_CLASS = 5  # fewer are no class worth counting
_LARGEST, _LARGEST_ON_GPU = 32, 64
_SHRUNK, _NARROWED = 32, 16  # where time is short, images and networks that draw become no smaller than this
_SHARPNESS = 4.0  # as parts/taught.yaml has it
_QUICK = 0.02  # of the prior: 32 spare codes of 50 are left in 300 steps instead of 1,500
_CLUSTERS_A_CODE = 4
_BATCH = 64
_DRAWN = Path(__file__).parent.parent / "recipes" / "parts" / "drawn.yaml"
_SAMPLES_PER_CODE = 100
_COLOUR_SHOWN = {"rotate": 0, "zoom": [1.0, 1.0], "shift": 0.06, "jitter": 0.2}
_SLIGHT_VIEWS = {"rotate": 5, "zoom": [0.95, 1.05], "shift": 0.06, "jitter": 0.1}  # what is taught, not found
_SLIGHT_TOLD = "small shifts, rotations and zooms, other brightness"
_GREY_VIEWS = {"shift": 0.06, "distort": 0.8}


@dataclass(frozen=True)
class Choices:
    """What is not left to the shipped recipes.

    Attributes:
        size: height and width that images are brought to.
        width: of the generator's and the trunk's finest map.
        network: what these two use.
        recognition_width: of the network that finds classes.
        classes: categories of the code; `counted` if so many are only the most that there may be.
        flip: whether mirror images show the same.
        features: the frozen features that classes are found in; None learns from the pixels.
        fitting: how pictures become square.
    """

    survey: Survey
    size: int
    network: str
    width: int
    recognition_width: int
    classes: int
    counted: bool
    flip: bool
    features: str | None
    seed: int
    fitting: Fitting

    def describe(self) -> str:
        """The choices in two lines."""
        found_by = told_views(grey=self.survey.grey, size=self.size)
        views = found_by if self.features is None else _SLIGHT_TOLD
        classes = f"up to {self.classes} classes, counted on the way" if self.counted else f"{self.classes} classes"
        flips = ", mirror images" if self.flip else ""
        channels = "grey" if self.survey.grey else "colour"
        found_in = "" if self.features is None else f"features of {self.features}, "
        return (
            f"chosen        {self.size} x {self.size} {channels}, {self.network} networks of width {self.width}, "
            f"{found_in}{classes}; what shows the same: {views}{flips}\n"
            f"made square   {self.fitting.describe()}"
        )


def choose(
    survey: Survey,
    *,
    classes: int | None,
    size: int | None,
    flip: bool,
    seed: int,
    on_gpu: bool,
    features: str | None = None,
    fit: Fit | None = None,
) -> Choices:
    """What fits the folder, and what this machine can train in minutes; `classes`, `size` and `fit` overrule it."""
    fitting = choose_fit(survey, fit)
    side = survey.median_longer_side if fitting.fit == "pad" else survey.median_side
    # From scratch no more is found in larger pictures; features are found in pictures of their own size.
    size = size or nearest_size(side, largest=_LARGEST_ON_GPU if on_gpu and features else _LARGEST)
    small = size <= 28
    return Choices(
        survey=survey,
        size=size,
        network="infogan" if small else "dcgan",
        width=64 if on_gpu else 16 if small and size > 16 else 32,
        recognition_width=32 if on_gpu and not small else 16,
        classes=classes or _spare_codes(survey, size=size, features=features),
        counted=classes is None,
        flip=flip,
        features=features,
        seed=seed,
        fitting=fitting,
    )


def _spare_codes(survey: Survey, *, size: int, features: str | None) -> int:
    if features is None and not are_photographs(grey=survey.grey, size=size):
        return SPARE_CODES
    return min(SPARE_PHOTOGRAPHS, len(survey) // _IMAGES_A_CLASS)


def smaller(choices: Choices, *, keep_size: bool) -> Choices | None:
    """The choices with smaller images or, next, narrower networks to draw them; None where neither is to be had."""
    if not keep_size and choices.size > _SHRUNK:
        return replace(choices, size=max(size for size in SIZES if size < choices.size))
    if choices.width > _NARROWED:
        return replace(choices, width=choices.width // 2)
    return None


def nearest_size(side: int, *, largest: int) -> int:
    """The size on offer that a side is enlarged or shrunk to least, as a factor; at most `largest`."""
    return min((size for size in SIZES if size <= largest), key=lambda size: max(size / side, side / size))


def recipe_values(choices: Choices, schedule: Schedule) -> dict[str, Any]:
    """The recipe to merge over `parts/best.yaml`."""
    survey, starts = choices.survey, {"starts": schedule.discovery}
    shown = dict(_GREY_VIEWS if survey.grey else _COLOUR_SHOWN) | {"flip": choices.flip}
    network = {"use": choices.network, "width": choices.width}
    grey, size = survey.grey, choices.size
    return {
        "extends": [str(_DRAWN)],
        "dataset": {
            "use": "image-folder",
            "root": str(survey.folder.resolve()),
            "size": choices.size,
            "channels": 1 if survey.grey else 3,
            "fit": choices.fitting.fit,
            "classes": "none",
            "unreadable": "skip" if survey.unreadable else "stop",
        },
        "prior": {
            "noise": {"use": "normal", "dim": 16 if choices.size <= 16 else 62},
            "code": {"classes": choices.classes, **_quick_prior(choices)},
        },
        "networks": {
            "generator": network,
            "trunk": network,
            **_recognition(choices),
            "recognition_trunk": trunk_that_finds(grey=grey, size=size, width=choices.recognition_width),
        },
        "losses": {
            **_discovery(choices, schedule),
            "adversarial": {**starts, "views": shown},
            "information": starts,
            "prior_matching": _prior_matching(choices, starts),
        },
        **({} if choices.features is None else {"features": {"use": choices.features}}),
        "evaluation": {"samples_per_code": _SAMPLES_PER_CODE},
        "batch_size": min(_BATCH, len(survey)),
        "seed": choices.seed,
        "steps": schedule.steps,
    }


def cut_values(recipe: Recipe, done: int) -> dict[str, int]:
    """What a recipe says, by its addresses, whose classes are to be settled as soon as may be after `done` steps.

    Where a loss finds classes some steps before it ends, to teach them, and has not found them yet, it does so now.
    """
    finds = next(name for name in ("taught", "discovery") if name in recipe.losses)
    settled = [name for name in ("merge_at", "find_at") if name in recipe.losses[finds].arguments]
    ends, values = done, {}
    if "find_at" in settled and recipe.losses[finds].arguments["find_at"] >= done:
        values, ends = {f"losses.{finds}.find_at": done}, done + max(round(LESSONS * done), 1)
    if "merge_at" in settled:
        values = {f"losses.{finds}.merge_at": done}
    values |= {f"losses.{finds}.ends": ends}
    return values | {f"losses.{name}.starts": ends for name in ("adversarial", "information", "prior_matching")}


def _recognition(choices: Choices) -> dict[str, Any]:
    """The head; one that is taught has no clusters."""
    if choices.features is not None:
        return {}
    return {"recognition": {"subcodes": max(50, _CLUSTERS_A_CODE * choices.classes)}}


def _discovery(choices: Choices, schedule: Schedule) -> dict[str, Any]:
    """The loss that finds classes."""
    grey, size, flip, counted = choices.survey.grey, choices.size, choices.flip, choices.counted
    steps = schedule.discovery
    if choices.features is not None:
        return {"taught": {"ends": steps, "views": {**_SLIGHT_VIEWS, "flip": flip}, "counted": counted}}
    return {"discovery": loss_that_finds(grey=grey, size=size, flip=flip, counted=counted, steps=steps)}


def _prior_matching(choices: Choices, starts: dict[str, int]) -> dict[str, Any]:
    """The loss that fits the prior; calibrated predictions are sharpened, to be together as uneven as classes."""
    return {**starts, **({"sharpness": _SHARPNESS} if _is_taught(choices) else {})}


def _quick_prior(choices: Choices) -> dict[str, float]:
    """Where there are many spare categories, the prior soon leaves them: until then they are drawn like the others."""
    return {"learning_rate": _QUICK} if choices.counted and _is_taught(choices) else {}


def _is_taught(choices: Choices) -> bool:
    """Whether classes are found all at once, and taught with probabilities."""
    return choices.features is not None or are_photographs(grey=choices.survey.grey, size=choices.size)
