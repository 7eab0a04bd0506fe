"""The rivals on the draws of a collection, each on pixels and on features."""

from __future__ import annotations

import time
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path

from ganlab_core import load_plugins
from tests.benchmarks.on_collections.draws import Collection, Images, write_draw
from tests.benchmarks.on_collections.inputs import PIXELS, Features, components, pixels
from tests.benchmarks.on_collections.kept import Key, Result, versions
from tests.benchmarks.on_collections.options import Options
from tests.benchmarks.on_collections.rivals import COUNTING, TOLD, Clustered, Embedding
from tests.benchmarks.on_collections.scores import scores

_LIBRARIES = ("scikit-learn", "umap-learn", "igraph", "leidenalg")


@dataclass(frozen=True)
class Beside:
    """All rivals on one collection."""

    collection: Collection
    options: Options
    _networks: dict[str, Features] = field(default_factory=dict)

    def results(self, folder: Path, *, done: Set[Key]) -> Iterator[Result]:
        """Those that are not done; draws are written into a folder."""
        seen = dict.fromkeys([PIXELS, *(name for name in self.options.features if name)])
        for draw in self.options.draws:
            for sees in seen:
                keys = [key for key in self._keys(draw, sees) if key not in done]
                if keys:
                    images = write_draw(self.collection, folder / f"draw{draw}", seed=draw)
                    embedding = self._embedding(images, sees, seed=draw)
                    yield from (_result(key, images, embedding) for key in keys)

    def _keys(self, draw: int, sees: str) -> Iterator[Key]:
        for told in self.options.told:
            for method in TOLD if told else COUNTING:
                yield Key(self.collection.name, draw, method, sees, told)

    def _embedding(self, images: Images, sees: str, *, seed: int) -> Embedding:
        if sees == PIXELS:
            return Embedding(components(pixels(images.paths), unit=False, seed=seed), metric="euclidean", seed=seed)
        if sees not in self._networks:
            self._networks[sees] = Features(sees, plugins=load_plugins(), device=self.options.device or "auto")
        features_ND = self._networks[sees].of(images)
        return Embedding(components(features_ND, unit=True, seed=seed), metric="cosine", seed=seed)


def _result(key: Key, images: Images, embedding: Embedding) -> Result:
    started = time.perf_counter()
    found = _clustered(key, embedding, images.classes)
    seconds = time.perf_counter() - started
    figures = scores(found.codes_N, images.labels_N, found.confidences_N)
    return Result(key, figures, round(seconds, 1), made_on=versions(*_LIBRARIES))


def _clustered(key: Key, embedding: Embedding, classes: int) -> Clustered:
    return TOLD[key.method](embedding, classes) if key.told else COUNTING[key.method](embedding, None)
