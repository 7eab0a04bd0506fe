"""What others would try: k-means, UMAP with a Gaussian mixture or HDBSCAN, average linkage, Leiden on neighbours.

Told how many classes there are, HDBSCAN takes the smallest size of a cluster, and Leiden the resolution, that comes
nearest to so many. UMAP: McInnes et al. 2018; HDBSCAN: Campello et al. 2013; Leiden: Traag et al. 2019.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.cluster import HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors

Codes = npt.NDArray[np.int64]
_NEIGHBOURS = 15
_UMAP_DIMENSIONS = 10
_HALVINGS = 30
_NOISE = -1


@dataclass(frozen=True)
class Clustered:
    """Codes `(N,)` and, of a method that gives probabilities, how sure they are."""

    codes_N: Codes
    confidences_N: npt.NDArray[np.float64] | None = None


class Embedding:
    """Rows to cluster, with what several rivals need of them, made once.

    Args:
        values_ND: principal components.
        metric: euclidean or cosine.
    """

    def __init__(self, values_ND: npt.NDArray[np.float64], *, metric: str, seed: int) -> None:
        self.values_ND = values_ND
        self.metric = metric
        self.seed = seed

    @cached_property
    def umap_NE(self) -> npt.NDArray[np.float64]:
        """UMAP in ten dimensions, made to cluster: no least distance."""
        from umap import UMAP

        reducer = UMAP(
            n_components=_UMAP_DIMENSIONS,
            n_neighbors=min(_NEIGHBOURS, len(self.values_ND) - 1),
            min_dist=0.0,
            metric=self.metric,
            random_state=self.seed,
            n_jobs=1,
        )
        found: npt.NDArray[np.float64] = reducer.fit_transform(self.values_ND).astype(np.float64)
        return found

    @cached_property
    def graph(self) -> Any:
        """An `igraph.Graph` of neighbours; an edge weighs what share of their neighbours its ends have in common."""
        import igraph

        count = min(_NEIGHBOURS, len(self.values_ND) - 1)
        search = NearestNeighbors(n_neighbors=count, metric=self.metric).fit(self.values_ND)
        neighbours_NM = search.kneighbors(return_distance=False)
        circles = [{index, *row} for index, row in enumerate(neighbours_NM.tolist())]
        pairs = sorted({(min(one, other), max(one, other)) for one, row in enumerate(circles) for other in row - {one}})
        weights = [len(circles[one] & circles[other]) / len(circles[one] | circles[other]) for one, other in pairs]
        return igraph.Graph(n=len(circles), edges=pairs, edge_attrs={"weight": weights})


def k_means(embedding: Embedding, classes: int) -> Clustered:
    """Lloyd's algorithm from ten starts."""
    means = KMeans(classes, n_init=10, random_state=embedding.seed)
    return Clustered(means.fit_predict(embedding.values_ND).astype(np.int64))


def umap_mixture(embedding: Embedding, classes: int) -> Clustered:
    """A Gaussian mixture with full covariances on UMAP; as sure as its posterior."""
    mixture = GaussianMixture(classes, n_init=3, reg_covar=1e-3, random_state=embedding.seed)
    probabilities_NK = mixture.fit(embedding.umap_NE).predict_proba(embedding.umap_NE)
    return Clustered(probabilities_NK.argmax(axis=1).astype(np.int64), probabilities_NK.max(axis=1))


def umap_hdbscan(embedding: Embedding, classes: int | None) -> Clustered:
    """HDBSCAN on UMAP, clusters of 2 % of the images or more where it counts; noise joins the nearest cluster."""
    images = len(embedding.values_ND)
    if classes is None:
        return Clustered(_hdbscan(embedding.umap_NE, max(5, images // 50)))
    sizes = sorted({max(3, round(images * share)) for share in np.geomspace(0.002, 0.1, 16)})
    found = [_hdbscan(embedding.umap_NE, size) for size in sizes]
    return Clustered(min(found, key=lambda codes_N: abs(len(np.unique(codes_N)) - classes)))


def average_linkage(embedding: Embedding, classes: int) -> Clustered:
    """Clusters are joined by the mean distance of their members."""
    linkage = AgglomerativeClustering(classes, metric=embedding.metric, linkage="average")
    return Clustered(linkage.fit_predict(embedding.values_ND).astype(np.int64))


def leiden(embedding: Embedding, classes: int | None) -> Clustered:
    """Communities of the neighbour graph by modularity, at resolution 1 if it counts."""
    if classes is None:
        return Clustered(_communities(embedding, 1.0))
    low, high = 1e-3, 100.0
    best = _communities(embedding, 1.0)
    for _ in range(_HALVINGS):
        middle = float(np.sqrt(low * high))
        codes_N = _communities(embedding, middle)
        count = int(codes_N.max()) + 1
        if abs(count - classes) < abs(int(best.max()) + 1 - classes):
            best = codes_N
        if count == classes:
            break
        low, high = (middle, high) if count < classes else (low, middle)
    return Clustered(best)


Rival = Callable[[Embedding, int], Clustered]
Counter = Callable[[Embedding, None], Clustered]
TOLD: dict[str, Rival] = {
    "k-means": k_means,
    "UMAP + Gaussian mixture": umap_mixture,
    "UMAP + HDBSCAN": umap_hdbscan,
    "average linkage": average_linkage,
    "Leiden": leiden,
}
COUNTING: dict[str, Counter] = {"UMAP + HDBSCAN": umap_hdbscan, "Leiden": leiden}


def _hdbscan(values_NE: npt.NDArray[np.float64], smallest: int) -> Codes:
    codes_N: Codes = (
        HDBSCAN(min_cluster_size=smallest, min_samples=5, copy=True).fit_predict(values_NE).astype(np.int64)
    )
    inside_N = codes_N != _NOISE
    if not inside_N.any():
        return np.zeros_like(codes_N)
    if not inside_N.all():
        nearest = NearestNeighbors(n_neighbors=1).fit(values_NE[inside_N])
        places_M = nearest.kneighbors(values_NE[~inside_N], return_distance=False)[:, 0]
        codes_N[~inside_N] = codes_N[inside_N][places_M]
    return codes_N


def _communities(embedding: Embedding, resolution: float) -> Codes:
    import leidenalg

    found = leidenalg.find_partition(
        embedding.graph,
        leidenalg.RBConfigurationVertexPartition,
        weights="weight",
        resolution_parameter=resolution,
        seed=embedding.seed,
    )
    return np.array(found.membership, dtype=np.int64)
