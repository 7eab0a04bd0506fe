"""The entry point: what Elastic-InfoGAN gives to ganlab. Parts are imported when a hook is called, not before."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ganlab_core import Component, Verb, hookimpl

ganlab_api = "1.2"

_FRAGMENTS = Path(__file__).parent / "recipes" / "parts"


@hookimpl
def ganlab_priors() -> Iterable[Component]:
    """The learnable categorical code, with all that makes Elastic-InfoGAN of it."""
    from ganlab_elastic.prior.elastic import ElasticCategorical

    yield Component(name="elastic", factory=ElasticCategorical, companion=_FRAGMENTS / "default.yaml")


@hookimpl
def ganlab_networks() -> Iterable[Component]:
    """The recognition heads that find classes: from fine clusters in pixels, and taught by frozen features."""
    from ganlab_elastic.clusters.over_clustering import OverClusteringHead
    from ganlab_elastic.clusters.taught import TaughtHead

    yield Component(name="over-clustering", role="recognition", factory=OverClusteringHead)
    yield Component(name="taught", role="recognition", factory=TaughtHead)


@hookimpl
def ganlab_losses() -> Iterable[Component]:
    """The losses that read codes back, on fake images and on real ones."""
    from ganlab_elastic.losses.augmented import augmented
    from ganlab_elastic.losses.consistency import consistency
    from ganlab_elastic.losses.discovery import discovery
    from ganlab_elastic.losses.linkage import linkage
    from ganlab_elastic.losses.mutual_information import mutual_information
    from ganlab_elastic.losses.prior_matching import prior_matching
    from ganlab_elastic.losses.taught import taught

    figures = _FRAGMENTS / "figures.yaml"
    for name, slot, factory in (
        ("mutual-information", "information", mutual_information),
        ("consistency", "consistency", consistency),
        ("prior-matching", "prior_matching", prior_matching),
        ("discovery", "discovery", discovery),
        ("taught", "taught", taught),
        ("linkage", "discovery", linkage),
    ):
        yield Component(name=name, slot=slot, factory=factory, requires=("recognition",), companion=figures)
    yield Component(name="augmented", slot="adversarial", factory=augmented)


@hookimpl
def ganlab_metrics() -> Iterable[Component]:
    """How well codes stand for classes."""
    from ganlab_elastic.metrics.codes_used import CodesUsed
    from ganlab_elastic.metrics.ent import Ent
    from ganlab_elastic.metrics.nmi import Nmi
    from ganlab_elastic.metrics.prior_rmse import PriorRmse
    from ganlab_elastic.metrics.purity import Purity
    from ganlab_elastic.metrics.read_back import ReadBack
    from ganlab_elastic.metrics.real_clustering import RealClustering

    yield Component(name="nmi", factory=Nmi, headline="nmi")
    yield Component(name="ent", factory=Ent)
    yield Component(name="purity", factory=Purity)
    yield Component(name="prior-rmse", factory=PriorRmse)
    yield Component(name="codes-used", factory=CodesUsed)
    yield Component(name="read-back", factory=ReadBack, requires=("recognition",))
    yield Component(name="real-clustering", factory=RealClustering, requires=("recognition",))


@hookimpl
def ganlab_verbs() -> Iterable[Verb]:
    """The verb that goes the whole way from a folder of images to its classes."""
    summary = "Find the classes of a folder of unlabelled images."
    yield Verb(name="discover", summary=summary, command="ganlab_elastic.discover.command:command")
