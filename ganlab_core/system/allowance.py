"""`Allowance`: a bound on the memory of what is built, which is kept before the memory is taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from ganlab_core.system.memory_errors import is_too_large

_MAKERS: tuple[Callable[..., Any], ...] = (
    torch.arange,
    torch.empty,
    torch.empty_strided,
    torch.eye,
    torch.full,
    torch.linspace,
    torch.normal,
    torch.ones,
    torch.rand,
    torch.randint,
    torch.randn,
    torch.randperm,
    torch.zeros,
)
_OF_REAL_ONES = ("generator", "out", "pin_memory")


class AllowanceError(MemoryError):
    """What is built would take more than its allowance."""


class Allowance(TorchFunctionMode):
    """Inside, tensors can be made anew of so many bytes together; what is computed from others is not counted.

    Each is first made on torch's device `meta`, where it has a size and takes no memory. Parameters are made so, on
    whichever device, and so are a great many layers, of which none alone would be too large.

    Raises:
        AllowanceError: inside, by what would go beyond them.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.left = size

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Count what is made, and make it."""
        kwargs = kwargs or {}
        if func in _MAKERS and str(kwargs.get("device")) != "meta":
            self.left -= _size(func, args, kwargs)
            if self.left < 0:
                raise AllowanceError("it would take more memory than it may")
        return func(*args, **kwargs)


def _size(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
    """Bytes of what the call makes; 0 where it is wrong, which it then says itself."""
    others = {name: value for name, value in kwargs.items() if name not in _OF_REAL_ONES}
    try:
        made: torch.Tensor = func(*args, **{**others, "device": "meta"})
    except (RuntimeError, TypeError, ValueError, OverflowError) as error:
        if is_too_large(error):
            raise AllowanceError("it would take more memory than there can be") from error
        return 0
    return made.nbytes
