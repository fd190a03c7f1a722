"""The old and the new model on the same patients: may the new one take its place?

It may where each figure surely falls by less than a hundredth: the lower end of the 95 % interval
of the difference, new minus old, of a bootstrap over patients lies above -0.01. This tests that it
is not inferior, at 2.5 %: that no fall was found is not enough, and few patients show little. The
margin is a choice, small against what tuning is meant to gain.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from glioscope.evaluation.metrics.bootstrap import Interval
from glioscope.evaluation.predictions.references import Truth
from glioscope.evaluation.predictions.types import CasePrediction
from glioscope.evaluation.scores.paired import compare_with_truth, paired, statistic
from glioscope.model.bundle import Model
from glioscope.orientation import to_pictures
from glioscope.pipeline import analyze
from glioscope.texts.message import Message, message
from glioscope.training.data.cases import Case, reference_of, slice_names, study_of
from glioscope.training.steps import Told, telling

MARGIN = 0.01
# Specificity, too: a network that calls every slice misses none.
FIGURES = ("dice_mean", "recall", "specificity")
_SEED, _RESAMPLES = 0, 2000


@dataclass(frozen=True)
class Compared:
    """One figure of both models, and new minus old; None where the set has nothing it is of."""

    name: str
    old: float | None
    new: float | None
    change: Interval | None

    @property
    def holds(self) -> bool:
        """Whether it surely does not fall; what cannot be measured on the set does not count."""
        return self.change is None or self.change.low > -MARGIN


@dataclass(frozen=True)
class Verdict:
    """All figures on one set of patients."""

    on: str
    patients: int
    figures: tuple[Compared, ...]

    @property
    def falls(self) -> tuple[Message, ...]:
        """What may have fallen, in words."""
        return tuple(
            message(
                "training.figure_falls",
                on=self.on, name=one.name, old=one.old, new=one.new,
                low=one.change.low, most=-MARGIN,
            )
            for one in self.figures
            if not one.holds and one.change
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the report."""
        figures = [{**asdict(one), "holds": one.holds} for one in self.figures]
        return {"on": self.on, "patients": self.patients, "margin": MARGIN, "figures": figures}


def judge(on: str, cases: Sequence[Case], old: Model, new: Model, told: Told) -> Verdict:
    """Both models on the cases, each with its own plan; `on` names the set."""
    truths = {case.name: _truth(case) for case in cases}
    answers = [_answers(model, cases, told) for model in (old, new)]
    first, second = (compare_with_truth(said, truths, truths) for said in answers)
    every = np.arange(len(first.studies))
    figures = tuple(
        Compared(
            name,
            statistic(name, first)(every),
            statistic(name, second)(every),
            paired(name, second, first, seed=_SEED, resamples=_RESAMPLES),
        )
        for name in FIGURES
    )
    return Verdict(on, len(cases), figures)


def _truth(case: Case) -> Truth:
    reference = reference_of(case)
    return Truth(np.ascontiguousarray(to_pictures(reference.array, reference.grid)))


def _answers(model: Model, cases: Sequence[Case], told: Told) -> list[CasePrediction]:
    what = message("training.judging", model=model.info.name, version=model.info.version)
    return [_answer(model, case) for case in telling(told, what, cases, len(cases))]


def _answer(model: Model, case: Case) -> CasePrediction:
    study = study_of(case)
    said = analyze(study, model, force=True)
    return CasePrediction(
        study_id=case.name,
        slice_names=slice_names(case),
        probability=np.array([one.probability for one in said.slices], np.float64),
        called=np.array([one.decision == "tumour" for one in said.slices], bool),
        mask=np.ascontiguousarray(to_pictures(said.mask.array, said.mask.grid)),
        model_name=model.info.name,
        model_version=model.info.version,
    )
