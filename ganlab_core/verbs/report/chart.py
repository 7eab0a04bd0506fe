"""Charts as inline SVG that takes its text colour from the page, so that one drawing serves light, dark and print."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from markupsafe import Markup

from ganlab_core.system.charts import plain_charts
from ganlab_core.system.dispensable import dispensable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK = "#0b0c0d"  # stands for the page's text colour, which is known only where the chart is shown
_PREFIX = "ID.PREFIX."
_STYLE: dict[Any, Any] = {
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": _INK,
    "grid.alpha": 0.15,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 9.0,
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "text.parse_math": False,  # a name such as `$5 or $6` is no formula
    "svg.fonttype": "none",
    "svg.hashsalt": "ganlab",
    "savefig.transparent": True,
}
_WIDTH = 4.6  # inches, of 72 units each: about as many pixels as a phone is wide
_DOTS_PER_INCH = 220  # of what is drawn as pixels inside a chart
_LONGEST = 26
_NOTHING = '<svg viewBox="0 0 331 20" role="img"><text y="14" fill="var(--ink)">could not be drawn</text></svg>'


@dataclass(frozen=True)
class Chart:
    """A drawing with what it is called and what is to be seen in it, for those who do not see it."""

    title: str
    description: str
    svg: str

    def markup(self, prefix: str) -> Markup:
        """The SVG element, its ids made the page's own by a prefix; HTML as it stands."""
        return Markup(self.svg.replace(_PREFIX, f"{prefix}-"))  # `draw_chart` wrote it, all text escaped


def draw_chart(
    draw: Callable[[Axes], None], *, title: str, description: str, height: float = 2.7, grid: bool = True
) -> Chart:
    """A chart on which `draw` has drawn, `height` in inches; one that says so, with a warning, where that fails."""
    svg = _NOTHING
    with (
        dispensable(f"the chart {title!r}"),
        plain_charts(_STYLE | {"axes.grid": grid}),
        warnings.catch_warnings(),
    ):
        from matplotlib.figure import Figure

        # The text is drawn by the reader's browser, which has other fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        draw(figure.subplots())
        drawn = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(drawn, format="svg", dpi=_DOTS_PER_INCH, metadata=nothing)
        svg = _for_a_page(drawn.getvalue(), label=f"{title}. {description}")
    return Chart(title, description, svg)


def as_label(name: str) -> str:
    """A name from outside as text of a chart: of a length that fits, all of it printable."""
    printable = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)
    return printable if len(printable) <= _LONGEST else f"{printable[: _LONGEST - 1]}…"


def _for_a_page(svg: str, *, label: str) -> str:
    """matplotlib's document as an element of a page: no name spaces, no size, no style sheet, ids that can be told."""
    root = ElementTree.fromstring(svg)  # matplotlib wrote it
    for parent in list(root.iter()):
        for child in list(parent):
            if _local(child.tag) in ("metadata", "style"):
                parent.remove(child)
    for element in root.iter():
        element.tag = _local(element.tag)
        element.attrib = {_local(name): _told_apart(_local(name), value) for name, value in element.attrib.items()}
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img", "aria-label": label}
    return ElementTree.tostring(root, encoding="unicode").replace(_INK, "var(--ink)")


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _told_apart(name: str, value: str) -> str:
    if name == "id":
        return _PREFIX + value
    if name == "href" and value.startswith("#"):
        return f"#{_PREFIX}{value[1:]}"
    return re.sub(r"url\(#", f"url(#{_PREFIX}", value)
