"""What can be said of a run with a class code: what each code looks like, how much of the data it is, how it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganlab_core.evaluation.contingency import match_codes, matched_accuracy
from ganlab_core.evaluation.embedding import embed_sample
from ganlab_core.interface.image_data import ImageData
from ganlab_core.runs.history import History
from ganlab_core.runs.loaded import LoadedRun
from ganlab_core.verbs.report.chart import Chart
from ganlab_core.verbs.report.class_rows import ClassRow, class_rows
from ganlab_core.verbs.report.code_charts import Share, confusion_chart, shares_chart
from ganlab_core.verbs.report.code_names import CodeName, name_codes, shown_codes
from ganlab_core.verbs.report.colours import colours
from ganlab_core.verbs.report.curve_charts import prior_chart
from ganlab_core.verbs.report.embedding_charts import IMAGES, embedding_charts
from ganlab_core.verbs.report.real_images import RealImages, look_at


@dataclass(frozen=True)
class Matching:
    """The class of each code, None where it has none or none is known, and what the classes were matched by."""

    classes_K: Sequence[int | None]
    by: str | None


@dataclass(frozen=True)
class CodeSections:
    """The sections; those that the run or its data give no grounds for are None or empty.

    Attributes:
        rows: the codes with most mass, the largest first, without those that are asleep.
        left_out: how many codes are not shown.
        matched_by: what codes were matched to classes by; None without labels.
    """

    rows: Sequence[ClassRow]
    left_out: int
    matched_by: str | None
    shares: Chart
    prior: Chart | None
    confusion: Chart | None
    embedding: Sequence[Chart]


def code_sections(
    run: LoadedRun, data: ImageData | None, history: History, evaluation: Mapping[str, Any]
) -> CodeSections:
    """The sections of a run with a class code; `data` is None where its real images are not at hand."""
    code, factor = next(iter(run.prior.categorical.items()))
    learned_K = factor.probabilities().detach().float().cpu().tolist()
    real = None if data is None else look_at(run, data)
    matching = _match(real, evaluation, codes=factor.classes)
    names = name_codes(matching.classes_K, run.facts.class_names, colours=colours(factor.classes))
    true_K = _true_shares(run, matching)
    assigned_K = None if real is None else real.shares_K
    shown = shown_codes(names, learned_K=learned_K, assigned_K=assigned_K, true_K=true_K)
    logged = history.vectors.get(f"prior/{code}")
    return CodeSections(
        rows=class_rows(run, shown, learned_K=learned_K, real=real),
        left_out=len(names) - len(shown),
        matched_by=matching.by,
        shares=shares_chart(_shares(run, shown, matching, learned_K=learned_K, true_K=true_K, real=real)),
        prior=None if logged is None else prior_chart(logged, shown, title=f"Prior of {code}", true_K=true_K),
        confusion=_confusion(real, shown, matching, run),
        embedding=() if real is None else _embedding(run, real, shown),
    )


def _match(real: RealImages | None, evaluation: Mapping[str, Any], *, codes: int) -> Matching:
    """By the real images where they have labels, else as the run's own evaluation has it."""
    if real is not None and real.counts_KL is not None:
        return Matching(match_codes(real.counts_KL), "the labels of the real images")
    known = evaluation.get("matched_classes")
    if isinstance(known, list) and len(known) == codes:
        return Matching(known, "the run's last evaluation")
    return Matching([None] * codes, None)


def _true_shares(run: LoadedRun, matching: Matching) -> list[float | None]:
    """The part of the data that is of each code's class; 0 for a code left over, None where nothing is known."""
    true_L = run.facts.class_proportions
    if true_L is None or matching.by is None:
        return [None] * len(matching.classes_K)
    return [0.0 if label is None else true_L[label] for label in matching.classes_K]


def _shares(
    run: LoadedRun,
    shown: Sequence[CodeName],
    matching: Matching,
    *,
    learned_K: Sequence[float],
    true_K: Sequence[float | None],
    real: RealImages | None,
) -> list[Share]:
    """A row for each code that is shown, and each class that no code was matched to."""
    assigned_K = [None] * len(learned_K) if real is None else real.shares_K
    of_codes = [Share(name.text, learned_K[name.index], assigned_K[name.index], true_K[name.index]) for name in shown]
    true_L = run.facts.class_proportions
    if true_L is None or matching.by is None:
        return of_codes
    missed = [label for label in range(len(true_L)) if label not in matching.classes_K]
    return of_codes + [Share(f"{run.facts.class_names[label]} (no code)", 0.0, None, true_L[label]) for label in missed]


def _confusion(real: RealImages | None, shown: Sequence[CodeName], matching: Matching, run: LoadedRun) -> Chart | None:
    if real is None or real.counts_KL is None:
        return None
    left_over = len(run.facts.class_names)
    by_class = sorted(shown, key=lambda name: _place(matching.classes_K[name.index], otherwise=left_over))
    accuracy = matched_accuracy(real.counts_KL, list(matching.classes_K))
    return confusion_chart(real.counts_KL, by_class, run.facts.class_names, accuracy=accuracy)


def _place(label: int | None, *, otherwise: int) -> int:
    return otherwise if label is None else label


def _embedding(run: LoadedRun, real: RealImages, shown: Sequence[CodeName]) -> list[Chart]:
    embedding = embed_sample(run.model, real.data, seed=run.recipe.seed, most=IMAGES)
    return [] if embedding is None else embedding_charts(embedding, shown)
