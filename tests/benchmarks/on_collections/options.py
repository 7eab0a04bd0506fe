"""The options of `collections.py`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.benchmarks.on_collections.draws import collection_names

_COUNTS = {"told": (True,), "counted": (False,), "both": (True, False)}


@dataclass(frozen=True)
class Options:
    """What was asked for.

    Attributes:
        told: whether methods are told how many classes there are; each way is run.
        features: the networks; None stands for what sees pixels.
        runs: where draws and run folders stay, to be looked at; None for nowhere.
        draw: whether ganlab learns to draw the classes, too.
    """

    collections: Path
    names: tuple[str, ...]
    draws: tuple[int, ...]
    minutes: float
    told: tuple[bool, ...]
    features: tuple[str | None, ...]
    rivals: Literal["yes", "no", "only"]
    keep: Path
    runs: Path | None
    workers: int
    device: str | None
    draw: bool
    judge_drawn: bool
    table: bool


def parsed(description: str | None, words: Sequence[str]) -> Options:
    """The options of a command line; `--help` and mistakes end the program."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--collections", type=Path, required=True, help="folder of NAME.tar.xz, or of NAME/CLASS/IMAGE")
    add("--names", nargs="+", help="which of them; else all")
    add("--draws", type=numbers, default=numbers("0-4"), help="seeds, such as 0-4 or 0,3; 0-4 if left out")
    add("--minutes", type=float, default=10.0, help="of each `ganlab discover`; 10 if left out")
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--told", dest="count", action="store_const", const="told", help="how many classes there are")
    ways.add_argument("--counted", dest="count", action="store_const", const="counted", help="methods count them")
    ways.add_argument("--both", dest="count", action="store_const", const="both", help="one, then the other; the usual")
    add("--features", nargs="+", default=["none"], help="feature networks, or none: from the pixels")
    add("--rivals", choices=["yes", "no", "only"], default="yes", help="beside ganlab, not, or alone")
    add("--keep", type=Path, required=True, help="folder of results; what is there is not run again")
    add("--runs", type=Path, help="keep draws and run folders there, to look at")
    add("--workers", type=int, default=1, help="so many `ganlab discover` side by side")
    add("--device", help="of ganlab, the judge and the features; auto if left out")
    add("--draw", action="store_true", help="ganlab learns to draw the classes, too")
    add("--judge-drawn", action="store_true", help="and a judge trained on the labels looks at what it draws")
    add("--table", action="store_true", help="run nothing, write the tables")
    given = vars(parser.parse_args(words))
    count_as = given.pop("count") or "both"
    return Options(
        **given
        | {
            "told": _COUNTS[count_as],
            "names": tuple(given["names"] or collection_names(given["collections"])),
            "features": tuple(None if name == "none" else name for name in given["features"]),
            "draw": given["draw"] or given["judge_drawn"],
        }
    )


def numbers(text: str) -> tuple[int, ...]:
    """`0-2,7` as (0, 1, 2, 7)."""
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", part.strip())
        if match is None:
            raise argparse.ArgumentTypeError(f"{text!r}: give numbers and ranges, such as 0-4 or 0,3")
        found += range(int(match[1]), int(match[2] or match[1]) + 1)
    return tuple(found)
