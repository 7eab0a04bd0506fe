"""`export_run`: a folder with all that is handed on of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save

from ganlab_core.image_files.write import save_png
from ganlab_core.interface.errors import GanlabError
from ganlab_core.runs.loaded import LoadedRun
from ganlab_core.system.atomic import written_aside
from ganlab_core.system.places import require_new_folder
from ganlab_core.traversal.grid import sample_grid
from ganlab_core.verbs.export.card import write_card
from ganlab_core.verbs.export.description import describe
from ganlab_core.verbs.export.networks import Exported, exported_networks
from ganlab_core.verbs.export.onnx import require_onnx, save_onnx
from ganlab_core.verbs.export.program import difference, save_program, trace

DESCRIPTION, CARD, GRID = "export.json", "README.md", "grid.png"
_COLUMNS = 10


@dataclass(frozen=True)
class Export:
    """A folder that was written.

    Attributes:
        differences: the largest difference from the network, on random inputs, of each program by its file's name.
        failures: why programs are missing; weights and description are there all the same.
    """

    folder: Path
    differences: Mapping[str, float]
    failures: Sequence[str]


def export_run(run: LoadedRun, out: str | Path, *, onnx: bool = False) -> Export:
    """Write the generator's moving average and the recognition network of a run, and what tells of them.

    Args:
        run: a trained run, from `load_run`.
        out: the folder to make; it is there whole or not at all.
        onnx: write ONNX files as well.

    Raises:
        GanlabError: `out` is not empty or cannot be written, or ONNX is asked for and not installed. That a network
            cannot be traced raises nothing, see `Export.failures`.
    """
    out = Path(out)
    require_new_folder(out, option="--out")
    if onnx:
        require_onnx()
    networks = exported_networks(run)
    about: dict[str, Any] = describe(run, networks)
    with written_aside(out) as folder:
        folder.mkdir()
        for network in networks:
            # Not `save_file`, whose files nobody but their owner may read.
            (folder / f"{network.name}.safetensors").write_bytes(save(dict(network.weights)))
        differences, failures = _write_programs(networks, folder, onnx=onnx)
        for network in networks:
            files = [name for name in differences if name.startswith(f"{network.name}.")]
            about["networks"][network.name]["programs"] = files
        (folder / DESCRIPTION).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        grid_CHW = sample_grid(run.generator, run.prior, columns=_COLUMNS, seed=0, device=run.device)
        save_png(grid_CHW, folder / GRID, of_many=True)
        write_card(folder / CARD, run, about, differences=differences, failures=failures, grid=GRID)
    return Export(out, differences, failures)


def _write_programs(networks: Sequence[Exported], folder: Path, *, onnx: bool) -> tuple[dict[str, float], list[str]]:
    """The differences by file, and what could not be written; a program that differs is not left behind."""
    differences: dict[str, float] = {}
    failures = []
    for network in networks:
        path = folder / f"{network.name}.pt2"
        try:
            program = trace(network)
            differences[path.name] = difference(network, save_program(network, program, path))
            if onnx:
                path = folder / f"{network.name}.onnx"
                differences[path.name] = difference(network, save_onnx(network, program, path))
        except GanlabError as error:
            path.unlink(missing_ok=True)
            failures.append(str(error))
    return differences, failures
