"""The hooks' reference, from their specifications and from the code that implements them."""

from __future__ import annotations

import ast
import doctest
import inspect
from pathlib import Path
from types import FunctionType

from ganlab_core.interface import hookspecs

REPOSITORY = Path(__file__).resolve().parent.parent.parent
_PASSED_OVER = {"build", "tests"}


def hooks_reference() -> str:
    """Every hook: its signature, when it is called, an example, and who uses it here."""
    sections = []
    for name, hook in hooks().items():
        text, example = _documentation(hook)
        used = ", ".join(f"[{who}]({path})" for who, path in users(name))
        sections.append(f"### `{_signature(hook)}`\n\n{text}\n\n```python\n{example}```\n\nUsed by {used}.\n")
    return "\n".join(sections)


def hooks() -> dict[str, FunctionType]:
    """The hook specifications by name, in their order."""
    found = vars(hookspecs).items()
    return {name: value for name, value in found if name.startswith("ganlab_") and inspect.isfunction(value)}


def users(hook: str) -> list[tuple[str, str]]:
    """Who implements a hook here, and in which file; ganlab's own tests where nobody else does."""
    folders = {"ganlab": "ganlab_core", "Elastic-InfoGAN": "ganlab_elastic"}
    packages = [path.parent.name for path in sorted((REPOSITORY / "plugins").glob("*/setup.cfg"))]
    folders |= {name: f"plugins/{name}" for name in packages}
    found = [(who, file) for who, folder in folders.items() for file in _implementations(hook, REPOSITORY / folder)[:1]]
    if not found:
        found = [("the tests", file) for file in _implementations(hook, REPOSITORY / "tests")[:1]]
    return [(who, f"../{file}".replace("../plugins/", "")) for who, file in found]


def _signature(hook: FunctionType) -> str:
    text = f"{hook.__name__}{inspect.signature(hook)}".replace("'", "")
    return text.replace(" -> None", "")


def _documentation(hook: FunctionType) -> tuple[str, str]:
    """The words of a hook's docstring, and its example as code."""
    documentation = inspect.getdoc(hook) or ""
    words = documentation.partition(">>>")[0].strip().replace("\n\n", " ")
    examples = doctest.DocTestParser().get_examples(documentation)
    return words, "\n\n".join(example.source for example in examples)


def _implementations(hook: str, folder: Path) -> list[str]:
    """The files in a folder that mark a function of this name as a hook."""
    files = [path for path in sorted(folder.rglob("*.py")) if not _PASSED_OVER & set(path.relative_to(folder).parts)]
    return [
        path.relative_to(REPOSITORY).as_posix()
        for path in files
        if path.name != "hookspecs.py" and _implements(path, hook)
    ]


def _implements(path: Path, hook: str) -> bool:
    text = path.read_text(encoding="utf-8")
    # The search spares the parsing of most files.
    return f"def {hook}(" in text and any(
        node.name == hook and _is_marked(node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    )


def _is_marked(function: ast.FunctionDef) -> bool:
    names = (
        node.id for decorator in function.decorator_list for node in ast.walk(decorator) if isinstance(node, ast.Name)
    )
    return "hookimpl" in names
