"""`Examined`: what the doctor's checks are called with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ganlab_core.plugins import Plugins


@dataclass(frozen=True)
class Examined:
    """What a check may look at: this program's plugins, and a run's folder if one is named.

    Attributes:
        overrides: where files of the run lie by now, as `--set` says it.
    """

    plugins: Plugins
    run: Path | None = None
    overrides: Sequence[str] = ()
