"""The model card: for a person who gets an export and knows nothing of the run."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ganlab_core.comparison import read_environment, read_evaluation
from ganlab_core.evaluation import single_numbers
from ganlab_core.export.snippet import snippet
from ganlab_core.loaded_run import LoadedRun
from ganlab_core.training.run_folder import RunFolder
from ganlab_core.version import __version__


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
    evaluation = read_evaluation(folder) or {}
    sections = [
        _start(run, about, grid),
        _data(run),
        _proportions(about, run, evaluation),
        _metrics(evaluation),
        _files(about, differences, failures),
        _drawing(about, differences),
        _made_with(read_environment(folder)),
    ]
    path.write_text("\n".join(line for section in sections for line in section).strip() + "\n", encoding="utf-8")


def _start(run: LoadedRun, about: Mapping[str, Any], grid: str) -> Iterator[str]:
    images = about["images"]
    has_codes = any(factor["kind"] == "categorical" for factor in about["prior"])
    rows = "a row for each category of the class code, the noise the same in each column" if has_codes else "no order"
    yield f"# {_plain(run.path.resolve().name)}"
    yield ""
    yield (
        f"A GAN for images of {images['height']} x {images['width']} x {images['channels']}, "
        f"trained for {about['steps']:,} steps with ganlab {__version__}."
    )
    yield from ("", f"![Generated images: {rows}]({grid})", "")


def _data(run: LoadedRun) -> Iterator[str]:
    facts = run.facts
    yield from ("## Data", "", f"`{_plain(facts.name)}`: {facts.size:,} images, content hash `{facts.content_hash}`.")
    if facts.class_counts is not None:
        counts = zip(facts.class_names, facts.class_counts, strict=True)
        yield from ("", "Images a class: " + ", ".join(f"{_plain(name)} {count:,}" for name, count in counts) + ".")
    yield ""


def _proportions(about: Mapping[str, Any], run: LoadedRun, evaluation: Mapping[str, Any]) -> Iterator[str]:
    code = next((factor for factor in about["prior"] if factor["kind"] == "categorical"), None)
    if code is None:
        return
    labels, true = _matched(code["classes"], run, evaluation), run.facts.class_proportions
    yield from (
        "## Proportions",
        "",
        f"| category of `{code['name']}` | learned | class | true |",
        "|---:|---:|---|---:|",
    )
    for category, (probability, label) in enumerate(zip(code["probabilities"], labels, strict=True)):
        known = (
            ("", "") if label is None else (_plain(run.facts.class_names[label]), f"{true[label]:.3f}" if true else "")
        )
        yield f"| {category} | {probability:.3f} | {known[0]} | {known[1]} |"
    yield ""


def _matched(classes: int, run: LoadedRun, evaluation: Mapping[str, Any]) -> list[int | None]:
    """The class that the last evaluation matched each category to, where it says so."""
    found = evaluation.get("matched_classes")
    if not isinstance(found, list) or len(found) != classes:
        return [None] * classes
    return [label if isinstance(label, int) and 0 <= label < len(run.facts.class_names) else None for label in found]


def _metrics(evaluation: Mapping[str, Any]) -> Iterator[str]:
    yield from ("## Metrics", "")
    figures = single_numbers(evaluation)
    if not figures:
        yield from ("The run has not been evaluated.", "")
        return
    yield from ("| figure | value |", "|---|---:|")
    yield from (f"| `{_plain(name)}` | {value:.4g} |" for name, value in figures.items())
    yield ""


def _files(about: Mapping[str, Any], differences: Mapping[str, float], failures: Sequence[str]) -> Iterator[str]:
    yield from ("## Files", "", "| file | what it is | largest difference from the network |", "|---|---|---:|")
    yield "| `export.json` | prior, image size and range, what each network reads and gives | |"
    for name, network in about["networks"].items():
        reads = f"`{network['input']}` to {', '.join(f'`{output}`' for output in network['outputs'])}"
        yield f"| `{network['weights']}` | weights of the {name} network, {reads} | |"
        for file in network["programs"]:
            kind = "torch.export program" if file.endswith(".pt2") else "ONNX program"
            yield f"| `{file}` | {kind}, any batch size | {differences[file]:.1e} |"
    yield ""
    yield (
        "Safetensors and JSON are the form to hand a model on in: they hold numbers and text, and nothing in them can "
        "run. A `.pt2` file can run code when it is loaded, for torch unpickles parts of it: load only those that you "
        "made yourself."
    )
    yield ""
    yield "Softmax of a categorical code's output gives its probabilities."
    for failure in failures:
        yield from ("", f"Left out: {_plain(failure)}.")
    yield ""


def _drawing(about: Mapping[str, Any], differences: Mapping[str, float]) -> Iterator[str]:
    own = [_plain(factor["name"]) for factor in about["prior"] if factor["kind"] == "own"]
    for file, library in (("generator.pt2", "torch"), ("generator.onnx", "onnxruntime")):
        if file in differences:
            yield from (f"## Draw an image with {library} and numpy", "", "In this folder, without ganlab:", "")
            yield from ("```python", snippet(about, onnx=library == "onnxruntime"), "```", "")
            if own:
                yield from (f"Only a plugin can draw more of {', '.join(own)} than the draws in `export.json`.", "")


def _made_with(environment: Mapping[str, Any]) -> Iterator[str]:
    yield from ("## Made with", "")
    yield from (f"- {_plain(name.removeprefix('libraries.'))} {_plain(value)}" for name, value in environment.items())
    yield ""


def _plain(text: object) -> str:
    """Text of a run folder, which may be a stranger's, as nothing but text in Markdown."""
    return html.escape(" ".join(str(text).split()), quote=False).replace("|", "\\|").replace("`", "'")
