"""What would take more memory than it may is refused before it takes any; what may, is as it would be without."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.system.allowance import Allowance, AllowanceError
from ganlab_core.system.memory import all_memory, in_words, require_memory
from ganlab_core.system.memory_errors import is_too_large, memory_gave_out

HUGE = 10**18


def test_layers_within_the_allowance_have_the_same_weights() -> None:
    torch.manual_seed(0)
    alone = nn.Linear(3, 4)
    torch.manual_seed(0)
    with Allowance(64):
        counted = nn.Linear(3, 4)
    assert torch.equal(alone.weight, counted.weight)
    assert torch.equal(alone.bias, counted.bias)


TOO_MUCH: dict[str, Callable[[], object]] = {
    "one layer": lambda: nn.Linear(1 << 14, 1 << 14),
    "many layers": lambda: [nn.Linear(256, 256) for _ in range(1 << 20)],
    "a size beyond 64 bits": lambda: nn.Conv2d(HUGE, HUGE, 3),
    "a number beyond 64 bits": lambda: torch.zeros(10**30),
    "places that are drawn": lambda: torch.randperm(HUGE, generator=torch.Generator()),
    "a running mean": lambda: nn.BatchNorm2d(HUGE),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_is_beyond_it_is_refused(name: str) -> None:
    with pytest.raises(AllowanceError), Allowance(1 << 20):
        TOO_MUCH[name]()


def test_a_wrong_call_says_itself_what_is_wrong_and_meta_costs_nothing() -> None:
    with Allowance(100):
        torch.empty(HUGE, device="meta")
        with pytest.raises(TypeError, match="nonsense"):
            torch.zeros(2, nonsense=1)  # type: ignore[call-overload]


LACKS: dict[str, Callable[[], object]] = {
    "torch": lambda: torch.empty(1 << 60),
    "numpy": lambda: np.zeros(HUGE),
    "Python": lambda: bytes(HUGE),
}
OVERFLOWS: dict[str, Callable[[], object]] = {
    "torch's sizes": lambda: torch.empty(HUGE, HUGE),
    "torch's arguments": lambda: torch.empty(10**30),
    "torch's slices": lambda: torch.zeros(4).split(10**30),
    "repeats": lambda: torch.arange(10).repeat_interleave(HUGE),
    "numpy": lambda: np.zeros((10**12, 10**12)),
    "Python": lambda: float(10**400),
}


@pytest.mark.parametrize("name", LACKS)
def test_memory_that_gives_out_is_told_in_each_library_s_words(name: str) -> None:
    with pytest.raises((MemoryError, RuntimeError)) as caught:
        LACKS[name]()
    assert memory_gave_out(caught.value)


@pytest.mark.parametrize("name", OVERFLOWS)
def test_a_number_beyond_any_memory_is_told_in_each_library_s_words(name: str) -> None:
    with pytest.raises((OverflowError, RuntimeError, TypeError, ValueError)) as caught:
        OVERFLOWS[name]()
    assert is_too_large(caught.value)


def test_other_errors_are_neither() -> None:
    for error in (RuntimeError("shapes differ"), ValueError("x"), OSError(2, "No such file or directory")):
        assert not memory_gave_out(error)
        assert not is_too_large(error)
    assert memory_gave_out(OSError(12, "Cannot allocate memory"))


def test_what_does_not_fit_into_this_machine_s_memory_is_said_with_a_way_out() -> None:
    require_memory(1 << 20, what="these", way_out="ask for fewer")
    with pytest.raises(GanlabError, match=r"^these take .* of memory, and .* are free; ask for fewer$"):
        require_memory(all_memory() + 1, what="these", way_out="ask for fewer")
    assert (in_words(1 << 20), in_words(3 << 30), in_words(1 << 90)) == ("1.05 MB", "3.22 GB", "1e+06 EB")
