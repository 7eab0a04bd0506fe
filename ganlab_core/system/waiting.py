"""How threads wait for one another: asleep, so that a machine that does other work too keeps its speed."""

from __future__ import annotations

import os

_POLICY = "OMP_WAIT_POLICY"


def wait_passively() -> None:
    """Let the threads of a step sleep while they wait, unless the user has said how they are to wait.

    Threads that spin take their core from what they wait for as soon as there are more of them than cores, and a step
    takes several times as long. OpenMP reads this when torch is loaded, so it is said before; results do not depend on
    it.
    """
    os.environ.setdefault(_POLICY, "PASSIVE")
