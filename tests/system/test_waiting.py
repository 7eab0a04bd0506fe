"""Threads wait asleep, unless the user says otherwise."""

from __future__ import annotations

import os

import pytest

from ganlab_core.system.waiting import wait_passively


@pytest.mark.parametrize(("said", "then"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_wait_asleep_unless_the_user_has_said_how(
    monkeypatch: pytest.MonkeyPatch, said: str | None, then: str
) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", said or "")
    if said is None:
        monkeypatch.delenv("OMP_WAIT_POLICY")
    wait_passively()
    assert os.environ["OMP_WAIT_POLICY"] == then
