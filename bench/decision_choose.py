"""The weights of the study's decision, chosen fold by fold, and what each part adds.

`python bench/decision_choose.py CACHE -o bench/results/decision.json` takes what
`decision_measure.py` left in CACHE. Gliomas are the 90 patients out of fold; what must not be
called one are the made studies without a tumour in which something is outlined. Made gliomas of 1
to 5 ml take no part in the choice: they may be "not typical", but not "no tumour". A fold's
patients, real and made, are decided with weights and limit of the other folds; `as_shipped` decides
all with those that ship. With `--test FOLDER` studies of brains without a glioma that were measured
alike are decided by those that ship; no weight is fitted on them (but see decision 0027).
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from glioscope.findings.typical import FIGURES, WEIGHTS, Outlined

NO_GLIOMA = ("free", "ms", "white")
# The limit leaves out this share of the gliomas it is chosen on: as few non-gliomas as that allows.
_LEFT_OUT = 0.015


@dataclass(frozen=True)
class Row:
    """One study: figures in the order of `FIGURES`, None where nothing is outlined."""

    kind: str
    name: str
    fold: int
    figures: np.ndarray | None
    ml: float


def read(folder: Path) -> list[Row]:
    rows = []
    for path in sorted(folder.glob("*.json")):
        kind, name = path.stem.split("-", 1) if "-" in path.stem else ("test", path.stem)
        found = json.loads(path.read_text())
        rows.append(Row(kind, name, found.get("fold", -1), _figures(found), found.get("ml", 0.0)))
    return rows


def _figures(found: dict) -> np.ndarray | None:
    lesions = found["lesions"]
    if not lesions:
        return None
    top = float(np.mean(found["top"][:3]))
    seen = Outlined(
        lesions[0], None, len(lesions), lesions[0] / sum(lesions), top, found["symmetric"]
    )
    return np.array([seen.figures()[name] for name in FIGURES])


def fit(rows: list[Row], used: list[int]) -> tuple[np.ndarray, float]:
    """Slopes of the figures used (0 for the others) and the limit of their sum."""
    known = [r for r in rows if r.figures is not None and r.kind in ("real", *NO_GLIOMA)]
    figures = np.array([r.figures for r in known])
    glioma = np.array([r.kind == "real" for r in known])
    spread = figures.std(axis=0)
    model = LogisticRegression(C=1.0, class_weight="balanced").fit(
        (figures / spread)[:, used], glioma
    )
    slopes = np.zeros(len(FIGURES))
    slopes[used] = model.coef_[0] / spread[used]
    scores = figures @ slopes
    return slopes, float(np.quantile(scores[glioma], _LEFT_OUT))


def decide(row: Row, slopes: np.ndarray, limit: float) -> str:
    if row.figures is None:
        return "no tumour"
    return "tumour" if row.figures @ slopes >= limit else "not typical"


def out_of_fold(rows: list[Row], used: list[int]) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for fold in range(5):
        slopes, limit = fit([r for r in rows if r.fold != fold], used)
        for row in rows:
            if row.fold == fold:
                kind = table.setdefault(row.kind, {"tumour": 0, "not typical": 0, "no tumour": 0})
                kind[decide(row, slopes, limit)] += 1
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--test", type=Path)
    arguments = parser.parse_args()
    rows = read(arguments.cache)
    names = list(FIGURES)
    tables = {}
    ways = [[0], [1], [2], [0, 1], [0, 2], [0, 3], [0, 1, 2], [0, 1, 3], [0, 2, 3], [0, 1, 2, 3]]
    for used in ways:
        what = " + ".join(names[at] for at in used)
        tables[what] = out_of_fold(rows, used)
        print(what, tables[what])
    slopes, limit = fit(rows, [names.index(name) for name in WEIGHTS])
    document = {
        "studies": {k: sum(r.kind == k for r in rows) for k in sorted({r.kind for r in rows})},
        "out_of_fold": tables,
        "slopes": dict(zip(names, np.round(slopes, 3).tolist(), strict=True)),
        "limit": round(limit, 3),
        "all_rows_with_these": _decided([r for r in rows if r.kind != "real"], slopes, limit),
        "as_shipped": _decided(rows, *_shipped()),
    }
    if arguments.test:
        slopes, limit = _shipped()
        document["test"] = {
            row.name: {
                "decision": decide(row, slopes, limit),
                "score": None
                if row.figures is None
                else round(float(row.figures @ slopes) - limit, 2),
            }
            for row in read(arguments.test)
        }
    print(json.dumps({k: v for k, v in document.items() if k != "out_of_fold"}, indent=1))
    arguments.output.write_text(json.dumps(document, indent=2) + "\n")


def _shipped() -> tuple[np.ndarray, float]:
    """Slopes and limit of `glioscope.findings.typical`."""
    slopes = np.array([WEIGHTS[name].slope if name in WEIGHTS else 0.0 for name in FIGURES])
    return slopes, sum(weight.slope * weight.neutral for weight in WEIGHTS.values())


def _decided(rows: list[Row], slopes: np.ndarray, limit: float) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for row in rows:
        kind = table.setdefault(row.kind, {"tumour": 0, "not typical": 0, "no tumour": 0})
        kind[decide(row, slopes, limit)] += 1
    return table


if __name__ == "__main__":
    main()
