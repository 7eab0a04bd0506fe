"""Safetensors files that others may have written: names and shapes are looked at before any tensor is read.

A file begins with the length of its header, 8 bytes, and the header, JSON, which gives each tensor's dtype, shape and
place in the rest (https://github.com/huggingface/safetensors).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, NonNegativeInt, StringConstraints, TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from ganlab_core.system.json_files import parse_json
from ganlab_core.system.regular_files import MOST_BYTES, open_regular, read_regular

_LENGTH = 8
_NAMED = 4
_ABOUT = "__metadata__"
_Text = Annotated[str, StringConstraints(max_length=1000)]


class TensorFileError(Exception):
    """Why a file holds no tensors, or not those that are looked for."""


@dataclass(frozen=True)
class Stored:
    """What the header says of a tensor: its type, such as `F32`, its shape, and where in the rest it lies."""

    dtype: _Text
    shape: tuple[NonNegativeInt, ...]
    data_offsets: tuple[NonNegativeInt, NonNegativeInt]

    @property
    def size(self) -> int:
        """Bytes."""
        return self.data_offsets[1] - self.data_offsets[0]


@dataclass(frozen=True)
class Header:
    """The tensors of a file by name, and what it says beside them."""

    tensors: Mapping[str, Stored]
    about: Mapping[str, str]

    @property
    def size(self) -> int:
        """Bytes of all tensors, which is what they take in memory."""
        return sum(tensor.size for tensor in self.tensors.values())


_TENSORS = TypeAdapter(dict[Annotated[str, Field(max_length=1000)], Stored])
_TEXTS = TypeAdapter(dict[str, str])


def read_header(path: Path, *, follow: bool = False) -> Header:
    """What a file says that it holds, which its length must bear out; none of its tensors is read.

    Args:
        follow: whether it may be a link, as a file may be that the user named.

    Raises:
        TensorFileError: it is no regular file, none of this format, or its header is longer than 8 MiB.
    """
    try:
        with open_regular(path, follow=follow) as stream:
            length = int.from_bytes(stream.read(_LENGTH), "little")
            if length > MOST_BYTES:
                raise TensorFileError(f"its header is said to have {length:,} bytes, which none of ganlab's has")
            said = parse_json(stream.read(length))
            rest = stream.seek(0, 2) - _LENGTH - length
        if not isinstance(said, dict):
            raise TensorFileError("its header is no mapping")
        about = _TEXTS.validate_python(said.pop(_ABOUT, {}))
        found = Header(_TENSORS.validate_python(said), about)
    except OSError as error:
        raise TensorFileError(error.strerror or str(error)) from error
    except ValidationError as error:
        raise TensorFileError("its header is none of a safetensors file") from error
    except ValueError as error:
        raise TensorFileError(f"its header is no JSON: {error}") from error
    if found.size != rest or any(tensor.size < 0 for tensor in found.tensors.values()):
        raise TensorFileError(f"its header tells of {found.size:,} bytes, and {rest:,} follow")
    return found


def read_tensors(path: Path, *, device: str = "cpu", follow: bool = False) -> dict[str, Tensor]:
    """The tensors of a file, whose header the caller has found to tell of no others than it expects.

    Args:
        device: where they are to lie.
        follow: as in `read_header`.

    Raises:
        TensorFileError: as `read_header`, or what follows the header is not as it says.
    """
    size = read_header(path, follow=follow).size
    try:  # read, not mapped: a file that another process cuts short would end this one by a signal
        tensors: dict[str, Tensor] = load(read_regular(path, most=_LENGTH + MOST_BYTES + size, follow=follow))
    except OSError as error:
        raise TensorFileError(error.strerror or str(error)) from error
    except SafetensorError as error:
        raise TensorFileError(str(error)) from error
    return {name: tensor.to(device) for name, tensor in tensors.items()}


def difference(header: Header, wanted: Mapping[str, Tensor]) -> str | None:
    """How names or shapes in a file differ from those of the tensors that are wanted; None where they do not."""
    stored = header.tensors
    if odd := sorted(stored.keys() ^ wanted.keys()):
        return f"it lacks, or has too much: {', '.join(odd[:_NAMED])}"
    for name, tensor in wanted.items():
        if (there := stored[name].shape) != tuple(tensor.shape):
            return f"{name} is {there} there and must be {tuple(tensor.shape)}"
    return None
