"""The optimisers of checkpoints up to version 0.1.0, which `torch.save` wrote, as what checkpoints hold now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from torch import Tensor

from ganlab_core.runs.learning import Learning, record_learning
from ganlab_core.system.torch_file import read_torch_file


@with_config(ConfigDict(arbitrary_types_allowed=True))
@dataclass(frozen=True)
class _Earlier:
    optimisers: dict[str, dict[str, Any]]
    kinds: dict[str, str]
    rng: Tensor
    cuda_rng: list[Tensor]


def read_earlier(stream: BinaryIO) -> Learning:
    """Read what an earlier version wrote, as data alone.

    It is not unpickled: `weights_only=True`, with which those versions read it, could be got round before torch 2.10,
    and takes any amount of memory that a pickle asks for still. To begin with new optimisers would be as safe, and
    would cost a run what they have learned.

    Raises:
        ValueError: it is not such a file.
    """
    found = read_torch_file(stream)
    try:
        earlier = TypeAdapter(_Earlier).validate_python(found)
        return record_learning(earlier.optimisers, kinds=earlier.kinds, rng=earlier.rng, cuda_rng=earlier.cuda_rng)
    except (ValidationError, LookupError, TypeError, AttributeError) as error:
        raise ValueError("it holds no optimisers as earlier versions wrote them") from error
