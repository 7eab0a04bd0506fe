"""How every verb ends where a signal stops it: what it did is unwound, a line is said, and the code tells the signal.

It imports next to nothing, so that from the first moment on a signal finds it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ganlab_core.system.outlets import lasting_outlets
from ganlab_core.system.signals import Interrupted, raised_stops


@contextmanager
def stated_ending() -> Iterator[None]:
    """Inside, signals that stop are exceptions, and no reader of what is printed ends the program by going away.

    Raises:
        SystemExit: after a signal, with 128 and its number.
    """
    try:
        with lasting_outlets(), raised_stops() as raised:
            try:
                yield
            except Interrupted as stop:
                _say_and_exit(stop)
            except Exception as error:
                number = raised()
                if number is None or "--debug" in sys.argv:
                    raise
                # What unwinding, or a module that was being imported, made of it.
                _say_and_exit(error.__context__ if isinstance(error.__context__, Interrupted) else Interrupted(number))
    except KeyboardInterrupt:
        sys.exit(130)


def _say_and_exit(stop: Interrupted) -> None:
    if sys.stderr is not None:  # which prints to standard output
        from ganlab_core.interface.printable import printable

        print(printable(str(stop)), file=sys.stderr)
    sys.exit(stop.exit_code)
