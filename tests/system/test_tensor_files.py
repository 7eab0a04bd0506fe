"""A safetensors file says what it holds in its header, and only one that bears it out is read."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from ganlab_core.system.tensor_files import TensorFileError, difference, read_header, read_tensors

F32 = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def said(header: object, rest: int = 8, *, length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + bytes(rest)


HOSTILE = {
    "empty": (b"", "no JSON"),
    "a header of a terabyte": (said({}, length=1 << 40), "1,099,511,627,776 bytes, which none"),
    "a header that is cut": (said({"a": F32}, length=4000), "no JSON"),
    "a header that is deep": (said(b"[" * 100_000), "nested too deeply"),
    "a header that is a list": (said([]), "no mapping"),
    "a tensor of no shape": (said({"a": {"dtype": "F32"}}), "none of a safetensors file"),
    "a negative shape": (said({"a": F32 | {"shape": [-2]}}), "none of a safetensors file"),
    "more than there is": (said({"a": F32 | {"data_offsets": [0, 1 << 42]}}), "4,398,046,511,104 bytes, and 8 follow"),
    "less than nothing": (said({"a": F32, "b": F32 | {"data_offsets": [16, 8]}}, 0), "tells of 0 bytes"),
    "less than there is": (said({"a": F32}, 9), "8 bytes, and 9 follow"),
    "notes that are no text": (said({"a": F32, "__metadata__": {"a": 1}}), "none of a safetensors file"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_header_that_its_file_does_not_bear_out_is_refused(tmp_path: Path, name: str) -> None:
    content, reason = HOSTILE[name]
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(TensorFileError, match=reason):
        read_tensors(tmp_path / "a.safetensors")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TensorFileError, match="no regular file"):
        read_header(tmp_path / "pipe")


def test_what_is_written_is_read_and_its_size_known_before(tmp_path: Path) -> None:
    tensors = {"b": torch.arange(6.0).view(2, 3), "a": torch.ones((), dtype=torch.int64)}
    save_file(tensors, tmp_path / "a.safetensors", metadata={"accuracy": "1.0"})
    header = read_header(tmp_path / "a.safetensors")
    assert (header.size, header.about) == (6 * 4 + 8, {"accuracy": "1.0"})
    assert difference(header, tensors) is None
    read = read_tensors(tmp_path / "a.safetensors")
    assert all(torch.equal(read[name], tensor) for name, tensor in tensors.items())


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(2)}, tmp_path / "a.safetensors")
    header = read_header(tmp_path / "a.safetensors")
    assert difference(header, {"a": torch.zeros(3)}) == "a is (2,) there and must be (3,)"
    assert difference(header, {"b": torch.zeros(2)}) == "it lacks, or has too much: a, b"
