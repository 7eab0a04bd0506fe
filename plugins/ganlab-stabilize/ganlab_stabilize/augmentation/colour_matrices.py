"""Changes of colour as matrices `(N, 4, 4)` on (red, green, blue, 1), values in [-1, 1].

Karras et al. 2020, arXiv 2006.06676, appendix B: matrices are multiplied from the left, the first change first.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def brightnesses(offset_N: Tensor) -> Tensor:
    """What adds an offset to each channel."""
    matrices_N44 = torch.eye(4, dtype=offset_N.dtype, device=offset_N.device).repeat(len(offset_N), 1, 1)
    matrices_N44[:, :3, 3] = offset_N[:, None]
    return matrices_N44


def contrasts(factor_N: Tensor) -> Tensor:
    """What multiplies each channel."""
    return torch.diag_embed(F.pad(factor_N[:, None].expand(-1, 3), (0, 1), value=1.0))


def luma_flips(flip_N: Tensor) -> Tensor:
    """What mirrors at the plane of no luma where `flip_N` is 1, so that light and dark change places; 0 leaves be."""
    luma_33 = torch.full((3, 3), 1.0 / 3.0, dtype=flip_N.dtype, device=flip_N.device)
    return _on_colours(torch.eye(3, dtype=flip_N.dtype, device=flip_N.device) - 2.0 * luma_33 * flip_N[:, None, None])


def hues(angle_N: Tensor) -> Tensor:
    """What turns colours about the grey axis by angles in radians."""
    axis_33 = torch.full((3, 3), 1.0 / 3.0, dtype=angle_N.dtype, device=angle_N.device)
    cross_33 = torch.tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]).to(angle_N) / 3.0**0.5
    eye_33 = torch.eye(3, dtype=angle_N.dtype, device=angle_N.device)
    cosine_N11, sine_N11 = angle_N.cos()[:, None, None], angle_N.sin()[:, None, None]
    return _on_colours(axis_33 + (eye_33 - axis_33) * cosine_N11 + cross_33 * sine_N11)


def saturations(factor_N: Tensor) -> Tensor:
    """What multiplies a colour's distance from the grey axis."""
    axis_33 = torch.full((3, 3), 1.0 / 3.0, dtype=factor_N.dtype, device=factor_N.device)
    eye_33 = torch.eye(3, dtype=factor_N.dtype, device=factor_N.device)
    return _on_colours(axis_33 + (eye_33 - axis_33) * factor_N[:, None, None])


def apply_colours(images_NCHW: Tensor, matrices_N44: Tensor) -> Tensor:
    """The images recoloured; where there are not three channels, each is changed as grey would be."""
    count, channels, height, width = images_NCHW.shape
    if channels == 3:
        flat_N3P = torch.baddbmm(matrices_N44[:, :3, 3:], matrices_N44[:, :3, :3], images_NCHW.flatten(2))
        return flat_N3P.view(count, 3, height, width)
    grey_N4 = matrices_N44[:, :3].mean(dim=1)
    return images_NCHW * grey_N4[:, :3].sum(dim=1).view(-1, 1, 1, 1) + grey_N4[:, 3].view(-1, 1, 1, 1)


def _on_colours(matrices_N33: Tensor) -> Tensor:
    """With a fourth row and column that leave the 1 alone."""
    padded_N44 = F.pad(matrices_N33, (0, 1, 0, 1))
    padded_N44[:, 3, 3] = 1.0
    return padded_N44
