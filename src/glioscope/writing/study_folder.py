"""All results of one study in one folder, which appears whole or not at all."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

from glioscope.analysis import Analysis
from glioscope.errors import InputError, UsageError
from glioscope.files import atomic_folder, atomic_json, names_a_folder
from glioscope.followup.comparison import Comparison
from glioscope.followup.tracking import Earlier
from glioscope.writing.analysis_json import write_analysis_json
from glioscope.writing.dicom.results import NO_EXTRAS, DicomExtras, write_dicom_results
from glioscope.writing.mask_pictures import PICTURE_KINDS, write_mask_pictures
from glioscope.writing.nifti import write_bounds, write_classes, write_mask, write_probability
from glioscope.writing.overview import write_overview
from glioscope.writing.report.blocks import Content
from glioscope.writing.report.content import study_content
from glioscope.writing.report.html import write_html
from glioscope.writing.report.identity import identity_of
from glioscope.writing.report.pdf import write_report
from glioscope.writing.wording import wording

# Beside the thread that writes DICOM: pictures are packed outside the interpreter.
_WRITERS = 2
_REPORTS = ("report.pdf", "report.html")


def write_study(
    analysis: Analysis,
    out: Path,
    *,
    lang: str,
    save_probability: bool = False,
    save_bounds: bool = False,
    overwrite: bool = False,
    dicom: DicomExtras = NO_EXTRAS,
    with_identity: bool = False,
    comparison: Comparison | None = None,
    earlier: Earlier | None = None,
) -> dict[str, Path]:
    """Write every result to `out/<study_id>` and return where each is, by its name there.

    Names are `analysis.json`, `mask.nii.gz`, `overview.png`, `report.pdf`, `report.html`, where the
    model tells classes apart `classes.nii.gz` and with a lesion `classes_seg.dcm`, with
    `save_probability` `probability.nii.gz`, with `save_bounds` and an outline `bounds.nii.gz`, with
    a `comparison` `comparison.json`, for sources made of pictures the folder `masks`, and for a
    DICOM study `sr.dcm`, with a lesion `seg.dcm`, and what `dicom` asks for; lesions of an
    `earlier` result are followed there. `with_identity`
    names the patient in the reports too. An older folder is replaced as a whole once the new one
    is complete; when anything fails it stays as it was.

    Raises:
        UsageError: the folder is there and `overwrite` is False, another language than ru or en, or
            an identity is asked for that the study does not have.
        InputError: the study's id cannot name a folder.
    """
    folder = out / _folder_name(analysis.study.study_id)
    if folder.exists() and not overwrite:
        raise UsageError("writing.already_in", folder=folder.name, out=out.name)
    if dicom.pseudonymous:
        analysis = undated(analysis)
    words = wording(lang)
    identity = identity_of(analysis.study, words) if with_identity else ()
    content = study_content(analysis, words, identity, comparison, date.today())
    with atomic_folder(folder) as temporary, ThreadPoolExecutor(_WRITERS) as writers:
        # What takes longest is begun first.
        report = writers.submit(write_report, content, temporary / _REPORTS[0], lang)
        wanted = {"probability": save_probability, "bounds": save_bounds}
        volumes = [name for name, is_wanted in wanted.items() if is_wanted]
        figures = writers.submit(_write_all, analysis, temporary, lang, volumes)
        page = writers.submit(write_html, content, temporary / _REPORTS[1], lang)
        names: tuple[str, ...] = write_comparison(comparison, temporary) if comparison else ()
        if analysis.study.source.kind == "dicom":
            if dicom.encapsulated_pdf:
                report.result()
            names += write_dicom_results(
                analysis, temporary, dicom, with_identity=with_identity, earlier=earlier
            )
        for writing in (report, page):
            writing.result()
        names = (*figures.result(), *_REPORTS, *names)
    return {name: folder / name for name in names}


def undated(analysis: Analysis) -> Analysis:
    """The same of a study that does not tell when it was scanned."""
    source = replace(analysis.study.source, scanned=None)
    return replace(analysis, study=replace(analysis.study, source=source))


def _folder_name(study_id: str) -> str:
    """The study's id, when it is safe as the name of one folder."""
    if not names_a_folder(study_id):
        raise InputError("writing.folder_name", study=study_id)
    return study_id


def _write_all(
    analysis: Analysis, folder: Path, lang: str, volumes: Collection[str]
) -> tuple[str, ...]:
    write_analysis_json(analysis, folder / "analysis.json", lang)
    write_mask(analysis, folder / "mask.nii.gz")
    write_overview(analysis, folder / "overview.png", lang)
    names: tuple[str, ...] = ("analysis.json", "mask.nii.gz", "overview.png")
    if analysis.classes:
        write_classes(analysis, folder / "classes.nii.gz")
        names += ("classes.nii.gz",)
    if "probability" in volumes:
        write_probability(analysis, folder / "probability.nii.gz")
        names += ("probability.nii.gz",)
    if "bounds" in volumes and analysis.bounds:
        write_bounds(analysis, folder / "bounds.nii.gz")
        names += ("bounds.nii.gz",)
    if analysis.study.source.kind in PICTURE_KINDS:
        write_mask_pictures(analysis, folder / "masks")
        names += ("masks",)
    return names


def write_reports(content: Content, folder: Path, lang: str) -> tuple[str, ...]:
    """Write the report as PDF and as HTML; returns their names."""
    for name, write in zip(_REPORTS, (write_report, write_html), strict=True):
        write(content, folder / name, lang)
    return _REPORTS


def write_comparison(comparison: Comparison, folder: Path) -> tuple[str, ...]:
    """Write `comparison.json`; returns its name."""
    atomic_json(folder / "comparison.json", comparison.to_dict())
    return ("comparison.json",)
