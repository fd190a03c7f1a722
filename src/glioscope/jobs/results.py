"""The folder of one result: everything that pages show and people download."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from glioscope.analysis import Analysis
from glioscope.files import move
from glioscope.followup.tracking import Earlier
from glioscope.texts.catalogue import LANGUAGES, Language

if TYPE_CHECKING:
    from glioscope.writing.dicom.results import DicomExtras

FILES, VIEW = "files", "view"
# Inside `files`: DICOM results that do not say whose they are, as data: no pages, no pictures.
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

    folder.mkdir()
    # Packing, which is most of a view, leaves the interpreter to the reports.
    with ThreadPoolExecutor(1) as beside:
        view = beside.submit(write_view, analysis, folder / VIEW)
        _write_files(analysis, folder, lang, make, earlier)
        if "pseudonymous" in make and analysis.study.source.kind == "dicom":
            _write_pseudonymous(analysis, folder / FILES, make, earlier)
        view.result()


def write_outline(
    analysis: Analysis, folder: Path, lang: Language, earlier: Earlier | None = None
) -> None:
    """Write the same of a reader's outline; `view` holds the mask alone, and what is said of it.

    Raises:
        OSError: as above.
    """
    from glioscope.writing.view import write_outline_view

    folder.mkdir()
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

    by_model = analysis.voxel_probability is not None
    others: list[Language] = [other for other in LANGUAGES if other != lang]
    with TemporaryDirectory(dir=folder) as made, ThreadPoolExecutor(1) as beside:
        reports = [beside.submit(_write_reports, analysis, Path(made), other) for other in others]
        write_study(
            analysis,
            folder,
            lang=lang,
            save_probability=by_model,
            save_bounds=True,
            dicom=_extras(make),
            earlier=earlier,
        )
        move(folder / analysis.study.study_id, folder / FILES)
        for name in ("report.pdf", "report.html", "overview.png"):
            path = folder / FILES / name
            move(path, path.with_name(f"{path.stem}.{lang}{path.suffix}"))
        for written in reports:
            written.result()
        for path in Path(made).iterdir():
            move(path, folder / FILES / path.name)


def _write_pseudonymous(
    analysis: Analysis, files: Path, make: Collection[str], earlier: Earlier | None
) -> None:
    """DICOM results once more, without the patient's and the study's attributes."""
    from glioscope.writing.dicom.results import DicomExtras, write_dicom_results
    from glioscope.writing.study_folder import undated

    folder = files / PSEUDONYMOUS
    folder.mkdir()
    extras = DicomExtras(
        fractional_seg="probability" in make, bounds="bounds" in make, pseudonymous=True
    )
    write_dicom_results(undated(analysis), folder, extras, earlier=earlier)


def _extras(make: Collection[str]) -> "DicomExtras":
    from glioscope.writing.dicom.results import DicomExtras

    return DicomExtras(
        # Three thousand bytes: whoever looks for them shall find them.
        key_images=True,
        fractional_seg="probability" in make,
        bounds="bounds" in make,
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
