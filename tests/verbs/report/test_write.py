"""The report as a file: what is in it, and that it asks for nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.verbs.report.write import write_report
from tests.verbs.report.conftest import CLASSES, TrainRun


class Page(HTMLParser):
    """Every start tag with its attributes, and the text of every heading."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.headings: list[str] = []
        self.text = ""
        self._in_heading = False
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._in_heading = tag in ("h1", "h2", "h3")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_heading and data.strip():
            self.headings.append(data.strip())
            self._in_heading = False

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of each element of a kind."""
        return [attributes for found, attributes in self.tags if found == tag]


@pytest.fixture(scope="module")
def page(coded: Path, core_plugins: Plugins, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The report of one run with codes."""
    return Page(write_report([coded], tmp_path_factory.mktemp("out") / "report.html", plugins=core_plugins))


@pytest.fixture(scope="module")
def both(two_runs: Path) -> Page:
    """The report of two runs."""
    return Page(two_runs)


def test_a_run_with_codes_has_every_section(page: Page) -> None:
    assert page.headings == [
        "coded",
        "Classes",
        "Proportions",
        "Figures",
        "Real images by code",
        "From noise to noise",
        "Further codes",
        "Losses",
        "Figures over time",
        "Recipe and versions",
    ]
    captions = ("style.0, varied", "Real images, PCA", "Real images, t-SNE", "Prior of code", "learned, assigned, true")
    assert all(caption in page.text for caption in captions)


def test_each_code_has_a_row_of_real_images_beside_generated_ones(page: Page) -> None:
    alternatives = [picture["alt"] for picture in page.all("img")]
    assert sum(text.startswith("8 generated images of") for text in alternatives) == 4
    assert any(re.match(r"the \d real images that are most surely of", text) for text in alternatives)


def test_nothing_is_asked_for_from_elsewhere(both: Page) -> None:
    addresses = [
        attributes[name]
        for _, attributes in both.tags
        for name in ("src", "href", "xlink:href", "srcset", "action", "data", "poster", "background")
        if name in attributes
    ]
    assert len(addresses) > 10
    assert {address.split(":")[0] if address[0] != "#" else "#" for address in addresses} == {"data", "#"}
    assert not re.search(r"@import|url\((?!#)", both.source)
    assert {tag for tag, _ in both.tags}.isdisjoint({"iframe", "object", "embed", "form", "base"})


def test_the_page_forbids_every_request_and_every_script_but_its_own(both: Page) -> None:
    (policy,) = [one["content"] for one in both.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    (script,) = re.findall(r"<script>(.*?)</script>", both.source, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy


def test_every_picture_and_chart_has_a_text_alternative(both: Page) -> None:
    assert all(len(picture["alt"]) > 10 for picture in both.all("img"))
    charts = both.all("svg")
    assert len(charts) > 10
    assert all(chart["role"] == "img" and len(chart["aria-label"]) > 20 for chart in charts)


def test_ids_are_unique_and_what_refers_to_one_finds_it(both: Page) -> None:
    ids = [attributes["id"] for _, attributes in both.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    referred = {*re.findall(r"url\(#([^)]+)\)", both.source), *re.findall(r'href="#([^"]+)"', both.source)}
    referred |= {
        attributes[name]
        for _, attributes in both.tags
        for name in ("aria-controls", "aria-labelledby")
        if name in attributes
    }
    assert referred
    assert referred <= set(ids)


def test_names_from_outside_stand_as_text(page: Page) -> None:
    assert not page.all("b")
    assert all(name in page.text for name in CLASSES)
    assert "&lt;b&gt;cats" in page.source


def test_several_runs_have_a_tab_each_and_one_with_what_differs(both: Page) -> None:
    tabs = [tag for tag in both.all("button") if tag.get("role") == "tab"]
    assert len(tabs) == 3
    assert both.headings[:3] == ["Comparison of 2 runs", "All runs", "What they draw"]
    (recipe,) = re.findall(r"What differs in the recipes</h3>(.*?)</table>", both.source, flags=re.DOTALL)
    rows = dict(re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', recipe.replace("<wbr>", "")))
    assert rows["networks.recognition.hidden"] == "<td>–</td><td>8</td>"
    assert "batch_size" not in rows


def test_a_run_without_codes_has_the_sections_that_apply(plain: Path, core_plugins: Plugins, tmp_path: Path) -> None:
    page = Page(write_report([plain], tmp_path / "report.html", plugins=core_plugins))
    assert page.headings == [
        "plain",
        "Generated images",
        "Figures",
        "From noise to noise",
        "Losses",
        "Figures over time",
        "Recipe and versions",
    ]


def test_data_that_has_moved_is_said_and_what_needs_it_left_out(
    train_run: TrainRun, core_plugins: Plugins, tmp_path: Path
) -> None:
    run = train_run("moved")
    shutil.move(run.parent / "pictures", run.parent / "elsewhere")
    page = Page(write_report([run], tmp_path / "report.html", plugins=core_plugins))
    assert "Real images are left out" in page.text
    assert "pictures' is no folder" in page.text
    assert "Real images by code" not in page.headings
    assert not [picture for picture in page.all("img") if "surely" in picture["alt"]]
    assert "Classes" in page.headings


def test_data_that_has_changed_is_said_too(train_run: TrainRun, core_plugins: Plugins, tmp_path: Path) -> None:
    run = train_run("changed")
    next((run.parent / "pictures" / "<b>cats").iterdir()).unlink()
    page = Page(write_report([run], tmp_path / "report.html", plugins=core_plugins))
    assert "holds other images than" in page.text
    assert "Real images by code" not in page.headings


def test_the_same_run_gives_the_same_file(coded: Path, page: Page, core_plugins: Plugins, tmp_path: Path) -> None:
    again = write_report([coded], tmp_path / "report.html", plugins=core_plugins)
    assert again.read_text(encoding="utf-8") == page.source


def test_a_folder_is_no_place_for_a_report(plain: Path, core_plugins: Plugins, tmp_path: Path) -> None:
    with pytest.raises(GanlabError, match=r"is a folder; name a file, such as .*report\.html"):
        write_report([plain], tmp_path, plugins=core_plugins)


def test_a_code_s_row_says_what_part_of_its_images_is_read_as_it(
    train_run: TrainRun, core_plugins: Plugins, tmp_path: Path
) -> None:
    run = train_run("read")
    evaluation = json.loads((run / "evaluation.json").read_text())
    shares = [0.5, 0.25, 1.0, 0.75]
    for said, expected in ((shares, 4), (shares[:3], 0), ("all", 0)):
        (run / "evaluation.json").write_text(json.dumps(evaluation | {"read_back_codes": said}))
        text = write_report([run], tmp_path / "read.html", plugins=core_plugins).read_text()
        assert text.count("% read back") == expected
        assert ("25% read back" in text) == (expected > 0)
