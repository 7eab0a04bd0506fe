"""Who holds a run folder, found without taking the lock away from anybody."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ganlab_core.interface.check import Finding

_LOCK, _HOLDER = ".lock", ".lock.json"  # as `ganlab_core.system.locking` writes them


def look_at_lock(folder: Path) -> Finding:
    """Free, held, or left behind by a process that was killed, which the next run clears by itself."""
    held, holder = _is_held(folder / _LOCK), _read_holder(folder / _HOLDER)
    who = f"process {holder.get('process', 'unknown')} on host {holder.get('host', 'unknown')}"
    value = {"state": "held" if held else "stale" if holder else "free", **holder}
    if held:
        way_out = "wait for it, or stop it; other folders are free"
        return Finding(name="lock", text=f"held by {who}", state="stops", way_out=way_out, value=value)
    if holder:
        text = f"stale, left by {who}, which has ended; the next run clears it"
        return Finding(name="lock", text=text, state="note", value=value)
    return Finding(name="lock", text="free", value=value)


def _is_held(lock: Path) -> bool:
    """Whether a process holds the lock. A shared lock, let go of at once, is refused exactly while one does."""
    try:
        import fcntl
    except ImportError:  # Windows: there the file cannot even be read while it is locked
        return _is_unreadable(lock)
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _is_unreadable(lock: Path) -> bool:
    try:
        lock.read_bytes()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _read_holder(path: Path) -> dict[str, object]:
    """Process and host, empty if nobody is named; a file that is damaged or another's names nobody."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        found = None
    known = found if isinstance(found, dict) else {}
    process, host = known.get("process"), known.get("host")
    return {
        "process": process if isinstance(process, int) else "unknown",
        "host": host if isinstance(host, str) and host.isprintable() else "unknown",
    }
