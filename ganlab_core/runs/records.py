"""What a run folder says in JSON: its evaluation and what it was made with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ganlab_core.interface.errors import GanlabError
from ganlab_core.recipe.difference import leaves
from ganlab_core.runs.folder import RunFolder


def read_evaluation(folder: RunFolder) -> dict[str, Any] | None:
    """A run's last evaluation by key; None of a run that has not come to its end.

    Raises:
        GanlabError: the file is damaged.
    """
    found = _read_json(folder.evaluation)
    if found is None or isinstance(found, dict):
        return found
    raise _damaged(folder.evaluation, "it holds no mapping")


def read_environment(folder: RunFolder) -> dict[str, Any]:
    """Python, platform and library versions as dotted keys; empty if the run does not say.

    Raises:
        GanlabError: the file is damaged.
    """
    found = _read_json(folder.environment)
    return dict(leaves(found)) if isinstance(found, dict) else {}


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, reason: str) -> GanlabError:
    return GanlabError(f"{path} is damaged ({reason}); bring it back from a copy, or delete it")
