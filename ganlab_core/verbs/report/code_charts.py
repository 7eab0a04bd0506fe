"""Charts about codes: their shares, the classes that they fell into, and real images in two dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ganlab_core.evaluation.contingency import ContingencyTable
from ganlab_core.verbs.report.chart import Chart, as_label, draw_chart
from ganlab_core.verbs.report.code_names import CodeName

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from torch import Tensor

_LEARNED, _ASSIGNED, _TRUE = "#1f77b4", "#2ca02c", "#ff7f0e"
_WITH_COUNTS = 20


@dataclass(frozen=True)
class Share:
    """A code's probability in the prior, the part of the real images that it was given, its class's true part."""

    name: str
    learned: float | None
    assigned: float | None
    true: float | None


def shares_chart(shares: Sequence[Share]) -> Chart:
    """Bars side by side, a group a code, in the given order from the top."""
    series: dict[str, tuple[str, list[float | None]]] = {
        "learned": (_LEARNED, [share.learned for share in shares]),
        "assigned": (_ASSIGNED, [share.assigned for share in shares]),
        "true": (_TRUE, [share.true for share in shares]),
    }
    shown = {name: found for name, found in series.items() if any(value is not None for value in found[1])}
    thickness = 0.8 / max(len(shown), 1)

    def draw(axes: Axes) -> None:
        for place, (name, (colour, values)) in enumerate(shown.items()):
            heights = [row + (place - (len(shown) - 1) / 2) * thickness for row in range(len(shares))]
            axes.barh(heights, [value or 0.0 for value in values], height=thickness, color=colour, label=name)
        axes.set_yticks(range(len(shares)), [as_label(share.name) for share in shares])
        axes.set_ylim(len(shares) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.set(xlabel="share of all images")
        if len(shown) > 1:
            axes.legend(loc="lower right")

    rows = "; ".join(f"{share.name} {_spoken(share)}" for share in shares)
    return draw_chart(draw, title=f"Proportions: {', '.join(shown)}", description=rows, height=1.0 + 0.3 * len(shares))


def confusion_chart(
    counts_KL: ContingencyTable, names: Sequence[CodeName], class_names: Sequence[str], *, accuracy: float
) -> Chart:
    """A row a code, a column a class, darker the more of the class's images have the code."""
    rows = counts_KL[[name.index for name in names]]
    of_class = rows / np.maximum(counts_KL.sum(axis=0), 1)
    with_counts = max(rows.shape) <= _WITH_COUNTS

    def draw(axes: Axes) -> None:
        axes.imshow(_shades(of_class), interpolation="none", aspect="auto")
        if with_counts:
            for (row, column), count in np.ndenumerate(rows):
                if count:
                    axes.text(column, row, str(count), ha="center", va="center", fontsize=7)
        axes.set_xticks(
            range(len(class_names)),
            list(map(as_label, class_names)),
            rotation=90 if max(map(len, class_names)) > 2 else 0,
        )
        axes.set_yticks(range(len(names)), [as_label(name.text) for name in names])
        axes.tick_params(length=0)
        axes.set(xlabel="class (labels)")

    return draw_chart(
        draw,
        title="Real images by code and class (counts)",
        description=f"{accuracy:.1%} of the images have the code that was matched to their class",
        height=1.1 + 0.24 * len(names),
        grid=False,
    )


def likeness_chart(apart_KK: Tensor, names: Sequence[CodeName]) -> Chart:
    """A row a code, darker the less its images are apart from the column's code."""
    chosen = [name.index for name in names]
    apart = apart_KK[chosen][:, chosen].numpy()
    alike = np.where(np.eye(len(names), dtype=bool), 0.0, 1.0 - np.nan_to_num(apart, nan=1.0)).clip(0.0, 1.0)

    def draw(axes: Axes) -> None:
        axes.imshow(_shades(alike), interpolation="none", aspect="auto")
        if len(names) <= _WITH_COUNTS:
            for (row, column), value in np.ndenumerate(apart):
                if row != column and np.isfinite(value):
                    axes.text(column, row, f"{value:.1f}", ha="center", va="center", fontsize=7)
        axes.set_xticks(range(len(names)), [str(name.index) for name in names])
        axes.set_yticks(range(len(names)), [as_label(name.text) for name in names])
        axes.tick_params(length=0)
        axes.set(xlabel="from code")

    nearest = np.where(np.eye(len(names), dtype=bool), np.inf, np.nan_to_num(apart, nan=np.inf)).argmin(axis=1)
    rows = [f"{name.text} is least apart from {names[other].text}" for name, other in zip(names, nearest, strict=True)]
    return draw_chart(
        draw,
        title="How far apart codes are (1: far)",
        description="; ".join(rows),
        height=1.1 + 0.24 * len(names),
        grid=False,
    )


def scatter_chart(
    points_N2: npt.NDArray[np.float64],
    codes_N: npt.NDArray[np.int64],
    names: Sequence[CodeName],
    *,
    title: str,
    axes_labels: tuple[str, str],
) -> Chart:
    """A dot an image in its code's colour, and the code's number in the middle of its dots."""

    def draw(axes: Axes) -> None:
        for name in names:
            chosen_n2 = points_N2[codes_N == name.index]
            if len(chosen_n2):
                axes.scatter(
                    chosen_n2[:, 0], chosen_n2[:, 1], s=5, color=name.colour, linewidths=0, alpha=0.7, rasterized=True
                )
                across, up = np.median(chosen_n2, axis=0)
                axes.text(across, up, str(name.index), ha="center", va="center", weight="bold")
        axes.set(xlabel=axes_labels[0], ylabel=axes_labels[1])
        axes.tick_params(labelbottom=False, labelleft=False, length=0)

    shown = "; ".join(f"{name.text}, {(codes_N == name.index).sum()} dots" for name in names)
    return draw_chart(draw, title=title, description=f"A dot an image, coloured by code: {shown}", height=3.6)


def _shades(part: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """One colour, more opaque the larger the part, so that it shows on any paper and leaves numbers readable."""
    shades = np.empty((*part.shape, 4))
    shades[..., :3] = (0.12, 0.47, 0.71)
    shades[..., 3] = 0.75 * part
    return shades


def _spoken(share: Share) -> str:
    named = {"learned": share.learned, "assigned": share.assigned, "true": share.true}
    return ", ".join(f"{name} {value:.3f}" for name, value in named.items() if value is not None)
