"""`data.json`: what a model needs to know of its data, so that it loads without it."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ganlab_core.interface.data_facts import DataFacts, named
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.features import FeatureFacts
from ganlab_core.interface.image_data import ImageData
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.records import RecordError, read_record

log = logging.getLogger(__name__)

_WAY_OUT = "bring the old ones back to go on with this run, or name the folder that they lie in by now with --set"


def write_facts(facts: DataFacts, path: Path) -> None:
    """Write facts as JSON."""
    path.write_text(json.dumps(asdict(facts), indent=2) + "\n", encoding="utf-8")


def read_facts(path: Path) -> DataFacts:
    """Read facts that `write_facts` wrote.

    Raises:
        GanlabError: the file is missing or damaged, or its figures do not go together.
    """
    said: dict[str, Any] = {"state": "missing or damaged", "way_out": "the run cannot be loaded, train it again"}
    facts = read_record(path, DataFacts, **said)
    facts = replace(facts, class_names=named(facts.class_names, facts.class_counts))
    if (counts := facts.class_counts) is not None:
        pairs = ((len(counts), len(facts.class_names), "names"), (sum(counts), facts.size, "images"))
        for there, wanted, what in pairs:
            if there != wanted:
                raise RecordError(path, ValueError(f"class_counts: {there} of {wanted} {what}"), **said)
    return facts


def require_same_size(recipe: Recipe, facts: DataFacts, run: Path, *, plugins: Plugins) -> None:
    """Check that a run's recipe asks for images of the size that the run was trained on, before any is made.

    Only of the core's data sets: what another one calls its size is its own.

    Raises:
        GanlabError: it asks for others.
    """
    part, sides = recipe.dataset, facts.image_shape[1:]
    size = part.arguments.get("size")
    if isinstance(size, int) and sides != (size, size) and plugins.registries["dataset"].get(part.use).giver.is_core:
        raise GanlabError(
            f"dataset.size: {size}: {run} was trained on images of {sides[1]} x {sides[0]} pixels; bring its own "
            "recipe back from a copy"
        )


def require_same_data(data: ImageData, facts: DataFacts, run: Path) -> None:
    """Check that a collection is the one that a run was trained on.

    Raises:
        GanlabError: it holds other images, or the same in another order, be it among those that an imbalance left out.
    """
    if data.content_hash != facts.content_hash:
        raise GanlabError(
            f"dataset {data.name!r} holds other images than {run} was trained on ({len(data)} now, {facts.size} then, "
            f"and their content hashes differ); {_WAY_OUT}"
        )
    full_hash = None if data.full is None else data.full.content_hash
    if facts.full_hash is not None and full_hash != facts.full_hash:
        raise GanlabError(
            f"dataset {data.name!r} holds other images than {run} began with: those that it trains on are the same, "
            f"those that its imbalance left out, from which a judge learns, are not; {_WAY_OUT}"
        )


def require_same_judge(now: str | None, facts: DataFacts, run: Path) -> None:
    """Check that a judge's weights file is the one that a run began with.

    Args:
        now: its SHA-256, None where the recipe names none.

    Raises:
        GanlabError: it is another one.
    """
    if facts.judge is not None and now != facts.judge:
        raise GanlabError(
            f"judge.weights: the file holds another judge than {run} began with; bring the old one back, or say where "
            "it lies by now: --set judge.weights=FILE"
        )


def require_same_features(now: FeatureFacts | None, then: FeatureFacts | None, run: Path) -> None:
    """Check that a feature network is the one that a run was trained with.

    Raises:
        GanlabError: its weights, or what else decides what it computes, are others.
    """
    if now != then:
        raise GanlabError(
            f"features: {run} was trained with those of {_named(then)}, and its recipe now gives those of "
            f"{_named(now)}; bring the old weights back, or train in a new run"
        )


def tell_other_features(now: DataFacts, then: DataFacts, run: Path) -> None:
    """Warn where a frozen network says something else of the images than when a run began, be it by a bit."""
    if then.features_hash is not None and now.features_hash != then.features_hash:
        log.warning(
            "%s goes on, but not to the same bits: the frozen network's features of its images are not those that it "
            "began with: files changed in what the run's own size does not show, or another machine computed them",
            run,
        )


def _named(features: FeatureFacts | None) -> str:
    if features is None:
        return "no network"
    identity = features.identity if features.identity.isprintable() else ascii(features.identity)
    return f"{identity} ({features.width} numbers an image)"
