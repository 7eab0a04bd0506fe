"""A function that keeps what it last gave: asked the same again, as by a run after its trial, it need not look anew."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

Result = TypeVar("Result")


class LastKept(Generic[Result]):
    """A pure function of tensors and plain values, as a decorator; its last result is given again for equal arguments.

    Equal are arguments whose numbers are, by a hash; callers must not change what they are given.
    """

    def __init__(self, function: Callable[..., Result]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._last: tuple[str, Result] | None = None

    def __call__(self, *arguments: Any, **named: Any) -> Result:
        digest = hashlib.sha256()
        _take_in((arguments, sorted(named.items())), digest.update)
        asked = digest.hexdigest()
        if self._last is None or self._last[0] != asked:
            self._last = None  # so that two results are never held at once
            self._last = asked, self._function(*arguments, **named)
        return self._last[1]

    def forget(self) -> None:
        """Give up what is kept."""
        self._last = None


def _take_in(value: object, update: Callable[[bytes], None]) -> None:
    """Tell a hash a value, tensors by all their numbers."""
    if isinstance(value, Tensor):
        update(repr((tuple(value.shape), value.dtype, str(value.device))).encode())
        update(value.detach().cpu().flatten().view(torch.uint8).numpy().tobytes())
    elif isinstance(value, tuple | list):
        update(f"{type(value).__name__} of {len(value)}".encode())
        for one in value:
            _take_in(one, update)
    else:
        update(repr(value).encode())
