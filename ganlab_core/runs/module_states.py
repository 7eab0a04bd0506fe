"""What a model's parts keep, as a checkpoint stores it: tensors, and plain values by `get_extra_state`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.model import Model

_DEEPEST = 20
_MOST_CHARACTERS = 1 << 20
_WAY_OUT = (
    "register its tensors with `register_buffer`, and let `get_extra_state` give numbers, text, lists, and dicts "
    "whose keys are text"
)


@dataclass(frozen=True)
class ModuleStates:
    """Tensors on the CPU, and plain values, by their names in the parts' state dicts."""

    tensors: dict[str, Tensor]
    plain: dict[str, Any]


def require_storable(model: Model) -> None:
    """Check before a run begins what its first checkpoint would be refused for.

    Raises:
        GanlabError: as `module_states`.
    """
    for name, value in _states(model):
        if not isinstance(value, Tensor):
            _require_plain(name, value)


def state_tensors(model: Model) -> dict[str, Tensor]:
    """The tensors that a checkpoint holds of a model, by the names that they have there, where the model has them."""
    return {name: value for name, value in _states(model) if isinstance(value, Tensor)}


def module_states(model: Model) -> ModuleStates:
    """The states of all parts of a model.

    Raises:
        GanlabError: a part keeps what is neither a tensor nor a plain value, which JSON could hold; it is named.
    """
    found = ModuleStates({}, {})
    for name, value in _states(model):
        if isinstance(value, Tensor):
            found.tensors[name] = value.detach().cpu().contiguous()
        else:
            _require_plain(name, value)
            found.plain[name] = value
    return found


def _states(model: Model) -> Iterator[tuple[str, object]]:
    for owner, module in model.state_modules().items():
        for name, value in module.state_dict().items():
            yield f"{owner}.{name}", value


def _require_plain(name: str, value: object) -> None:
    if not _is_plain(value):
        raise GanlabError(f"{_part(name)} keeps a state that no checkpoint can hold; {_WAY_OUT}")
    if len(json.dumps(value)) > _MOST_CHARACTERS:
        raise GanlabError(f"{_part(name)} keeps more than {_MOST_CHARACTERS:,} characters as plain values; {_WAY_OUT}")


def _is_plain(value: object, *, depth: int = 0) -> bool:
    """JSON holds the value, and gives it back as it was."""
    if isinstance(value, list):
        return depth < _DEEPEST and all(_is_plain(one, depth=depth + 1) for one in value)
    if isinstance(value, dict):
        return all(isinstance(key, str) for key in value) and _is_plain(list(value.values()), depth=depth)
    if isinstance(value, int):
        return -(1 << 63) <= value < 1 << 63
    return value is None or isinstance(value, float | str)


def _part(name: str) -> str:
    return name.removesuffix("_extra_state").removesuffix(".")
