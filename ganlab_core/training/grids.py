"""The pictures that a run draws on its way: a grid of its classes, and a traversal of each further code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import Tensor

from ganlab_core.image_files.write import save_png
from ganlab_core.system.atomic import renamed_into_place
from ganlab_core.system.dispensable import dispensable
from ganlab_core.training.session import Session
from ganlab_core.traversal.codes import traversal_grid, traversals, traverse
from ganlab_core.traversal.grid import sample_grid


def draw_grids(session: Session, done: int) -> dict[str, Tensor]:
    """Grids `(C, H, W)` uint8 by name after `done` steps; noise from the recipe's seed, so that steps compare.

    Also as `samples/STEP.png`, and `samples/STEP-NAME.png`. One that cannot be made is left out.
    """
    model, folder = session.state.model, session.folder.samples
    setting: dict[str, Any] = {
        "columns": session.recipe.samples.columns,
        "seed": session.recipe.seed,
        "device": session.around.device,
    }
    grids: dict[str, Tensor] = {}
    with _kept(folder / f"{done:08d}.png") as place:
        grids["samples"] = sample_grid(model.average, model.prior, **setting)
        save_png(grids["samples"], place, of_many=True)
    for name in traversals(model.prior):
        with _kept(folder / f"{done:08d}-{name}.png") as place:
            grids[f"traversal/{name}"] = traversal_grid(traverse(model.average, model.prior, name=name, **setting))
            save_png(grids[f"traversal/{name}"], place, of_many=True)
    return grids


@contextmanager
def _kept(path: Path) -> Iterator[Path]:
    """Where to write a picture, which is then there whole or, with a warning, not at all."""
    with dispensable(f"the picture {path}"), renamed_into_place(path) as aside:
        yield aside
