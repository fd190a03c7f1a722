"""What the quality gate knows of the training data: chosen on one half, checked on the other.

`python bench/quality.py DATA -o bench/results/quality.json`; `--write` also
puts `reference.json` into the shipped bundle.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from glioscope.evaluation.variants import coarse, flair_only, skull_removed
from glioscope.model.bundle import PLAN, REFERENCE, shipped_model, write_hashes
from glioscope.model.fitness import assess, compare_turns, edge_share, fluid_brightness
from glioscope.model.likeness import NAMES, Likeness, likeness
from glioscope.model.plan import CHANNELS, Plan
from glioscope.model.preprocess import Prepared, prepare
from glioscope.model.reference import Kind, Limits, Reference, fit_kind
from glioscope.reading.lgg import list_cases, read_case
from glioscope.study import Sequence, Study
from glioscope.volume import Grid, Image
from machine import machine


@dataclass(frozen=True)
class Looks:
    """One patient's sequences, whole and as brain alone."""

    head: dict[Sequence, Likeness]
    brain: dict[Sequence, Likeness]
    edge: float
    coarse: Likeness


def looks_of(study: Study, plan: Plan) -> Looks:
    brain = _sequences(prepare(skull_removed(study), plan), plan)
    head = _sequences(prepare(study, plan), plan)
    small = _sequences(prepare(coarse(flair_only(study)), plan), plan)
    return Looks(head, brain, edge_share(study), small[Sequence.FLAIR])


def _sequences(prepared: Prepared, plan: Plan) -> dict[Sequence, Likeness]:
    found = {}
    for channel, sequence in enumerate(CHANNELS):
        if sequence not in prepared.replaced:
            one = likeness(prepared.planes[..., channel], plan.pixel_mm, prepared.step)
            if one is None:
                raise SystemExit(f"a training study shows no head in {sequence.value}")
            found[sequence] = one
    return found


def fit(patients: list[Looks]) -> tuple[Kind, Kind]:
    def kind(name: str, all_of: list[dict[Sequence, Likeness]]) -> Kind:
        flair = [looks[Sequence.FLAIR] for looks in all_of]
        others = [one for looks in all_of for s, one in looks.items() if s is not Sequence.FLAIR]
        return fit_kind(name, flair, others)

    return kind("head", [p.head for p in patients]), kind("brain", [p.brain for p in patients])


def left_out_scores(patients: list[Looks]) -> list[float]:
    """Score of each patient's whole head and brain against the statistics of the others."""
    scores = []
    for one in patients:
        kinds = fit([p for p in patients if p is not one])
        for looks in (one.head, one.brain):
            scores.append(min(kind.score(looks[Sequence.FLAIR]) for kind in kinds))
    return scores


def choose(patients: list[Looks]) -> Reference:
    """Statistics and limits of these patients; a limit stands a little beyond the worst of them."""
    kinds = fit(patients)
    worst = max(left_out_scores(patients))
    every = [found for p in patients for found in (p.head[Sequence.FLAIR], p.brain[Sequence.FLAIR])]
    drafted = Reference(len(patients), kinds, _limits(1.7, 3.4))
    turns = [compare_turns(found, drafted) for found in every]
    order = [
        (kinds[at].like_t1(looks[Sequence.FLAIR]), kinds[at].like_t1(looks[Sequence.T1]))
        for p in patients
        for at, looks in enumerate((p.head, p.brain))
        if Sequence.T1 in looks
    ]
    figures = {n: np.array([f.figures[i] for f in every]) for i, n in enumerate(NAMES)}
    small = [p.coarse.figures[NAMES.index("log_noise")] for p in patients]
    noise = float(np.exp(max(figures["log_noise"].max(), *small)))
    fluid = max(fluid_brightness(found) for found in every)
    edge = max(p.edge for p in patients)
    limits = Limits(
        score_warned=worst,
        score_refused=2 * worst,
        match_refused=min(straight for straight, _, _ in turns) - 0.15,
        turned=max(0.0, *(best - straight for straight, best, _ in turns)) + 0.02,
        t1_warned=max(flair for flair, _ in order),
        exchanged_warned=max(0.0, *(flair - t1 for flair, t1 in order)),
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
    return Reference(
        len(patients), kinds, Limits(**{k: round(v, 4) for k, v in vars(limits).items()})
    )


def _limits(warned: float, refused: float) -> Limits:
    """Limits that stop nothing, for the figures that the real ones are chosen from."""
    names = [n for n in Limits.__dataclass_fields__ if n not in ("score_warned", "score_refused")]
    return Limits(warned, refused, **dict.fromkeys(names, 0.0))


def _arrays(study: Study, change: Callable[[np.ndarray], np.ndarray]) -> Study:
    images = {
        s: Image(np.ascontiguousarray(change(i.array), np.float32), i.grid)
        for s, i in study.images.items()
    }
    return replace(study, images=images)


def _in_flairs_place(study: Study, sequence: Sequence) -> Study:
    return replace(study, images={Sequence.FLAIR: study.images[sequence]})


def _exchanged(study: Study) -> Study:
    images = {**study.images}
    images[Sequence.FLAIR], images[Sequence.T1] = images[Sequence.T1], images[Sequence.FLAIR]
    return replace(study, images=images)


def _noisy(share: float) -> Callable[[Study], Study]:
    def change(array: np.ndarray) -> np.ndarray:
        rng = np.random.default_rng(0)
        level = share * float(np.median(array[array > 0.2 * np.percentile(array, 98)]))
        real, imaginary = rng.normal(0, level, (2, *array.shape))
        return np.hypot(array + real, imaginary)

    return lambda study: _arrays(study, change)


def _ghost(share: float) -> Callable[[Study], Study]:
    """A copy of the head, a quarter of the picture away along the phase direction."""
    return lambda s: _arrays(s, lambda a: a + share * np.roll(a, a.shape[1] // 4, axis=1))


def _blurred(study: Study) -> Study:
    return _arrays(study, lambda a: gaussian_filter(a, (2.7, 2.7, 0)))


def _cut(study: Study) -> Study:
    """A third of the rows gone, as with a field of view that was set too small."""
    rows = study.grid.shape[1]
    grid = Grid(
        (study.grid.shape[0], rows - rows // 3, study.grid.shape[2]), study.grid.affine, True
    )
    images = {s: Image(i.array[:, rows // 3 :], grid) for s, i in study.images.items()}
    return replace(study, images=images)


# The LGG arrays run to the left, to posterior and to superior.
REAL: dict[str, Callable[[Study], Study]] = {
    "as they are": lambda s: s,
    "FLAIR alone": flair_only,
    "skull removed": skull_removed,
    "half the resolution": coarse,
}
CHANGED: dict[str, Callable[[Study], Study]] = {
    "front and back exchanged": lambda s: _arrays(s, lambda a: a[:, ::-1]),
    "upside down": lambda s: _arrays(s, lambda a: a[:, :, ::-1]),
    "turned by 180°": lambda s: _arrays(s, lambda a: a[:, ::-1, ::-1]),
    "rows and columns exchanged": lambda s: _arrays(s, lambda a: a.transpose(1, 0, 2)),
    "FLAIR and T1 exchanged": _exchanged,
    "T1 in FLAIR's place": lambda s: _in_flairs_place(s, Sequence.T1),
    "noise of 0.1": _noisy(0.1),
    "noise of 0.2": _noisy(0.2),
    "ghost of 15 %": _ghost(0.15),
    "ghost of 30 %": _ghost(0.3),
    "blurred by 6 mm": _blurred,
    "cut at a third": _cut,
}


def check(studies: list[Study], reference: Reference, plan: Plan) -> dict[str, dict[str, object]]:
    """Share refused and warned of each real and changed kind of study."""
    table: dict[str, dict[str, object]] = {}
    for name, change in {**REAL, **CHANGED}.items():
        fitting = [s for s in studies if Sequence.T1 in s.images or "T1" not in name]
        found = []
        for study in fitting:
            changed = change(study)
            found.append(assess(changed, prepare(changed, plan), reference, plan.pixel_mm))
        codes = [code for q in found for code in {f.code for f in q.faults}]
        table[name] = {
            "studies": len(found),
            "refused": sum(q.verdict == "refused" for q in found),
            "warned": sum(q.verdict == "fit with warnings" for q in found),
            "faults": {code: codes.count(code) for code in sorted(set(codes))},
        }
        print(name, table[name], flush=True)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    plan = Plan.load(shipped_model() / PLAN)
    cases = list_cases(arguments.data)
    reference = choose([looks_of(read_case(case), plan) for case in cases[::2]])
    table = check([read_case(case) for case in cases[1::2]], reference, plan)
    document = {
        "machine": machine(),
        "chosen_on": len(cases[::2]),
        "checked_on": len(cases[1::2]),
        "limits": vars(reference.limits),
        "checked": table,
    }
    arguments.output.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    if arguments.write:
        (shipped_model() / REFERENCE).write_text(reference.to_json(), encoding="utf-8")
        write_hashes(shipped_model())


if __name__ == "__main__":
    main()
