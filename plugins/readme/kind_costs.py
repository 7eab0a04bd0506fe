"""What a new kind of part costs the core: its record, its hook's specification and its section in recipes, counted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from ganlab_core.interface import hookspecs, kinds
from ganlab_core.interface.kinds import KINDS, Kind
from ganlab_core.recipe import settings
from plugins.readme.lines import code_lines, lines_of

_FILES = {"record": kinds, "hook": hookspecs, "section": settings}


def kind_costs() -> str:
    """A table: the lines that each kind of part takes in the three files that know of it."""
    files = (f"{what} in [`{_name(module)}`](../ganlab_core/{_name(module)})" for what, module in _FILES.items())
    table = f"| a kind such as | {' | '.join(files)} |\n|---|--:|--:|--:|\n"
    for kind in KINDS:
        table += f"| {kind} | {' | '.join(map(str, cost_of_kind(kind)))} |\n"
    return table


def cost_of_kind(kind: Kind) -> tuple[int, int, int]:
    """Lines of code of a kind's record, of its hook, and of its section with the models that it alone has."""
    found = (_record(kind), _hook(kind), _section(kind))
    counted = [
        len(code_lines(_path(module)) & {line for node in nodes for line in lines_of(node)})
        for module, nodes in zip(_FILES.values(), found, strict=True)
    ]
    return counted[0], counted[1], counted[2]


def _record(kind: Kind) -> Iterator[ast.stmt | ast.expr]:
    for node in ast.walk(_tree(kinds)):
        if isinstance(node, ast.Call) and any(ast.unparse(one) == f"name={kind!r}" for one in node.keywords):
            yield node


def _hook(kind: Kind) -> Iterator[ast.stmt | ast.expr]:
    for node in _tree(hookspecs).body:
        if isinstance(node, ast.FunctionDef) and node.name == KINDS[kind].hook:
            yield node


def _section(kind: Kind) -> Iterator[ast.stmt | ast.expr]:
    classes = {node.name: node for node in _tree(settings).body if isinstance(node, ast.ClassDef)}
    for field in classes["Recipe"].body:
        if isinstance(field, ast.AnnAssign) and ast.unparse(field.target) == KINDS[kind].section:
            yield field
            named = {node.id for node in ast.walk(field.annotation) if isinstance(node, ast.Name)}
            yield from (node for name, node in classes.items() if name in named and name != "Part")


def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(_path(module).read_text(encoding="utf-8"))


def _path(module: ModuleType) -> Path:
    return Path(str(module.__file__))


def _name(module: ModuleType) -> str:
    return "/".join(_path(module).parts[-2:])
