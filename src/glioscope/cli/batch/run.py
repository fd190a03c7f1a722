"""All studies of one call of `analyze`: what is said of each, and how the call ends."""

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from dataclasses import astuple, replace
from pathlib import Path
from typing import TYPE_CHECKING

from glioscope.cli.batch import summary
from glioscope.cli.batch.attempt import Outcome, attempt
from glioscope.cli.batch.earlier import require_replaceable
from glioscope.cli.batch.failures import together
from glioscope.cli.batch.job import SUMMARY, Job, Network, Wishes
from glioscope.cli.support.console import progress, tell
from glioscope.cli.support.output import reason_of
from glioscope.cli.support.stopping import nothing_written, when_stopped
from glioscope.errors import GlioscopeError, UsageError
from glioscope.texts.message import Message, message

if TYPE_CHECKING:
    from glioscope.model.bundle import Model
    from glioscope.reading.inputs import StudyInput

Coming = Generator[tuple[int, Outcome], None, None]


def check(studies: "Sequence[StudyInput]", job: Job) -> None:
    """Refuse, before any work, what no study can be analysed with.

    Raises:
        UsageError: DICOM results of studies that are none, a comparison of several studies, a
            `studies.csv` that is not ours, or the only study has a result already.
    """
    if job.earlier and len(studies) > 1:
        raise UsageError("cli.compare_with_one", count=len(studies))
    if len(studies) > 1:
        summary.require_ours(job.out)
    refused = _refused(studies, job)
    if len(refused) == len(studies):
        raise refused[0]
    if len(studies) == 1:
        require_replaceable(job.out / studies[0].study_id, job)


def _refused(studies: "Sequence[StudyInput]", job: Job) -> dict[int, UsageError]:
    """Errors by the place of the study, known before it is read."""
    errors: dict[int, UsageError] = {}
    labels: Counter[str] = Counter()
    for number, found in enumerate(studies):
        if (job.mosmed or any(astuple(job.dicom))) and found.kind not in ("dicom", "unknown"):
            errors[number] = UsageError("cli.not_dicom", study=found.study_id)
        elif job.bids and (label := _label(found, labels)):
            errors[number] = UsageError("cli.same_label", study=found.study_id, label=label)
    return errors


def _label(found: "StudyInput", taken: Counter[str]) -> str | None:
    """The BIDS label, where an earlier study has it; names that differ may be one in BIDS."""
    from glioscope.writing.bids import stem_of

    label = stem_of(found.study_id)
    taken[label] += 1
    return label if taken[label] > 1 else None


def run(
    studies: "Sequence[StudyInput]", network: Network, job: Job, wishes: Wishes, processes: int = 1
) -> None:
    """Analyse every study; one that fails does not stop the others.

    Errors, warnings and JSON are said of each study as it ends, the table in the order of
    `studies`. With several `processes` as many studies are analysed at once.

    Raises:
        ModelError, UsageError: the network cannot answer as asked.
        GlioscopeError: the only study failed, or all; see `glioscope.cli.batch.failures`.
        BatchFailed: some of several studies failed.
        Stopped: Ctrl-C or SIGTERM; it says how many studies were written.
    """
    outcomes: dict[int, Outcome] = {}
    before = _folders(studies, job)
    made = not job.out.exists()
    try:
        with when_stopped(lambda: _stopped(before, studies, job)):
            model = network.load()  # what is wrong with it is said once
            _tell_twins(studies, job)
            some = _outcomes(studies, model, network, job, wishes, processes)
            with closing(some) as coming:
                for number, outcome in coming:
                    outcomes[number] = outcome
                    _report(outcome, studies, job)
            if not job.json:
                _print(outcomes, job)
    finally:
        if made:
            with suppress(OSError):  # not empty
                job.out.rmdir()
    _finish(list(outcomes.values()))


def _tell_twins(studies: "Sequence[StudyInput]", job: Job) -> None:
    for found in studies:
        if found.twin_of and found.path:
            names = {"study": found.twin_of, "name": found.study_id, "input": found.path.name}
            job.notices.warning(message("cli.twin", **names))


def _outcomes(
    studies: "Sequence[StudyInput]",
    model: "Model",
    network: Network,
    job: Job,
    wishes: Wishes,
    processes: int,
) -> Coming:
    """What becomes of each study, with its place, as each ends."""
    refused = _refused(studies, job)
    for number, error in refused.items():
        yield number, Outcome(study_id=studies[number].study_id, status="failed", error=error)
    left = [number for number in range(len(studies)) if number not in refused]
    rest, processes = [studies[number] for number in left], min(processes, len(left))
    if processes > 1:
        ends = _several(rest, network, job, wishes, processes)
    else:
        ends = _one_by_one(rest, model, job)
    with closing(ends) as coming:
        for place, outcome in coming:
            yield left[place], outcome


def _one_by_one(studies: "Sequence[StudyInput]", model: "Model", job: Job) -> Coming:
    for place, found in enumerate(studies):
        label = f"{found.study_id} ({place + 1}/{len(studies)})"
        yield place, attempt(found, model, job, label)


def _several(
    studies: "Sequence[StudyInput]", network: Network, job: Job, wishes: Wishes, processes: int
) -> Coming:
    from glioscope.cli.batch.workers import in_processes
    from glioscope.model.engine import cores

    if not network.threads:
        network = replace(network, threads=max(1, cores() // processes))
    with (
        progress(message("cli.studies"), job.notices) as advance,
        closing(in_processes(studies, network, job, wishes, processes)) as coming,
    ):
        for done, ended in enumerate(coming, start=1):
            yield ended
            if advance:
                advance(done, len(studies))


def _report(outcome: Outcome, studies: "Sequence[StudyInput]", job: Job) -> None:
    from glioscope.cli.support.results_table import json_done, json_failed

    if outcome.error:
        if len(studies) > 1:
            job.notices.error(outcome.error.message)
        if job.json:
            print(json_failed(outcome.study_id, outcome.error), flush=True)
    elif outcome.status == "skipped":
        names = {"study": outcome.study_id, "folder": job.folder}
        job.notices.note(message("cli.skipped", **names))
    tell(outcome.study_id, outcome.warnings, outcome.timings_s, job.notices)
    if outcome.result and job.json:
        print(json_done(outcome.result, outcome.status), flush=True)
    if _summarised(studies, job):
        _record(outcome, job)


def _record(outcome: Outcome, job: Job) -> None:
    try:
        summary.record(job.out, outcome)
    except OSError as error:
        values = {"file": SUMMARY, "reason": reason_of(error)}
        job.notices.warning(message("cli.no_summary", **values))


def _summarised(studies: "Sequence[StudyInput]", job: Job) -> bool:
    """A summary is written of several studies, and kept true where there is one."""
    return len(studies) > 1 or summary.is_ours(job.out / SUMMARY)


def _print(outcomes: dict[int, Outcome], job: Job) -> None:
    from glioscope.cli.support.results_table import print_table

    ended = (outcomes[number] for number in sorted(outcomes))
    print_table([one.result for one in ended if one.result and one.status == "done"], job.lang)


def _finish(outcomes: list[Outcome]) -> None:
    errors: list[GlioscopeError] = [one.error for one in outcomes if one.error]
    written = sum(one.status == "done" for one in outcomes)
    error = together(errors, len(outcomes), written)
    if error:
        raise error


def _folders(studies: "Sequence[StudyInput]", job: Job) -> dict[str, int | None]:
    """Which folder lies under each study's name: another one means that it was written."""
    return {found.study_id: _identity(job.out / found.study_id) for found in studies}


def _identity(folder: Path) -> int | None:
    try:
        return folder.stat().st_ino
    except OSError:
        return None


def _stopped(before: dict[str, int | None], studies: "Sequence[StudyInput]", job: Job) -> Message:
    now = _folders(studies, job)
    written = sum(now[name] not in (None, before[name]) for name in now)
    if not written:
        return nothing_written()
    return message("cli.interrupted_some", written=written, count=len(studies), folder=job.folder)
