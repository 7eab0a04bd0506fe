"""`examine`: everything that could stop a run here, or going on with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name

from ganlab_core.interface.check import Check, Finding
from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.plugins.gathering import of_type
from ganlab_core.plugins.status import PluginStatus
from ganlab_core.verbs.doctor.examined import Examined


@dataclass(frozen=True)
class Examination:
    """Findings by section, in the order in which they are shown."""

    sections: Mapping[str, Sequence[Finding]]

    @property
    def fine(self) -> bool:
        """Whether nothing would stop a run."""
        return all(finding.state != "stops" for section in self.sections.values() for finding in section)


def examine(plugins: Plugins, *, run: Path | None = None, overrides: Sequence[str] = ()) -> Examination:
    """Look at this machine, and at a run folder if one is named, as each plugin checks it; nothing is written anywhere.

    What cannot be looked at, since a package that it takes is missing or broken, is a finding as well.

    Args:
        overrides: where files of the run lie by now, as `--set` says it.
    """
    about = Examined(plugins, run, overrides)
    sections: dict[str, list[Finding]] = {}
    for giver, checks in plugins.gather("ganlab_checks", of_type(Check)):
        for check in checks:
            sections.setdefault(check.section, []).extend(_looked(check, about, giver))
    return Examination({name: findings for name, findings in sections.items() if findings})


def _looked(check: Check, about: Examined, giver: PluginStatus) -> Sequence[Finding]:
    failures = (ImportError, OSError, GanlabError) if giver.is_core else (Exception, SystemExit)
    try:  # the function is imported in here: one package that is broken must not keep the doctor from the rest
        return of_type(Finding)(giver, resolve_name(check.look)(about))
    except failures as error:
        text = f"cannot be looked at: {type(error).__name__}: {error}"
        way_out = "install what is missing or broken" if isinstance(error, ImportError) else ""
        name = "this" if giver.is_core else str(giver)
        return [Finding(name=name, text=text, state="stops" if giver.is_core else "note", way_out=way_out)]
