"""What the user asks of `ganlab discover`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ganlab_core import Fit, GanlabError
from ganlab_elastic.discover.sizes import MOST_CLASSES, MOST_MINUTES

MINUTES = 10.0


@dataclass(frozen=True)
class Wish:
    """What the user asked for; None leaves it to the images.

    Attributes:
        features: the frozen features to find classes in: a component's name, `auto` or `none`.
        draw: whether the classes that are found are to be drawn as well.
        megapixels: pictures of more are not read.
        follow_links: whether folders that are links are entered.
        overrides: changes to the recipe that is chosen, as `load_recipe` takes them.

    Raises:
        GanlabError: a number that no machine could do anything with.
    """

    folder: Path
    minutes: float = MINUTES
    run: Path | None = None
    classes: int | None = None
    size: int | None = None
    fit: Fit | None = None
    flip: bool = False
    seed: int = 0
    features: str = "auto"
    draw: bool = True
    megapixels: int | None = None
    follow_links: bool = False
    overrides: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.minutes <= MOST_MINUTES:
            raise GanlabError(f"minutes: {self.minutes} is no time; give more than 0 and at most {MOST_MINUTES:g}")
        if self.classes is not None and not 2 <= self.classes <= MOST_CLASSES:
            raise GanlabError(f"classes: {self.classes} cannot be found; give 2 to {MOST_CLASSES}")
