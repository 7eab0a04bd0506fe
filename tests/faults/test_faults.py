"""A few cases of each fault that no other test tries for real; `python -m tests.faults` is the whole battery."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.faults.__main__ import FAULTS, ROWS
from tests.faults.damage import damaged_newest, hostile_files
from tests.faults.disks import full_disks
from tests.faults.groups import groups
from tests.faults.harness import Bench
from tests.faults.kills import kill_and_resume
from tests.faults.shown import shown
from tests.faults.surroundings import surroundings

SMALL = {
    "kills": (kill_and_resume, 2),
    "damage": (damaged_newest, 1),
    "hostile files": (hostile_files, 1),
    "full disks": (full_disks, 1),
    "what is shown": (shown, 1),
    "a stranger's folder": (surroundings, 1),
}


def fail(error: Exception) -> None:
    raise error


def bench(folder: Path) -> Bench:
    return Bench(folder, random.Random(0), kills=2, long=False)


@pytest.mark.slow
@pytest.mark.parametrize(("body", "rows"), SMALL.values(), ids=SMALL)
def test_a_few_cases_hold(tmp_path: Path, body: Callable[..., None], rows: int) -> None:
    benches = [bench(tmp_path) for _ in range(rows)]
    body(*benches)
    assert [failure for one in benches for failure in one.failures] == []
    assert all(one.tried > 0 for one in benches)


@pytest.mark.slow
@pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch has no torch.distributed")
def test_a_process_killed_in_a_save_takes_no_checkpoint_with_it(tmp_path: Path) -> None:
    one = bench(tmp_path)
    groups(one)
    assert one.failures == []
    assert one.tried == 1


def test_the_battery_has_every_row() -> None:
    rows = sorted(row for rows in ROWS for row in rows)
    assert rows == sorted(FAULTS)
    assert set(range(1, 19)) <= set(rows)


def test_a_case_that_fails_is_counted_with_what_it_says(tmp_path: Path) -> None:
    one = bench(tmp_path)
    with one.case("sound"):
        assert one.tried == 1
    with one.case("broken"):
        fail(AssertionError("not so"))
    with one.case("wrong"):
        fail(KeyError("x"))
    assert one.tried == 3
    assert one.failures[0] == "broken: not so"
    assert "KeyError: 'x'" in one.failures[1]
