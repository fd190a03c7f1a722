"""Another head's T1 beside FLAIR: where the limit of the gate stands, and what it lets pass.

`python bench/other_heads.py DATA -o bench/results/other_heads.json`: real pairs of the LGG set and
pairs whose T1 is another patient's, stretched to the same slices as if both were registered to one
atlas; whole heads, and brains without a skull. What lies below the limit is shifted and turned as a
patient moves; below the second limit still, it is refused. Every second patient chooses the limits,
the others check them.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from glioscope.evaluation.variants.changes import skull_removed
from glioscope.model.bundle import PLAN, shipped_model
from glioscope.model.plan import CHANNELS, Plan
from glioscope.model.preprocess import prepare
from glioscope.model.same_head import agreement, agreement_when_moved
from glioscope.quality_gate import MOVED_HEAD, OTHER_HEAD
from glioscope.reading.lgg import list_cases, read_case
from glioscope.study import Channel, Study
from machine import machine

# How many patients further the other head is.
_AWAY = (1, 5, 11, 17)

Sequences = dict[Channel, np.ndarray]


def _sequences(study: Study, plan: Plan) -> Sequences:
    prepared = prepare(study, plan)
    return {
        sequence: prepared.planes[..., at].astype(np.float16)
        for at, sequence in enumerate(CHANNELS)
        if sequence not in prepared.replaced
    }


def _stretched(planes: np.ndarray, count: int) -> np.ndarray:
    places = np.linspace(0, len(planes) - 1, count)
    low = places.astype(int)
    high = np.minimum(low + 1, len(planes) - 1)
    share = (places - low)[:, None, None].astype(np.float32)
    return planes[low] * (1 - share) + planes[high] * share


def figures(found: list[Sequences], plan: Plan) -> tuple[list[float], list[float], list[float]]:
    """Agreement of real pairs and of pairs with another head, and of those below once moved."""
    real, others, moved = [], [], []
    for at, mine in enumerate(found):
        flair = mine[Channel.FLAIR].astype(np.float32)
        for away in (0, *_AWAY):
            theirs = found[(at + away) % len(found)]
            for sequence in {*theirs} - {Channel.FLAIR}:
                stretched = _stretched(theirs[sequence].astype(np.float32), len(flair))
                figure = agreement(flair, stretched, plan.pixel_mm)
                if figure is not None:
                    (others if away else real).append(figure)
                    if away and figure < OTHER_HEAD:
                        moved.append(
                            agreement_when_moved(flair, stretched, plan.pixel_mm, plan.context_mm)
                        )
    return real, others, moved


def _table(real: list[float], others: list[float], moved: list[float]) -> dict[str, object]:
    limit = OTHER_HEAD
    return {
        "real_pairs": len(real),
        "real_pairs_below": sum(f < limit for f in real),
        "least_of_real": round(min(real), 3),
        "other_heads": len(others),
        "other_heads_below": sum(f < limit for f in others),
        "quantiles_of_real": [round(float(q), 3) for q in np.quantile(real, (0.01, 0.05, 0.5))],
        "quantiles_of_others": [round(float(q), 3) for q in np.quantile(others, (0.5, 0.95, 0.99))],
        "other_heads_refused": sum(f < MOVED_HEAD for f in moved),
        "quantiles_of_moved": [round(float(q), 3) for q in np.quantile(moved, (0.5, 0.95, 0.99))],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    plan = Plan.load(shipped_model() / PLAN)
    cases = list_cases(arguments.data)
    document: dict[str, object] = {
        "machine": machine(),
        "limit": OTHER_HEAD,
        "limit_when_moved": MOVED_HEAD,
    }
    for name, half in (("chosen_on", cases[::2]), ("checked_on", cases[1::2])):
        heads, brains = [], []
        for case in half:
            study = read_case(case)
            heads.append(_sequences(study, plan))
            brains.append(_sequences(skull_removed(study), plan))
        document[name] = {
            "patients": len(half),
            "heads": _table(*figures(heads, plan)),
            "brains": _table(*figures(brains, plan)),
        }
        print(name, document[name], flush=True)
    arguments.output.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
