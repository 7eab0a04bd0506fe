"""A detector of collapse that needs no labels: images too alike, few modes, codes unused, a prior gone to a corner.

Modes are counted as in Richardson and Weiss 2018 (arXiv 1805.12462): real images are put into bins by k-means, and the
generated ones are sorted into them; here the bins in use are compared by perplexity.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from ganlab_core.evaluation.entropy import perplexity
from ganlab_core.interface.image_data import ImageData, to_unit_range
from ganlab_core.interface.loss import term_of
from ganlab_core.interface.model import Model
from ganlab_core.interface.networks import held
from ganlab_core.interface.randomness import derived_generator, derived_seed
from ganlab_core.interface.sampling import generate
from ganlab_core.stock.metrics.diversity import mean_distance

log = logging.getLogger(__name__)

_IMAGES = 500
_BINS, _COMPONENTS = 30, 20
# Healthy generators, also early and small ones, lie above these; one to three modes lie below (tests/test_collapse.py).
_ALIKE = 0.35
_FEW_MODES = 0.5
_FEW_CODES = 0.5
_CORNER = 0.95
_SETTLING, _FIRST_STEPS = 0.2, 200


@dataclass(frozen=True)
class Health:
    """Figures by name, and a sentence for each sign of collapse."""

    figures: Mapping[str, float]
    signs: tuple[str, ...]


class CollapseDetector:
    """Compares what a model draws with its data; the bins of the real images are made once, when first asked for."""

    def __init__(self, data: ImageData, *, steps: int, seed: int) -> None:
        self._data = data
        self._steps = steps
        self._seed = seed

    def __call__(self, model: Model, *, number: int) -> Health:
        """The health of a model after `number` steps; images are looked at once their losses had time to act."""
        figures = _prior_figures(model)
        signs = [
            f"the prior of {name!r} has gone to a corner: one category has {largest:.0%} of the mass"
            for name, largest in figures.items()
            if largest > _CORNER
        ]
        found = {f"health/largest_category/{name}": largest for name, largest in figures.items()}
        if number >= self._settled(model):
            images_NCHW = self._generated(model)
            images = image_figures(images_NCHW, real_NCHW=self._real, bins=self._bins)
            codes = _code_figures(model, images_NCHW)
            found |= {f"health/{name}": value for name, value in (images | codes).items()}
            signs += image_signs(images) + _code_signs(codes)
        return Health(figures=found | {"health/signs_of_collapse": float(len(signs))}, signs=tuple(signs))

    def _settled(self, model: Model) -> int:
        """The step from which images tell something: a fifth of the way after the adversarial loss starts."""
        starts = [one.starts for one in model.losses.values() if term_of(one.loss, "discriminator")]
        start = min(starts, default=0)
        return start + max(_FIRST_STEPS, round(_SETTLING * (self._steps - start)))

    def _generated(self, model: Model) -> Tensor:
        seed = derived_seed(self._seed, "collapse")
        return generate(model.average, model.prior, _IMAGES, seed=seed, device=model.device)

    @cached_property
    def _real(self) -> Tensor:
        order_N = torch.randperm(len(self._data), generator=derived_generator(self._seed, "collapse", "real"))
        return to_unit_range(self._data.images_NCHW[order_N[: 4 * _IMAGES]])

    @cached_property
    def _bins(self) -> Bins:
        return Bins.of(self._real, seed=self._seed)


@dataclass(frozen=True)
class Bins:
    """Centres of real images in their principal components."""

    mean_D: np.ndarray
    components_CD: np.ndarray
    centres_BC: np.ndarray

    @classmethod
    def of(cls, real_NCHW: Tensor, *, seed: int) -> Bins:
        """Bins of `(N, C, H, W)` real images in [-1, 1], the fewer the fewer images there are."""
        from sklearn.cluster import KMeans
        from sklearn.decomposition import PCA

        pixels_ND = real_NCHW.flatten(1).numpy()
        count = max(2, min(_BINS, len(pixels_ND) // 5))
        pca = PCA(min(_COMPONENTS, *pixels_ND.shape), random_state=seed % 2**32).fit(pixels_ND)
        means = KMeans(count, n_init=1, random_state=seed % 2**32).fit(pca.transform(pixels_ND))
        return cls(pca.mean_, pca.components_, means.cluster_centers_)

    def perplexity(self, images_NCHW: Tensor) -> float:
        """How many bins the images fill, evenly filled bins counted whole: from 1 to the number of bins."""
        pixels_ND = images_NCHW.flatten(1).cpu().numpy()
        points_NC = (pixels_ND - self.mean_D) @ self.components_CD.T
        distances_NB = ((points_NC[:, None] - self.centres_BC) ** 2).sum(-1)
        return perplexity(np.bincount(distances_NB.argmin(1), minlength=len(self.centres_BC)))


def image_figures(images_NCHW: Tensor, *, real_NCHW: Tensor, bins: Bins) -> dict[str, float]:
    """`diversity` and `modes` of generated images over those of real ones: near 1 is healthy, near 0 a collapse."""
    images_NCHW = images_NCHW.float().cpu()
    real = mean_distance(real_NCHW[:_IMAGES])
    return {
        "diversity": mean_distance(images_NCHW) / max(real, 1e-12),
        "modes": bins.perplexity(images_NCHW) / bins.perplexity(real_NCHW),
    }


def image_signs(figures: Mapping[str, float]) -> list[str]:
    """A sentence for each figure of `image_figures` that tells of a collapse."""
    signs = []
    if figures["diversity"] < _ALIKE:
        signs.append(f"generated images are too alike: {figures['diversity']:.0%} of the real ones' mean distance")
    if figures["modes"] < _FEW_MODES:
        signs.append(f"generated images fill few modes: {figures['modes']:.0%} of what the real ones fill")
    return signs


def _prior_figures(model: Model) -> dict[str, float]:
    """The largest probability of each categorical code of more than one category."""
    factors = {name: factor.probabilities() for name, factor in model.prior.categorical.items()}
    return {name: vector.max().item() for name, vector in factors.items() if len(vector) > 1}


@torch.no_grad()
def _code_figures(model: Model, images_NCHW: Tensor) -> dict[str, float]:
    """For the class code, the categories read in generated images, over those that the prior draws."""
    name = model.prior.class_code
    if name is None or model.networks.recognition is None:
        return {}
    with held(model.networks):
        (recognition,) = model.networks.recognise([images_NCHW])
    read_N = recognition.parameters[name].float().argmax(1).cpu().numpy()
    drawn = perplexity(model.prior.categorical[name].probabilities().detach().float().cpu())
    return {"codes": perplexity(np.bincount(read_N)) / drawn}


def _code_signs(figures: Mapping[str, float]) -> list[str]:
    if figures.get("codes", 1.0) >= _FEW_CODES:
        return []
    return [f"codes are unused: generated images show {figures['codes']:.0%} of the categories that the prior draws"]
