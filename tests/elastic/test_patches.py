"""Patches: whitening against scikit-learn, what they tell apart that pixels do not, and what they do not mind."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from sklearn.decomposition import PCA
from torch import Tensor

from ganlab_elastic.clusters import patches as module
from ganlab_elastic.clusters.neighbours import nearest_neighbours, pixel_components
from ganlab_elastic.clusters.patches import learn_atoms, patch_components, whitened


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ATOMS", 20)
    monkeypatch.setattr(module, "_PATCHES", 800)


def stripes(count: int = 40, *, channels: int = 1) -> tuple[Tensor, Tensor]:
    """Images `(N, C, 16, 16)` of stripes at random places, upright or lying, and which of the two."""
    lying_N = torch.arange(count) % 2
    phase_N = torch.rand(count, generator=seeded(1)) * 6.3
    wave_NW = torch.sin(torch.arange(16) * 1.2 + phase_N[:, None])
    upright_NHW = wave_NW[:, None, :].expand(-1, 16, -1)
    images_NHW = torch.where(lying_N[:, None, None] == 1, upright_NHW.transpose(1, 2), upright_NHW)
    noise_NHW = torch.randn(count, 16, 16, generator=seeded(2)) * 0.1
    return (images_NHW * 0.6 + noise_NHW).clamp(-1, 1)[:, None].expand(-1, channels, -1, -1), lying_N


def share_alike(points_ND: Tensor, labels_N: Tensor) -> float:
    nearest_NM = nearest_neighbours(points_ND, count=3).nearest_QM
    return (labels_N[nearest_NM] == labels_N[:, None]).float().mean().item()


def test_neighbours_in_patches_are_of_a_texture_wherever_its_stripes_lie_and_those_in_pixels_are_not() -> None:
    images_NCHW, lying_N = stripes()
    points_ND = patch_components(images_NCHW, random=seeded())
    assert share_alike(points_ND[:, -4:], lying_N) > 0.95
    assert share_alike(pixel_components(images_NCHW)[:, :4], lying_N) < 0.8


@pytest.mark.parametrize("channels", [1, 3])
def test_rows_have_length_one_and_as_many_columns_as_there_are_components(channels: int) -> None:
    points_ND = patch_components(stripes(channels=channels)[0], random=seeded())
    assert points_ND.shape == (40, 39)
    torch.testing.assert_close(points_ND.norm(dim=1), torch.ones(40))
    assert patch_components(stripes(80)[0], random=seeded()).shape == (80, 64)


def test_equal_generators_give_equal_components_and_autocast_changes_nothing() -> None:
    images_NCHW, _ = stripes()
    first = patch_components(images_NCHW, random=seeded())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(patch_components(images_NCHW, random=seeded()), first)


def test_a_patch_s_brightness_and_contrast_are_not_looked_at() -> None:
    images_NCHW, _ = stripes()
    atoms = learn_atoms(images_NCHW, random=seeded())
    patches_PV = F.unfold(images_NCHW[:2], 6).transpose(1, 2).flatten(0, 1)
    assert (atoms.of(patches_PV) >= 0).all()
    torch.testing.assert_close(atoms.of(patches_PV * 20 + 0.2), atoms.of(patches_PV * 40), atol=1e-2, rtol=1e-2)


def test_whitening_is_scikit_learn_s() -> None:
    features_ND = torch.randn(30, 8, generator=seeded()) @ torch.randn(8, 8, generator=seeded(1))
    expected_ND = F.normalize(torch.from_numpy(PCA(5, whiten=True).fit_transform(features_ND.numpy())), dim=1)
    points_ND = whitened(features_ND, count=5)
    torch.testing.assert_close(points_ND @ points_ND.T, expected_ND @ expected_ND.T, atol=1e-4, rtol=1e-4)


def test_of_very_many_images_every_second_place_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    images_NCHW, lying_N = stripes()
    monkeypatch.setattr(module, "_MANY", 100)
    assert share_alike(patch_components(images_NCHW, random=seeded())[:, -4:], lying_N) > 0.95


def test_images_of_eight_pixels_are_large_enough() -> None:
    assert patch_components(stripes()[0][:, :, :8, :8], random=seeded()).isfinite().all()
