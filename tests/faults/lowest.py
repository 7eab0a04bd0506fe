"""Row 26: every verb once with the lowest versions that `setup.cfg` allows."""

from __future__ import annotations

import importlib.util
import sys

from tests.faults.harness import Bench
from tests.lowest_versions import call_verbs, make_environment


def lowest_versions(bench: Bench) -> None:
    """Needs uv, and a package registry that can be asked."""
    if importlib.util.find_spec("uv") is None:
        bench.notes.append("not tried: uv is not installed (`pip install uv`)")
        return
    python = make_environment(bench.folder / "made", python=sys.executable)
    for called in call_verbs(python, bench.folder / "work"):
        with bench.case(f"ganlab {called.arguments}"):
            assert called.code == 0, called.said
