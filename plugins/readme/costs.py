"""What a new part costs its author, counted in what `ganlab new plugin` makes."""

from __future__ import annotations

import ast
import tempfile
from pathlib import Path

from ganlab_core.plugins import load_plugins
from ganlab_core.verbs.new.scaffold import SCAFFOLD_KINDS, ScaffoldKind, new_plugin
from plugins.readme.lines import code_lines, lines_of

_WORDS = {"network": "network (a generator)", "prior": "prior", "loss": "loss", "dataset": "data set"}


def costs() -> str:
    """A table: what an author writes for a new part, counted in what `ganlab new plugin` makes."""
    table = "| a new | files | lines beside the mathematics | of the mathematics | in `plugin.py` |\n"
    table += "|---|--:|--:|--:|--:|\n"
    for kind, (beside, mathematics, hook) in ((kind, cost(kind)) for kind in SCAFFOLD_KINDS):
        table += f"| {_WORDS[kind]} | 1 | {beside} | {mathematics} | {hook} |\n"
    return table


def cost(kind: ScaffoldKind) -> tuple[int, int, int]:
    """Lines of a part beside its mathematics, of its mathematics, and of the hook that gives it.

    Lines of code: not blank, no comment, no docstring. The mathematics are the functions of the part's file that ganlab
    does not call itself, with the imports that only they use.
    """
    with tempfile.TemporaryDirectory() as folder:
        part = new_plugin("mine", kind=kind, out=Path(folder) / "new", plugins=load_plugins({"GANLAB_PLUGINS": ""}))
        entry = part.with_name("plugin.py")
        hook = next(node for node in ast.walk(ast.parse(entry.read_text())) if isinstance(node, ast.FunctionDef))
        factory = next(node.names[0].name for node in hook.body if isinstance(node, ast.ImportFrom))
        beside, mathematics = _count(part, factory)
        return beside, mathematics, len(code_lines(entry) & lines_of(hook))


def _count(part: Path, factory: str) -> tuple[int, int]:
    code, tree = code_lines(part), ast.parse(part.read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name != factory]
    others = [node for node in tree.body if node not in (*imports, *functions)]
    used = {name.id for node in others for name in ast.walk(node) if isinstance(name, ast.Name)}
    unused = [node for node in imports if not used & {name.name for name in node.names}]
    of_mathematics = code & {line for node in (*functions, *unused) for line in lines_of(node)}
    return len(code - of_mathematics), len(of_mathematics)
