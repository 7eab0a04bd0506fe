"""The entry point: five losses, and a warning. Parts are imported when a hook is called, not before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ganlab_core import Component, hookimpl

if TYPE_CHECKING:
    from ganlab_core import RunStarted

ganlab_api = "1.1"

_ADVERSARIAL = "adversarial"
_WEIGHT: dict[str, Any] = {"losses": {"lecam": {"use": "lecam", "weight": 0.3}}}
_PENALTIES: dict[str, Any] = {  # one alone does not make a pairing converge
    "networks": {"trunk": {"norm": "layer"}},
    "losses": {"r1": {"use": "r1"}, "r2": {"use": "r2"}},
}


@hookimpl
def ganlab_losses() -> Iterable[Component]:
    """Regularisation, augmentation and relativistic losses."""
    from ganlab_stabilize.losses.ada import Ada
    from ganlab_stabilize.losses.diffaugment import DiffAugment
    from ganlab_stabilize.losses.lecam import LeCam
    from ganlab_stabilize.losses.relativistic import Relativistic
    from ganlab_stabilize.losses.relativistic_pairing import RelativisticPairing

    yield Component(name="lecam", factory=LeCam, companion=_WEIGHT)
    yield Component(name="diffaugment", factory=DiffAugment, slot=_ADVERSARIAL)
    yield Component(name="ada", factory=Ada, slot=_ADVERSARIAL)
    yield Component(name="relativistic", factory=Relativistic, slot=_ADVERSARIAL)
    yield Component(name="relativistic-pairing", factory=RelativisticPairing, slot=_ADVERSARIAL, companion=_PENALTIES)


@hookimpl
def ganlab_observers(run: RunStarted) -> Iterable[object]:
    """Watch how often `ada` augments."""
    from ganlab_stabilize.leak_warning import LeakWarning

    yield LeakWarning()
