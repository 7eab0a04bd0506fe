"""The pictures that a run draws on its way: a grid of its classes, and a traversal of each further code."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ganlab_core.image_files.write import save_png
from ganlab_core.training.session import Session
from ganlab_core.traversal.codes import traversal_grid, traversals, traverse
from ganlab_core.traversal.grid import sample_grid


def draw_grids(session: Session, done: int) -> dict[str, Tensor]:
    """Grids `(C, H, W)` uint8 by name after `done` steps; noise from the recipe's seed, so that steps compare.

    Also as `samples/STEP.png`, which sorts last, and `samples/STEP-NAME.png`.
    """
    model, folder = session.state.model, session.folder.samples
    setting: dict[str, Any] = {
        "columns": session.recipe.samples.columns,
        "seed": session.recipe.seed,
        "device": session.around.device,
    }
    samples_CHW = sample_grid(model.average, model.prior, **setting)
    save_png(samples_CHW, folder / f"{done:08d}.png")
    grids = {"samples": samples_CHW}
    for name in traversals(model.prior):
        grid_CHW = traversal_grid(traverse(model.average, model.prior, name=name, **setting))
        save_png(grid_CHW, folder / f"{done:08d}-{name}.png")
        grids[f"traversal/{name}"] = grid_CHW
    return grids
