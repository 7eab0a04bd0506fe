"""`DataFacts`: what a model needs to know of its data; kept in the run folder, so that a model loads without it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from ganlab_core.interface.data_facts import DataFacts
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData


def write_facts(facts: DataFacts, path: Path) -> None:
    """Write facts as JSON."""
    path.write_text(json.dumps(asdict(facts), indent=2) + "\n", encoding="utf-8")


def read_facts(path: Path) -> DataFacts:
    """Read facts that `write_facts` wrote.

    Raises:
        GanlabError: the file is missing or damaged.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        channels, height, width = found["image_shape"]
        counts = found["class_counts"]
        return DataFacts(
            name=str(found["name"]),
            image_shape=(int(channels), int(height), int(width)),
            size=int(found["size"]),
            class_names=tuple(map(str, found["class_names"])),
            class_counts=None if counts is None else tuple(map(int, counts)),
            content_hash=str(found["content_hash"]),
        )
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise GanlabError(
            f"{path} is missing or damaged ({error}); the run cannot be loaded, train it again"
        ) from error


def require_same_data(data: ImageData, facts: DataFacts, run: Path) -> None:
    """Check that a collection is the one that a run was trained on.

    Raises:
        GanlabError: it holds other images, or the same in another order.
    """
    if data.content_hash != facts.content_hash:
        raise GanlabError(
            f"dataset {data.name!r} holds other images than {run} was trained on ({len(data)} now, {facts.size} then, "
            f"and their content hashes differ); bring the old ones back to go on with this run"
        )
