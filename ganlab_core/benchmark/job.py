"""`python -m ganlab_core.benchmark.job train ...`: the `ganlab` command, asked to stop once its benchmark is gone.

A benchmark that is killed cannot end its runs; they would hold their folders' locks when it is called again.
"""

from __future__ import annotations

import os
import signal
import threading

from ganlab_core.cli import main


def stop_with_parent() -> None:
    """Watch standard input, a pipe that nothing is written to: it ends when the process at its other end does."""
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    if not os.read(0, 1):
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    stop_with_parent()
    main()
