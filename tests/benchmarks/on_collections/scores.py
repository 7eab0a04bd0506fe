"""How well codes tell the hidden classes, and how honest their confidence is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

_BINS = 10


def scores(
    codes_N: npt.NDArray[np.int64], labels_N: npt.NDArray[np.int64], confidences_N: npt.NDArray[np.float64] | None
) -> dict[str, float]:
    """The figures of one set of codes.

    `acc`: accuracy after one-to-one matching of codes and classes (Kuhn 1955). `nmi` (arithmetic mean) and `ari`: as
    scikit-learn has them. `sizes`: mean relative error of the classes' sizes; a class without a code is off by 1.
    `largest_code`, `largest_class`: their shares of the images. `codes`: how many are in use, of `classes`. Where there
    are confidences, `ece`: the expected calibration error in ten bins of equal width (Guo et al. 2017), and their mean.
    """
    counts_KL = contingency(codes_N, labels_N)
    codes_L, classes_L = linear_sum_assignment(counts_KL, maximize=True)
    class_of_K = np.full(len(counts_KL), -1)
    class_of_K[codes_L] = classes_L
    right_N = class_of_K[codes_N] == labels_N
    true_L = counts_KL.sum(axis=0)[classes_L]
    found = {
        "images": len(labels_N),
        "acc": float(right_N.mean()),
        "nmi": float(normalized_mutual_info_score(labels_N, codes_N)),
        "ari": float(adjusted_rand_score(labels_N, codes_N)),
        "sizes": float(np.mean(np.abs(counts_KL[codes_L].sum(axis=1) - true_L) / true_L)),
        "codes": len(np.unique(codes_N)),
        "classes": counts_KL.shape[1],
        "largest_code": float(np.bincount(codes_N).max() / len(codes_N)),
        "largest_class": float(np.bincount(labels_N).max() / len(labels_N)),
    }
    if confidences_N is None:
        return found
    return found | {
        "ece": calibration_error(right_N, confidences_N),
        "confidence": float(confidences_N.mean()),
    }


def contingency(codes_N: npt.NDArray[np.int64], labels_N: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many images have code k and class l, (K, L); with rows of zeros where there are fewer codes than classes."""
    classes = int(labels_N.max()) + 1
    counts_KL = np.zeros((max(int(codes_N.max()) + 1, classes), classes), dtype=np.int64)
    np.add.at(counts_KL, (codes_N, labels_N), 1)
    return counts_KL


def calibration_error(right_N: npt.NDArray[np.bool_], confidences_N: npt.NDArray[np.float64]) -> float:
    """Mean distance of accuracy and confidence over ten bins, weighted by their images."""
    bins_N = np.minimum((confidences_N * _BINS).astype(int), _BINS - 1)
    distances = [
        (bins_N == number).mean() * abs(right_N[bins_N == number].mean() - confidences_N[bins_N == number].mean())
        for number in np.unique(bins_N)
    ]
    return float(sum(distances))
