"""The report in headless Chromium: nothing fails, nothing leaves the file, and it can be read on anything."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium, without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no chromium on this machine")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Any, two_runs: Path) -> Iterator[Any]:
    """Opens the report with a context's options; what went wrong or out is in `page.complaints`."""
    contexts = []

    def open_with(**options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: _note_request(page, request.url, two_runs))
        page.goto(two_runs.as_uri())
        return page

    yield open_with
    for context in contexts:
        context.close()


def _note_request(page: Any, address: str, report: Path) -> None:
    if address != report.as_uri() and not address.startswith("data:"):
        page.complaints.append(f"asked for {address}")


def shown_panels(page: Any) -> list[str]:
    """The ids of the panels that can be seen."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('[role=tabpanel]')].filter(one => one.offsetHeight > 0).map(one => one.id)"
    )
    return found


def luminance(colour: str) -> float:
    """From 0 for black to 1 for white, of `rgb(r, g, b)`."""
    red, green, blue = (int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


def test_no_error_no_request_and_every_picture_loads(opened: Any) -> None:
    page = opened()
    widths = page.evaluate("[...document.images].map(one => one.naturalWidth)")
    assert len(widths) > 10
    assert min(widths) > 0
    page.wait_for_timeout(200)
    assert page.complaints == []


def test_the_page_would_refuse_a_request(opened: Any) -> None:
    page = opened()
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/picture.png'}))")
    page.wait_for_timeout(200)
    assert any("Content Security Policy" in complaint for complaint in page.complaints)


def test_the_keyboard_reaches_every_tab(opened: Any) -> None:
    page = opened()
    page.keyboard.press("Tab")
    reached = []
    for _ in range(3):
        assert page.evaluate("document.activeElement.getAttribute('role')") == "tab"
        assert page.evaluate("document.activeElement.getAttribute('aria-selected')") == "true"
        reached += shown_panels(page)
        page.keyboard.press("ArrowRight")
    assert reached == ["panel-all", "panel-1", "panel-2"]
    assert shown_panels(page) == ["panel-all"]
    page.keyboard.press("ArrowLeft")
    assert shown_panels(page) == ["panel-2"]
    page.keyboard.press("Home")
    assert shown_panels(page) == ["panel-all"]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "panel-all"
    page.click("#tab-1")
    assert shown_panels(page) == ["panel-1"]


def test_a_phone_shows_it_without_scrolling_sideways(opened: Any) -> None:
    page = opened(viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, has_touch=True)
    for tab in ("#tab-all", "#tab-1", "#tab-2"):
        page.click(tab)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("window.innerWidth") == 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_charts_stand_out_from_the_page_in_light_and_dark(opened: Any, scheme: str) -> None:
    page = opened(color_scheme=scheme)
    paper = luminance(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    inks = [
        page.evaluate("getComputedStyle(document.body).color"),
        page.evaluate("getComputedStyle(document.querySelector('svg text')).fill"),
    ]
    assert (paper < 0.2) is (scheme == "dark")
    assert all(abs(luminance(ink) - paper) > 0.6 for ink in inks)


def test_print_shows_all_runs_and_no_tabs(opened: Any) -> None:
    page = opened(color_scheme="dark")
    page.emulate_media(media="print")
    assert shown_panels(page) == ["panel-all", "panel-1", "panel-2"]
    assert page.evaluate("document.querySelector('[role=tablist]').offsetHeight") == 0
    assert page.evaluate("getComputedStyle(document.querySelector('svg text')).fill") == "rgb(0, 0, 0)"
