"""`Prior`: independent factors side by side, by name."""

from __future__ import annotations

import pytest
import torch

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.prior import Prior
from ganlab_core.interface.specs import PriorSpec
from ganlab_core.stock.priors.categorical import Categorical
from ganlab_core.stock.priors.normal import Normal
from ganlab_core.stock.priors.uniform import Uniform


def _prior() -> Prior:
    code = Categorical(PriorSpec(class_proportions=None), classes=4)
    return Prior({"noise": Normal(dim=3), "code": code, "style": Uniform(dim=2)})


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_the_generators_input_is_all_factors_side_by_side_in_order() -> None:
    prior = _prior()
    sample = prior.sample(5, generator=_generator())
    assert prior.width == 9
    assert list(sample.draws) == ["noise", "code", "style"]
    torch.testing.assert_close(sample.vector_NZ[:, 3:7], sample.draws["code"].value_NW)


def test_only_what_can_be_predicted_is_a_code() -> None:
    assert _prior().codes == {"code": 4, "style": 4}
    assert list(_prior().categorical) == ["code"]


def test_held_factors_keep_their_value_and_the_others_their_draws() -> None:
    free = _prior().sample(5, generator=_generator())
    held = _prior().sample_with({"code": 2, "style": -0.5}, 5, generator=_generator())
    assert held.draws["code"].value_NW.argmax(1).tolist() == [2] * 5
    assert held.draws["style"].value_NW.tolist() == [[-0.5, -0.5]] * 5
    assert torch.equal(held.draws["noise"].value_NW, free.draws["noise"].value_NW)


def test_each_number_of_a_continuous_code_can_be_held() -> None:
    held = _prior().sample_with({"style": (-2.0, 0.5)}, 3, generator=_generator())
    assert held.draws["style"].value_NW.tolist() == [[-2.0, 0.5]] * 3


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"style": (1.0,)}, "1 numbers for a code of 2: give one for each"),
        ({"code": (1.0, 0.0)}, r"prior\.code is no continuous code: hold it at a single number, not at \[1\.0, 0\.0\]"),
    ],
)
def test_numbers_that_do_not_fit_a_factor_are_refused(values: dict[str, tuple[float, ...]], message: str) -> None:
    with pytest.raises(GanlabError, match=message):
        _prior().sample_with(values, 3, generator=_generator())


def test_an_unknown_factor_is_refused_with_those_there_are() -> None:
    with pytest.raises(GanlabError, match=r"no factor \['kode'\]; it has \['noise', 'code', 'style'\]"):
        _prior().sample_with({"kode": 2}, 5, generator=_generator())


def test_factors_that_are_modules_are_saved_under_their_names() -> None:
    assert [name.split(".")[0] for name in _prior().state_dict()] == ["code"]


@pytest.mark.parametrize("name", ["categorical", "factors", "a.b", "keys", "train"])
def test_a_name_that_torch_or_the_prior_use_is_refused(name: str) -> None:
    with pytest.raises(GanlabError, match=f"prior.{name}: a factor cannot be named `{name}` .*: give it another"):
        Prior({name: Normal(dim=2)})
