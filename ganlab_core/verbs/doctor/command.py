"""`ganlab doctor`."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ganlab_core.interface.printable import printable
from ganlab_core.verbs.command_line.options import JSON, MOVED
from ganlab_core.verbs.command_line.say import say, say_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ganlab_core.plugins import Plugins
    from ganlab_core.verbs.doctor.examine import Examination


@click.command("doctor", epilog="Examples: `ganlab doctor`, `ganlab doctor runs/digits-elastic-seed0 --json`.")
@click.argument("run", required=False, type=click.Path(path_type=Path), metavar="[RUN]")
@MOVED
@JSON
@click.pass_obj
def command(plugins: Plugins, run: Path | None, overrides: tuple[str, ...], as_json: bool) -> None:
    """Say what would stop a run here: versions, devices, threads, plugins, disk space.

    Of RUN: its lock, checkpoints and data, whether it can go on, and with which command. Nothing is written. The exit
    code is 0 if nothing would stop a run, else 1.
    """
    from ganlab_core.verbs.doctor.examine import examine

    if overrides and run is None:
        raise click.UsageError(f"--set {overrides[0]} is about a run; name it")
    found = examine(plugins, run=run, overrides=overrides)
    if as_json:
        say_json(_as_values(found, run))
    else:
        say(*_as_text(found))
    sys.exit(0 if found.fine else 1)


def _as_values(found: Examination, run: Path | None) -> dict[str, Any]:
    sections = {
        name: [dataclasses.asdict(finding) for finding in findings] for name, findings in found.sections.items()
    }
    return {"fine": found.fine, "run": None if run is None else str(run), "sections": sections}


def _as_text(found: Examination) -> Iterator[str]:
    for section, findings in found.sections.items():
        width = max(len(printable(finding.name)) for finding in findings)
        yield section
        for finding in findings:
            text = f"{finding.text}; {finding.way_out}" if finding.way_out else finding.text
            yield f"  {finding.state:<5}  {printable(finding.name):<{width}}  {text}"
    stops = sum(finding.state == "stops" for findings in found.sections.values() for finding in findings)
    yield f"{stops} of these would stop a run" if stops else "nothing here would stop a run"
