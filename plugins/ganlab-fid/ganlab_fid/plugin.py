"""The entry point: three metrics and a verb. torch and torchmetrics are imported when they are needed, not before."""

from __future__ import annotations

from collections.abc import Iterable

from ganlab_core import Component, Verb, hookimpl

ganlab_api = "1.1"


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
def ganlab_verbs() -> Iterable[Verb]:
    """`ganlab fid`: two folders of images compared."""
    summary = "FID, KID, precision and recall of the images in one folder against those in another."
    yield Verb(name="fid", summary=summary, command="ganlab_fid.verb:fid")
