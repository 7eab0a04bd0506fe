"""The `ganlab` command as a benchmark starts it, which is asked to stop once its benchmark is gone.

A benchmark that is killed cannot end its runs; they would hold
their folders' locks when it is called again.
"""

from __future__ import annotations

import os
import signal
import threading

from ganlab_core.verbs import main as command_line


def stop_with_parent() -> None:
    """Watch standard input, a pipe that nothing is written to: it ends when the process at its other end does."""
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    if not os.read(0, 1):
        os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Call the command line with this process's arguments."""
    stop_with_parent()
    command_line.main()
