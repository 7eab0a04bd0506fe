"""From what a folder holds to a recipe: size, channels, networks and views that fit it.

Sizes and widths are those of the shipped recipes `elastic/digits`, `elastic/mnist-small` and `elastic/renderings`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ganlab_elastic.discover.from_scratch import loss_that_finds, told_views, trunk_that_finds
from ganlab_elastic.discover.schedule import Schedule
from ganlab_elastic.discover.sizes import SIZES
from ganlab_elastic.discover.survey import Survey

SPARE_CODES = 20  # where the number of classes is not known: as many as can be told apart are used
_LARGEST, _LARGEST_ON_GPU = 32, 64
_CLUSTERS_A_CODE = 4
_BATCH = 64
_SAMPLES_PER_CODE = 100
_COLOUR_SHOWN = {"rotate": 0, "zoom": [1.0, 1.0], "shift": 0.06, "jitter": 0.2}
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
    """

    survey: Survey
    size: int
    network: str
    width: int
    recognition_width: int
    classes: int
    counted: bool
    flip: bool
    seed: int

    def describe(self) -> str:
        """The choices in a line."""
        views = told_views(grey=self.survey.grey, size=self.size)
        classes = f"up to {self.classes} classes, counted on the way" if self.counted else f"{self.classes} classes"
        flips = ", mirror images" if self.flip else ""
        channels = "grey" if self.survey.grey else "colour"
        return (
            f"chosen        {self.size} x {self.size} {channels}, {self.network} networks of width {self.width}, "
            f"{classes}; what shows the same: {views}{flips}"
        )


def choose(survey: Survey, *, classes: int | None, size: int | None, flip: bool, seed: int, on_gpu: bool) -> Choices:
    """What fits the folder, and what this machine can train in minutes; `classes` and `size` overrule it."""
    size = size or nearest_size(survey.median_side, largest=_LARGEST_ON_GPU if on_gpu else _LARGEST)
    small = size <= 28
    return Choices(
        survey=survey,
        size=size,
        network="infogan" if small else "dcgan",
        width=64 if on_gpu else 16 if small and size > 16 else 32,
        recognition_width=32 if on_gpu and not small else 16,
        classes=classes or SPARE_CODES,
        counted=classes is None,
        flip=flip,
        seed=seed,
    )


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
        "dataset": {
            "use": "image-folder",
            "root": str(survey.folder.resolve()),
            "size": choices.size,
            "channels": 1 if survey.grey else 3,
            "classes": "none",
            "unreadable": "skip" if survey.unreadable else "stop",
        },
        "prior": {
            "noise": {"use": "normal", "dim": 16 if choices.size <= 16 else 62},
            "code": {"classes": choices.classes},
        },
        "networks": {
            "generator": network,
            "trunk": network,
            "recognition": {"subcodes": max(50, _CLUSTERS_A_CODE * choices.classes)},
            "recognition_trunk": trunk_that_finds(grey=grey, size=size, width=choices.recognition_width),
        },
        "losses": {
            "discovery": loss_that_finds(
                grey=grey, size=size, flip=choices.flip, counted=choices.counted, steps=schedule.discovery
            ),
            "adversarial": {**starts, "views": shown},
            "information": starts,
            "prior_matching": starts,
        },
        "evaluation": {"samples_per_code": _SAMPLES_PER_CODE},
        "batch_size": min(_BATCH, len(survey)),
        "seed": choices.seed,
        "steps": schedule.steps,
    }
