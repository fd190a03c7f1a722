"""What a bundle's `reference.json` knows of the training data; `bench/quality.py` checks it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glioscope.errors import InvalidImage
from glioscope.evaluation.variants.changes import coarse, flair_only, skull_removed
from glioscope.model.appearance import FIGURE_NAMES, Appearance, appearance_of
from glioscope.model.plan import CHANNELS, Plan
from glioscope.model.preprocess import Prepared, prepare
from glioscope.model.reference import Kind, Limits, TrainingAppearance, fit_kind
from glioscope.quality_gate import compare_turns, edge_share, fluid_brightness
from glioscope.study import Channel, Study
from glioscope.training.data.cases import Case, study_of

# To judge a patient by the others there must be others.
_FEWEST = 2


def chosen_and_left(cases: Sequence[Case]) -> tuple[Sequence[Case], Sequence[Case]]:
    """Every other case to choose statistics and limits on, and the rest to check them."""
    return cases[::2], cases[1::2]


def reference_of(cases: Sequence[Case], plan: Plan) -> TrainingAppearance | None:
    """Statistics and limits of the cases to choose on.

    None where there is but one of them, beside whom there is nobody, or one shows no head.
    """
    chosen, _ = chosen_and_left(cases)
    if len(chosen) < _FEWEST:
        return None
    try:
        return training_appearance([looks_of(study_of(case), plan) for case in chosen])
    except InvalidImage:
        return None


@dataclass(frozen=True)
class StudyAppearances:
    """One patient's sequences, whole and as brain alone."""

    head: dict[Channel, Appearance]
    brain: dict[Channel, Appearance]
    edge: float
    coarse: Appearance


def looks_of(study: Study, plan: Plan) -> StudyAppearances:
    """How one study looks, whole and as brain alone.

    Raises:
        InvalidImage: a sequence shows no head.
    """
    brain = _sequences(prepare(skull_removed(study), plan), plan)
    head = _sequences(prepare(study, plan), plan)
    small = _sequences(prepare(coarse(flair_only(study)), plan), plan)
    return StudyAppearances(head, brain, edge_share(study), small[Channel.FLAIR])


def _sequences(prepared: Prepared, plan: Plan) -> dict[Channel, Appearance]:
    found: dict[Channel, Appearance] = {}
    for channel, sequence in enumerate(CHANNELS):
        if sequence not in prepared.replaced:
            one = appearance_of(prepared.planes[..., channel], plan.pixel_mm, prepared.step)
            if one is None:
                raise InvalidImage("training.no_head", sequence=sequence.value)
            found[sequence] = one
    return found


def fit(patients: list[StudyAppearances]) -> tuple[Kind, Kind]:
    """Statistics of the whole heads and of the brains alone."""

    def kind(name: str, all_of: list[dict[Channel, Appearance]]) -> Kind:
        return fit_kind(name, [looks[Channel.FLAIR] for looks in all_of])

    return kind("head", [p.head for p in patients]), kind("brain", [p.brain for p in patients])


def left_out_scores(patients: list[StudyAppearances]) -> list[float]:
    """Score of each patient's whole head and brain against the statistics of the others."""
    scores: list[float] = []
    for one in patients:
        kinds = fit([p for p in patients if p is not one])
        for looks in (one.head, one.brain):
            scores.append(min(kind.score(looks[Channel.FLAIR]) for kind in kinds))
    return scores


def training_appearance(patients: list[StudyAppearances]) -> TrainingAppearance:
    """Statistics and limits of these patients; a limit stands a little beyond the worst of them."""
    kinds = fit(patients)
    worst = max(left_out_scores(patients))
    every = [found for p in patients for found in (p.head[Channel.FLAIR], p.brain[Channel.FLAIR])]
    drafted = TrainingAppearance(len(patients), kinds, _limits(1.7, 3.4))
    turns = [compare_turns(found, drafted) for found in every]
    figures = {n: np.array([f.figures[i] for f in every]) for i, n in enumerate(FIGURE_NAMES)}
    small = [p.coarse.figures[FIGURE_NAMES.index("log_noise")] for p in patients]
    noise = float(np.exp(max(figures["log_noise"].max(), *small)))
    fluid = max(fluid_brightness(found) for found in every)
    edge = max(p.edge for p in patients)
    limits = Limits(
        score_warned=worst,
        score_refused=2 * worst,
        match_refused=min(straight for straight, _, _ in turns) - 0.15,
        turned=max(0.0, *(best - straight for straight, best, _ in turns)) + 0.02,
        elongation_low=float(figures["elongation"].min()) - 0.05,
        elongation_high=float(figures["elongation"].max()) + 0.2,
        fluid_warned=1.05 * fluid,
        fluid_refused=1.25 * fluid,
        noise_warned=1.2 * noise,
        noise_refused=2.4 * noise,
        blur_warned=0.7 * float(np.exp((figures["log_noise"] - figures["log_sharpness"]).min())),
        ghost_warned=1.1 * float(np.exp(figures["log_air"].max()) - 0.02),
        highest_warned=min(0.95, max(found.highest for found in every) + 0.1),
        edge_warned=edge + 0.1,
        edge_refused=max(0.6, edge + 0.3),
    )
    return TrainingAppearance(
        len(patients), kinds, Limits(**{k: round(v, 4) for k, v in vars(limits).items()})
    )


def _limits(warned: float, refused: float) -> Limits:
    """Limits that stop nothing, for the figures that the real ones are chosen from."""
    names = [n for n in Limits.__dataclass_fields__ if n not in ("score_warned", "score_refused")]
    return Limits(warned, refused, **dict.fromkeys(names, 0.0))
