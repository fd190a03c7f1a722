"""One line for each study that the model was asked of, with the review that holds."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, select

from glioscope.database.tables import Job, Result, Review, Study, Version
from glioscope.jobs.states import State

Outcome = Literal["result", "refused", "failed", "cancelled", "open"]

_OUTCOMES: dict[str, Outcome] = {
    State.DONE: "result",
    State.REFUSED: "refused",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}
_MS = 1000.0


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A signed review: `dice` and `volume_ml` are of the outline that its reader stands for."""

    verdict: str
    reason: str | None
    seconds: int | None
    dice: float | None
    volume_ml: float | None


@dataclass(frozen=True, kw_only=True)
class Case:
    """A study, by when it came.

    Attributes:
        received_at: milliseconds since 1970.
        cause: code of why there is no result.
        model, version: who answered; empty without a result.
        software: version of glioscope that made the last attempt; empty where it is not known.
        figures: of the input, as `Result.figures`.
        analysis_s: from the start of the attempt that succeeded to its end, in seconds.
    """

    received_at: int
    outcome: Outcome
    cause: str | None
    decision: str | None
    gate: str | None
    volume_ml: float | None
    figures: Mapping[str, Any] | None
    model: str
    version: str
    software: str
    analysis_s: float | None
    review: Signed | None


def cases_between(
    connection: Connection, begin: int, end: int, hidden: Container[str] = ()
) -> list[Case]:
    """Studies received from `begin` up to, not including, `end`; those without model are left out.

    So are those of `hidden`, by id: who asks reads them blind, and a count of one would tell.

    The review that holds is the one signed last, outside of reading lists.
    """
    reviews = _reviews(connection, begin, end)
    rows = connection.execute(
        select(
            *(Study.id.label("study_id"), Study.received_at),
            *(Job.state, Job.cause, Job.started_at, Job.finished_at, Job.software),
            *(Result.decision, Result.gate, Result.volume_ml, Result.figures),
            *(Result.model, Result.model_version),
        )
        .join(Job, Job.study_id == Study.id)
        .outerjoin(Result, Result.job_id == Job.id)
        .where(Job.with_model, Study.received_at >= begin, Study.received_at < end)
        .order_by(Study.received_at, Study.id)
    )
    return [_case(row, reviews.get(row.study_id)) for row in rows if row.study_id not in hidden]


def _case(row: Any, review: Signed | None) -> Case:
    outcome = _OUTCOMES.get(row.state, "open")
    stopped = outcome in ("refused", "failed")
    return Case(
        received_at=row.received_at,
        outcome=outcome,
        cause=str(row.cause["code"]) if stopped and row.cause else None,
        decision=row.decision,
        gate=row.gate,
        volume_ml=row.volume_ml,
        figures=row.figures,
        model=row.model or "",
        version=row.model_version or "",
        software=row.software or "",
        analysis_s=_seconds(row.started_at, row.finished_at) if outcome == "result" else None,
        review=review if outcome == "result" else None,
    )


def _seconds(begin: int | None, end: int | None) -> float | None:
    return None if begin is None or end is None else (end - begin) / _MS


def _reviews(connection: Connection, begin: int, end: int) -> dict[str, Signed]:
    rows = connection.execute(
        select(
            *(Review.study_id, Review.verdict, Review.reason, Review.seconds),
            *(Version.dice, Version.volume_ml),
        )
        .join(Study, Study.id == Review.study_id)
        .outerjoin(Version, Version.id == Review.version_id)
        .where(Review.signed_at.is_not(None), Review.list_id.is_(None))
        .where(Study.received_at >= begin, Study.received_at < end)
        .order_by(Review.signed_at, Review.number)
    )
    return {
        row.study_id: Signed(
            verdict=row.verdict,
            reason=row.reason,
            seconds=row.seconds,
            dice=row.dice,
            volume_ml=row.volume_ml,
        )
        for row in rows
    }
