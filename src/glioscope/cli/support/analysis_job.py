"""What `glioscope analyze` does with the studies it found, one after the other."""

import time
from collections import Counter
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from glioscope.cli.support.console import Notices, progress
from glioscope.errors import BatchFailed, GlioscopeError, UsageError
from glioscope.settings import Language

if TYPE_CHECKING:
    from glioscope.analysis import Analysis
    from glioscope.followup.comparison import Comparison, Result
    from glioscope.model.bundle import Model
    from glioscope.reading.inputs import StudyInput
    from glioscope.reading.results import Done
    from glioscope.study import Study
    from glioscope.texts.message import Notice
    from glioscope.writing.dicom.results import DicomExtras


@dataclass(frozen=True)
class Job:
    """What is the same for every study of one call."""

    out: Path
    lang: Language
    save_probability: bool
    dicom: "DicomExtras"
    overwrite: bool
    json: bool
    notices: Notices
    force: bool
    bids: bool
    with_identity: bool
    earlier: "Result | None"


def check_outputs(studies: "list[StudyInput]", job: Job) -> None:
    """Refuse, before any work, what could only fail at the end.

    Raises:
        UsageError: two studies share a name, also in BIDS, a result is already there, or DICOM
            results were asked for of a study that is not DICOM.
    """
    other = [study for study in studies if study.kind not in ("dicom", "unknown")]
    if other and any(astuple(job.dicom)):
        raise UsageError(
            f"{other[0].study_id} is no DICOM study; leave out --fractional-seg, "
            "--secondary-capture and --encapsulated-pdf, which point at a DICOM series"
        )
    counts = Counter(study.study_id for study in studies)
    double = [name for name, count in counts.items() if count > 1]
    if double:
        raise UsageError(
            f"{counts[double[0]]} inputs are named {double[0]}; analyse each into its own folder"
        )
    if job.bids:
        _check_labels(counts)
    there = [name for name in counts if (job.out / name).exists()]
    if there and not job.overwrite:
        raise UsageError(f"{there[0]} is already in {job.out.name}; add --overwrite to replace it")


def _check_labels(names: Counter[str]) -> None:
    """Names that differ may be one in BIDS, whose labels hold letters and digits only."""
    from glioscope.writing.bids import stem_of

    counts = Counter(stem_of(name) for name in names)
    double = [stem for stem, count in counts.items() if count > 1]
    if double:
        raise UsageError(
            f"--bids: {counts[double[0]]} inputs would be named {double[0]}; analyse each into its "
            "own folder"
        )


def run(studies: "list[StudyInput]", model: "Model", job: Job) -> None:
    """Analyse every study; one that fails does not stop the others.

    Raises:
        GlioscopeError: the only study failed; its own error.
        BatchFailed: some of several studies failed.
    """
    from glioscope.reading.results import json_done, json_failed, print_table

    results: list[Done] = []
    failures: list[GlioscopeError] = []
    for number, found in enumerate(studies, start=1):
        try:
            result = _one(found, f"{found.study_id} ({number}/{len(studies)})", model, job)
        except (GlioscopeError, OSError, MemoryError) as error:
            failures.append(_named(found.study_id, error))
            if job.json:
                print(json_failed(found.study_id, failures[-1]), flush=True)
            if len(studies) > 1:
                job.notices.error(str(failures[-1]))
            continue
        results.append(result)
        if job.json:
            print(json_done(result), flush=True)
    if not job.json:
        print_table(results, job.lang)
    _finish(failures, len(studies))


def _finish(failures: list[GlioscopeError], count: int) -> None:
    if failures and count == 1:
        raise failures[0]
    if failures:
        raise BatchFailed(
            f"{len(failures)} of {count} studies failed for the reasons above; "
            f"{count - len(failures)} were written"
        )


def _named(study_id: str, error: Exception) -> GlioscopeError:
    """The error with the study's name in front; anything unexpected gets exit code 1."""
    if isinstance(error, GlioscopeError):
        text = str(error)
        named = error if study_id in text else type(error)(f"study {study_id}: {text}")
    elif isinstance(error, OSError):
        where = Path(error.filename).name if isinstance(error.filename, str) else "a file"
        named = GlioscopeError(f"study {study_id}: {where}: {error.strerror or error}")
    else:
        named = GlioscopeError(f"study {study_id}: not enough memory; close other programs")
    named.__cause__ = error.__cause__ if named is error else error
    return named


def _one(found: "StudyInput", label: str, model: "Model", job: Job) -> "Done":
    from glioscope.pipeline import analyze as analyze_study
    from glioscope.reading.results import done

    start = time.perf_counter()
    study: Study = found.read()
    read = round(time.perf_counter() - start, 4)
    with progress(label, job.notices) as advance:
        analysis = analyze_study(study, model, advance, force=job.force)
    analysis = replace(analysis, timings_s={"read": read, **analysis.timings_s})
    comparison = _compared(analysis, job.earlier)
    # Only now: the PDF library takes as long to import as a study to analyse.
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
    if job.bids:
        from glioscope.writing.bids import write_bids

        files |= write_bids(analysis, job.out / "derivatives" / "glioscope")
    _tell(analysis.warnings, analysis.timings_s, found.study_id, job.notices)
    return done(analysis, files)


def _compared(analysis: "Analysis", earlier: "Result | None") -> "Comparison | None":
    """Raises as `glioscope.followup.comparison.compare`, before anything is written."""
    from glioscope.followup.comparison import Result, compare

    return compare(earlier, Result(analysis.to_dict(), analysis.mask.grid)) if earlier else None


def _tell(
    warnings: "tuple[Notice, ...]", timings: dict[str, float], study_id: str, notices: Notices
) -> None:
    for warning in warnings:
        notices.warning(f"{study_id}: {warning}")
    steps = ", ".join(f"{step} {seconds:.2f} s" for step, seconds in timings.items())
    notices.detail(f"{study_id}: {steps}")
