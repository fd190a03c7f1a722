"""What a network was trained on, as `data.json` and `folds.json` of its bundle.

Both tell sizes, geometry, intensities and who was held out when, and nobody's name: patients are
the hashes of `patients.json`, sites and scanners are counted.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glioscope.evaluation.predictions.archive import Archive
from glioscope.model.preprocess import intensity_scale, picture_spacing, sequence_of
from glioscope.model.training_patients import name_hash
from glioscope.orientation import to_pictures
from glioscope.reading import lgg
from glioscope.reading.labelled import LabelledCase, data_hash, is_labelled
from glioscope.study import CHANNELS, Channel, Study
from glioscope.training.data.cases import Case, patient_of, reference_of, study_of
from glioscope.volume import Mask, volume_ml

DATA_SCHEMA, FOLDS_SCHEMA = "glioscope.data/1", "glioscope.bundle-folds/1"


def data_fingerprint(root: Path, cases: Sequence[Case]) -> str:
    """The text of `data.json`, from one look at each case."""
    looks: list[dict[str, Any]] = []
    digest = hashlib.sha256()
    for case in cases:
        study, outline = study_of(case), reference_of(case)
        looks.append(_look(study, outline))
        digest.update(_content(case.name, study, outline))
    document = {
        "schema": DATA_SCHEMA,
        # Of one's own set that of the card and of its folds; pictures are hashed as they are read.
        "sha256": data_hash(root) if is_labelled(root) else digest.hexdigest(),
        "patients": len({patient_of(case) for case in cases}),
        "cases": len(cases),
        "slices": sum(look["slices"] for look in looks),
        "tumour_slices": sum(look["tumour_slices"] for look in looks),
        "site_sizes": _sizes(_site(case) for case in cases),
        "scanner_sizes": _sizes(_scanner(case) for case in cases),
        "sequences": {
            channel.value: sum(channel.value in look["tumour_level"] for look in looks)
            for channel in CHANNELS
        },
        **{name: _spread(look[name] for look in looks) for name in _SPREADS},
        "tumour_level": {
            channel.value: _spread(look["tumour_level"].get(channel.value) for look in looks)
            for channel in CHANNELS
        },
    }
    return json.dumps(document, indent=2) + "\n"


def folds_document(archive: Archive, patients: dict[str, str]) -> str:
    """The text of `folds.json`, from the predictions of a cross-validation.

    `patients` names the patient of each case.
    """
    parts: dict[int, set[str]] = {}
    for case in archive.cases:
        parts.setdefault(case.fold or 0, set()).add(name_hash(patients[case.study_id]))
    document = {
        "schema": FOLDS_SCHEMA,
        "protocol": archive.meta.get("protocol", ""),
        "seed": archive.meta.get("folds_seed"),
        "folds": [sorted(parts[k]) for k in sorted(parts)],
    }
    return json.dumps(document, indent=2) + "\n"


_SPREADS = (
    *("rows", "columns", "slices_of_case", "row_mm", "column_mm", "slice_mm"),
    *("tumour_ml", "tumour_share"),
)


def _look(study: Study, outline: Mask) -> dict[str, Any]:
    """Figures of one case; those in mm and ml are None where its grid is nominal."""
    inside = to_pictures(outline.array, outline.grid)
    slices, rows, columns = inside.shape
    nominal = study.grid.nominal
    slice_mm, row_mm, column_mm = (None,) * 3 if nominal else picture_spacing(study.grid)
    return {
        "slices": slices,
        "tumour_slices": int(inside.any(axis=(1, 2)).sum()),
        "slices_of_case": slices,
        "rows": rows,
        "columns": columns,
        "row_mm": row_mm,
        "column_mm": column_mm,
        "slice_mm": slice_mm,
        "tumour_ml": None if nominal else volume_ml(outline),
        "tumour_share": float(inside.mean()),
        "tumour_level": {
            channel.value: _level(study, channel, outline) for channel in study.images
        },
    }


def _level(study: Study, channel: Channel, outline: Mask) -> float | None:
    """Median within the outline, as the network sees it: air 0, the head's median 1."""
    array = study.images[channel].array
    low, unit = intensity_scale(array, sequence_of(study, channel))
    inside = array[outline.array]
    return float((np.median(inside) - low) / unit) if inside.size else None


def _content(name: str, study: Study, outline: Mask) -> bytes:
    digest = hashlib.sha256(name.encode())
    for channel in CHANNELS:
        if channel in study.images:
            digest.update(channel.value.encode())
            digest.update(np.ascontiguousarray(study.images[channel].array).tobytes())
    digest.update(np.packbits(outline.array).tobytes())
    return digest.digest()


def _site(case: Case) -> str:
    return case.site if isinstance(case, LabelledCase) else lgg.site(case.name)


def _scanner(case: Case) -> str:
    return case.scanner if isinstance(case, LabelledCase) else ""


def _sizes(names: Iterable[str]) -> list[int]:
    """Cases of each site or scanner that is told, most first."""
    return sorted(Counter(name for name in names if name).values(), reverse=True)


def _spread(values: Iterable[float | None]) -> list[float] | None:
    """Least, quartiles and most; None where nothing is known."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    return [float(f"{value:.6g}") for value in np.percentile(known, (0, 25, 50, 75, 100))]
