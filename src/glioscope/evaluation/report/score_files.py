"""`scores.json` and `scores.csv`: every figure in full precision, for programs."""

import csv
import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glioscope.evaluation.metrics.conventions import CONVENTIONS, DRAW_INTERVALS, INTERVALS
from glioscope.evaluation.scores import published as paper
from glioscope.evaluation.scores.figure import Figure, Scores
from glioscope.evaluation.scores.patient import Patient
from glioscope.files import atomic_text

SCHEMA = "glioscope.scores/1"
JSON_NAME, CSV_NAME = "scores.json", "scores.csv"
COLUMNS = ("figure", "value", "low", "high", "n", "convention")


def write_scores(folder: Path, scores: Scores, meta: Mapping[str, Any]) -> tuple[Path, Path]:
    """Write both files and return their paths; `meta` is what the archive says of its run."""
    json_path, csv_path = folder / JSON_NAME, folder / CSV_NAME
    atomic_text(json_path, to_json(scores, meta))
    atomic_text(csv_path, to_csv(scores))
    return json_path, csv_path


def to_json(scores: Scores, meta: Mapping[str, Any]) -> str:
    """The text of `scores.json`: the same on every machine for the same predictions and seed."""
    document = to_dict(scores, meta)
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_dict(scores: Scores, meta: Mapping[str, Any]) -> dict[str, Any]:
    """The document as plain values.

    None stands where the data cannot say, "inf" for a distance without end.
    """
    counts = scores.slices.counts
    return {
        "schema": SCHEMA,
        "research_use_only": True,
        "run": dict(meta),
        "data": {
            "studies": len(scores.patients) or None,
            "draws": scores.draws or None,
            "slices": counts.total,
            "positive_slices": counts.tp + counts.fn,
            "called_slices": counts.tp + counts.fp,
        },
        "seed": scores.seed,
        "resamples": scores.resamples,
        "intervals": DRAW_INTERVALS if scores.draws else INTERVALS,
        "figures": {f.key: _values(f, scores.draws > 0) for f in scores.figures},
        "conventions": {n: CONVENTIONS[n].text for n in _names(scores)},
        "patients": [_patient(p) for p in scores.patients],
        "missed_slices": missed_slices(scores),
        "paper": {
            "protocol": paper.PROTOCOL,
            "tp": paper.COUNTS.tp,
            "fp": paper.COUNTS.fp,
            "tn": paper.COUNTS.tn,
            "fn": paper.COUNTS.fn,
            "recall": paper.COUNTS.recall,
            "recall_wilson_95": list(paper.RECALL_INTERVAL),
            "precision": paper.COUNTS.precision,
            "f1": paper.COUNTS.f1,
            "mean_iou": paper.MEAN_IOU,
        },
    }


def _names(scores: Scores) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f.name for f in scores.figures))


def _values(figure: Figure, drawn: bool) -> dict[str, Any]:
    ends = {"low": _finite(figure.low), "high": _finite(figure.high)}
    of = "draws" if drawn else CONVENTIONS[figure.name].of
    return {"value": _finite(figure.value), **ends, "n": figure.n, "n_counts": of}


def _finite(value: float | None) -> float | str | None:
    return "inf" if value is not None and math.isinf(value) else value


def _patient(patient: Patient) -> dict[str, Any]:
    counts = patient.slices.counts
    return {
        "study_id": patient.study_id,
        "site": patient.site,
        "fold": patient.fold,
        "missing": None if patient.missing is None else [s.value for s in patient.missing],
        "slices": counts.total,
        "tp": counts.tp,
        "fp": counts.fp,
        "tn": counts.tn,
        "fn": counts.fn,
        "dice": patient.dice,
        "predicted_dice": patient.predicted_dice,
        "flagged": patient.flagged,
        "hd95_px": _finite(patient.hd95_px),
        "surface_dice_2px": patient.surface_dice_2px,
        "hd95_mm": _finite(patient.hd95_mm),
        "surface_dice_2mm": patient.surface_dice_2mm,
        "lesions_found": patient.lesions.found,
        "lesions_missed": patient.lesions.missed,
        "lesions_false": patient.lesions.false,
        "reference_volume_voxels": patient.reference_volume,
        "predicted_volume_voxels": patient.predicted_volume,
        "volume_error": patient.volume_error,
        **({"classes": [vars(one) for one in patient.classes]} if patient.classes else {}),
    }


def missed_slices(scores: Scores) -> list[dict[str, Any]]:
    """Positive slices that were not called, largest tumour first; once each over draws."""
    slices = scores.slices
    missed = {
        slices.names[i]: {
            "slice": slices.names[i],
            "area_px": int(slices.overlap.reference_area[i]),
            "probability": float(slices.probability[i]),
        }
        for i in (slices.positive & ~slices.called).nonzero()[0]
    }
    return sorted(missed.values(), key=lambda m: (-m["area_px"], m["slice"]))


def to_csv(scores: Scores) -> str:
    """One row per figure; numbers as in `scores.json`, empty where there is none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for figure in scores.figures:
        numbers = (_text(v) for v in (figure.value, figure.low, figure.high))
        writer.writerow((figure.key, *numbers, figure.n, CONVENTIONS[figure.name].text))
    return text.getvalue()


def _text(value: float | None) -> str:
    # repr of a numpy number is not what JSON writes; figures are plain numbers.
    return "" if value is None else repr(value)
