"""Which plugins loaded, and why others did not."""

from __future__ import annotations

from ganlab_core.interface.check import Finding
from ganlab_core.plugins.status import PluginStatus
from ganlab_core.verbs.doctor.examined import Examined


def look_at_plugins(about: Examined) -> list[Finding]:
    """A finding for each; one that failed stops only runs that need its parts, which a run's recipe shows."""
    return [_plugin(status) for status in about.plugins.statuses]


def _plugin(status: PluginStatus) -> Finding:
    value = {"distribution": status.distribution, "version": status.version, "reason": status.reason or None}
    if status.healthy:
        text = f"{status.distribution} {status.version}, {len(status.parts)} parts"
        return Finding(name=status.name, text=text, value=value)
    text = f"{status.distribution} {status.version} is left out: {status.reason}"
    return Finding(name=status.name, text=text, state="note", way_out="mend or uninstall it", value=value)
