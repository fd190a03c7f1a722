"""Mask and probability as a BIDS derivative dataset (BIDS 1.10, "Imaging data type derivatives").

The files lie in the space of the FLAIR they were found on (`space-orig`), in its geometry.
"""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from glioscope import __version__
from glioscope.analysis import Analysis
from glioscope.files import atomic_json
from glioscope.texts.message import message
from glioscope.writing.nifti import write_mask, write_probability

BIDS_VERSION = "1.10.0"
_NOTICE = message("notice")


def stem_of(study_id: str) -> str:
    """`sub-<label>`, with `_ses-<label>` where the study's id names one.

    Labels hold letters and digits only; of an id without `sub-` all of them are taken, and one
    without any is `sub-study`.
    """
    subject = re.search(r"(?:^|_)sub-([0-9a-zA-Z]+)", study_id)
    session = re.search(r"_ses-([0-9a-zA-Z]+)", study_id)
    label = subject[1] if subject else re.sub(r"[^0-9a-zA-Z]", "", study_id) or "study"
    return f"sub-{label}" + (f"_ses-{session[1]}" if subject and session else "")


def write_bids(analysis: Analysis, root: Path) -> dict[str, Path]:
    """Write one study into the derivative dataset at `root`; returns where each file is, by name.

    Names are `bids/mask` and `bids/probability`. Each has its JSON beside it;
    `dataset_description.json` is written again each time, with equal content. Files of the same
    study are replaced.
    """
    stem = stem_of(analysis.study.study_id)
    folder = root.joinpath(*stem.split("_"), "anat")
    mask = folder / f"{stem}_space-orig_desc-glioma_mask.nii.gz"
    probability = folder / f"{stem}_space-orig_desc-glioma_probseg.nii.gz"
    write_mask(analysis, mask)
    write_probability(analysis, probability)
    about = _about(analysis)
    atomic_json(_beside(mask), {"Type": "Lesion", **about})
    atomic_json(_beside(probability), about)
    atomic_json(root / "dataset_description.json", _description())
    return {"bids/mask": mask, "bids/probability": probability}


def _beside(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".nii.gz") + ".json")


def _about(analysis: Analysis) -> dict[str, Any]:
    return {
        "Description": str(message("writing.bids_file", notice=_NOTICE)),
        "SpatialReference": "orig",
        "Decision": analysis.decision,
        "Probability": analysis.probability,
        "Threshold": analysis.threshold,
        "VolumeMl": analysis.volume_ml,
        "Model": asdict(analysis.model) if analysis.model else None,
        "Warnings": [str(warning) for warning in analysis.warnings],
    }


def _description() -> dict[str, Any]:
    return {
        "Name": str(message("writing.bids_name", notice=_NOTICE)),
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "glioscope", "Version": __version__, "Description": str(_NOTICE)}],
    }
