"""What can be said of a run with a class code: what each code looks like, how much of the data it is, how it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ganlab_core.evaluation.contingency import match_codes, matched_accuracy
from ganlab_core.evaluation.embedding import embed_sample
from ganlab_core.interface.image_data import ImageData
from ganlab_core.interface.proportions import Pair, Proportions
from ganlab_core.runs.found import Found
from ganlab_core.runs.history import History
from ganlab_core.runs.loaded import LoadedRun
from ganlab_core.runs.proportions import evaluated_proportions, proportions_now
from ganlab_core.verbs.report.alike import Alike, alike_pairs
from ganlab_core.verbs.report.chart import Chart
from ganlab_core.verbs.report.class_rows import ClassRow, class_rows
from ganlab_core.verbs.report.code_charts import Share, confusion_chart, likeness_chart, shares_chart
from ganlab_core.verbs.report.code_figures import code_figures
from ganlab_core.verbs.report.code_names import MOST, CodeName, name_codes, shown_codes
from ganlab_core.verbs.report.colours import colours
from ganlab_core.verbs.report.curve_charts import prior_chart
from ganlab_core.verbs.report.embedding_charts import IMAGES, embedding_charts
from ganlab_core.verbs.report.real_images import RealImages, look_at


@dataclass(frozen=True)
class Matching:
    """The proportions, and how codes were matched to classes, in words; None where no class is known."""

    proportions: Proportions
    by: str | None


@dataclass(frozen=True)
class CodeSections:
    """The sections; those that the run or its data give no grounds for are None or empty.

    Attributes:
        rows: the codes with most mass, the largest first, without those that are asleep.
        has_real: whether the real images are at hand and a recognition head that reads them.
        left_out: how many codes are not shown.
        matched_by: how codes were matched to classes, in words; None without labels.
        read_in: in what the codes of real images were read, as a sentence; None of a run without features.
        alike: the pairs of codes that look most alike.
        likeness: how far apart codes are, of those that are shown.
    """

    rows: Sequence[ClassRow]
    has_real: bool
    left_out: int
    matched_by: str | None
    read_in: str | None
    alike: Sequence[Alike]
    shares: Chart
    prior: Chart | None
    confusion: Chart | None
    likeness: Chart | None
    embedding: Sequence[Chart]


def code_sections(
    run: LoadedRun, data: ImageData | None, history: History, evaluation: Mapping[str, Any], found: Found | None = None
) -> CodeSections:
    """The sections of a run with a class code; `data` is None where its real images are not at hand.

    What is generated and the prior are left out where `found` says that the generator has not learned to draw yet.
    """
    code, factor = next(iter(run.prior.categorical.items()))
    learned_K = tuple(factor.probabilities().detach().float().cpu().tolist())
    real = None if data is None else look_at(run, data)
    matching = _match(run, learned_K, real, evaluation)
    pairs = matching.proportions.pairs(run.facts.class_names)
    names = name_codes(pairs, colours=colours(factor.classes))
    true_K = [pair.true for pair in pairs if pair.code is not None]
    figures = code_figures(factor.classes, real=real, found=found)
    drawn_K = learned_K if found is None or found.drawn else None
    shown = shown_codes(names, learned_K=drawn_K, assigned_K=figures.assigned_K, true_K=true_K)
    logged = None if drawn_K is None else history.vectors.get(f"prior/{code}")
    return CodeSections(
        rows=class_rows(
            run,
            shown,
            learned_K=drawn_K,
            read_back_K=_read_back(evaluation, factor.classes),
            real=real,
            figures=figures,
        ),
        has_real=real is not None,
        left_out=len(names) - len(shown),
        matched_by=matching.by,
        read_in=None if real is None else real.read_in,
        alike=alike_pairs(figures.apart_KK, shown),
        shares=shares_chart(_shares(shown, pairs, figures.assigned_K, is_drawn=drawn_K is not None)),
        prior=None if logged is None else prior_chart(logged, shown, title=f"Prior of {code}", true_K=true_K),
        confusion=_confusion(real, shown, matching.proportions, run),
        likeness=None if figures.apart_KK is None else likeness_chart(figures.apart_KK, shown),
        embedding=() if real is None else _embedding(run, real, shown),
    )


def evaluated_shares(run: LoadedRun, evaluation: Mapping[str, Any]) -> Chart | None:
    """The proportions that a metric gave of a run without a class code; None if none did."""
    found = evaluated_proportions(run.facts, evaluation)
    if found is None:
        return None
    pairs = found.pairs(run.facts.class_names)[:MOST]
    return shares_chart([Share(_category(pair), pair.learned, None, pair.true) for pair in pairs])


def _read_back(evaluation: Mapping[str, Any], classes: int) -> Sequence[float] | None:
    """What part of each code's images was read as it, where a metric says so under these names; None if none does."""
    found = evaluation.get("fresh_read_back_codes", evaluation.get("read_back_codes"))
    sound = isinstance(found, list) and len(found) == classes and all(isinstance(share, float) for share in found)
    return found if sound else None


def _category(pair: Pair) -> str:
    return f"category {pair.code}" if pair.label is None else pair.label


def _match(
    run: LoadedRun, learned_K: tuple[float, ...], real: RealImages | None, evaluation: Mapping[str, Any]
) -> Matching:
    """By the real images where they have labels, else as the run's own evaluation has it."""
    if real is not None and real.counts_KL is not None:
        matched_K = tuple(match_codes(real.counts_KL))
        proportions = Proportions(learned_K, run.facts.class_proportions, matched_K)
        return Matching(proportions, "one to one, by the labels of the real images")
    proportions = proportions_now(learned_K, facts=run.facts, evaluation=evaluation)
    if proportions.matched_K is None:
        return Matching(proportions, None)
    shared = len(set(proportions.matched_K) - {None}) < sum(label is not None for label in proportions.matched_K)
    return Matching(proportions, f"{'' if shared else 'one to one, '}by the run's last evaluation")


def _shares(
    shown: Sequence[CodeName], pairs: Sequence[Pair], assigned_K: Sequence[float] | None, *, is_drawn: bool
) -> list[Share]:
    """A row for each code that is shown, and each class that no code was matched to."""
    assigned = [None] * len(pairs) if assigned_K is None else assigned_K
    shares = [
        Share(name.text, pairs[name.index].learned, assigned[name.index], pairs[name.index].true) for name in shown
    ]
    shares += [Share(f"{pair.label} (no code)", 0.0, None, pair.true) for pair in pairs if pair.code is None]
    return shares if is_drawn else [replace(share, learned=None) for share in shares]


def _confusion(
    real: RealImages | None, shown: Sequence[CodeName], proportions: Proportions, run: LoadedRun
) -> Chart | None:
    matched_K = proportions.matched_K
    if real is None or real.counts_KL is None or matched_K is None:
        return None
    left_over = len(run.facts.class_names)
    by_class = sorted(shown, key=lambda name: _place(matched_K[name.index], otherwise=left_over))
    accuracy = matched_accuracy(real.counts_KL, matched_K)
    return confusion_chart(real.counts_KL, by_class, run.facts.class_names, accuracy=accuracy)


def _place(label: int | None, *, otherwise: int) -> int:
    return otherwise if label is None else label


def _embedding(run: LoadedRun, real: RealImages, shown: Sequence[CodeName]) -> list[Chart]:
    embedding = embed_sample(run.model, real.data, seed=run.recipe.seed, most=IMAGES, features_ND=real.features_ND)
    return [] if embedding is None else embedding_charts(embedding, shown)
