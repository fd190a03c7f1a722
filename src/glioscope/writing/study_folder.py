"""All results of one study in one folder, which appears whole or not at all."""

from pathlib import Path

from glioscope.analysis import Analysis
from glioscope.errors import InputError, UsageError
from glioscope.writing.atomic import atomic_folder
from glioscope.writing.figures import write_overview
from glioscope.writing.json import write_analysis_json
from glioscope.writing.nifti import write_mask, write_probability
from glioscope.writing.pdf import write_report
from glioscope.writing.pictures import PICTURE_KINDS, write_mask_pictures


def write_study(
    analysis: Analysis,
    out: Path,
    *,
    lang: str,
    save_probability: bool = False,
    overwrite: bool = False,
) -> dict[str, Path]:
    """Write every result to `out/<study_id>` and return where each is, by its name there.

    Names are `analysis.json`, `mask.nii.gz`, `overview.png`, `report.pdf`, with `save_probability`
    `probability.nii.gz`, and for sources made of pictures the folder `masks`. An older folder is
    replaced as a whole once the new one is complete; when anything fails it stays as it was.

    Raises:
        UsageError: the folder is there and `overwrite` is False, or another language than ru or en.
        InputError: the study's id cannot name a folder.
    """
    folder = out / _folder_name(analysis.study.study_id)
    if folder.exists() and not overwrite:
        raise UsageError(f"{folder.name} is already in {out.name}; add --overwrite to replace it")
    with atomic_folder(folder) as temporary:
        names = _write_all(analysis, temporary, lang, save_probability)
    return {name: folder / name for name in names}


def _folder_name(study_id: str) -> str:
    """The study's id, when it is safe as the name of one folder."""
    if not study_id or study_id.startswith(".") or set(study_id) & set('/\\:*?"<>|\0'):
        raise InputError(
            f"study {study_id!r}: the id cannot name a folder; use letters, digits, - and _"
        )
    return study_id


def _write_all(
    analysis: Analysis, folder: Path, lang: str, save_probability: bool
) -> tuple[str, ...]:
    write_analysis_json(analysis, folder / "analysis.json")
    write_mask(analysis, folder / "mask.nii.gz")
    write_overview(analysis, folder / "overview.png", lang)
    write_report(analysis, folder / "report.pdf", lang)
    names = ("analysis.json", "mask.nii.gz", "overview.png", "report.pdf")
    if save_probability:
        write_probability(analysis, folder / "probability.nii.gz")
        names += ("probability.nii.gz",)
    if analysis.study.source.kind in PICTURE_KINDS:
        write_mask_pictures(analysis, folder / "masks")
        names += ("masks",)
    return names
