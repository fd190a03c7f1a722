"""What the quality gate knows of the training data: chosen on one half, checked on the other.

`python bench/quality.py DATA -o bench/results/quality.json`; `--write` also
puts `reference.json` into the shipped bundle.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from math import ceil, floor
from pathlib import Path

import numpy as np
from scipy.ndimage import affine_transform, gaussian_filter

from glioscope.evaluation.variants.changes import coarse, flair_only, skull_removed
from glioscope.model.bundle import PLAN, REFERENCE, shipped_model, write_hashes
from glioscope.model.plan import Plan
from glioscope.model.preprocess import prepare
from glioscope.model.reference import TrainingAppearance
from glioscope.quality_gate import assess
from glioscope.reading.lgg import list_cases, read_case
from glioscope.study import Channel, Study
from glioscope.training.calibrate.gate_reference import chosen_and_left, reference_of
from glioscope.volume import Grid, Image
from machine import machine

# The field of view that pictures without spacing are taken to fill, and how far apart they are.
_FIELD_MM = 240.0
_BETWEEN_MM = 5.0


def _arrays(study: Study, change: Callable[[np.ndarray], np.ndarray]) -> Study:
    images = {
        s: Image(np.ascontiguousarray(change(i.array), np.float32), i.grid)
        for s, i in study.images.items()
    }
    return replace(study, images=images)


def _in_flairs_place(study: Study, sequence: Channel) -> Study:
    return replace(study, images={Channel.FLAIR: study.images[sequence]})


def _exchanged(study: Study) -> Study:
    images = {**study.images}
    images[Channel.FLAIR], images[Channel.T1] = images[Channel.T1], images[Channel.FLAIR]
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


def _chin(degrees: float) -> Callable[[Study], Study]:
    """Turned about the axis from ear to ear; above 0 the chin comes up."""

    def change(array: np.ndarray) -> np.ndarray:
        cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        ratio = _BETWEEN_MM / (_FIELD_MM / array.shape[1])
        matrix = np.array([[1, 0, 0], [0, cosine, -sine * ratio], [0, sine / ratio, cosine]])
        middle = (np.array(array.shape) - 1) / 2
        return affine_transform(array, matrix, middle - matrix @ middle, order=1)

    return lambda study: _arrays(study, change)


def _blurred(study: Study) -> Study:
    return _arrays(study, lambda a: gaussian_filter(a, (2.7, 2.7, 0)))


def _slices(first: float, last: float) -> Callable[[Study], Study]:
    """The slices between two shares of the way up, rounded to fewer."""

    def change(study: Study) -> Study:
        rows, columns, count = study.grid.shape
        kept = slice(ceil(first * count), ceil(first * count) + floor((last - first) * count))
        shape = (rows, columns, len(range(count)[kept]))
        return _on_grid(study, Grid(shape, study.grid.affine, True), lambda a: a[:, :, kept])

    return change


def _covering(mm: float, change: Callable[[Study], Study]) -> Callable[[Study], Study]:
    """With the spacing of slices that cover `mm`, then changed; the pictures do not tell theirs."""

    def spaced(study: Study) -> Study:
        changed, count = change(study), study.grid.shape[2]
        pixel = _FIELD_MM / study.grid.shape[0]
        affine = study.grid.affine @ np.diag([pixel, pixel, mm / count, 1.0])
        return _on_grid(changed, Grid(changed.grid.shape, affine), lambda a: a)

    return spaced


def _on_grid(study: Study, grid: Grid, change: Callable[[np.ndarray], np.ndarray]) -> Study:
    images = {
        s: Image(np.ascontiguousarray(change(i.array)), grid) for s, i in study.images.items()
    }
    return replace(study, images=images)


def _cut(study: Study) -> Study:
    """A third of the rows gone, as with a field of view that was set too small."""
    rows = study.grid.shape[1]
    grid = Grid(
        (study.grid.shape[0], rows - rows // 3, study.grid.shape[2]), study.grid.affine, True
    )
    return _on_grid(study, grid, lambda a: a[:, rows // 3 :])


def _without_skull(change: Callable[[Study], Study]) -> Callable[[Study], Study]:
    """The skull is removed first: where the brain lies is found on the whole head."""
    return lambda study: change(skull_removed(study))


# The LGG arrays run to the left, to posterior and to superior.
REAL: dict[str, Callable[[Study], Study]] = {
    "as they are": lambda s: s,
    "FLAIR alone": flair_only,
    "skull removed": skull_removed,
    "half the resolution": coarse,
}
SHORTER: dict[str, Callable[[Study], Study]] = {
    "120 mm covered": _covering(120, lambda s: s),
    "lowest 15 % missing": _slices(0.15, 1),
    "highest 15 % missing": _slices(0, 0.85),
    "lowest quarter missing": _slices(0.25, 1),
    "highest quarter missing": _slices(0, 0.75),
}
CHANGED: dict[str, Callable[[Study], Study]] = {
    "front and back exchanged": lambda s: _arrays(s, lambda a: a[:, ::-1]),
    "upside down": lambda s: _arrays(s, lambda a: a[:, :, ::-1]),
    "turned by 180°": lambda s: _arrays(s, lambda a: a[:, ::-1, ::-1]),
    "chin up by 20°": _chin(20),
    "chin down by 20°": _chin(-20),
    "rows and columns exchanged": lambda s: _arrays(s, lambda a: a.transpose(1, 0, 2)),
    "FLAIR and T1 exchanged": _exchanged,
    "T1 in FLAIR's place": lambda s: _in_flairs_place(s, Channel.T1),
    "noise of 0.1": _noisy(0.1),
    "noise of 0.2": _noisy(0.2),
    "ghost of 15 %": _ghost(0.15),
    "ghost of 30 %": _ghost(0.3),
    "blurred by 6 mm": _blurred,
    "cut at a third": _cut,
}
HALVES: dict[str, Callable[[Study], Study]] = {
    "lower half of the slices": _slices(0, 0.5),
    "upper half of the slices": _slices(0.5, 1),
    "middle half of the slices": _slices(0.25, 0.75),
}
HALVES |= {f"{name}, skull removed": _without_skull(half) for name, half in HALVES.items()}
HALVES["middle half, 75 mm covered"] = _covering(150, HALVES["middle half of the slices"])


def check(
    studies: list[Study],
    changes: dict[str, Callable[[Study], Study]],
    reference: TrainingAppearance,
    plan: Plan,
) -> dict[str, dict[str, object]]:
    """How many studies of each real or changed kind are refused and warned of."""
    table: dict[str, dict[str, object]] = {}
    for name, change in changes.items():
        fitting = [s for s in studies if Channel.T1 in s.images or "T1" not in name]
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
    chosen, left = chosen_and_left(cases)
    reference = reference_of(cases, plan)
    if reference is None:
        raise SystemExit("a study shows no head: is DATA the LGG set?")
    table = check(
        [read_case(case) for case in left], REAL | SHORTER | HALVES | CHANGED, reference, plan
    )
    own = check([read_case(case) for case in chosen], REAL, reference, plan)
    document = {
        "machine": machine(),
        "chosen_on": len(chosen),
        "checked_on": len(left),
        "limits": vars(reference.limits),
        "checked": table,
        "chosen": own,
    }
    arguments.output.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    if arguments.write:
        (shipped_model() / REFERENCE).write_text(reference.to_json(), encoding="utf-8")
        write_hashes(shipped_model())


if __name__ == "__main__":
    main()
