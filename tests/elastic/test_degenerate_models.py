"""What every metric says of a perfect model, of a constant Q, of a generator of one class, and of permuted codes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

from ganlab_core.interface.evaluation import Evaluation
from ganlab_core.interface.image_data import ImageData
from ganlab_core.interface.judge import Judge
from ganlab_core.interface.latent import Recognition
from ganlab_core.interface.model import Model
from ganlab_core.interface.networks import Networks
from ganlab_core.interface.prior import Prior
from ganlab_core.interface.specs import PriorSpec
from ganlab_core.stock.metrics.diversity import Diversity
from ganlab_core.stock.priors.categorical import Categorical
from ganlab_elastic.metrics.codes_used import CodesUsed
from ganlab_elastic.metrics.ent import Ent
from ganlab_elastic.metrics.nmi import Nmi
from ganlab_elastic.metrics.prior_rmse import PriorRmse
from ganlab_elastic.metrics.purity import Purity
from ganlab_elastic.metrics.read_back import ReadBack
from ganlab_elastic.metrics.real_clustering import RealClustering

COUNTS = (24, 12, 8, 4)
TRUE = tuple(count / sum(COUNTS) for count in COUNTS)
BRIGHTNESS = 60  # of class k's images: k times this
METRICS: tuple[Any, ...] = (Nmi(), Ent(), Purity(), PriorRmse(), CodesUsed(), RealClustering(), Diversity())


class Generator(nn.Module):
    """Draws code k as an image of class `shows[k]`, all one brightness."""

    def __init__(self, shows: Sequence[int]) -> None:
        super().__init__()
        self.register_buffer("shows_K", torch.tensor(shows))

    def forward(self, latent_NK: Tensor) -> Tensor:
        classes_N = cast("Tensor", self.shows_K)[latent_NK.argmax(dim=1)]
        return (classes_N * BRIGHTNESS / 127.5 - 1.0).view(-1, 1, 1, 1).expand(-1, 1, 4, 4)


class Head(nn.Module):
    """Gives an image of class c the code `says[c]`, and is sure of it."""

    def __init__(self, says: Sequence[int]) -> None:
        super().__init__()
        self.register_buffer("says_C", torch.tensor(says))
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, images_NCHW: Tensor) -> Recognition:
        codes_N = cast("Tensor", self.says_C)[_class_of(images_NCHW)]
        return Recognition({"code": 50.0 * torch.eye(len(COUNTS))[codes_N]}, images_NCHW.flatten(1))


def _class_of(images_NCHW: Tensor) -> Tensor:
    return ((images_NCHW.mean(dim=(1, 2, 3)) + 1.0) * 127.5 / BRIGHTNESS).round().long()


def figures(
    *, shows: Sequence[int], says: Sequence[int], learned: Sequence[float], metrics: Sequence[Any] = METRICS
) -> dict[str, Any]:
    """Every figure of every metric."""
    labels_N = torch.arange(len(COUNTS)).repeat_interleave(torch.tensor(COUNTS))
    pixels_NCHW = (labels_N * BRIGHTNESS).to(torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, 4, 4).contiguous()
    code = Categorical(PriorSpec(None), classes=len(COUNTS), probabilities=tuple(learned))
    networks = Networks(
        generator=nn.Identity(), trunk=nn.Identity(), discriminator=nn.Identity(), recognition=Head(says)
    )
    evaluation = Evaluation(
        model=Model(networks=networks, prior=Prior({"code": code}), losses={}, average=Generator(shows)),
        data=ImageData("bright", pixels_NCHW, labels_N, ("a", "b", "c", "d")),
        obtain_judge=lambda: cast("Judge", SimpleNamespace(label=_class_of, accuracy=1.0)),
        samples_per_code=20,
    )
    return {key: value for metric in metrics for key, value in metric(evaluation).items()}


PERFECT: dict[str, Any] = {"shows": (0, 1, 2, 3), "says": (0, 1, 2, 3), "learned": TRUE}


def test_a_perfect_model_scores_perfectly_in_everything() -> None:
    found = figures(**PERFECT)
    assert found["diversity"] == pytest.approx(1.0, abs=0.35)
    perfect = dict.fromkeys(("nmi", "nmi_geometric", "purity", "real_acc", "real_nmi", "real_ari"), 1.0)
    none = dict.fromkeys(("ent", "prior_rmse", "prior_rmse_ratio"), 0.0)
    assert {key: found[key] for key in perfect | none} == pytest.approx(perfect | none, abs=1e-6)
    assert found["codes_used"] == 4


def test_a_constant_q_is_seen_in_every_figure_on_real_images_and_in_no_other() -> None:
    perfect, constant = figures(**PERFECT), figures(**PERFECT | {"says": (2, 2, 2, 2)})
    seen = {key for key in perfect if perfect[key] != pytest.approx(constant[key])}
    assert seen == {"real_acc", "real_nmi", "real_ari"}
    assert constant["real_acc"] == pytest.approx(max(TRUE))
    assert (constant["real_nmi"], constant["real_ari"]) == pytest.approx((0.0, 0.0))


def test_a_generator_of_one_class_is_seen_though_purity_and_ent_alone_would_praise_it() -> None:
    perfect, collapsed = figures(**PERFECT), figures(**PERFECT | {"shows": (1, 1, 1, 1)})
    assert (collapsed["nmi"], collapsed["nmi_geometric"], collapsed["diversity"]) == (0.0, 0.0, 0.0)
    assert collapsed["purity"] == 1.0
    assert collapsed["ent"] == pytest.approx(math.log(4) / 5)
    assert collapsed["proportions"].matched_K.count(1) == 1
    real = ("real_acc", "real_nmi", "real_ari", "codes_used", "prior_perplexity")
    assert [collapsed[key] for key in real] == [perfect[key] for key in real]


def test_codes_that_trade_places_everywhere_change_no_figure() -> None:
    order = (2, 0, 3, 1)  # code k shows class order[k]
    says = tuple(order.index(label) for label in range(4))
    perfect = figures(**PERFECT)
    permuted = figures(shows=order, says=says, learned=[TRUE[label] for label in order])
    shares = permuted.pop("proportions")
    assert shares.matched_K == order
    assert shares.learned_K == pytest.approx([TRUE[label] for label in order])
    assert shares.true_L == perfect.pop("proportions").true_L
    assert permuted.pop("diversity") == pytest.approx(perfect.pop("diversity"), abs=0.35)  # other draws of the prior
    assert permuted == pytest.approx(perfect)


def test_a_prior_whose_codes_trade_places_alone_is_wrong() -> None:
    moved = figures(**PERFECT | {"learned": tuple(reversed(TRUE))})
    assert moved["prior_rmse_ratio"] > 1.0
    assert moved["nmi"] == pytest.approx(1.0)


def test_a_generator_that_draws_no_class_for_its_code_is_read_back_by_chance_alone() -> None:
    def read(**model: Any) -> tuple[float, float]:
        found = figures(**PERFECT | model, metrics=[ReadBack()])
        return found["read_back"], found["judge_read_back"]

    assert read() == (1.0, 1.0)
    assert read(shows=(1, 1, 1, 1)) == (0.25, 0.25)
    assert read(shows=(1, 0, 2, 3)) == (0.5, 0.5)
    assert read(shows=(2, 0, 3, 1), says=(1, 3, 0, 2)) == (1.0, 1.0)
