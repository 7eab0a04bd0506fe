"""Which codes are named as hardly apart, and which one a code is most like."""

from __future__ import annotations

import torch

from ganlab_core.verbs.report.alike import alike_pairs, most_like
from ganlab_core.verbs.report.code_names import CodeName

NAMES = [CodeName(index, None, "#000000") for index in range(4)]


def test_pairs_far_below_what_is_usual_are_named_once_the_most_alike_first() -> None:
    apart_KK = torch.full((4, 4), 0.5)
    apart_KK[0, 2], apart_KK[2, 0], apart_KK[3, 1] = 0.2, 0.1, 0.25
    pairs = [(pair.one.index, pair.other.index) for pair in alike_pairs(apart_KK, NAMES)]
    assert pairs == [(2, 0), (3, 1)]
    assert alike_pairs(apart_KK / 3, NAMES)[0].one.index == 2  # whatever the scale


def test_a_code_is_most_like_the_one_that_it_is_least_apart_from_of_those_with_images() -> None:
    apart_KK = torch.full((4, 4), 0.5)
    apart_KK[0, 3], apart_KK[:, 1] = 0.3, torch.nan
    nearest = most_like(NAMES[0], apart_KK, NAMES)
    assert nearest is not None
    assert nearest.other.index == 3
    assert most_like(NAMES[0], torch.full((4, 4), torch.nan), NAMES) is None
    assert most_like(NAMES[0], None, NAMES) is None


def test_nothing_is_named_where_nothing_is_known_or_there_is_one_pair() -> None:
    assert alike_pairs(None, NAMES) == []
    assert alike_pairs(torch.zeros(2, 2), NAMES[:2]) == []
    assert alike_pairs(torch.full((4, 4), torch.nan), NAMES) == []
