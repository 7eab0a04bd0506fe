"""Charts by matplotlib's own defaults, whatever a `matplotlibrc`, the user's or one that lies about, has to say."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlab_core.system.cache_folder import default_cache, has_home

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SETTINGS = "matplotlibrc"
_CHOSEN_BY = ("MATPLOTLIBRC", "MPLBACKEND")  # a file of settings, and a window system that nothing here needs
# Names come from outside: nothing in them is mathematics.
_OURS: Mapping[str, Any] = {"text.parse_math": False}


@contextmanager
def plain_charts(changes: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Inside, charts are made and drawn by matplotlib's defaults and these changes; afterwards all is as it was.

    Args:
        changes: of `matplotlib.rcParams`.
    """
    mpl = imported()
    defaults = {key: value for key, value in mpl.rcParamsDefault.items() if key != "backend"}
    with mpl.rc_context({**defaults, **_OURS, **(changes or {})}):
        yield


def pixels(figure: Figure) -> np.ndarray:
    """A figure as a picture `(3, H, W)` uint8."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return np.array(canvas.buffer_rgba())[:, :, :3].transpose(2, 0, 1)


def imported() -> ModuleType:
    """matplotlib, imported without a look at anybody's settings: a file that cannot be read would be an error."""
    if "matplotlib" not in sys.modules:
        with _without_settings():
            import matplotlib  # noqa: F401
    return sys.modules["matplotlib"]


@contextmanager
def _without_settings() -> Iterator[None]:
    """Inside, this thread finds no file of settings but matplotlib's own, and no variable that names one.

    matplotlib looks in the working folder first, which may be a stranger's, and asks `os.path.exists`.
    """
    if not has_home():
        os.environ.setdefault("MPLCONFIGDIR", str(default_cache()))
    exists, thread = os.path.exists, threading.get_ident()

    def found(path: Any) -> bool:
        asks = threading.get_ident() == thread and Path(os.fsdecode(path)).name == _SETTINGS
        return exists(path) and not (asks and "mpl-data" not in Path(os.fsdecode(path)).parts)

    kept = {name: os.environ.pop(name) for name in _CHOSEN_BY if name in os.environ}
    os.path.exists = found
    try:
        yield
    finally:
        os.path.exists = exists
        os.environ.update(kept)
