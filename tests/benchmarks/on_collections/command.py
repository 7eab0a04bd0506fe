"""What `collections.py` does: run what is not kept, keep it, and write the tables of all that is."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.on_collections.beside import Beside
from tests.benchmarks.on_collections.draws import read_collection
from tests.benchmarks.on_collections.kept import Kept, Result
from tests.benchmarks.on_collections.options import Options, parsed
from tests.benchmarks.on_collections.ours import Ours
from tests.benchmarks.on_collections.tables import markdown

_PRINTED = ("acc", "nmi", "ari", "sizes", "codes", "largest_code", "ece", "drawn")


def main(description: str | None) -> None:
    """The whole of it."""
    options = parsed(description, sys.argv[1:])
    kept = Kept(options.keep)
    kept.folder.mkdir(parents=True, exist_ok=True)
    with _folder(options.runs) as folder:
        for result in () if options.table else missing(options, kept, folder):
            kept.add(result)
            print(_line(result), flush=True)
    results = list(kept.results().values())
    table = options.keep / "table.md"
    table.write_text(markdown(results), encoding="utf-8")
    print(f"{table}: {len(results)} results")


def missing(options: Options, kept: Kept, folder: Path) -> Iterator[Result]:
    """Run what is asked for and not kept; the rivals first, since they are quick."""
    for name in () if options.rivals == "no" else options.names:
        beside = Beside(read_collection(options.collections, name), options)
        yield from beside.results(folder / name / "rivals", done=kept.results([name]).keys())
    if options.rivals != "only":
        yield from Ours(options, folder).results(kept)


def _line(result: Result) -> str:
    key = result.key
    figures = ", ".join(f"{name} {value:.3f}" for name, value in result.scores.items() if name in _PRINTED)
    told = "told K" if key.told else "counting"
    return f"{key.collection} {key.draw}: {key.method} on {key.sees}, {told}: {figures}, {result.seconds:.0f} s"


@contextmanager
def _folder(asked: Path | None) -> Iterator[Path]:
    """The folder that was asked for, or one that goes in the end."""
    if asked is not None:
        yield asked
    else:
        with tempfile.TemporaryDirectory() as temporary:
            yield Path(temporary)
