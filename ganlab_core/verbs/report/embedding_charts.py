"""Real images in two dimensions, by what the recognition head computes of them: PCA, and t-SNE.

van der Maaten and Hinton 2008, Visualizing Data using t-SNE, JMLR 9.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ganlab_core.interface.events import Embedding
from ganlab_core.verbs.report.chart import Chart
from ganlab_core.verbs.report.code_charts import scatter_chart
from ganlab_core.verbs.report.code_names import CodeName

IMAGES = 2000  # t-SNE takes a few seconds for so many
_FEWEST = 10
_COMPONENTS = 50
_TURNS = 500
_PERPLEXITY = 30.0

Points = npt.NDArray[np.float64]


def embedding_charts(embedding: Embedding, names: Sequence[CodeName]) -> list[Chart]:
    """Two views of the embedded images, coloured by code; none of too few images."""
    from sklearn.decomposition import PCA

    assert embedding.codes_N is not None
    vectors_ND = embedding.vectors_ND.double().numpy()
    if len(vectors_ND) < _FEWEST or not vectors_ND.std(axis=0).any():
        return []
    pca = PCA(min(_COMPONENTS, *vectors_ND.shape), random_state=0)
    components_NC, codes_N = pca.fit_transform(vectors_ND), embedding.codes_N.numpy()
    first, second = (
        f"component {place + 1} ({part:.0%} of the variance)"
        for place, part in enumerate(pca.explained_variance_ratio_[:2])
    )
    return [
        scatter_chart(components_NC[:, :2], codes_N, names, title="Real images, PCA", axes_labels=(first, second)),
        scatter_chart(
            _tsne(components_NC), codes_N, names, title="Real images, t-SNE", axes_labels=("no unit", "no unit")
        ),
    ]


def _tsne(components_NC: Points) -> Points:
    from sklearn.manifold import TSNE

    perplexity = min(_PERPLEXITY, (len(components_NC) - 1) / 3)
    points_N2: Points = TSNE(perplexity=perplexity, max_iter=_TURNS, init="pca", random_state=0).fit_transform(
        components_NC
    )
    return points_N2
