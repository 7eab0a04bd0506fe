"""Who holds a run folder."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from ganlab_core.interface.check import Finding
from ganlab_core.system import locking


def look_at_lock(folder: Path) -> Finding:
    """Free, held, or left behind by a process that was killed, which the next run clears by itself."""
    lock = locking.look_at_lock(folder)
    holder = lock.holder or locking.Holder()
    who = f"process {holder.process} on host {holder.host}"
    value = {"state": lock.state, **({} if lock.holder is None else asdict(holder))}
    if lock.state == "held":
        way_out = "wait for it, or stop it; other folders are free"
        return Finding(name="lock", text=f"held by {who}", state="stops", way_out=way_out, value=value)
    if lock.state == "stale":
        text = f"stale, left by {who}, which has ended; the next run clears it"
        return Finding(name="lock", text=text, state="note", value=value)
    return Finding(name="lock", text="free", value=value)
