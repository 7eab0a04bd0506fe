"""Values and tensors out of the pickles that `torch.save` writes, as data: no name in them is looked up or called.

Python's unpickler calls what a pickle names, and asks for memory by the sizes that it says: both are to be avoided, and
`weights_only=True` only narrows the first. Here each opcode is one of those that `torch.save` writes for plain values
and tensors, and does what its line below says; anything else is refused. A tensor's storage may ask for no more bytes
than the file has, and a tensor for no more than its storage.
"""

from __future__ import annotations

import math
import pickletools
from collections.abc import Callable
from typing import Any, BinaryIO

import torch
from torch import Tensor

_DTYPES = {
    "torch DoubleStorage": torch.float64,
    "torch FloatStorage": torch.float32,
    "torch HalfStorage": torch.float16,
    "torch BFloat16Storage": torch.bfloat16,
    "torch LongStorage": torch.int64,
    "torch IntStorage": torch.int32,
    "torch ShortStorage": torch.int16,
    "torch CharStorage": torch.int8,
    "torch ByteStorage": torch.uint8,
    "torch BoolStorage": torch.bool,
}
_TENSOR, _PARAMETER, _MAPPING = (
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    "collections OrderedDict",
)


class _Name(str):
    """A name of Python's that a pickle holds, which stays text."""


class PlainPickle:
    """Reads pickles one after another; tensors share the storages that they name, which the caller fills.

    Args:
        most_bytes: what all storages together may take.

    Attributes:
        storages: by their key, each one-dimensional and not filled yet.
    """

    def __init__(self, *, most_bytes: int) -> None:
        self.storages: dict[str, Tensor] = {}
        self._left = most_bytes

    def read(self, stream: BinaryIO) -> Any:
        """The value of the pickle that begins here; the stream then stands behind it.

        Raises:
            ValueError: it holds more than tensors and plain values, or asks for more than the file has.
        """
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}
        try:
            for opcode, argument, _ in pickletools.genops(stream):
                if opcode.name == "STOP":
                    return self._stack.pop()
                if opcode.name not in _OPCODES:
                    raise ValueError(f"it holds more than tensors and plain values ({opcode.name.lower()})")
                _OPCODES[opcode.name](self, argument)
        except (LookupError, TypeError, AttributeError, OverflowError, RuntimeError) as error:
            raise ValueError("it holds a pickle that is damaged") from error
        raise ValueError("it holds a pickle without an end")

    def push(self, value: Any) -> None:
        self._stack.append(value)

    def pop(self) -> Any:
        return self._stack.pop()

    def mark(self, _: object) -> None:
        self._marks.append(len(self._stack))

    def since_mark(self) -> list[Any]:
        at = self._marks.pop()
        found, self._stack = self._stack[at:], self._stack[:at]
        return found

    def tuple_of(self, count: int) -> None:
        values = tuple(self._stack.pop() for _ in range(count))
        self.push(values[::-1])

    def name(self, argument: str) -> None:
        if argument not in {*_DTYPES, _TENSOR, _PARAMETER, _MAPPING}:
            raise ValueError(f"it holds more than tensors and plain values ({argument[:60]!r})")
        self.push(_Name(argument))

    def put(self, place: int) -> None:
        self._memo[place] = self._stack[-1]

    def get(self, place: int) -> None:
        """What stood before, of what cannot hold itself again and again."""
        value = self._memo[place]
        if isinstance(value, dict | list) or (
            isinstance(value, tuple) and any(isinstance(one, dict | list | tuple) for one in value)
        ):
            raise ValueError("it holds a value twice that may hold others")
        self.push(value)

    def append(self, values: list[Any]) -> None:
        into = self._stack[-1]
        if type(into) is not list:
            raise TypeError
        into += values

    def set_items(self, values: list[Any]) -> None:
        into = self._stack[-1]
        if type(into) is not dict:
            raise TypeError
        into.update(zip(values[::2], values[1::2], strict=True))

    def build(self, _: object) -> None:
        """What a mapping says of itself, such as the versions of a state dict's layers, is left out."""
        self._stack.pop()
        if type(self._stack[-1]) is not dict:
            raise TypeError

    def call(self, _: object) -> None:
        arguments, name = self._stack.pop(), self._stack.pop()
        if not isinstance(name, _Name):
            raise TypeError
        if name == _MAPPING and arguments == ():
            self.push({})
        elif name == _PARAMETER:
            self.push(arguments[0])
        elif name == _TENSOR:
            self.push(_view(*arguments[:4]))
        else:
            raise ValueError(f"it holds more than tensors and plain values ({name!r})")

    def storage(self, _: object) -> None:
        kind, name, key, _device, count, *rest = self._stack.pop()
        if kind != "storage" or rest not in ([], [None]):
            raise TypeError
        if (known := self.storages.get(key)) is None:
            dtype = _DTYPES[name]
            self._left -= count * dtype.itemsize
            if count < 0 or self._left < 0:
                raise ValueError("its tensors ask for more bytes than the file has")
            known = self.storages[key] = torch.empty(count, dtype=dtype)
        self.push(known)


def _view(storage: Tensor, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Tensor:
    """A view with strides of 0 could claim any size without holding it."""
    if math.prod(shape) > len(storage):
        raise ValueError("it holds a tensor that is larger than what it is stored in")
    return storage.as_strided(shape, strides, offset)


_Step = Callable[[PlainPickle, Any], None]
_OPCODES: dict[str, _Step] = {
    "PROTO": lambda pickle, _: None,
    **dict.fromkeys(
        ("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE"), PlainPickle.push
    ),
    "NONE": lambda pickle, _: pickle.push(None),
    "NEWTRUE": lambda pickle, _: pickle.push(True),
    "NEWFALSE": lambda pickle, _: pickle.push(False),
    "EMPTY_DICT": lambda pickle, _: pickle.push({}),
    "EMPTY_LIST": lambda pickle, _: pickle.push([]),
    "EMPTY_TUPLE": lambda pickle, _: pickle.push(()),
    "MARK": PlainPickle.mark,
    "TUPLE": lambda pickle, _: pickle.push(tuple(pickle.since_mark())),
    "TUPLE1": lambda pickle, _: pickle.tuple_of(1),
    "TUPLE2": lambda pickle, _: pickle.tuple_of(2),
    "TUPLE3": lambda pickle, _: pickle.tuple_of(3),
    "APPEND": lambda pickle, _: pickle.append([pickle.pop()]),
    "APPENDS": lambda pickle, _: pickle.append(pickle.since_mark()),
    "SETITEM": lambda pickle, _: pickle.set_items([*reversed([pickle.pop(), pickle.pop()])]),
    "SETITEMS": lambda pickle, _: pickle.set_items(pickle.since_mark()),
    "BINPUT": PlainPickle.put,
    "LONG_BINPUT": PlainPickle.put,
    "BINGET": PlainPickle.get,
    "LONG_BINGET": PlainPickle.get,
    "GLOBAL": PlainPickle.name,
    "REDUCE": PlainPickle.call,
    "BUILD": PlainPickle.build,
    "BINPERSID": PlainPickle.storage,
}
