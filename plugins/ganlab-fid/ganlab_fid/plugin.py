"""The entry point: three metrics and a verb. torch and torchmetrics are imported when they are needed, not before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ganlab_core import Component, hookimpl

if TYPE_CHECKING:
    import click

ganlab_api = "1"


@hookimpl
def ganlab_metrics() -> Iterable[Component]:
    """How close the generator's images are, as a distribution, to those it was trained on."""
    from ganlab_fid.fid import Fid
    from ganlab_fid.kid import Kid
    from ganlab_fid.precision_recall import PrecisionRecall

    yield Component(name="fid", factory=Fid)
    yield Component(name="kid", factory=Kid)
    yield Component(name="precision-recall", factory=PrecisionRecall)


@hookimpl
def ganlab_commands(cli: click.Group) -> None:
    """`ganlab fid`: two folders of images compared."""
    from ganlab_fid.verb import fid

    cli.add_command(fid)
