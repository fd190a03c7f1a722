"""`glioscope analyze`: studies in, findings and reports out."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glioscope.cli.batch.job import Job, Network, Wishes
from glioscope.cli.support import options
from glioscope.cli.support.console import Notices
from glioscope.cli.support.language import language_in
from glioscope.cli.support.libraries.warm_up import left_out
from glioscope.cli.support.output import check_folder
from glioscope.cli.support.series_names import charset_in, is_series
from glioscope.cli.support.spacing import spacing_in
from glioscope.errors import MissingSequence, ModelError, UsageError
from glioscope.settings import Settings

if TYPE_CHECKING:
    from glioscope.followup.tracking import Earlier
    from glioscope.reading.inputs import StudyInput
    from glioscope.reading.results import StoredResult
    from glioscope.study import Channel


class ModelChoice(StrEnum):
    """Which network answers."""

    STANDARD = "standard"
    BEST = "best"


class Profile(StrEnum):
    """For whom results are shaped, beside their usual shape."""

    MOSMED = "mosmed"


def analyze(
    out: options.OutputFolder,
    inputs: Annotated[list[Path] | None, options.INPUTS] = None,
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
    charset: options.Charset = None,
    spacing: Annotated[
        str | None,
        typer.Option(
            metavar="ROW,COL,SLICE",
            help="Pixel and slice spacing of pictures in mm; without it sizes stay in pixels.",
        ),
    ] = None,
    model: options.ModelFolder = None,
    lang: options.Lang = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON line per study on stdout.")
    ] = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    overwrite: options.Overwrite = False,
    skip_existing: Annotated[
        bool,
        typer.Option(
            "--skip-existing",
            help="Pass over studies whose result is of the same input and model.",
        ),
    ] = False,
    jobs: Annotated[
        int, typer.Option(metavar="N", min=1, help="Studies analysed at once, a process for each.")
    ] = 1,
    save_probability: Annotated[
        bool, typer.Option("--save-probability", help="Also write probability.nii.gz.")
    ] = False,
    bounds: Annotated[
        bool,
        typer.Option(
            "--bounds",
            help="Also the sure and the possible region, as bounds.nii.gz; DICOM: bounds_seg.dcm.",
        ),
    ] = False,
    fractional_seg: Annotated[
        bool,
        typer.Option(
            "--fractional-seg", help="DICOM: also the probability, as probability_seg.dcm."
        ),
    ] = False,
    key_images: Annotated[
        bool,
        typer.Option(
            "--key-images", help="DICOM: also each lesion's largest slice, as key_images.dcm."
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
    profile: Annotated[
        Profile | None,
        typer.Option(
            help="DICOM: also an SR and a series in the shape that mosmed.ai asks for, in mosmed."
        ),
    ] = None,
    threads: options.Threads = None,
    operating_point: Annotated[
        str | None,
        typer.Option(
            metavar="sensitive|balanced",
            help="Misses few (for screening), or the best F1.",
            show_default="sensitive",
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
        bool, typer.Option("--fast", help="Less than half the time: the network counts in 8 bits.")
    ] = False,
    with_identity: Annotated[
        bool,
        typer.Option(
            "--with-identity", help="Name the patient in the reports, as the DICOM headers do."
        ),
    ] = False,
    pseudonymous: Annotated[
        bool,
        typer.Option(
            "--pseudonymous", help="DICOM: results without patient, dates and numbers of the study."
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
        bool, typer.Option("--bids", help="Also write OUTPUT/derivatives/glioscope in BIDS layout.")
    ] = False,
) -> None:
    """Find glioma in MRI studies and write masks, figures and a report for each."""
    with left_out("requests"):
        from glioscope.writing.dicom.results import DicomExtras

    settings = Settings.from_environment()
    language = language_in(lang, settings)
    check_folder(out)
    if pseudonymous and with_identity:
        raise UsageError("cli.pseudonymous_alone")
    if pseudonymous and profile:
        raise UsageError("cli.pseudonymous_profile", profile=profile.value)
    from glioscope.cli.batch.run import check, run

    job = Job(
        out=out,
        lang=language,
        save_probability=save_probability,
        save_bounds=bounds,
        dicom=DicomExtras(
            fractional_seg=fractional_seg,
            bounds=bounds,
            key_images=key_images,
            secondary_capture=secondary_capture,
            encapsulated_pdf=encapsulated_pdf,
            pseudonymous=pseudonymous,
        ),
        notices=Notices(quiet=quiet, verbose=verbose, lang=language),
        earlier=_earlier(compare_with),
        followed=_followed(compare_with),
        overwrite=overwrite,
        skip_existing=skip_existing,
        json=json,
        force=force,
        bids=bids,
        with_identity=with_identity,
        mosmed=profile is Profile.MOSMED,
    )
    if quality is ModelChoice.BEST:
        model = _best(model, settings, fast=fast)
    network = Network(
        folder=model,
        threads=settings.threads if threads is None else threads,
        fast=fast,
        operating_point=operating_point,
        max_miss_rate=max_miss_rate,
    )
    wishes = Wishes(
        spacing=None if spacing is None else spacing_in(spacing),
        series=_named({"FLAIR": flair, "T1": t1, "T1GD": t1gd}),
        charset=charset_in(charset, settings),
    )
    with left_out("requests"):
        studies = _find(inputs or [], wishes)
    check(studies, job)
    run(studies, network, job, wishes, jobs)


def _earlier(folder: Path | None) -> "StoredResult | None":
    if folder is None:
        return None
    from glioscope.reading.results import read_result

    return read_result(folder)


def _followed(folder: Path | None) -> "Earlier | None":
    if folder is None:
        return None
    from glioscope.followup.earlier import read_earlier

    return read_earlier(folder)


def _named(options: dict[str, str | None]) -> "dict[Channel, str]":
    from glioscope.study import Channel

    return {Channel(name): text for name, text in options.items() if text}


def _find(inputs: list[Path], wishes: Wishes) -> "list[StudyInput]":
    """The studies to analyse, unread.

    Raises:
        UsageError: nothing to do, or INPUT beside NIfTI options.
    """
    given = wishes.series
    if inputs and all(is_series(text) for text in given.values()):
        return wishes.find(inputs)
    if given and (inputs or wishes.spacing):
        option = next(s for s, text in given.items() if not (inputs and is_series(text)))
        other = "INPUT" if inputs else "--spacing"
        raise UsageError("cli.nifti_beside", option=option.value.lower(), other=other)
    if given:
        return [_nifti({s: Path(text) for s, text in given.items()})]
    raise UsageError("cli.no_input")


def _nifti(files: "dict[Channel, Path]") -> "StudyInput":
    from glioscope.reading.inputs import StudyInput
    from glioscope.reading.nifti import read_nifti, study_id_of
    from glioscope.study import Channel

    flair = files.get(Channel.FLAIR)
    if flair is None:
        raise MissingSequence("cli.no_flair")
    t1, t1gd = files.get(Channel.T1), files.get(Channel.T1GD)
    return StudyInput(study_id_of(flair), "nifti", lambda: read_nifti(flair, t1, t1gd))


def _best(model: Path | None, settings: Settings, *, fast: bool) -> Path:
    """The ensemble's folder.

    Raises:
        UsageError: an option that names another network or another way to run it.
        ModelError: it is not installed.
    """
    if fast or model:
        other = "--fast" if fast else "--model"
        raise UsageError("cli.best_alone", other=other)
    if settings.best_model is None or not settings.best_model.is_dir():
        raise ModelError("cli.no_ensemble")
    return settings.best_model
