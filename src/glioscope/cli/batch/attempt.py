"""One study: claimed, read, analysed, written, and what became of it."""

import json
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from glioscope.cli.batch.earlier import require_replaceable, same_input, same_model, stored_in
from glioscope.cli.batch.job import SUMMARY, Job
from glioscope.cli.support.console import progress
from glioscope.cli.support.libraries.warm_up import warm_up, warmed_up
from glioscope.cli.support.output import check_folder, refused
from glioscope.cli.support.stopping import stop_behind
from glioscope.errors import GlioscopeError, InputError, UsageError
from glioscope.files import claimed, names_a_folder
from glioscope.texts.message import Message, message

if TYPE_CHECKING:
    from glioscope.analysis import Analysis
    from glioscope.cli.support.results_table import Done
    from glioscope.followup.comparison import Comparison
    from glioscope.model.bundle import Model
    from glioscope.reading.inputs import StudyInput
    from glioscope.reading.results import StoredResult
    from glioscope.study import Study
    from glioscope.writing.dicom.results import DicomExtras


@dataclass(frozen=True)
class PlaceElsewhere:
    """Where a study was brought from: see `glioscope.cli.batch.elsewhere`.

    `version` is what was there, empty where that is not known; `name` is what the place was called
    before its `studies` were known, by which it is known from then on.
    """

    key: str
    version: str
    name: str
    studies: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one study.

    `result` is what was written, or what was there already of one that was skipped; of one that
    failed there is the `error` in its place. `warnings` and `timings_s` are those of the analysis.
    `place` is where it was brought from, None for a study of this computer.
    """

    study_id: str
    status: Literal["done", "skipped", "failed"]
    result: "Done | None" = None
    error: GlioscopeError | None = None
    warnings: tuple[Message, ...] = ()
    timings_s: dict[str, float] = field(default_factory=dict[str, float])
    place: PlaceElsewhere | None = None


def attempt(found: "StudyInput", model: "Model", job: Job, label: str | None = None) -> Outcome:
    """Analyse one study and write its folder; whatever fails is told, so that others have a turn.

    With a `label` a bar shows how far the network is.
    """
    try:
        require_name(found.study_id)
        with claimed(job.out / found.study_id) as mine:
            if not mine:
                raise UsageError("cli.claimed", study=found.study_id, folder=job.folder)
            return _attempt(found, model, job, label)
    except (GlioscopeError, OSError, MemoryError) as error:
        return failed(found.study_id, error)
    except Exception as error:
        if stop_behind(error):
            raise
        # As in `glioscope.cli.main`: a person gets a sentence, not a dump.
        job.notices.trace()
        said = message("cli.internal", kind=type(error).__name__, said=str(error))
        told = _told(found.study_id, GlioscopeError, said)
    return Outcome(study_id=found.study_id, status="failed", error=told)


def require_name(study_id: str) -> None:
    """Refuse a study whose folder could not be written, before any work."""
    if not names_a_folder(study_id) or study_id.casefold() == SUMMARY:
        raise InputError("writing.folder_name", study=study_id)


def failed(study_id: str, error: GlioscopeError | OSError | MemoryError) -> Outcome:
    """What is told of a study that an error has ended."""
    return Outcome(study_id=study_id, status="failed", error=of_study(study_id, error))


def _attempt(found: "StudyInput", model: "Model", job: Job, label: str | None) -> Outcome:
    folder = job.out / found.study_id
    check_folder(job.out)  # a disk may have become full since the last study
    require_replaceable(folder, job)
    stored = stored_in(folder) if job.skip_existing else None
    comparable = stored is not None and same_model(stored, model)
    if folder.exists() and not comparable and not job.overwrite:
        raise _other(found, job)
    start, came = time.perf_counter(), datetime.now()
    study = found.read()
    read = round(time.perf_counter() - start, 4)
    if stored is not None and comparable and same_input(stored, study):
        return Outcome(study_id=found.study_id, status="skipped", result=_there(folder))
    if folder.exists() and not job.overwrite:
        raise _other(found, job)
    analysis = _analysis(study, label, model, job)
    warmed_up(dicom=study.source.kind == "dicom")
    analysis = replace(analysis, timings_s={"read": read, **analysis.timings_s})
    return Outcome(
        study_id=found.study_id,
        status="done",
        result=_write(analysis, job, came),
        warnings=analysis.warnings,
        timings_s=analysis.timings_s,
    )


def _other(found: "StudyInput", job: Job) -> UsageError:
    return UsageError("cli.other_result", study=found.study_id, folder=job.folder)


def _there(folder: Path) -> "Done":
    from glioscope.cli.support.results_table import there
    from glioscope.reading.results import ANALYSIS_FILE

    files = {path.name: path for path in sorted(folder.iterdir())}
    return there(json.loads((folder / ANALYSIS_FILE).read_text("utf-8")), files)


def _analysis(study: "Study", label: str | None, model: "Model", job: Job) -> "Analysis":
    from glioscope.pipeline import analyze

    warmed = warm_up(dicom=study.source.kind == "dicom")
    if label is None:
        return analyze(study, model, warmed, force=job.force)
    with progress(label, job.notices) as advance:

        def told(done: int, count: int) -> None:
            warmed(done, count)
            if advance:
                advance(done, count)

        return analyze(study, model, told, force=job.force)


def _write(analysis: "Analysis", job: Job, came: datetime) -> "Done":
    comparison = _compared(analysis, job.earlier)
    # Only now: the PDF library takes as long to import as a study to analyse.
    from glioscope.cli.support.results_table import done
    from glioscope.writing.study_folder import write_study

    files = write_study(
        analysis,
        job.out,
        lang=job.lang,
        save_probability=job.save_probability,
        save_bounds=job.save_bounds,
        overwrite=job.overwrite,
        dicom=_dicom(analysis, job, came),
        with_identity=job.with_identity,
        comparison=comparison,
        earlier=job.followed,
    )
    if job.bids:
        from glioscope.writing.bids import write_bids

        files |= write_bids(analysis, job.out / "derivatives" / "glioscope")
    return done(analysis, files, job.lang)


def _dicom(analysis: "Analysis", job: Job, came: datetime) -> "DicomExtras":
    """What is written of DICOM; when the study was read follows from how long it took."""
    if not job.mosmed:
        return job.dicom
    from glioscope.writing.dicom.mosmed.service import Times

    there = came + timedelta(seconds=analysis.timings_s["read"])
    return replace(job.dicom, mosmed=Times(came, there, there, datetime.now()))


def _compared(analysis: "Analysis", earlier: "StoredResult | None") -> "Comparison | None":
    """Raises as `glioscope.followup.comparison.compare`, before anything is written."""
    if earlier is None:
        return None
    from glioscope.followup.comparison import compare
    from glioscope.reading.results import stored

    return compare(earlier, stored(analysis))


def of_study(study_id: str, error: GlioscopeError | OSError | MemoryError) -> GlioscopeError:
    """The error with the study's name in front; what the system refused gets exit code 1."""
    if isinstance(error, GlioscopeError) and study_id in str(error):
        return error
    if isinstance(error, GlioscopeError):
        named = _told(study_id, type(error), error.message)
    elif isinstance(error, OSError):
        named = _told(study_id, GlioscopeError, refused(error))
    else:
        named = _told(study_id, GlioscopeError, message("cli.memory"))
    named.__cause__ = error
    return named


def _told(study_id: str, kind: type[GlioscopeError], said: Message) -> GlioscopeError:
    return kind.of(message("cli.of_study", study=study_id, said=said))
