"""How far figures fall when studies change, or when another network answers, on the same patients.

`dice_drop/variant=flair-only` and its like in `scores.json`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from glioscope.errors import InputError
from glioscope.evaluation.metrics import ConfusionCounts
from glioscope.evaluation.predictions.archive import (
    ARCHIVE,
    IN_EIGHT_BITS,
    read_archive,
    variant_name,
)
from glioscope.evaluation.predictions.references import Truth
from glioscope.evaluation.predictions.types import CasePrediction
from glioscope.evaluation.scores.figure import Figure, Scores
from glioscope.evaluation.scores.paired import DICE, Judged, compare_with_truth, paired
from glioscope.evaluation.variants.changes import VARIANTS

# Figure of a drop: what it is the drop of.
DROPS = {"dice_drop": DICE, "recall_drop": "recall"}


@dataclass(frozen=True)
class PairedAnswers:
    """Two answers on the same patients; patients that only one of them has are left out.

    `group` says what changed: ``variant=flair-only``, ``against=compact``.
    """

    group: str
    before: tuple[CasePrediction, ...]
    after: tuple[CasePrediction, ...]

    @property
    def studies(self) -> tuple[str, ...]:
        """Studies that both have, sorted.

        Raises:
            InputError: there is none.
        """
        shared = {p.study_id for p in self.before} & {p.study_id for p in self.after}
        if not shared:
            raise InputError("evaluation.none_in_both", group=self.group)
        return tuple(sorted(shared))


def changed_studies(run: Path, plain: Sequence[CasePrediction]) -> list[PairedAnswers]:
    """Plain answers before; after, those on every changed kind of studies in the run folder.

    And those of the network in 8 bits, where they lie there.

    Raises:
        UnreadableFile: an archive is damaged.
        InputError: an archive contradicts itself.
    """
    paths = {name: run / variant_name(name) for name in (*VARIANTS, IN_EIGHT_BITS)}
    return [
        PairedAnswers(f"variant={name}", tuple(plain), read_archive(path).cases)
        for name, path in paths.items()
        if path.exists()
    ]


def against_run(other: Path, cases: Sequence[CasePrediction]) -> PairedAnswers:
    """Another run's answer before, this one's after: a positive drop means this run is worse.

    Raises:
        UnreadableFile: `other` has no predictions, or they are damaged.
        InputError: they are draws of slices.
    """
    found = read_archive(other / ARCHIVE)
    if found.draws:
        raise InputError("evaluation.drop_of_draws", where=other.name)
    return PairedAnswers(f"against={other.resolve().name}", found.cases, tuple(cases))


def with_drops(
    scores: Scores, comparisons: Iterable[PairedAnswers], references: Mapping[str, Truth]
) -> Scores:
    """The scores with `dice_drop` and `recall_drop` of each comparison after the other figures.

    Seed and resamples of the intervals are those of the scores.

    Raises:
        InputError: no study stands in both answers.
    """
    drops = [figure for one in comparisons for figure in _drops(one, references, scores)]
    return replace(scores, figures=(*scores.figures, *drops))


def drops_of(scores: Scores) -> tuple[Figure, ...]:
    """The drops among the scores, in their order."""
    return tuple(figure for figure in scores.figures if figure.name in DROPS)


def _drops(
    comparison: PairedAnswers, references: Mapping[str, Truth], scores: Scores
) -> Iterator[Figure]:
    studies = comparison.studies
    before, after = (
        compare_with_truth(answer, references, studies)
        for answer in (comparison.before, comparison.after)
    )
    n = {"dice_drop": len(studies), "recall_drop": _positive_slices(before)}
    for name, figure in DROPS.items():
        found = paired(figure, before, after, seed=scores.seed, resamples=scores.resamples)
        if found is None:
            yield Figure(name, None, None, None, n[name], comparison.group)
        elif len(studies) == 1:  # one patient has no spread between patients
            yield Figure(name, found.estimate, None, None, n[name], comparison.group)
        else:
            ends = found.low, found.high
            yield Figure(name, found.estimate, *ends, n[name], comparison.group)


def _positive_slices(judged: Judged) -> int:
    counts: list[ConfusionCounts] = [slices.counts for slices in judged.slices]
    return sum(c.tp + c.fn for c in counts)
