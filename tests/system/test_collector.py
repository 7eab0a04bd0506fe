"""The garbage collector rests while modules load, and is afterwards as it was before."""

from __future__ import annotations

import gc

import pytest

from ganlab_core.system.collector import without_collector


@pytest.mark.parametrize("enabled", [True, False])
def test_it_rests_inside_and_is_then_as_it_was(enabled: bool) -> None:
    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        with without_collector():
            assert not gc.isenabled()
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()
