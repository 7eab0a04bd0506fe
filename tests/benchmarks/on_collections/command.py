"""The command line of `collections.py`."""

from __future__ import annotations

import argparse
import os
import platform
import re
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from tests.benchmarks.on_collections import rivals
from tests.benchmarks.on_collections.draws import Images, collection_names, read_collection, write_draw, write_whole
from tests.benchmarks.on_collections.drawn import judge_drawn
from tests.benchmarks.on_collections.found import Found, Request, discover
from tests.benchmarks.on_collections.inputs import PIXELS, Features, components, pixels
from tests.benchmarks.on_collections.kept import GANLAB, Kept, Key, Result
from tests.benchmarks.on_collections.scores import scores
from tests.benchmarks.on_collections.tables import markdown

from ganlab_core import load_plugins

_RIVALS_USE = ("scikit-learn", "umap-learn", "igraph", "leidenalg")
_GANLAB_USES = ("ganlab", "torch", "scikit-learn")


def main(description: str) -> None:
    """Run what is not kept, keep it, and write the tables of all that is."""
    options = parsed(description, sys.argv[1:])
    kept = Kept(options.keep)
    if not options.table:
        with _folder(options.runs) as runs:
            for name in options.names if options.rivals != "no" else ():
                _run_rivals(name, options, kept, runs)
            if options.rivals != "only":
                _run_ganlab(options, kept, runs)
    results = list(kept.results().values())
    table = options.keep / "table.md"
    table.write_text(markdown(results, command=shlex.join(["python", *sys.orig_argv[1:]])), encoding="utf-8")
    print(f"{table}: {len(results)} results")


def parsed(description: str, words: list[str]) -> argparse.Namespace:
    """The options, `names` filled in."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collections", type=Path, required=True, help="folder of NAME.tar.xz, or of NAME/CLASS/IMAGE")
    parser.add_argument("--names", nargs="+", help="which of them; else all")
    parser.add_argument("--draws", type=numbers, default=numbers("0-4"), help="seeds, such as 0-4 or 0,3; 0-4 if left out")
    parser.add_argument("--minutes", type=float, default=10.0, help="of each `ganlab discover`; 10 if left out")
    told = parser.add_mutually_exclusive_group()
    told.add_argument("--told", dest="told", action="store_const", const=[True], help="how many classes there are")
    told.add_argument("--counted", dest="told", action="store_const", const=[False], help="classes are counted")
    told.add_argument("--both", dest="told", action="store_const", const=[True, False], help="the one, then the other")
    parser.add_argument("--features", nargs="+", default=["none"], help="feature networks, or none: from the pixels")
    parser.add_argument("--rivals", choices=["yes", "no", "only"], default="yes", help="beside ganlab, not, or alone")
    parser.add_argument("--keep", type=Path, required=True, help="folder of results; what is there is not run again")
    parser.add_argument("--runs", type=Path, help="keep draws and run folders there, to look at")
    parser.add_argument("--workers", type=int, default=1, help="so many `ganlab discover` side by side")
    parser.add_argument("--device", help="of ganlab, the judge and the features")
    parser.add_argument("--draw", action="store_true", help="ganlab learns to draw the classes, too")
    parser.add_argument("--judge-drawn", action="store_true", help="so it does, and a judge trained on the labels looks")
    parser.add_argument("--table", action="store_true", help="run nothing, write the tables")
    options = parser.parse_args(words, argparse.Namespace(told=[True, False]))
    options.names = options.names or collection_names(options.collections)
    return options


def numbers(text: str) -> list[int]:
    """`0-2,7` as [0, 1, 2, 7]."""
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", part.strip())
        if match is None:
            raise argparse.ArgumentTypeError(f"{text!r}: give numbers and ranges, such as 0-4 or 0,3")
        found += range(int(match[1]), int(match[2] or match[1]) + 1)
    return found


def run_rivals(images: Images, embedding: rivals.Embedding, keys: list[Key]) -> Iterator[Result]:
    """The figures of those rivals that are asked for."""
    for key in keys:
        started = time.perf_counter()
        rival: Any = (rivals.TOLD if key.told else rivals.COUNTING)[key.method]
        found = rival(embedding, images.classes if key.told else None)
        seconds = time.perf_counter() - started
        figures = scores(found.codes_N, images.labels_N, found.confidences_N)
        yield Result(key, figures, round(seconds, 1), made_on=_versions(_RIVALS_USE))


def _run_rivals(name: str, options: argparse.Namespace, kept: Kept, runs: Path) -> None:
    collection, done = read_collection(options.collections, name), kept.results([name])
    networks: dict[str, Features] = {}
    for draw in options.draws:
        for sees in dict.fromkeys([PIXELS, *(one for one in options.features if one != "none")]):
            asked = [(method, True) for method in rivals.TOLD] * (True in options.told)
            asked += [(method, False) for method in rivals.COUNTING] * (False in options.told)
            keys = [Key(name, draw, method, sees, told) for method, told in asked]
            if not (keys := [key for key in keys if key not in done]):
                continue
            images = write_draw(collection, _place(runs, name, draw) / "images", seed=draw)
            if sees == PIXELS:
                rows_ND = components(pixels(images.paths), unit=False, seed=draw)
            else:
                device = options.device or "auto"
                network = networks.get(sees) or Features(sees, plugins=load_plugins(), device=device)
                networks[sees] = network
                rows_ND = components(network.of(images), unit=True, seed=draw)
            metric = "euclidean" if sees == PIXELS else "cosine"
            for result in run_rivals(images, rivals.Embedding(rows_ND, metric=metric, seed=draw), keys):
                _keep(kept, result)


def _run_ganlab(options: argparse.Namespace, kept: Kept, runs: Path) -> None:
    draws = options.draw or options.judge_drawn
    requests = []
    for name in options.names:
        collection, done = read_collection(options.collections, name), kept.results([name])
        for draw in options.draws:
            sees = [PIXELS if one == "none" else one for one in options.features]
            keys = [Key(name, draw, GANLAB, one, told, options.minutes) for one in sees for told in options.told]
            if not (keys := [key for key in keys if key not in done]):
                continue
            images = write_draw(collection, _place(runs, name, draw) / "images", seed=draw)
            requests += [Request(key, images, _run(runs, key), draws, options.device) for key in keys]
        if options.judge_drawn:
            write_whole(collection, runs / name / "whole")
    requests.sort(key=lambda request: request.key.draw)
    everything = []
    for found in discover(requests, workers=options.workers):
        everything.append(found)
        _keep(kept, _result(found, options, {}))
    for found in everything if options.judge_drawn else ():
        _keep(kept, _result(found, options, _judged(found, options, runs)))


def _result(found: Found, options: argparse.Namespace, more: dict[str, float]) -> Result:
    request = found.request
    figures = scores(found.codes_N, request.images.labels_N, found.confidences_N) | more
    device = torch.cuda.get_device_name() if torch.cuda.is_available() and options.device != "cpu" else "cpu"
    machine = {"on": device, "cores": os.cpu_count(), "side by side": options.workers}
    return Result(request.key, figures, round(found.seconds, 1), request.command, _versions(_GANLAB_USES) | machine)


def _judged(found: Found, options: argparse.Namespace, runs: Path) -> dict[str, float]:
    images, name = found.request.images, found.request.key.collection
    return judge_drawn(
        found.request.run,
        runs / name / "whole",
        found.codes_N,
        images.labels_N,
        plugins=load_plugins(),
        device=options.device,
    ).values()


def _keep(kept: Kept, result: Result) -> None:
    kept.add(result)
    key = result.key
    figures = ", ".join(f"{name} {value:.3f}" for name, value in result.scores.items() if name in _PRINTED)
    told = "told" if key.told else "counted"
    print(f"{key.collection} {key.draw}  {key.method}, {key.sees}, {told}: {figures}, {result.seconds:.0f} s", flush=True)


_PRINTED = ("acc", "nmi", "ari", "sizes", "codes", "largest_code", "ece", "drawn")


def _place(runs: Path, name: str, draw: int) -> Path:
    return runs / name / f"draw{draw}"


def _run(runs: Path, key: Key) -> Path:
    return _place(runs, key.collection, key.draw) / f"{key.sees}-{'told' if key.told else 'counted'}"


def _versions(packages: tuple[str, ...]) -> dict[str, Any]:
    return {"Python": platform.python_version(), **{package: version(package) for package in packages}}


@contextmanager
def _folder(asked: Path | None) -> Iterator[Path]:
    """The folder that was asked for, or one that goes in the end."""
    if asked is not None:
        yield asked
    else:
        with tempfile.TemporaryDirectory() as temporary:
            yield Path(temporary)
