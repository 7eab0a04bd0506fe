"""Which images look alike by their small parts, learned from the images themselves in seconds, without a gradient.

Coates, Lee and Ng 2011 (AISTATS, "An analysis of single-layer networks in unsupervised feature learning"): patches are
normalised and whitened, k-means finds directions among them, and how much of each direction lies in each quarter of an
image describes the image. Principal components of that, all made equally strong, tell classes apart where those of
pixels do not: the strongest ones say how an image is lit.

Shape suffixes: P patches, V values of a patch, A directions (atoms).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab_elastic.clusters.neighbours import components, shrunk

_SIDE = 6
_ATOMS = 150
_PATCHES = 20_000  # that directions are learned from
_MANY = 10_000_000  # places in all images, beyond which every second one a side is looked at
_ROUNDS = 10
_LEAST_VARIANCE, _LEAST_EIGENVALUE = 0.04, 0.5  # of a patch in [-1, 1]; a flat one must not become all noise
_COMPONENTS = 64
_BLOCK = 256


@dataclass(frozen=True)
class Atoms:
    """What patches are described by: `of(patches)` whitens them and takes their parts along each direction."""

    mean_V: Tensor
    projection_VA: Tensor

    def of(self, patches_PV: Tensor) -> Tensor:
        """How much more than the mean of all directions each patch has of each `(P, A)`; never negative."""
        parts_PA = (_normalised(patches_PV) - self.mean_V) @ self.projection_VA
        return F.relu(parts_PA - parts_PA.mean(dim=1, keepdim=True))


@torch.no_grad()
def patch_components(images_NCHW: Tensor, *, random: torch.Generator) -> Tensor:
    """Each image's `(N, 64)` whitened components of its patches, of length 1; of fewer images as many as there are.

    Args:
        images_NCHW: in [-1, 1], of 8 pixels a side or more; larger ones than 32 are shrunk.
        random: draws the patches that directions are learned from, on the images' device.
    """
    # Half precision has no eigenvectors on every device.
    with torch.autocast(device_type=images_NCHW.device.type, enabled=False):
        small_NCHW = shrunk(images_NCHW.float())
        atoms = learn_atoms(small_NCHW, random=random)
        stride = 1 if small_NCHW[:, 0].numel() <= _MANY else 2
        blocks = small_NCHW.split(_BLOCK)
        described_ND = torch.cat([_described(block_NCHW, atoms, stride=stride) for block_NCHW in blocks])
        return whitened(described_ND, count=_COMPONENTS)


@torch.no_grad()
def whitened(features_ND: Tensor, *, count: int) -> Tensor:
    """The `count` strongest principal components, each made as strong as the others; rows of length 1."""
    strongest_ND = components(features_ND - features_ND.mean(dim=0), count=min(count, len(features_ND) - 1))
    return F.normalize(strongest_ND / strongest_ND.std(dim=0).clamp(min=1e-6), dim=1)


@torch.no_grad()
def learn_atoms(images_NCHW: Tensor, *, random: torch.Generator) -> Atoms:
    """Directions of whitened patches, by spherical k-means."""
    patches_PV = _normalised(_some_patches(images_NCHW, random))
    mean_V = patches_PV.mean(dim=0)
    centred_PV = patches_PV - mean_V
    eigenvalues_V, vectors_VV = torch.linalg.eigh(centred_PV.T @ centred_PV / len(centred_PV))
    whitening_VV = vectors_VV * (eigenvalues_V.clamp(min=0.0) + _LEAST_EIGENVALUE).rsqrt() @ vectors_VV.T
    white_PV = centred_PV @ whitening_VV
    first_A = torch.randperm(len(white_PV), generator=random, device=white_PV.device)[:_ATOMS]
    atoms_AV = F.normalize(white_PV[first_A], dim=1)
    for _ in range(_ROUNDS):
        nearest_P = (white_PV @ atoms_AV.T).max(dim=1)
        # As a product: adding at indices has no fixed order on a GPU, and a resumed run looks again.
        weights_PA = F.one_hot(nearest_P.indices, len(atoms_AV)) * nearest_P.values[:, None]
        atoms_AV = F.normalize(weights_PA.T @ white_PV + 1e-6 * atoms_AV, dim=1)  # one without a patch stays
    return Atoms(mean_V, whitening_VV @ atoms_AV.T)


def _described(images_NCHW: Tensor, atoms: Atoms, *, stride: int) -> Tensor:
    """The square root of how much of each direction lies in each quarter `(N, 4 A)`."""
    patches_NPV = F.unfold(images_NCHW, _SIDE, stride=stride).transpose(1, 2)
    parts_NPA = atoms.of(patches_NPV.flatten(0, 1)).view(*patches_NPV.shape[:2], -1)
    rows, columns = ((side - _SIDE) // stride + 1 for side in images_NCHW.shape[2:])
    maps_NAHW = parts_NPA.transpose(1, 2).unflatten(2, (rows, columns))
    return F.adaptive_avg_pool2d(maps_NAHW, min(2, rows, columns)).flatten(1).sqrt()


def _some_patches(images_NCHW: Tensor, random: torch.Generator) -> Tensor:
    """Patches `(P, V)` at random places of random images."""
    count, _, height, width = images_NCHW.shape
    device = images_NCHW.device

    def drawn(below: int) -> Tensor:
        return torch.randint(below, (_PATCHES,), generator=random, device=device)

    image_P, top_P, left_P = drawn(count), drawn(height - _SIDE + 1), drawn(width - _SIDE + 1)
    windows_NCHWRS = images_NCHW.unfold(2, _SIDE, 1).unfold(3, _SIDE, 1)
    return windows_NCHWRS[image_P, :, top_P, left_P].flatten(1)


def _normalised(patches_PV: Tensor) -> Tensor:
    """Brightness and contrast taken away."""
    centred_PV = patches_PV - patches_PV.mean(dim=1, keepdim=True)
    return centred_PV / (centred_PV.var(dim=1, keepdim=True) + _LEAST_VARIANCE).sqrt()
