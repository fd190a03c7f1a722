"""`glioscope analyze`: studies in, findings and reports out."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glioscope.cli.support.analysis_job import Job, check_outputs, run
from glioscope.cli.support.console import Notices
from glioscope.cli.support.series_names import charset_in, is_series
from glioscope.cli.support.spacing import spacing_in
from glioscope.errors import MissingSequence, ModelError, UsageError
from glioscope.settings import Language, Settings

if TYPE_CHECKING:
    from glioscope.model.bundle import Model
    from glioscope.model.plan import Plan
    from glioscope.reading.inputs import StudyInput
    from glioscope.reading.results import StoredResult
    from glioscope.study import Channel
    from glioscope.writing.dicom.results import DicomExtras


class ModelChoice(StrEnum):
    """Which network answers."""

    STANDARD = "standard"
    BEST = "best"


FAST_NOTICE = "--fast: predicted without averaging over the mirrored slices"


def analyze(
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Results go to a folder per study in here.")
    ],
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="INPUT",
            help="DICOM folders, ZIPs, DICOMDIRs, FLAIR NIfTI files, LGG cases, TIFF, PNG slices.",
        ),
    ] = None,
    flair: Annotated[
        str | None,
        typer.Option(
            metavar="SERIES|FILE",
            help="FLAIR: number or UID of a series of a DICOM INPUT, or a NIfTI file.",
        ),
    ] = None,
    t1: Annotated[
        str | None, typer.Option(metavar="SERIES|FILE", help="T1 before contrast, in the same way.")
    ] = None,
    t1gd: Annotated[
        str | None, typer.Option(metavar="SERIES|FILE", help="T1 after contrast, in the same way.")
    ] = None,
    charset: Annotated[
        str | None,
        typer.Option(help="Code page of DICOM text that declares none, as cp1251 for Cyrillic."),
    ] = None,
    spacing: Annotated[
        str | None,
        typer.Option(
            metavar="ROW,COL,SLICE",
            help="Pixel and slice spacing of pictures in mm; without it sizes stay in pixels.",
        ),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="Model folder; the shipped one when left out.")
    ] = None,
    lang: Annotated[
        str | None, typer.Option(metavar="ru|en", help="Language of the report and the table.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON line per study on stdout.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only errors on stderr.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Timings and causes.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace older results.")] = False,
    save_probability: Annotated[
        bool, typer.Option("--save-probability", help="Also write probability.nii.gz.")
    ] = False,
    fractional_seg: Annotated[
        bool,
        typer.Option(
            "--fractional-seg", help="DICOM: also the probability, as probability_seg.dcm."
        ),
    ] = False,
    secondary_capture: Annotated[
        bool,
        typer.Option(
            "--secondary-capture", help="DICOM: also slices with the outline burnt in, in overlays."
        ),
    ] = False,
    encapsulated_pdf: Annotated[
        bool, typer.Option("--encapsulated-pdf", help="DICOM: also the report as report.dcm.")
    ] = False,
    threads: Annotated[
        int | None, typer.Option(min=0, help="Threads of the network; 0 takes every core.")
    ] = None,
    operating_point: Annotated[
        str | None,
        typer.Option(
            metavar="sensitive|balanced",
            help="Misses few (for screening; when left out), or the best F1.",
        ),
    ] = None,
    max_miss_rate: Annotated[
        float | None,
        typer.Option(
            metavar="ALPHA",
            help="In place of an operating point: the share of tumour slices that may be missed.",
        ),
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Half the time: no average with the mirrored slice.")
    ] = False,
    with_identity: Annotated[
        bool,
        typer.Option(
            "--with-identity", help="Name the patient in the reports, as the DICOM headers do."
        ),
    ] = False,
    compare_with: Annotated[
        Path | None,
        typer.Option(
            metavar="EARLIER", help="Result folder of an earlier study of the same patient."
        ),
    ] = None,
    quality: Annotated[
        ModelChoice,
        typer.Option(help="best: the ensemble in GLIOSCOPE_BEST_MODEL, one run per network."),
    ] = ModelChoice.STANDARD,
    force: Annotated[
        bool, typer.Option("--force", help="Analyse also what is not fit for the model.")
    ] = False,
    bids: Annotated[
        bool, typer.Option("--bids", help="Also write OUT/derivatives/glioscope in BIDS layout.")
    ] = False,
) -> None:
    """Find glioma in MRI studies and write masks, figures and a report for each."""
    settings = Settings.from_environment()
    notices = Notices(quiet, verbose)
    language = _language(lang, settings)
    extras = _extras(fractional_seg, secondary_capture, encapsulated_pdf)
    earlier = _earlier(compare_with)
    job = Job(
        out,
        language,
        save_probability,
        extras,
        overwrite,
        json,
        notices,
        force,
        bids,
        with_identity,
        earlier,
    )
    if quality is ModelChoice.BEST:
        model = _best(model, fast, settings)
    named = {"FLAIR": flair, "T1": t1, "T1GD": t1gd}
    pages = charset_in(charset, settings)
    studies = _find(inputs or [], named, None if spacing is None else spacing_in(spacing), pages)
    check_outputs(studies, job)
    if earlier and len(studies) > 1:
        raise UsageError(f"--compare-with is for one study, and there are {len(studies)}")
    network = _load(model, settings.threads if threads is None else threads, fast)
    plan = _decisions(network.plan, operating_point, max_miss_rate)
    run(studies, replace(network, plan=plan), job)


def _extras(fractional: bool, capture: bool, pdf: bool) -> "DicomExtras":
    from glioscope.writing.dicom.results import DicomExtras

    return DicomExtras(fractional, capture, pdf)


def _earlier(folder: Path | None) -> "StoredResult | None":
    from glioscope.reading.results import read_result

    return read_result(folder) if folder else None


def _language(text: str | None, settings: Settings) -> Language:
    if text is None:
        return settings.lang
    if text not in ("ru", "en"):
        raise UsageError(f"--lang: expected ru or en, got {text!r}")
    return "ru" if text == "ru" else "en"


def _find(
    inputs: list[Path],
    named: dict[str, str | None],
    spacing: tuple[float, float, float] | None,
    charset: str | None,
) -> "list[StudyInput]":
    """The studies to analyse, unread.

    Raises:
        UsageError: nothing to do, or INPUT beside NIfTI options.
    """
    from glioscope.reading.inputs import find_inputs
    from glioscope.study import Channel

    given = {Channel(name): text for name, text in named.items() if text}
    if inputs and all(is_series(text) for text in given.values()):
        return find_inputs(inputs, spacing, given, charset)
    if given and (inputs or spacing):
        option = next(s for s, text in given.items() if not (inputs and is_series(text)))
        other = "INPUT" if inputs else "--spacing"
        raise UsageError(f"--{option.value.lower()} names a NIfTI study; leave out {other}")
    if given:
        return [_nifti({s: Path(text) for s, text in given.items()})]
    raise UsageError("name at least one INPUT, or a NIfTI study with --flair")


def _nifti(files: "dict[Channel, Path]") -> "StudyInput":
    from glioscope.reading.inputs import StudyInput
    from glioscope.reading.nifti import read_nifti, study_id_of
    from glioscope.study import Channel

    flair = files.get(Channel.FLAIR)
    if flair is None:
        raise MissingSequence("FLAIR is required; name its NIfTI file with --flair")
    t1, t1gd = files.get(Channel.T1), files.get(Channel.T1GD)
    return StudyInput(study_id_of(flair), "nifti", lambda: read_nifti(flair, t1, t1gd))


def _best(model: Path | None, fast: bool, settings: Settings) -> Path:
    """The ensemble's folder.

    Raises:
        UsageError: an option that names another network or another way to run it.
        ModelError: it is not installed.
    """
    if fast or model:
        other = "--fast" if fast else "--model"
        raise UsageError(f"--quality best runs the whole ensemble; leave out {other}")
    if settings.best_model is None or not settings.best_model.is_dir():
        raise ModelError(
            "--quality best: the ensemble is not installed, for it does not ship; export it with "
            "`glioscope export --ensemble` and name its folder in GLIOSCOPE_BEST_MODEL"
        )
    return settings.best_model


def _load(folder: Path | None, threads: int, fast: bool) -> "Model":
    from glioscope.model.bundle import load_model

    model = load_model(folder, threads=threads)
    if not (fast and model.plan.flip):
        return model
    warnings = (*model.warnings, FAST_NOTICE)
    return replace(model, plan=replace(model.plan, flip=False), warnings=warnings)


def _decisions(plan: "Plan", operating_point: str | None, max_miss_rate: float | None) -> "Plan":
    """The plan at what the user asked for.

    Raises:
        UsageError: both were named, or one that the plan does not have.
    """
    if max_miss_rate is None:
        return plan.at(operating_point) if operating_point else plan
    if operating_point:
        raise UsageError("--max-miss-rate sets the threshold itself; leave out --operating-point")
    return plan.for_miss_rate(max_miss_rate)
