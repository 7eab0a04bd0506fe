"""`read_torch_file`: what `torch.save` wrote of tensors and plain values, read as data by `plain_pickle`."""

from __future__ import annotations

import io
import os
import zipfile
from typing import Any, BinaryIO

import torch
from torch import Tensor

from ganlab_core.system.plain_pickle import PlainPickle

_ZIP = b"PK\x03\x04"
_OLDEST = 0x1950A86A20F9469CFC6C  # what files begin with that torch wrote before 1.6
_OLDEST_PICKLED = b"\x8a\nl\xfc\x9cF"  # how that number begins in a pickle, behind the protocol's two bytes
_MOST_PICKLE = 8 << 20


def is_torch_file(head: bytes) -> bool:
    """Whether a file that begins with these eight bytes may be one of `torch.save`: an archive, or a row of pickles.

    A safetensors file, which begins with the length of its header, is none, whatever that length is.
    """
    return head.startswith(_ZIP) or (head[:1] == b"\x80" and head[2:8] == _OLDEST_PICKLED)


def read_torch_file(stream: BinaryIO) -> Any:
    """Tensors on the CPU and plain values, in dicts, lists and tuples, as `torch.save` stored them.

    Nothing in the file is run, and reading it takes about as much memory as the file is long.

    Args:
        stream: a binary file that can be sought in.

    Raises:
        ValueError: it is no such file, is damaged, or holds more than tensors and plain values.
        OSError: it cannot be read.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    is_archive = stream.read(len(_ZIP)) == _ZIP
    stream.seek(0)
    return _read_archive(stream, size) if is_archive else _read_row(stream, size)


def _read_archive(stream: BinaryIO, size: int) -> Any:
    """Of torch 1.6 and later: a zip archive of one pickle and a file a storage, none of them packed."""
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = {entry.filename.partition("/")[2]: entry for entry in archive.infolist()}
            if sum(entry.file_size for entry in entries.values()) > size:
                raise ValueError(f"it unpacks into more than its {size:,} bytes")
            if "byteorder" in entries and archive.read(entries["byteorder"]) != b"little":
                raise ValueError("it was written by a machine of another byte order")
            if entries["data.pkl"].file_size > _MOST_PICKLE:
                raise ValueError(f"its pickle is longer than {_MOST_PICKLE >> 20} MiB")
            pickle = PlainPickle(most_bytes=size)
            value = pickle.read(io.BytesIO(archive.read(entries["data.pkl"])))
            for key, storage in pickle.storages.items():
                _fill(storage, archive.read(entries[f"data/{key}"]))
    except (zipfile.BadZipFile, NotImplementedError, KeyError, EOFError, RuntimeError) as error:
        raise ValueError(f"it is no whole archive of torch's ({error})") from error
    return value


def _read_row(stream: BinaryIO, size: int) -> Any:
    """Of torch before 1.6: a number, a version, the machine's traits, the value, the storages' keys; the storages."""
    head = io.BytesIO(stream.read(_MOST_PICKLE))
    pickle = PlainPickle(most_bytes=size)
    if pickle.read(head) != _OLDEST:
        raise ValueError("it holds no tensors")
    _version, traits, value, keys = (pickle.read(head) for _ in range(4))
    if not isinstance(traits, dict) or traits.get("little_endian") is not True:
        raise ValueError("it was written by a machine of another byte order")
    if not isinstance(keys, list) or {str(key) for key in keys} != pickle.storages.keys():
        raise ValueError("it lacks storages that its tensors have")
    stream.seek(head.tell())
    for key in keys:
        storage = pickle.storages[str(key)]
        if int.from_bytes(stream.read(8), "little") != len(storage):
            raise ValueError("a storage is not as long as its tensors say")
        _fill(storage, stream.read(storage.nbytes))
    return value


def _fill(storage: Tensor, content: bytes) -> None:
    if len(content) != storage.nbytes:
        raise ValueError(f"a storage has {len(content):,} of its {storage.nbytes:,} bytes")
    if content:
        raw = torch.frombuffer(bytearray(content), dtype=torch.uint8)
        storage.copy_(raw.ne(0) if storage.dtype is torch.bool else raw.view(storage.dtype))
