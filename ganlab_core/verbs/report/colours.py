"""A colour for each code, the same in every chart; all can be seen on white and on black."""

from __future__ import annotations

import colorsys

from ganlab_core.system.charts import imported

_FEW, _SOME = 10, 20


def colours(count: int) -> list[str]:
    """`count` colours as `#rrggbb`, as different as so many can be."""
    mpl = imported()
    from matplotlib.colors import to_hex

    if count <= _SOME:
        chosen = mpl.colormaps["tab10" if count <= _FEW else "tab20"]
        return [to_hex(chosen(index)) for index in range(count)]
    return [to_hex(colorsys.hsv_to_rgb(index / count, 1.0, 0.85)) for index in range(count)]
