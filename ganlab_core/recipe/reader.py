"""Recipe files: a strict, small part of YAML 1.2, with the place of every value.

Mappings, lists and scalars only. Tags, duplicate keys, keys that are not text, several documents in a file, and
anything too large, too deep or too much repeated are refused, with file, line and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from ganlab_core.interface.errors import GanlabError
from ganlab_core.recipe.located import Address, Located, Place
from ganlab_core.recipe.scalars import read_scalar
from ganlab_core.system.packaged import read_packaged

MAX_BYTES = 256 * 1024  # a long recipe has 4 kB; the pure-Python parser takes about two seconds for this much
MAX_DEPTH = 32  # the deepest shipped recipe has 5 levels; far below Python's recursion limit
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")  # what pyyaml's messages say of a file's text
MAX_VALUES = 20_000  # after aliases are followed: ten aliases of ten aliases of ... end here


class _Composer(Reader, Scanner, Parser, Composer, BaseResolver):
    """pyyaml's nodes, without its constructors: depth is bounded before anything recurses, and tags are refused."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self.depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(problem=f"the tag {event.tag!r} is refused", problem_mark=event.start_mark)
        if self.depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem=f"more than {MAX_DEPTH} levels deep", problem_mark=event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read_file(path: Path, *, quoting: bool = True) -> Located:
    """The recipe in a file.

    Args:
        quoting: whether messages may say what the file holds. Not of one that a recipe merely names, which may hold
            anything: they name the line, and what was expected there.

    Raises:
        GanlabError: naming the file, and line and column where there is one.
    """
    source = str(path) if str(path).isprintable() else repr(str(path))
    try:
        content = read_packaged(path, most=MAX_BYTES)
        return read_text(content.decode("utf-8-sig"), source, quoting=quoting)
    except UnicodeDecodeError as error:
        raise GanlabError(f"{source}: is not UTF-8 text (byte {error.start}: {error.reason})") from error
    except (OSError, ValueError, KeyError) as error:  # KeyError: no such file in an archive
        raise GanlabError(f"{source}: can't be read: {getattr(error, 'strerror', None) or error}") from error


def read_text(text: str, source: str, *, quoting: bool = True) -> Located:
    """The recipe in a text; messages call it `source`, and quote it as `read_file` says."""
    root = _compose(text, source, with_lines=True, quoting=quoting)
    if not isinstance(root, MappingNode):
        what = "is empty" if root is None else "is not a mapping"
        raise GanlabError(f"{source}: {what}; a recipe is a mapping such as `dataset: {{use: digits}}`")
    construction = _Construction(source, quoting=quoting)
    return Located(construction.value(root, (), Place(source, 1, 1, quoting)), construction.places)


def read_value(text: str, source: str) -> Any:
    """A single value, as `--set` takes it: a scalar, or a list or mapping in flow style.

    Raises:
        GanlabError: it is no YAML, or not all of it is the value, as YAML takes what follows ` #` for a comment.
    """
    node = _compose(text, source, with_lines=False)
    if node is not None and node.end_mark.index < len(text.rstrip()):
        raise GanlabError(f"{source}: {text[node.end_mark.index :].strip()!r} would be left out as a comment")
    return None if node is None else _Construction(source).value(node, (), Place(source))


def _compose(text: str, source: str, *, with_lines: bool, quoting: bool = True) -> Node | None:
    try:
        return _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(source, mark.line + 1, mark.column + 1) if mark and with_lines else Place(source)
        reason = " ".join(filter(None, (error.context, error.problem)))
        reason = reason if quoting else _QUOTED.sub("...", reason)
        quoted = "; text with such a sign goes between quotes" if _is_sign(error.problem or "") else ""
        raise GanlabError(f"{place}: {reason}{quoted}") from error
    except yaml.YAMLError as error:
        raise GanlabError(f"{source}: {' '.join(str(error).split())}") from error


def _is_sign(problem: str) -> bool:
    """Whether YAML stumbled over a sign that text may hold, and that means something else to it."""
    return any(one in problem for one in ("cannot start any token", "alias", "mapping values are not allowed", "tag"))


class _Construction:
    """Values out of nodes, noting the place of each."""

    def __init__(self, source: str, *, quoting: bool = True) -> None:
        self.source, self.quoting = source, quoting
        self.places: dict[Address, Place] = {}
        self.count = 0

    def value(self, node: Node, address: Address, place: Place) -> Any:
        self.places[address] = place
        self.count += 1
        if self.count > MAX_VALUES or len(address) > MAX_DEPTH:
            raise GanlabError(f"{place}: aliases make this more than {MAX_VALUES:,} values or {MAX_DEPTH} levels")
        if isinstance(node, MappingNode):
            return {key: self.value(inner, (*address, key), at) for key, inner, at in self._items(node)}
        if isinstance(node, SequenceNode):
            return [self.value(inner, (*address, i), self._place(inner)) for i, inner in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        return self._scalar(node, place)

    def _items(self, node: MappingNode) -> Iterator[tuple[str, Node, Place]]:
        seen: dict[str, Place] = {}
        for key, inner in node.value:
            place = self._place(key)
            if not isinstance(key, ScalarNode):
                raise GanlabError(f"{place}: a key must be text, not a list or a mapping")
            name = self._text(key, place)
            if name in seen:
                what = repr(name) if self.quoting else "a key"
                raise GanlabError(f"{place}: {what} is given twice, first at {seen[name]}; keep one")
            seen[name] = place
            yield name, inner, place

    def _scalar(self, node: ScalarNode, place: Place) -> Any:
        text = self._text(node, place)
        if node.style is not None:
            return text
        try:
            return read_scalar(text)
        except ValueError as error:
            raise GanlabError(f"{place}: a number of {len(text):,} digits") from error

    def _text(self, node: Node, place: Place) -> str:
        if any("\ud800" <= character <= "\udfff" for character in node.value):
            raise GanlabError(f"{place}: holds half a surrogate pair, which is no character")
        return str(node.value)

    def _place(self, node: Node) -> Place:
        return Place(self.source, node.start_mark.line + 1, node.start_mark.column + 1, self.quoting)
