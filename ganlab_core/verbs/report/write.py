"""`write_report`: from run folders to one HTML file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.version import __version__
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.system.atomic import written_aside
from ganlab_core.verbs.compare.comparison import Comparison, compare, short_names
from ganlab_core.verbs.report.curve_charts import comparison_charts
from ganlab_core.verbs.report.run_report import RunReport, report_run


def write_report(
    runs: Sequence[Path], out: Path, *, overrides: Sequence[str] = (), plugins: Plugins | None = None
) -> Path:
    """Write what is known of one or more runs as one HTML file that asks for nothing else; returns `out`.

    Sections that a run gives no grounds for are left out: codes, where its prior has none; real images, where its data
    cannot be read any more, which is said.

    Args:
        overrides: where files of the runs lie by now, as `load_run` takes them.

    Raises:
        GanlabError: a folder holds no run or no whole checkpoint, a file of it is damaged, or `out` cannot be written.
    """
    if out.is_dir():
        raise GanlabError(f"{out} is a folder; name a file, such as {out / 'report.html'}")
    plugins = plugins or load_plugins()
    names = short_names(runs)
    reports = [
        report_run(run, name=name, overrides=overrides, plugins=plugins) for run, name in zip(runs, names, strict=True)
    ]
    comparison = compare(runs, plugins=plugins) if len(runs) > 1 else None
    page = _page(reports, comparison)
    with written_aside(out) as aside:
        aside.write_text(page, encoding="utf-8", errors="replace")
    return out


def _page(reports: Sequence[RunReport], comparison: Comparison | None) -> str:
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("ganlab_core.verbs.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["number"] = _number
    script = templates.get_template("tabs.js").render()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return templates.get_template("report.html").render(
        reports=reports,
        comparison=comparison,
        comparison_charts=comparison_charts({report.name: report.history for report in reports}),
        script=Markup(script),
        script_digest=digest,
        version=__version__,
    )


def _number(value: Any) -> str:
    """A value for a reader: four figures of a number, a dash for what is not there."""
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
