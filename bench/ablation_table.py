"""From the stored predictions of the ablation's rows to `ablation.json` and `ablation.md`."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ablation_rows import Row
from glioscope.errors import InputError
from glioscope.evaluation.metrics.bootstrap import Interval, Statistic, bootstrap, difference
from glioscope.evaluation.predictions.archive import ARCHIVE, read_archive, variant_name
from glioscope.evaluation.predictions.references import Truth, read_references
from glioscope.evaluation.report.history import HISTORY, read_history
from glioscope.evaluation.scores.paired import Judged, compare_with_truth, statistic

SCHEMA = "glioscope.ablation/1"
NOTE = (
    "Normalisation over the volume is part of `prepare` and on in every row, so it is no "
    "ingredient here. FLAIR only and skull removed: the held-out patients changed so, decided with "
    "the thresholds of the unchanged ones. Of this many 95 % intervals about one in twenty leaves "
    "zero out by chance."
)


@dataclass(frozen=True)
class Column:
    """A figure of docs/reference/figures.md, on the studies as they are or changed (`variant`)."""

    title: str
    figure: str
    variant: str = ""

    @property
    def key(self) -> str:
        return f"{self.figure}/variant={self.variant}" if self.variant else self.figure


COLUMNS = (
    Column("Recall at specificity 0.95", "recall_at_specificity_95"),
    Column("Volume Dice, mean", "dice_mean"),
    Column("IoU, positive slices", "iou_positive"),
    Column("Volume Dice, FLAIR only", "dice_mean", "flair-only"),
    Column("Volume Dice, skull removed", "dice_mean", "skull-removed"),
)


@dataclass(frozen=True)
class Scored:
    """A row's statistics by column, over the same patients in every row."""

    row: Row
    studies: tuple[str, ...]
    meta: Mapping[str, Any]
    statistics: dict[str, Statistic]
    trained_s: float


def document(
    rows: list[Row], folder: Path, root: Path, *, seed: int, resamples: int
) -> dict[str, Any]:
    """The table of the rows that have predictions, as plain values.

    Raises:
        InputError: no row has any, or rows have different patients.
    """
    there = [row for row in rows if (folder / row.key / ARCHIVE).exists()]
    if not there:
        raise InputError("text", text=f"{folder.name}: no row of the ablation is trained yet")
    studies = [c.study_id for c in read_archive(folder / there[0].key / ARCHIVE).cases]
    references = read_references(root, studies)
    scored = {row.key: _scored(row, folder / row.key, references) for row in there}
    first = scored[there[0].key]

    def interval(of: Statistic) -> Interval | None:
        return bootstrap(of, len(first.studies), seed=seed, resamples=resamples)

    return {
        "schema": SCHEMA,
        "protocol": first.meta["protocol"],
        "thresholds": first.meta["thresholds"],
        "patients": len(first.studies),
        "intervals": "95 % percentile intervals of a bootstrap over patients; changes paired",
        "seed": seed,
        "resamples": resamples,
        "note": NOTE,
        "rows": [
            _entry(one, scored.get(one.row.previous or ""), interval) for one in scored.values()
        ],
    }


def _scored(row: Row, folder: Path, references: Mapping[str, Truth]) -> Scored:
    judged: dict[str, Judged] = {}
    for variant in {column.variant for column in COLUMNS}:
        cases = read_archive(folder / (variant_name(variant) if variant else ARCHIVE)).cases
        if {c.study_id for c in cases} != set(references):
            raise InputError(
                "text",
                text=f"row {row.key}: its {len(cases)} patients are not those of the first row, "
                f"{len(references)}; train every row on the same folds",
            )
        judged[variant] = compare_with_truth(cases, references, references)
    return Scored(
        row,
        judged[""].studies,
        read_archive(folder / ARCHIVE).meta,
        {c.key: remembered(statistic(c.figure, judged[c.variant])) for c in COLUMNS},
        sum(
            r["seconds"]
            for path in sorted(folder.glob(f"*/{HISTORY}"))
            for r in read_history(path.parent)
        ),
    )


def remembered(of: Statistic) -> Statistic:
    """The same statistic; each resample is computed once, though three intervals ask for it."""
    found: dict[bytes, float | None] = {}

    def ask(index: np.ndarray) -> float | None:
        key = index.tobytes()
        if key not in found:
            found[key] = of(index)
        return found[key]

    return ask


def _entry(
    one: Scored, before: Scored | None, interval: Callable[[Statistic], Interval | None]
) -> dict[str, Any]:
    figures = {}
    for key, own in one.statistics.items():
        change = interval(difference(own, before.statistics[key])) if before else None
        figures[key] = {**_values(interval(own)), "change": _values(change)}
    return {
        "key": one.row.key,
        "title": one.row.title,
        "previous": one.row.previous,
        "trained_s": round(one.trained_s, 1),
        "figures": figures,
        "config": asdict(one.row.config),
    }


def _values(interval: Interval | None) -> dict[str, float | None]:
    if interval is None:
        return {"value": None, "low": None, "high": None}
    return {"value": interval.estimate, "low": interval.low, "high": interval.high}


def markdown(table: Mapping[str, Any]) -> str:
    """The document as a page: below each value its change from the row it builds on."""
    head = ("row", "recipe", *(c.title for c in COLUMNS), "minutes", "sure change")
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(_cells(row)) for row in table["rows"]]
    body = "\n".join(f"| {line} |" for line in lines)
    return (
        f"# Ablation\n\n{table['patients']} patients; {table['protocol']}; thresholds "
        f"{table['thresholds']}. {table['intervals']}, {table['resamples']} resamples, seed "
        f"{table['seed']}. In each cell the value, and below it the change from the row named in "
        f"brackets. {table['note']}\n\n{body}\n"
    )


def _cells(row: Mapping[str, Any]) -> list[str]:
    figures = [row["figures"][c.key] for c in COLUMNS]
    versus = f" (against `{row['previous']}`)" if row["previous"] else ""
    return [
        f"`{row['key']}`",
        row["title"] + versus,
        *(_cell(f) for f in figures),
        f"{row['trained_s'] / 60:.0f}",
        _sure(row),
    ]


def _cell(figure: Mapping[str, Any]) -> str:
    change = _text(figure["change"], "+.3f")
    return _text(figure, ".3f") + (f"<br>{change}" if change else "")


def _text(values: Mapping[str, Any], form: str) -> str:
    if values["value"] is None:
        return ""
    value, low, high = (format(values[name], form) for name in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def _sure(row: Mapping[str, Any]) -> str:
    """Figures whose change has an interval on one side of zero."""
    if row["previous"] is None:
        return ""
    changes = {c.title: row["figures"][c.key]["change"] for c in COLUMNS}
    known = {title: c for title, c in changes.items() if c["value"] is not None}
    gained = [f"up: {title}" for title, c in known.items() if c["low"] > 0]
    lost = [f"down: {title}" for title, c in known.items() if c["high"] < 0]
    return "; ".join(gained + lost) or "none"
