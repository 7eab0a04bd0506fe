"""Progress for a caller of `train` who brings a console that cannot be written to any more."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ganlab_core.plugins import Plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.training.run import train


class Closing(io.StringIO):
    """A terminal that is closed after some writes."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self.writes = writes

    def write(self, text: str) -> int:
        self.writes -= 1
        if self.writes < 0:
            raise OSError(errno.EIO, "Input/output error")
        return super().write(text)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_run_goes_on_to_its_end_where_its_progress_cannot_be_shown(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path, *, is_terminal: bool
) -> None:
    console = Console(file=Closing(3), force_terminal=is_terminal, width=200)
    recipe = load_recipe(tiny, plugins=core_plugins)
    result = train(recipe, run=tmp_path / "run", plugins=core_plugins, console=console)
    assert (result.folder / "checkpoints" / "00000004").is_dir()
    assert result.evaluation
    assert console.quiet
