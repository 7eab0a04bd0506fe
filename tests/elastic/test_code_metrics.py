"""The metrics against scikit-learn and naive loops, and at the edges: collapse, empty columns, no labels."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import entropy
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

from ganlab_core import Proportions, contingency_table, match_codes, matched_accuracy, purity
from ganlab_elastic.metrics.codes_used import CodesUsed
from ganlab_elastic.metrics.ent import Ent, mean_table_entropy
from ganlab_elastic.metrics.nmi import Nmi
from ganlab_elastic.metrics.prior_rmse import PriorRmse, matched_rmse
from ganlab_elastic.metrics.purity import Purity
from ganlab_elastic.metrics.read_back import ReadBack
from ganlab_elastic.metrics.real_clustering import RealClustering

EVERY_METRIC: list[Any] = [Nmi, Ent, Purity, PriorRmse, CodesUsed, ReadBack, RealClustering]


def evaluation(
    codes: Sequence[int],
    labels: Sequence[int],
    *,
    learned: Sequence[float] = (0.5, 0.3, 0.2),
    true: Sequence[float] | None = (0.6, 0.3, 0.1),
    code: str | None = "code",
    read: Sequence[int] | None = None,
    real: Sequence[int] | None = None,
) -> Any:
    """What the metrics ask of an `Evaluation`; the same codes and labels stand for generated and for real images.

    `read` is what the recognition head reads in the generated images, `real` in the real ones; the codes if left out.
    """
    labels_M = torch.tensor(labels)
    return SimpleNamespace(
        code=code,
        judge=None if true is None else "a judge",
        learned_prior_K=torch.tensor(learned),
        true_prior=None if true is None else tuple(true),
        generated_codes_M=torch.tensor(codes),
        generated_labels_M=labels_M,
        generated_read_M=torch.tensor(codes if read is None else read),
        real_codes_N=torch.tensor(codes if real is None else real),
        data=SimpleNamespace(labels_N=None if true is None else labels_M),
    )


def noisy_codes(count: int = 300) -> tuple[list[int], list[int]]:
    generator = torch.Generator().manual_seed(0)
    codes_M = torch.randint(3, (count,), generator=generator)
    wrong_M = torch.rand(count, generator=generator) < 0.3
    labels_M = torch.where(wrong_M, torch.randint(3, (count,), generator=generator), (codes_M + 1) % 3)
    return codes_M.tolist(), labels_M.tolist()


def table(rows: Sequence[Sequence[int]]) -> Any:
    return np.array(rows)


def test_the_table_is_scikit_learn_s() -> None:
    codes, labels = noisy_codes()
    ours = contingency_table(torch.tensor(codes), torch.tensor(labels), codes=3, classes=3)
    np.testing.assert_array_equal(ours, contingency_matrix(codes, labels))


def test_the_table_has_rows_and_columns_for_what_never_occurs() -> None:
    ours = contingency_table(torch.tensor([0, 0, 2]), torch.tensor([1, 1, 0]), codes=4, classes=3)
    assert ours.tolist() == [[0, 2, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)])
def test_the_matching_covers_as_many_images_as_the_best_of_all_one_to_one_matchings(shape: tuple[int, int]) -> None:
    counts = np.random.default_rng(0).integers(0, 50, shape)
    padded = np.zeros((4, 4), dtype=int)
    padded[: shape[0], : shape[1]] = counts
    best = max(sum(padded[k, order[k]] for k in range(4)) for order in itertools.permutations(range(4)))
    matched = match_codes(counts)
    assert sum(counts[k, label] for k, label in enumerate(matched) if label is not None) == best
    assert matched_accuracy(counts) == pytest.approx(best / counts.sum())
    assert matched.count(None) == max(shape[0] - shape[1], 0)


def test_permuted_codes_change_no_score() -> None:
    codes, labels = noisy_codes()
    permuted = [(code + 1) % 3 for code in codes]
    learned = (0.5, 0.3, 0.2)
    moved = (0.2, 0.5, 0.3)
    for metric in (Nmi(), Ent(), Purity(), RealClustering()):
        assert metric(evaluation(codes, labels)) == pytest.approx(metric(evaluation(permuted, labels)))
    before = PriorRmse()(evaluation(codes, labels, learned=learned))
    after = PriorRmse()(evaluation(permuted, labels, learned=moved))
    assert before["prior_rmse"] == pytest.approx(after["prior_rmse"])


def test_perfect_codes_score_perfectly() -> None:
    perfect = evaluation([0, 1, 2] * 5, [2, 0, 1] * 5)
    assert Nmi()(perfect) == pytest.approx({"nmi": 1.0, "nmi_geometric": 1.0})
    assert Ent()(perfect) == pytest.approx({"ent": 0.0})
    assert Purity()(perfect) == {"purity": 1.0}
    assert RealClustering()(perfect) == pytest.approx({"real_acc": 1.0, "real_nmi": 1.0, "real_ari": 1.0})


def test_nmi_is_the_table_s_mutual_information_over_both_means_of_the_entropies() -> None:
    codes, labels = noisy_codes()
    joint = contingency_matrix(codes, labels) / len(codes)
    rows, columns = joint.sum(axis=1), joint.sum(axis=0)
    information = sum(
        joint[k, m] * math.log(joint[k, m] / (rows[k] * columns[m])) for k in range(3) for m in range(3) if joint[k, m]
    )  # fmt: skip
    code_entropy, label_entropy = entropy(rows), entropy(columns)
    expected = {
        "nmi": information / ((code_entropy + label_entropy) / 2),
        "nmi_geometric": information / math.sqrt(code_entropy * label_entropy),
    }
    assert Nmi()(evaluation(codes, labels)) == pytest.approx(expected)


def test_ent_is_the_mean_over_rows_and_columns_in_nats() -> None:
    counts = table([[3, 1], [2, 2]])
    rows = [entropy([0.75, 0.25]), math.log(2)]
    columns = [entropy([0.6, 0.4]), entropy([1 / 3, 2 / 3])]
    assert mean_table_entropy(counts) == pytest.approx(np.mean(rows + columns))


def test_ent_leaves_empty_rows_and_columns_out() -> None:
    assert mean_table_entropy(table([[5, 5, 0], [0, 0, 0]])) == pytest.approx((math.log(2) + 0.0 + 0.0) / 3)


def test_a_generator_of_one_class_has_no_nmi_though_its_ent_is_below_that_of_chance() -> None:
    collapsed = evaluation([0, 1, 2] * 10, [1] * 30)
    assert Nmi()(collapsed)["nmi"] == 0.0
    assert Ent()(collapsed)["ent"] == pytest.approx(math.log(3) / 4)
    assert Ent()(collapsed)["ent"] < Ent()(evaluation([0, 0, 0, 1, 1, 1, 2, 2, 2], [0, 1, 2] * 3))["ent"]


def test_a_constant_recognition_head_gets_the_largest_class_and_nothing_else() -> None:
    scores = RealClustering()(evaluation([1] * 10, [0] * 6 + [1] * 3 + [2]))
    assert scores == pytest.approx({"real_acc": 0.6, "real_nmi": 0.0, "real_ari": 0.0})


def test_real_clustering_is_scikit_learn_s() -> None:
    codes, labels = noisy_codes()
    scores = RealClustering()(evaluation(codes, labels))
    assert scores["real_nmi"] == pytest.approx(normalized_mutual_info_score(labels, codes))
    assert scores["real_ari"] == pytest.approx(adjusted_rand_score(labels, codes))
    hits = [
        np.mean([order[code] == label for code, label in zip(codes, labels, strict=True)])
        for order in itertools.permutations(range(3))
    ]
    assert scores["real_acc"] == pytest.approx(max(hits))


def test_purity_lets_codes_share_a_class() -> None:
    assert purity(table([[4, 0], [5, 1], [0, 2]])) == pytest.approx(11 / 12)


def test_prior_rmse_compares_each_code_with_the_class_that_it_shows() -> None:
    scores = PriorRmse()(evaluation([0, 1, 2] * 5, [2, 0, 1] * 5, learned=(0.5, 0.3, 0.2), true=(0.1, 0.2, 0.7)))
    shares = scores["proportions"]
    assert shares.matched_K == (2, 0, 1)
    assert scores["prior_rmse"] == pytest.approx(math.sqrt((0.2**2 + 0.2**2 + 0.0) / 3))
    uniform = math.sqrt(sum((1 / 3 - share) ** 2 for share in (0.1, 0.2, 0.7)) / 3)
    assert scores["prior_rmse_uniform"] == pytest.approx(uniform)
    assert scores["prior_rmse_ratio"] == pytest.approx(scores["prior_rmse"] / uniform)
    assert shares.learned_K == pytest.approx((0.5, 0.3, 0.2))
    assert shares.true_L == (0.1, 0.2, 0.7)


def test_prior_rmse_of_a_uniform_prior_is_the_uniform_one() -> None:
    codes, labels = noisy_codes()
    scores = PriorRmse()(evaluation(codes, labels, learned=(1 / 3, 1 / 3, 1 / 3)))
    assert scores["prior_rmse"] == pytest.approx(scores["prior_rmse_uniform"])


def test_where_the_true_proportions_are_uniform_there_is_no_ratio() -> None:
    scores = PriorRmse()(evaluation([0, 1] * 5, [0, 1] * 5, learned=(0.6, 0.4), true=(0.5, 0.5)))
    assert scores["prior_rmse"] == pytest.approx(0.1)
    assert "prior_rmse_ratio" not in scores


def test_codes_without_a_class_and_classes_without_a_code_are_compared_with_zero() -> None:
    spare_code = matched_rmse(Proportions((0.5, 0.4, 0.1), (0.3, 0.7), (1, None, 0)))
    assert spare_code == pytest.approx(math.sqrt((0.2**2 + 0.4**2 + 0.2**2) / 3))
    spare_class = matched_rmse(Proportions((0.6, 0.4), (0.5, 0.3, 0.2), (0, 2)))
    assert spare_class == pytest.approx(math.sqrt((0.1**2 + 0.2**2 + 0.3**2) / 3))


def test_codes_used_counts_those_above_one_percent() -> None:
    scores = CodesUsed()(evaluation([0], [0], learned=(0.6, 0.395, 0.005)))
    assert scores["codes_used"] == 2
    assert scores["prior_perplexity"] == pytest.approx(math.exp(entropy([0.6, 0.395, 0.005])))


def test_without_labels_only_the_learned_prior_and_what_is_read_back_have_figures() -> None:
    unlabelled = evaluation([0, 1, 2], [0, 1, 2], true=None)
    figures = {key for metric in EVERY_METRIC for key in metric()(unlabelled)}
    read_back = {"read_back", "read_back_lowest", "read_back_codes"}
    assert figures == {"proportions", "codes_used", "prior_perplexity"} | read_back


def test_without_a_class_code_no_metric_has_a_figure() -> None:
    assert [metric()(evaluation([0], [0], code=None)) for metric in EVERY_METRIC] == [{}] * len(EVERY_METRIC)


CODES = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]


def test_read_back_is_the_share_of_a_code_s_images_that_are_read_as_it_and_the_mean_over_codes() -> None:
    found = ReadBack()(evaluation(CODES, CODES, true=None, read=[0, 0, 0, 1, 1, 1, 0, 0, 2, 2, 2, 2]))
    assert found == {"read_back": 0.75, "read_back_lowest": 0.5, "read_back_codes": [0.75, 0.5, 1.0]}


def test_a_code_that_is_not_in_use_does_not_count_in_the_mean() -> None:
    read = [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    found = ReadBack()(evaluation(CODES, CODES, true=None, read=read, learned=(0.6, 0.39, 0.01)))
    assert found == {"read_back": 0.625, "read_back_lowest": 0.5, "read_back_codes": [0.75, 0.5, 0.0]}


def test_the_judge_reads_the_class_that_the_code_has_on_real_images() -> None:
    found = ReadBack()(evaluation(CODES, [2, 2, 2, 2, 0, 0, 0, 0, 1, 1, 1, 1]))
    assert found["judge_read_back_codes"] == [1.0, 1.0, 1.0]
    # The generator draws for code 0 what code 1 is on real images, and the other way round.
    swapped = evaluation(CODES, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 1], real=[1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 2, 2])
    assert ReadBack()(swapped)["judge_read_back_codes"] == [0.0, 0.0, 0.75]
    assert ReadBack()(swapped)["judge_read_back"] == 0.25


def test_a_code_of_no_class_is_left_out_of_what_the_judge_reads() -> None:
    found = ReadBack()(evaluation(CODES, [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0], true=(0.5, 0.5)))
    assert found["judge_read_back_codes"] == [1.0, 1.0, 0.0]
    assert found["judge_read_back"] == found["judge_read_back_lowest"] == 1.0
