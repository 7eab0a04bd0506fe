"""The report of a run that says what was found in its images: at the head, and before anything is drawn."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from ganlab_core.plugins import Plugins
from ganlab_core.runs.found import Found, write_found
from ganlab_core.verbs.report.write import write_report
from tests.verbs.report.conftest import TrainRun
from tests.verbs.report.test_write import Page

UNCLEAR = Found(
    counts=(30, 4, 2, 0),
    mean_confidences=(0.5, 0.75, 1.0, None),
    confidence=0.56,
    separation=0.3,
    well_separated=False,
    features="<i>lite",
    drawn=True,
    sentence="3 classes <i>& more, not well separated.",
    advice=("--features auto: they see more", "--classes K: say how many"),
    given_up=("no time to draw: --resume",),
)


@pytest.fixture(scope="module")
def unclear(train_run: TrainRun) -> Path:
    """A run whose classes are not clear."""
    run = train_run("unclear")
    write_found(UNCLEAR, run)
    return run


def page_of(run: Path, out: Path, plugins: Plugins) -> Page:
    return Page(write_report([run], out / "report.html", plugins=plugins))


def test_what_was_found_stands_at_the_head_as_text_with_what_to_try(
    unclear: Path, core_plugins: Plugins, tmp_path: Path
) -> None:
    page = page_of(unclear, tmp_path, core_plugins)
    head = page.text[: page.text.index("A row a code")]
    for said in (UNCLEAR.sentence, *UNCLEAR.advice, *UNCLEAR.given_up, "83%", "0.56", "0.30", "<i>lite"):
        assert said in head
    assert not page.all("i")
    assert "found unsure" in [box.get("class") for box in page.all("div")]
    assert any(picture["alt"].startswith("8 generated images") for picture in page.all("img"))


def test_clear_classes_are_said_without_a_warning(unclear: Path, core_plugins: Plugins, tmp_path: Path) -> None:
    run = shutil.copytree(unclear, tmp_path / "clear")
    write_found(dataclasses.replace(UNCLEAR, well_separated=True, advice=(), given_up=()), run)
    page = page_of(run, tmp_path, core_plugins)
    assert "found" in [box.get("class") for box in page.all("div")]
    assert "What to try" not in page.text


def test_classes_are_shown_of_a_run_that_has_not_learned_to_draw(
    unclear: Path, core_plugins: Plugins, tmp_path: Path
) -> None:
    run = shutil.copytree(unclear, tmp_path / "undrawn")
    write_found(dataclasses.replace(UNCLEAR, drawn=False), run)
    (run / "evaluation.json").unlink()
    page = page_of(run, tmp_path, core_plugins)
    assert "nothing generated is shown" in page.text
    pictures = [picture["alt"] for picture in page.all("img")]
    assert pictures
    assert not any("generated" in text for text in pictures)
    assert any("surely" in text for text in pictures)
    assert any(text.endswith("from the surest to the least sure") for text in pictures)
    assert {"From noise to noise", "Further codes", "Figures"}.isdisjoint(page.headings)
    assert {"Classes", "Proportions", "Real images by code"} < set(page.headings)
    assert "Prior of code" not in page.text
    assert "Proportions: assigned" in page.text

    both = Page(write_report([unclear, run], tmp_path / "both.html", plugins=core_plugins))
    assert "It has not learned to draw yet." in both.text


def test_where_the_images_are_gone_what_was_found_stands_for_them(
    unclear: Path, core_plugins: Plugins, tmp_path: Path
) -> None:
    run = shutil.copytree(unclear, tmp_path / "moved")
    write_found(dataclasses.replace(UNCLEAR, drawn=False), run)
    pictures = unclear.parent / "pictures"
    shutil.move(pictures, tmp_path / "elsewhere")
    page = page_of(run, tmp_path, core_plugins)
    shutil.move(tmp_path / "elsewhere", pictures)
    assert "Real images are left out" in page.text
    assert not page.all("img")
    assert "real images 83.3%" in page.text
    assert "confidence 0.50" in page.text


def test_each_code_says_how_sure_how_distinct_and_what_it_is_like(
    unclear: Path, core_plugins: Plugins, tmp_path: Path
) -> None:
    run = shutil.copytree(unclear, tmp_path / "read")
    evaluation = json.loads((run / "evaluation.json").read_text())
    evaluation |= {"read_back": 0.5, "read_back_codes": [0.25, 0.5, 0.5, 0.75]}
    (run / "evaluation.json").write_text(json.dumps(evaluation))
    page = page_of(run, tmp_path, core_plugins)
    assert "25% read back" in page.text
    assert "confidence 0." in page.text
    labels = [chart["aria-label"] for chart in page.all("svg")]
    assert any(label.startswith("How far apart codes are") for label in labels)
