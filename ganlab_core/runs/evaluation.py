"""`evaluation.json`: a run's last evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import JsonValue

from ganlab_core.runs.records import read_record_if_any


def read_evaluation(path: Path) -> dict[str, Any] | None:
    """The figures by key; None of a run that has not come to its end.

    Raises:
        GanlabError: the file is damaged.
    """
    return read_record_if_any(path, dict[str, JsonValue])
