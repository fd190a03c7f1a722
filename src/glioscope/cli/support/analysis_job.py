"""What `glioscope analyze` does with the studies it found, one after the other."""

import time
from collections import Counter
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from glioscope.cli.support.console import Notices, progress, tell
from glioscope.cli.support.output import refused
from glioscope.cli.support.stopping import nothing_written, when_stopped
from glioscope.cli.support.warm_up import warm_up
from glioscope.errors import BatchFailed, GlioscopeError, UsageError
from glioscope.settings import Language
from glioscope.texts.message import Message, message

if TYPE_CHECKING:
    from glioscope.analysis import Analysis
    from glioscope.cli.support.results_table import Done
    from glioscope.followup.comparison import Comparison
    from glioscope.model.bundle import Model
    from glioscope.reading.inputs import StudyInput
    from glioscope.reading.results import StoredResult
    from glioscope.writing.dicom.results import DicomExtras


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is the same for every study of one call, as its options say.

    Attributes:
        out: each study gets a folder in here.
        lang: of the report, the table and the messages.
        save_probability: also write the probability of each voxel.
        dicom: which DICOM objects are written beside the usual ones.
        overwrite: replace older results.
        json: one JSON line per study in place of the table.
        force: analyse also what is not fit for the model.
        bids: also write the BIDS layout.
        with_identity: name the patient in the reports.
        earlier: result of an earlier study of the same patient.
    """

    out: Path
    lang: Language
    save_probability: bool
    dicom: "DicomExtras"
    notices: Notices
    overwrite: bool
    json: bool
    force: bool
    bids: bool
    with_identity: bool
    earlier: "StoredResult | None"


def check_outputs(studies: "list[StudyInput]", job: Job) -> None:
    """Refuse, before any work, what could only fail at the end.

    Raises:
        UsageError: two studies share a name, also in BIDS, a result is already there, or DICOM
            results were asked for of a study that is not DICOM.
    """
    other = [study for study in studies if study.kind not in ("dicom", "unknown")]
    if other and any(astuple(job.dicom)):
        raise UsageError("cli.not_dicom", study=other[0].study_id)
    counts = Counter(study.study_id for study in studies)
    double = [name for name, count in counts.items() if count > 1]
    if double:
        raise UsageError("cli.same_name", count=counts[double[0]], study=double[0])
    if job.bids:
        _check_labels(counts)
    if job.earlier and len(studies) > 1:
        raise UsageError("cli.compare_with_one", count=len(studies))
    there = [name for name in counts if (job.out / name).exists()]
    if there and not job.overwrite:
        raise UsageError("cli.exists", study=there[0], folder=job.out.name)


def _check_labels(names: Counter[str]) -> None:
    """Names that differ may be one in BIDS, whose labels hold letters and digits only."""
    from glioscope.writing.bids import stem_of

    counts = Counter(stem_of(name) for name in names)
    double = [stem for stem, count in counts.items() if count > 1]
    if double:
        raise UsageError("cli.same_label", count=counts[double[0]], label=double[0])


def run(studies: "list[StudyInput]", model: "Model", job: Job) -> None:
    """Analyse every study; one that fails does not stop the others.

    Raises:
        GlioscopeError: the only study failed; its own error.
        BatchFailed: some of several studies failed.
        Stopped: Ctrl-C or SIGTERM; it says how many studies were written.
    """
    from glioscope.cli.support.results_table import print_table

    written: list[str] = []
    with when_stopped(lambda: _stopped(written, studies, job)):
        results, failures = _all(studies, model, job, written)
        if not job.json:
            print_table(results, job.lang)
    _finish(failures, len(studies))


def _all(
    studies: "list[StudyInput]", model: "Model", job: Job, written: list[str]
) -> "tuple[list[Done], list[GlioscopeError]]":
    """Results and failures; `written` gets the name of each study once its folder is there."""
    from glioscope.cli.support.results_table import json_done, json_failed

    results: list[Done] = []
    failures: list[GlioscopeError] = []
    for number, found in enumerate(studies, start=1):
        label = f"{found.study_id} ({number}/{len(studies)})"
        try:
            analysis = _analysis(found, label, model, job)
            results.append(_write(analysis, job, written))
        except (GlioscopeError, OSError, MemoryError) as error:
            failures.append(_named(found.study_id, error))
            if job.json:
                print(json_failed(found.study_id, failures[-1]), flush=True)
            if len(studies) > 1:
                job.notices.error(failures[-1].message)
            continue
        tell(analysis, job.notices)
        if job.json:
            print(json_done(results[-1]), flush=True)
    return results, failures


def _stopped(written: list[str], studies: "list[StudyInput]", job: Job) -> Message:
    if not written:
        return nothing_written()
    counts = {"written": len(written), "count": len(studies)}
    return message("cli.interrupted_some", folder=job.out.name, **counts)


def _finish(failures: list[GlioscopeError], count: int) -> None:
    if failures and count == 1:
        raise failures[0]
    if failures:
        failed = len(failures)
        raise BatchFailed("cli.batch_failed", failed=failed, count=count, written=count - failed)


def _named(study_id: str, error: Exception) -> GlioscopeError:
    """The error with the study's name in front; anything unexpected gets exit code 1."""
    if isinstance(error, GlioscopeError) and study_id in str(error):
        return error
    if isinstance(error, GlioscopeError):
        kind, said = type(error), error.message
    elif isinstance(error, OSError):
        kind, said = GlioscopeError, refused(error)
    else:
        kind, said = GlioscopeError, message("cli.memory")
    named = kind.of(message("cli.of_study", study=study_id, said=said))
    named.__cause__ = error
    return named


def _analysis(found: "StudyInput", label: str, model: "Model", job: Job) -> "Analysis":
    """Read and analyse one study; how long reading took stands first in its timings."""
    from glioscope.pipeline import analyze

    start = time.perf_counter()
    study = found.read()
    read = round(time.perf_counter() - start, 4)
    warmed = warm_up(dicom=found.kind == "dicom")
    with progress(label, job.notices) as advance:

        def told(done: int, count: int) -> None:
            warmed(done, count)
            if advance:
                advance(done, count)

        analysis = analyze(study, model, told, force=job.force)
    return replace(analysis, timings_s={"read": read, **analysis.timings_s})


def _write(analysis: "Analysis", job: Job, written: list[str]) -> "Done":
    comparison = _compared(analysis, job.earlier)
    # Only now: the PDF library takes as long to import as a study to analyse.
    from glioscope.cli.support.results_table import done
    from glioscope.writing.study_folder import write_study

    files = write_study(
        analysis,
        job.out,
        lang=job.lang,
        save_probability=job.save_probability,
        overwrite=job.overwrite,
        dicom=job.dicom,
        with_identity=job.with_identity,
        comparison=comparison,
    )
    written.append(analysis.study.study_id)
    if job.bids:
        from glioscope.writing.bids import write_bids

        files |= write_bids(analysis, job.out / "derivatives" / "glioscope")
    return done(analysis, files, job.lang)


def _compared(analysis: "Analysis", earlier: "StoredResult | None") -> "Comparison | None":
    """Raises as `glioscope.followup.comparison.compare`, before anything is written."""
    if earlier is None:
        return None
    from glioscope.followup.comparison import compare
    from glioscope.reading.results import stored

    return compare(earlier, stored(analysis))
