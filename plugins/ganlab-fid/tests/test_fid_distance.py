"""FID against SciPy's matrix square root, on features of real digits."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import scipy.linalg
import torch
from ganlab_fid.fid import frechet_distance
from ganlab_fid.pair import FeaturePair
from torch import Tensor

from ganlab_core import GanlabError

Array = npt.NDArray[np.float64]


def product_root(left_DD: Array, right_DD: Array) -> float:
    """The trace of the product's root, as the paper writes it."""
    return float(np.trace(scipy.linalg.sqrtm(left_DD @ right_DD)).real)


def symmetric_root(left_DD: Array, right_DD: Array) -> float:
    """The same by way of symmetric matrices, whose roots exist though they be singular."""
    values_D, vectors_DD = scipy.linalg.eigh(left_DD)
    root_DD = vectors_DD * np.sqrt(np.clip(values_D, 0, None)) @ vectors_DD.T
    return float(np.sqrt(np.clip(scipy.linalg.eigvalsh(root_DD @ right_DD @ root_DD), 0, None)).sum())


def by_scipy(pair: FeaturePair, trace_of_root: Callable[[Array, Array], float]) -> float:
    """The paper's equation 6 in float64."""
    real, generated = pair.real_ND.double().numpy(), pair.generated_MD.double().numpy()
    covariances = np.cov(real, rowvar=False), np.cov(generated, rowvar=False)
    shift = np.square(real.mean(0) - generated.mean(0)).sum()
    return float(shift + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * trace_of_root(*covariances))


@pytest.mark.parametrize("width", [7, 96])
def test_it_is_what_scipys_matrix_root_gives_for_two_parts_of_real_digits(features_ND: Tensor, width: int) -> None:
    lively_D = features_ND.std(dim=0).argsort(descending=True)[:width]
    pair = FeaturePair(features_ND[:1200, lively_D], features_ND[1200:, lively_D])
    expected = by_scipy(pair, product_root)
    assert expected > 0.01
    assert frechet_distance(pair) == pytest.approx(expected, rel=1e-4)


def test_few_images_of_many_features_give_what_scipy_computes_in_all_dimensions(features_ND: Tensor) -> None:
    pair = FeaturePair(features_ND[:40], features_ND[1000:1060])
    assert frechet_distance(pair) == pytest.approx(by_scipy(pair, symmetric_root), rel=1e-4)


def test_a_set_is_no_distance_from_itself(features_ND: Tensor) -> None:
    spread = features_ND.double().var(dim=0).sum().item()
    assert 0.0 <= frechet_distance(FeaturePair(features_ND, features_ND.flip(0))) < 1e-5 * spread


def test_a_shift_of_every_feature_adds_its_squared_length(features_ND: Tensor) -> None:
    narrow_ND = features_ND[:, :64].double()
    assert frechet_distance(FeaturePair(narrow_ND, narrow_ND + 0.5)) == pytest.approx(64 * 0.25, rel=1e-4)


def test_fewer_images_than_features_are_warned_of(features_ND: Tensor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        frechet_distance(FeaturePair(features_ND[:600, :100], features_ND[600:, :100]))
        assert not caplog.messages
        frechet_distance(FeaturePair(features_ND[:600, :100], features_ND[600:650, :100]))
    (message,) = caplog.messages
    assert message.startswith("fid: 50 images give 100 features a singular covariance, so the distance is too large")


@pytest.mark.parametrize(
    ("real", "generated", "message"),
    [
        (torch.zeros(1, 3), torch.zeros(5, 3), "1 real images are no distribution"),
        (torch.zeros(5, 3), torch.zeros(0, 3), "0 generated images are no distribution"),
        (torch.zeros(5, 3), torch.full((5, 3), torch.nan), "features of the generated images are not finite"),
    ],
)
def test_what_is_no_distribution_is_refused(real: Tensor, generated: Tensor, message: str) -> None:
    with pytest.raises(GanlabError, match=message):
        FeaturePair(real, generated)
