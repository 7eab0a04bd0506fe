"""Traversals with a generator that returns its input, so that what varies and what is held can be read off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.latent import ContinuousFactor, Draw, Factor
from ganlab_core.interface.prior import Prior
from ganlab_core.interface.specs import PriorSpec
from ganlab_core.stock.priors.categorical import Categorical
from ganlab_core.stock.priors.normal import Normal
from ganlab_core.stock.priors.uniform import Uniform
from ganlab_core.traversal.codes import traversal_grid, traversals, traverse

CPU = torch.device("cpu")


def categories(classes: int) -> Categorical:
    return Categorical(PriorSpec(class_proportions=None), classes=classes)


def whole_prior() -> Prior:
    """Columns: 0 to 2 noise, 3 to 6 code, 7 and 8 style, 9 to 11 stroke, 12 slant."""
    factors: dict[str, Factor] = {
        "noise": Normal(dim=3),
        "code": categories(4),
        "style": Uniform(dim=2),
        "stroke": categories(3),
        "slant": Uniform(low=0.0, high=10.0),
    }
    return Prior(factors)


def latents(prior: Prior, name: str, **changed: Any) -> Tensor:
    """The generator's input at each place of the grid, `(rows, columns, Z)`."""
    setting: dict[str, Any] = {"columns": 5, "seed": 0, "device": CPU}
    identity = nn.Unflatten(1, (1, 1, prior.width))
    return traverse(identity, prior, name=name, **(setting | changed)).flatten(2)


def test_every_code_but_the_class_code_can_be_traversed_each_number_by_itself() -> None:
    assert list(traversals(whole_prior())) == ["style.0", "style.1", "stroke", "slant"]


def test_a_prior_of_class_code_and_noise_has_no_traversal() -> None:
    assert traversals(Prior({"noise": Normal(dim=3), "code": categories(4)})) == {}


def test_one_number_runs_from_minus_2_to_2_and_its_neighbour_stays_at_0() -> None:
    latents_RNZ = latents(whole_prior(), "style.1")
    assert latents_RNZ.shape == (4, 5, 13)
    assert latents_RNZ[:, :, 8].tolist() == [[-2.0, -1.0, 0.0, 1.0, 2.0]] * 4
    assert latents_RNZ[:, :, 7].eq(0.0).all()


def test_each_row_is_a_category_and_all_that_does_not_vary_is_the_same_everywhere() -> None:
    latents_RNZ = latents(whole_prior(), "style.0")
    assert latents_RNZ[:, :, 3:7].argmax(2).tolist() == [[category] * 5 for category in range(4)]
    for columns in (slice(0, 3), slice(9, 13)):  # noise; stroke and slant
        held_RNZ = latents_RNZ[:, :, columns]
        assert torch.equal(held_RNZ, held_RNZ[:1, :1].expand_as(held_RNZ))
    assert latents_RNZ[0, 0, :3].unique().numel() == 3


def test_a_range_other_than_minus_1_to_1_is_doubled_about_its_centre() -> None:
    assert latents(whole_prior(), "slant")[0, :, 12].tolist() == [-5.0, 0.0, 5.0, 10.0, 15.0]


def test_ends_can_be_set() -> None:
    assert latents(whole_prior(), "style.0", ends=(0.0, 1.0))[2, :, 7].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_a_further_categorical_code_has_a_column_for_each_category() -> None:
    latents_RNZ = latents(whole_prior(), "stroke")
    assert latents_RNZ.shape == (4, 3, 13)
    assert latents_RNZ[:, :, 9:12].argmax(2).tolist() == [[0, 1, 2]] * 4
    assert torch.equal(latents_RNZ[:, :, :3], latents_RNZ[:1, :1, :3].expand(4, 3, 3))


def test_rows_of_one_category_differ_in_their_noise() -> None:
    latents_RNZ = latents(whole_prior(), "style.0", category=2)
    assert latents_RNZ.shape == (10, 5, 13)
    assert latents_RNZ[:, :, 3:7].argmax(2).eq(2).all()
    assert torch.equal(latents_RNZ[:, :, :3], latents_RNZ[:, :1, :3].expand(10, 5, 3))
    assert latents_RNZ[:, 0, 0].unique().numel() == 10


def test_rows_without_a_class_code_differ_in_their_noise() -> None:
    latents_RNZ = latents(Prior({"noise": Normal(dim=3), "style": Uniform()}), "style")
    assert latents_RNZ[:, 0, 0].unique().numel() == 10
    assert latents_RNZ[:, :, 3].tolist() == [[-2.0, -1.0, 0.0, 1.0, 2.0]] * 10


def test_the_seed_alone_decides_the_noise() -> None:
    assert torch.equal(latents(whole_prior(), "style.0"), latents(whole_prior(), "style.0"))
    assert not torch.equal(latents(whole_prior(), "style.0"), latents(whole_prior(), "style.0", seed=1))


def test_the_grid_has_a_tile_for_each_image() -> None:
    grid_CHW = traversal_grid(torch.zeros(4, 3, 1, 48, 48))
    assert grid_CHW.shape[1:] == (4 * 50 + 2, 3 * 50 + 2)


@pytest.mark.parametrize("name", ["style", "style.2", "noise", "code", "nothing"])
def test_what_cannot_be_traversed_is_answered_with_what_can(name: str) -> None:
    message = rf"'{name}' cannot be traversed; choose one of style\.0, style\.1, stroke, slant"
    with pytest.raises(GanlabError, match=message):
        latents(whole_prior(), name)


def test_a_prior_without_a_further_code_says_how_to_add_one() -> None:
    with pytest.raises(GanlabError, match=r"no code beside its class code; add one, such as `prior\.style"):
        latents(Prior({"noise": Normal(dim=3), "code": categories(4)}), "style")


@pytest.mark.parametrize("ends", [(1.0, -1.0), (1.0, 1.0), (0.0, float("inf")), (float("nan"), 1.0)])
def test_what_is_no_range_is_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(GanlabError, match="is no range; give its lower end, then its upper one"):
        latents(whole_prior(), "style.0", ends=ends)


def test_categories_have_no_range() -> None:
    with pytest.raises(GanlabError, match="stroke is a categorical code, which has no range; drop the range"):
        latents(whole_prior(), "stroke", ends=(-1.0, 1.0))


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"code": categories(4), "style": Uniform()}, "category 7 of a code with 4 classes"),
        ({"style": Uniform()}, "no categorical code that could be held at category 7"),
    ],
)
def test_a_category_that_is_not_there_is_refused(factors: Mapping[str, Factor], message: str) -> None:
    with pytest.raises(GanlabError, match=message):
        latents(Prior(factors), "style", category=7)


class Angle:
    """A third party's code: one number, which the generator reads as two columns."""

    width, recognition_width = 2, 2
    dim, low, high = 1, -1.0, 1.0

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        return self._draw(torch.rand(batch_size, generator=generator))

    def fixed(self, value: float, batch_size: int, *, device: torch.device) -> Draw:
        return self._draw(torch.full((batch_size,), float(value)))

    def fixed_each(self, numbers: Sequence[float], batch_size: int, *, device: torch.device) -> Draw:
        (angle,) = numbers
        return self.fixed(angle, batch_size, device=device)

    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: str = "hard") -> Tensor:
        raise NotImplementedError

    @staticmethod
    def _draw(angle_N: Tensor) -> Draw:
        return Draw(torch.stack([angle_N.cos(), angle_N.sin()], dim=1))


class Opaque:
    """A third party's code that says no more than every factor must."""

    width, recognition_width = 2, 2
    sample, fixed, nll = Angle.sample, Angle.fixed, Angle.nll


def test_a_third_partys_continuous_code_is_traversed_by_its_numbers_not_its_columns() -> None:
    assert isinstance(Angle(), ContinuousFactor)
    angles_N = torch.linspace(-2.0, 2.0, 5)
    expected_NW = torch.stack([angles_N.cos(), angles_N.sin()], dim=1)
    torch.testing.assert_close(latents(Prior({"angle": Angle()}), "angle")[0], expected_NW)


def test_a_third_partys_code_of_unknown_kind_is_left_out() -> None:
    assert traversals(Prior({"code": categories(3), "opaque": Opaque()})) == {}
