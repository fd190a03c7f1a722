"""The folder of one result: everything that pages show and people download."""

import shutil
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from glioscope.analysis import Analysis
from glioscope.files import move
from glioscope.followup.tracking import Earlier
from glioscope.texts.catalogue import LANGUAGES, Language

if TYPE_CHECKING:
    from glioscope.writing.dicom.results import DicomExtras

FILES, VIEW = "files", "view"
# Inside `files`: DICOM results that do not say whose they are.
PSEUDONYMOUS = "pseudonymous"


def write_results(
    analysis: Analysis,
    folder: Path,
    lang: Language,
    make: Collection[str] = (),
    earlier: Earlier | None = None,
) -> None:
    """Write what `glioscope analyze` writes to `files`, reports in both languages, and `view`.

    Reports and overview carry their language in their names (`report.ru.pdf`); the texts in
    `analysis.json`, SEG and SR are in `lang`. `make` names further DICOM results, as in
    `glioscope.jobs.orders.Order`. Lesions of an `earlier` result are followed.

    Raises:
        OSError: the disk is full, or the like.
    """
    from glioscope.writing.view import write_view

    _write_files(analysis, folder, lang, make, earlier)
    if "pseudonymous" in make and analysis.study.source.kind == "dicom":
        _write_pseudonymous(analysis, folder / FILES, lang, make, earlier)
    write_view(analysis, folder / VIEW)


def write_outline(
    analysis: Analysis, folder: Path, lang: Language, earlier: Earlier | None = None
) -> None:
    """Write the same of a reader's outline; `view` holds the mask alone, and what is said of it.

    Raises:
        OSError: as above.
    """
    from glioscope.writing.view import write_outline_view

    _write_files(analysis, folder, lang, (), earlier)
    write_outline_view(analysis, folder / VIEW)


def write_pictures(analysis: Analysis, folder: Path) -> None:
    """Write `view` alone, for readers of a study that the network was not asked about.

    Raises:
        OSError: as above.
    """
    from glioscope.writing.view import write_view

    (folder / FILES).mkdir(parents=True)
    write_view(analysis, folder / VIEW)


def _write_files(
    analysis: Analysis,
    folder: Path,
    lang: Language,
    make: Collection[str],
    earlier: Earlier | None,
) -> None:
    from glioscope.writing.study_folder import write_study

    folder.mkdir()
    by_model = analysis.voxel_probability is not None
    write_study(
        analysis,
        folder,
        lang=lang,
        save_probability=by_model,
        dicom=_extras(make),
        earlier=earlier,
    )
    move(folder / analysis.study.study_id, folder / FILES)
    for name in ("report.pdf", "report.html", "overview.png"):
        path = folder / FILES / name
        move(path, path.with_name(f"{path.stem}.{lang}{path.suffix}"))
    for other in LANGUAGES:
        if other != lang:
            _write_reports(analysis, folder / FILES, other)


def _write_pseudonymous(
    analysis: Analysis,
    files: Path,
    lang: Language,
    make: Collection[str],
    earlier: Earlier | None,
) -> None:
    """DICOM results once more, without the patient's and the study's attributes."""
    from glioscope.writing.dicom.results import write_dicom_results
    from glioscope.writing.study_folder import undated

    folder = files / PSEUDONYMOUS
    folder.mkdir()
    report = folder / "report.pdf"
    shutil.copyfile(files / f"report.{lang}.pdf", report)
    extras = replace(_extras(make), pseudonymous=True)
    write_dicom_results(undated(analysis), folder, extras, earlier=earlier)
    report.unlink()


def _extras(make: Collection[str]) -> "DicomExtras":
    from glioscope.writing.dicom.results import DicomExtras

    return DicomExtras(
        # Three thousand bytes: whoever looks for them shall find them.
        key_images=True,
        fractional_seg="probability" in make,
        secondary_capture="capture" in make,
        encapsulated_pdf="pdf" in make,
    )


def _write_reports(analysis: Analysis, folder: Path, lang: Language) -> None:
    from datetime import date

    from glioscope.writing.overview import write_overview
    from glioscope.writing.report.content import study_content
    from glioscope.writing.report.html import write_html
    from glioscope.writing.report.pdf import write_report
    from glioscope.writing.wording import wording

    content = study_content(analysis, wording(lang), (), None, date.today())
    write_report(content, folder / f"report.{lang}.pdf", lang)
    write_html(content, folder / f"report.{lang}.html", lang)
    write_overview(analysis, folder / f"overview.{lang}.png", lang)
