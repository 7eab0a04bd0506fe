"""What moves and what is held on the way of a grid's cells."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from ganlab_core.interface.latent import Draw
from ganlab_core.interface.prior import Prior
from ganlab_core.traversal.motion import Grid, noise_motion, noise_names

_CPU = torch.device("cpu")


class ReadNoise:
    """Gaussian noise that a recognition head reads back, as in methods that cluster in the space of the noise."""

    width = recognition_width = 3

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        value_NW = torch.randn(batch_size, self.width, generator=generator)
        return Draw(value_NW, value_NW)

    def fixed(self, value: float, batch_size: int, *, device: torch.device) -> Draw:
        return Draw(torch.full((batch_size, self.width), value, device=device))

    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: Literal["hard", "soft"] = "hard") -> Tensor:
        return (parameters_NR - draw.value_NW).square().sum(dim=1)


class Numbers(ReadNoise):
    """A continuous code."""

    dim, low, high = 3, -1.0, 1.0

    def fixed_each(self, numbers: list[float], batch_size: int, *, device: torch.device) -> Draw:
        return Draw(torch.tensor([numbers], device=device).expand(batch_size, -1))


def test_noise_that_a_head_reads_moves_and_a_code_is_held() -> None:
    prior = Prior({"style": Numbers(), "noise": ReadNoise()})
    assert noise_names(prior) == ["noise"]
    motion = noise_motion(prior, Grid([{}, {}], columns=2, by_row=True), seed=0, device=_CPU, stops=3)
    at_start_MZ, later_MZ = motion.at(0.0), motion.at(1.3)
    assert at_start_MZ.shape == (4, 6)
    assert torch.equal(at_start_MZ[:, :3], later_MZ[:, :3])
    assert (at_start_MZ[:, 3:] - later_MZ[:, 3:]).norm(dim=1).min() > 0.1
    torch.testing.assert_close(motion.at(3.0), at_start_MZ)


def test_rows_share_their_noise_unless_they_have_their_own() -> None:
    prior = Prior({"style": Numbers(), "noise": ReadNoise()})
    rows = [{"style": 0.5}, {"style": -0.5}]
    shared_MZ, own_MZ = (
        noise_motion(prior, Grid(rows, columns=2, by_row=by_row), seed=0, device=_CPU).at(0.4)
        for by_row in (False, True)
    )
    assert torch.equal(shared_MZ[:2, 3:], shared_MZ[2:, 3:])
    assert not torch.equal(own_MZ[:2, 3:], own_MZ[2:, 3:])
    assert torch.equal(shared_MZ[:2], own_MZ[:2])
