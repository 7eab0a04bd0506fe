"""`ganlab doctor`."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganlab_core.verbs.command_line.options import JSON, MOVED

if TYPE_CHECKING:
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
    click.echo(_as_json(found, run) if as_json else _as_text(found))
    sys.exit(0 if found.fine else 1)


def _as_json(found: Examination, run: Path | None) -> str:
    sections = {
        name: [dataclasses.asdict(finding) for finding in findings] for name, findings in found.sections.items()
    }
    return json.dumps({"fine": found.fine, "run": None if run is None else str(run), "sections": sections}, indent=2)


def _as_text(found: Examination) -> str:
    lines = []
    for section, findings in found.sections.items():
        width = max(len(finding.name) for finding in findings)
        lines.append(section)
        for finding in findings:
            text = _printable(f"{finding.text}; {finding.way_out}" if finding.way_out else finding.text)
            lines.append(f"  {finding.state:<5}  {finding.name:<{width}}  {text}")
    stops = sum(finding.state == "stops" for findings in found.sections.values() for finding in findings)
    lines.append(f"{stops} of these would stop a run" if stops else "nothing here would stop a run")
    return "\n".join(lines)


def _printable(text: str) -> str:
    """What a stranger's run folder says, without the signs that steer a terminal."""
    return "".join(letter if letter.isprintable() or letter == "\n" else repr(letter)[1:-1] for letter in text)
