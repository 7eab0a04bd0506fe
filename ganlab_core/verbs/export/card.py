"""The model card: for a person who gets an export and knows nothing of the run."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from ganlab_core.interface.data_facts import DataFacts
from ganlab_core.interface.evaluation import single_numbers
from ganlab_core.interface.printable import printable
from ganlab_core.interface.proportions import Pair
from ganlab_core.runs.environment import read_environment
from ganlab_core.runs.evaluation import read_evaluation
from ganlab_core.runs.folder import RunFolder
from ganlab_core.runs.loaded import LoadedRun
from ganlab_core.runs.proportions import evaluated_proportions, proportions_now
from ganlab_core.verbs.command_line.tables import markdown_text
from ganlab_core.verbs.export.snippet import snippet

_LIBRARIES = {"generator.pt2": "torch", "generator.onnx": "onnxruntime"}


def write_card(
    path: Path,
    run: LoadedRun,
    about: Mapping[str, Any],
    *,
    differences: Mapping[str, float],
    failures: Sequence[str],
    grid: str,
) -> None:
    """Write the card of an export: data, proportions, metrics, grid, files, how to draw, versions.

    Args:
        about: what `export.json` says.
        differences: of the programs that there are, by file.
        failures: why others are missing.
        grid: the name of the picture beside it.

    Raises:
        GanlabError: a file of the run is damaged.
    """
    folder = RunFolder(run.path)
    evaluation = read_evaluation(folder.evaluation) or {}
    code = next((factor for factor in about["prior"] if factor["kind"] == "categorical"), None)
    text = (
        _templates()
        .get_template("card.md.jinja")
        .render(
            name=run.path.resolve().name,
            about=about,
            facts=run.facts,
            code=code,
            pairs=_pairs(code, run.facts, evaluation),
            figures=single_numbers(evaluation),
            differences=differences,
            failures=failures,
            grid=grid,
            snippets={
                library: Markup(snippet(about, onnx=library == "onnxruntime"))
                for file, library in _LIBRARIES.items()
                if file in differences
            },
            own=[factor["name"] for factor in about["prior"] if factor["kind"] == "own"],
            made_with=read_environment(folder.environment),
        )
    )
    path.write_text(text, encoding="utf-8")


def _templates() -> jinja2.Environment:
    """All values pass through `_plain`, so none can be forgotten."""
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("ganlab_core.verbs.export"),
        finalize=_plain,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["code"] = _code
    return templates


def _pairs(code: Mapping[str, Any] | None, facts: DataFacts, evaluation: Mapping[str, Any]) -> list[Pair]:
    """A pair a category of the class code; without one, of the categories that a metric told apart, if any did."""
    if code is None:
        found = evaluated_proportions(facts, evaluation)
    else:
        found = proportions_now(code["probabilities"], facts=facts, evaluation=evaluation)
    return [] if found is None else [pair for pair in found.pairs(facts.class_names) if pair.code is not None]


def _plain(value: object) -> object:
    """Text of a run folder, which may be a stranger's, as nothing but text in Markdown."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return markdown_text(value)


def _code(value: str) -> Markup:
    """The same between backticks, in which Markdown knows no markup but their end, and tables none but `|`."""
    line = html.escape(printable(" ".join(value.split())), quote=False).replace("`", "'").replace("|", "\\|")
    return Markup(f"`{line}`")
