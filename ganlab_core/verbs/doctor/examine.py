"""`examine`: everything that could stop a run here, or going on with one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.verbs.doctor.finding import Finding

_WHERE_RUNS_GO = Path("runs")


@dataclass(frozen=True)
class Examination:
    """Findings by section, in the order in which they are shown."""

    sections: Mapping[str, Sequence[Finding]]

    @property
    def fine(self) -> bool:
        """Whether nothing would stop a run."""
        return all(finding.state != "stops" for section in self.sections.values() for finding in section)


def examine(plugins: Plugins, *, run: Path | None = None) -> Examination:
    """Look at this machine, and at a run folder if one is named; nothing is written anywhere.

    What cannot be looked at, since a package that it takes is missing or broken, is a finding as well.
    """
    looks: dict[str, Callable[[], Sequence[Finding]]] = {
        "versions": _versions,
        "devices": _devices,
        "threads": _threads,
        "plugins": lambda: _plugins(plugins),
        "disk": lambda: _disk(plugins),
    }
    if run is not None:
        looks["disk"] = lambda: ()
        looks["run"] = lambda: _run(run, plugins)
    sections = {name: _looked(look) for name, look in looks.items()}
    return Examination({name: findings for name, findings in sections.items() if findings})


def _looked(look: Callable[[], Sequence[Finding]]) -> Sequence[Finding]:
    try:
        return look()
    except (ImportError, OSError, GanlabError) as error:
        text = f"cannot be looked at: {type(error).__name__}: {error}"
        way_out = "install what is missing or broken" if isinstance(error, ImportError) else ""
        return [Finding(name="this", text=text, state="stops", way_out=way_out)]


# Imported in here: one package that is broken must not keep the doctor from looking at the rest.


def _versions() -> Sequence[Finding]:
    from ganlab_core.verbs.doctor.versions import look_at_versions

    return look_at_versions()


def _devices() -> Sequence[Finding]:
    from ganlab_core.verbs.doctor.devices import look_at_devices

    return look_at_devices()


def _threads() -> Sequence[Finding]:
    from ganlab_core.verbs.doctor.threads import look_at_threads

    return look_at_threads()


def _plugins(plugins: Plugins) -> Sequence[Finding]:
    from ganlab_core.verbs.doctor.plugins import look_at_plugins

    return look_at_plugins(plugins)


def _disk(plugins: Plugins) -> Sequence[Finding]:
    from ganlab_core.verbs.doctor.disk import base_recipe, look_at_disk

    recipe, checkpoint = base_recipe(plugins)
    return look_at_disk(_WHERE_RUNS_GO, recipe=recipe, checkpoint=checkpoint)


def _run(run: Path, plugins: Plugins) -> Sequence[Finding]:
    from ganlab_core.verbs.doctor.run import look_at_run

    return look_at_run(run, plugins)
