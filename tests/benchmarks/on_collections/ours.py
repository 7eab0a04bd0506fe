"""`ganlab discover` on the draws of all collections, and a judge's word on what it draws."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from ganlab_core import load_plugins
from tests.benchmarks.on_collections.drawn import judge_drawn
from tests.benchmarks.on_collections.draws import Images, read_collection, write_draw, write_whole
from tests.benchmarks.on_collections.found import Found, Request, discover
from tests.benchmarks.on_collections.inputs import PIXELS
from tests.benchmarks.on_collections.kept import GANLAB, Kept, Key, Result, versions
from tests.benchmarks.on_collections.options import Options
from tests.benchmarks.on_collections.scores import scores

_LIBRARIES = ("ganlab", "torch", "scikit-learn")


@dataclass(frozen=True)
class Ours:
    """All of ganlab's runs.

    Attributes:
        folder: gets NAME/drawN, and NAME/whole for the judge.
    """

    options: Options
    folder: Path

    def results(self, kept: Kept) -> Iterator[Result]:
        """Those that are not kept, a draw of all collections before the next; once more when the judge has looked."""
        found = []
        for one in discover(self._requests(kept), workers=self.options.workers):
            yield self._result(one, {})
            found.append(one)
        for one in found if self.options.judge_drawn else ():
            yield self._result(one, self._judged(one))

    def _requests(self, kept: Kept) -> list[Request]:
        requests: list[Request] = []
        for name in self.options.names:
            collection, done = read_collection(self.options.collections, name), kept.results([name])
            for draw in self.options.draws:
                if keys := [key for key in self._keys(name, draw) if key not in done]:
                    images = write_draw(collection, self._place(keys[0]) / "images", seed=draw)
                    requests += [self._request(key, images) for key in keys]
            if self.options.judge_drawn:
                write_whole(collection, self.folder / name / "whole")
        return sorted(requests, key=lambda request: request.key.draw)

    def _keys(self, name: str, draw: int) -> Iterator[Key]:
        for features in self.options.features:
            for told in self.options.told:
                yield Key(name, draw, GANLAB, features or PIXELS, told, self.options.minutes)

    def _request(self, key: Key, images: Images) -> Request:
        run = self._place(key) / f"{key.sees}-{'told' if key.told else 'counted'}"
        return Request(key, images, run, draws=self.options.draw, device=self.options.device)

    def _place(self, key: Key) -> Path:
        return self.folder / key.collection / f"draw{key.draw}"

    def _result(self, found: Found, more: dict[str, float]) -> Result:
        request, options = found.request, self.options
        figures = scores(found.codes_N, request.images.labels_N, found.confidences_N) | more
        on_gpu = torch.cuda.is_available() and options.device != "cpu"
        machine = {
            "on": torch.cuda.get_device_name() if on_gpu else "cpu",
            "cores": os.cpu_count(),
            "side by side": options.workers,
        }
        return Result(
            request.key, figures, round(found.seconds, 1), request.command, made_on=versions(*_LIBRARIES) | machine
        )

    def _judged(self, found: Found) -> dict[str, float]:
        request = found.request
        drawn = judge_drawn(
            request.run,
            self.folder / request.key.collection / "whole",
            found.codes_N,
            request.images.labels_N,
            plugins=load_plugins(),
            device=self.options.device,
        )
        return {"drawn": drawn.share, "judge_accuracy": drawn.judge_accuracy}
