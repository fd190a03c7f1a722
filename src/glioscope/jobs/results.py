"""The folder of one result: everything that pages show and people download."""

from pathlib import Path

from glioscope.analysis import Analysis
from glioscope.texts.catalogue import LANGUAGES, Language

FILES, VIEW = "files", "view"
# Inside `files`: DICOM results that do not say whose they are.
PSEUDONYMOUS = "pseudonymous"


def write_results(analysis: Analysis, folder: Path, lang: Language) -> None:
    """Write what `glioscope analyze` writes to `files`, reports in both languages, and `view`.

    Reports and overview carry their language in their names (`report.ru.pdf`); the texts in
    `analysis.json`, SEG and SR are in `lang`.

    Raises:
        OSError: the disk is full, or the like.
    """
    from glioscope.writing.view import write_view

    _write_files(analysis, folder, lang)
    write_view(analysis, folder / VIEW)


def write_outline(analysis: Analysis, folder: Path, lang: Language) -> None:
    """Write the same of a reader's outline; `view` holds the mask alone, and what is said of it.

    Raises:
        OSError: as above.
    """
    from glioscope.writing.view import write_outline_view

    _write_files(analysis, folder, lang)
    write_outline_view(analysis, folder / VIEW)


def write_pictures(analysis: Analysis, folder: Path) -> None:
    """Write `view` alone, for readers of a study that the network was not asked about.

    Raises:
        OSError: as above.
    """
    from glioscope.writing.view import write_view

    (folder / FILES).mkdir(parents=True)
    write_view(analysis, folder / VIEW)


def _write_files(analysis: Analysis, folder: Path, lang: Language) -> None:
    from glioscope.writing.study_folder import write_study

    folder.mkdir()
    by_model = analysis.voxel_probability is not None
    write_study(analysis, folder, lang=lang, save_probability=by_model)
    (folder / analysis.study.study_id).rename(folder / FILES)
    for name in ("report.pdf", "report.html", "overview.png"):
        path = folder / FILES / name
        path.rename(path.with_name(f"{path.stem}.{lang}{path.suffix}"))
    for other in LANGUAGES:
        if other != lang:
            _write_reports(analysis, folder / FILES, other)


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
