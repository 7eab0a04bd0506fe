"""What `torch.save` wrote is read as data: as torch reads it; nothing that a pickle says is called or made room for."""

from __future__ import annotations

import io
import pickle
import random
import struct
import tracemalloc
import zipfile
from collections import OrderedDict
from contextlib import suppress
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganlab_core.system.torch_file import is_torch_file, read_torch_file

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16]
DTYPES += [torch.int8, torch.uint8, torch.bool]
LARGE = 1 << 30


def saved(value: object, *, oldest: bool = False) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream, _use_new_zipfile_serialization=not oldest)
    return stream.getvalue()


def read(content: bytes) -> Any:
    return read_torch_file(io.BytesIO(content))


def are_equal(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor):
        return one.dtype == other.dtype and one.stride() == other.stride() and torch.equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(are_equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(are_equal, one, other))
    return type(one) is type(other) and bool(one == other)


def optimiser_state() -> dict[str, Any]:
    layer = nn.Conv2d(2, 3, 3)
    optimiser = torch.optim.Adam(layer.parameters(), lr=0.1)
    layer(torch.ones(1, 2, 4, 4)).sum().backward()
    optimiser.step()
    return optimiser.state_dict()


VALUES: dict[str, Any] = {
    "an optimiser": optimiser_state(),
    "a state dict, whose layers have versions": nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).state_dict(),
    "a parameter": nn.Parameter(torch.arange(3.0)),
    "views of one storage": [(base := torch.arange(12).view(3, 4)).t(), base[1:, 2:], base[0, 0]],
    "plain values": {"a": [1, -(2**40), 2.5, None, True, "ü"], "b": (), 3: (1, 2, 3, 4), "c": [], "d": {}},
    "nothing": torch.empty(0, 3),
    **{str(dtype): (torch.arange(6) % 3).to(dtype) for dtype in DTYPES},
}


@pytest.mark.parametrize("oldest", [False, True])
@pytest.mark.parametrize("name", VALUES)
def test_it_is_read_as_torch_reads_it(name: str, oldest: bool) -> None:
    content = saved(VALUES[name], oldest=oldest)
    assert is_torch_file(content[:8])
    expected = torch.load(io.BytesIO(content), weights_only=True)
    expected = dict(expected) if isinstance(expected, OrderedDict) else expected
    expected = expected.data if isinstance(expected, nn.Parameter) else expected
    assert are_equal(expected, read(content))


def with_pickle(content: bytes) -> bytes:
    """An archive of torch's with another pickle in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved({"a": torch.ones(4)}))) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name.endswith("data.pkl") else old.read(name))
    return stream.getvalue()


def tensor(*, numel: int = 4, offset: int = 0, shape: bytes = b"K\x04\x85", strides: bytes = b"K\x01\x85") -> bytes:
    """The pickle of one tensor of floats, stored in the archive under 0."""
    storage = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu"
    storage += b"\x8a\x08" + struct.pack("<q", numel) + b"tQ"
    rebuilt = b"\x8a\x08" + struct.pack("<q", offset) + shape + strides + b"\x89ccollections\nOrderedDict\n)RtR."
    return b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(" + storage + rebuilt


class Command:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return print, ("it ran",)


LONG = b"\x8a\x08" + struct.pack("<q", LARGE)
HOSTILE = {
    "a call": (pickle.dumps(Command(), protocol=2), "more than tensors and plain values"),
    "a call of protocol 4": (pickle.dumps(Command(), protocol=4), "more than tensors and plain values"),
    "room for bytes": (b"\x80\x02cbuiltins\nbytearray\n" + LONG + b"\x85R.", "more than tensors and plain values"),
    "bytes that are not there": (b"\x80\x04\x96" + struct.pack("<Q", LARGE) + b".", "expected .* bytes"),
    "text that is not there": (b"\x80\x02X" + struct.pack("<I", LARGE) + b"a.", "expected .* bytes"),
    "a place far away": (b"\x80\x02Nr" + struct.pack("<I", LARGE) + b".", None),
    "a place never filled": (b"\x80\x02h\x05.", "damaged"),
    "a list of lists of itself": (b"\x80\x02]q\x00(" + b"h\x00" * 9 + b"e.", "twice"),
    "tuples of tuples": (b"\x80\x02)q\x00h\x00h\x00\x86q\x01h\x01h\x01\x86.", "twice"),
    "a storage larger than the file": (tensor(numel=LARGE), "more bytes than the file has"),
    "a storage of less than nothing": (tensor(numel=-4), "more bytes than the file has"),
    "a storage not as long as it says": (tensor(numel=8, shape=b"K\x08\x85"), "has 16 of its 32 bytes"),
    "a view with strides of 0": (tensor(shape=LONG + b"\x85", strides=b"K\x00\x85"), "larger than what"),
    "a view beyond its storage": (tensor(offset=3), "damaged"),
    "a view before its storage": (tensor(offset=-1), "damaged"),
    "a shape that is none": (tensor(shape=b"N\x85"), "damaged"),
    "no end": (b"\x80\x02N", "exhausted"),
    "nothing at all": (b"", "exhausted"),
    "only an end": (b".", "damaged"),
    "a build of a list": (b"\x80\x02]Nb.", "damaged"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pickle_is_refused_and_costs_no_memory(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    content, reason = HOSTILE[name]
    archive = with_pickle(content)
    tracemalloc.start()
    try:
        if reason is None:
            assert read(archive) is None
        else:
            with pytest.raises(ValueError, match=reason):
                read(archive)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert capsys.readouterr().out == ""


def test_the_tensor_that_they_are_made_from_is_read() -> None:
    assert torch.equal(read(with_pickle(tensor())), torch.ones(4))


def test_an_archive_that_unpacks_into_more_than_it_is_is_refused() -> None:
    stream = io.BytesIO(saved({"a": torch.ones(4)}))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/99", bytes(1 << 20))
    with pytest.raises(ValueError, match="unpacks into more than its"):
        read(stream.getvalue())


@pytest.mark.parametrize("oldest", [False, True])
def test_any_damage_is_a_value_error(oldest: bool) -> None:
    whole, draw = saved(VALUES["an optimiser"], oldest=oldest), random.Random(0)
    for _ in range(300):
        damaged = bytearray(whole[: draw.randrange(1, len(whole) + 1)] if draw.random() < 0.3 else whole)
        for _ in range(draw.randrange(1, 4)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        with suppress(ValueError):
            read(bytes(damaged))


@pytest.mark.parametrize("content", [b"", b"\x80", b"no", b"PK\x03\x04no", b"\x80\x02N.", saved([1], oldest=True)[:40]])
def test_what_is_no_such_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(content)


def test_a_header_of_no_length_makes_a_safetensors_file_one_of_torchs() -> None:
    lengths = [*range(0x80, 8 << 20, 256), *range(0x50, 8 << 20, 256)]
    assert not any(is_torch_file(length.to_bytes(8, "little")) for length in lengths)
