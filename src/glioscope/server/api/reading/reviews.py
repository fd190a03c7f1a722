"""Reviews: what readers say of studies, signed and superseded; nothing is overwritten."""

from http import HTTPStatus

from fastapi import APIRouter
from sqlalchemy import Connection, Row

from glioscope.database.tables import Review
from glioscope.reviews import verdicts
from glioscope.reviews.outlines import versions
from glioscope.reviews.pairs import NOT_ANALYSED
from glioscope.reviews.reasons import Verdict
from glioscope.reviews.sight import sight_of
from glioscope.server.access import audit
from glioscope.server.access.guard import Reader, Viewer
from glioscope.server.access.roles import Who
from glioscope.server.api.reading.asked import (
    ListId,
    hold,
    last_result,
    require_list,
    require_study,
)
from glioscope.server.api.reading.shapes import ReviewGiven, ReviewList, ReviewShape
from glioscope.server.context import Here
from glioscope.server.problems import Problem

router = APIRouter(prefix="/studies/{study_id}/reviews", tags=["reading"])


@router.get("")
def list_reviews(study_id: str, here: Here, who: Viewer, list_id: ListId = None) -> ReviewList:
    """Reviews that one may see; a blind reader sees his own."""
    with here.reads.connect() as connection:
        require_study(connection, study_id)
        seen = sight_of(connection, who.name, study_id)
        rows = verdicts.reviews_of(connection, study_id, who.name, seen, list_id)
    later = {row.supersedes: row.id for row in rows if row.supersedes}
    return ReviewList(reviews=[_shape(row, later.get(row.id)) for row in rows])


@router.post("", status_code=HTTPStatus.CREATED)
def give_review(study_id: str, given: ReviewGiven, here: Here, who: Reader) -> ReviewShape:
    """Give a review, not signed yet, in the place of one's last that is not signed either."""
    with here.engine.begin() as connection:
        hold(connection, study_id)
        require_list(connection, who, study_id, given.list)
        _require_sense(connection, who, study_id, given)
        wanted = verdicts.Given(
            reader=who.name,
            verdict=given.verdict,
            reason=given.reason,
            comment=given.comment,
            version_id=given.version,
            list_id=given.list,
            seconds=given.seconds,
        )
        try:
            review_id = verdicts.give(connection, study_id, wanted, given.supersedes)
        except verdicts.Locked as error:
            raise Problem(HTTPStatus.CONFLICT, "server.review_locked") from error
        audit.record(connection, who.name, "review", f"{study_id} {review_id}")
        return _shape(_own(connection, who, study_id, review_id), None)


@router.post("/{review_id}/sign")
def sign_review(study_id: str, review_id: str, here: Here, who: Reader) -> ReviewShape:
    """Lock one's review: from now on only another can take its place."""
    with here.engine.begin() as connection:
        hold(connection, study_id)
        try:
            verdicts.sign(connection, _own(connection, who, study_id, review_id))
        except verdicts.Fixed as error:
            raise Problem(HTTPStatus.CONFLICT, "server.review_fixed") from error
        audit.record(connection, who.name, "sign", f"{study_id} {review_id}")
        return _shape(_own(connection, who, study_id, review_id), None)


@router.delete("/{review_id}", status_code=HTTPStatus.NO_CONTENT)
def withdraw_review(study_id: str, review_id: str, here: Here, who: Reader) -> None:
    """Withdraw one's review that is not signed; the one before it stands again."""
    with here.engine.begin() as connection:
        hold(connection, study_id)
        try:
            verdicts.withdraw(connection, _own(connection, who, study_id, review_id))
        except verdicts.Fixed as error:
            raise Problem(HTTPStatus.CONFLICT, "server.review_fixed") from error
        audit.record(connection, who.name, "withdraw", f"{study_id} {review_id}")


def _require_sense(connection: Connection, who: Who, study_id: str, given: ReviewGiven) -> None:
    """A verdict needs what it speaks of: an answer, an outline of one's own, a reason."""
    result = last_result(connection, study_id)
    if result is None:
        raise Problem(HTTPStatus.CONFLICT, "server.no_pictures")
    if given.verdict == Verdict.ACCEPT:
        seen = sight_of(connection, who.name, study_id)
        if not seen.model or result.decision == NOT_ANALYSED:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "server.nothing_to_accept")
    if given.verdict == Verdict.REJECT and given.reason is None:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "server.no_reason")
    if given.verdict == Verdict.CORRECT and given.version is None:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "server.not_your_version")
    if given.version is not None:
        row = versions.version_of(connection, study_id, given.version)
        if row is None or row.author != who.name or row.list_id != given.list:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "server.not_your_version")


def _own(connection: Connection, who: Who, study_id: str, review_id: str) -> Row[Review]:
    row = verdicts.review_of(connection, study_id, review_id)
    if row is None:
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_review")
    if row.reader != who.name:
        raise Problem(HTTPStatus.FORBIDDEN, "server.not_your_review")
    return row


def _shape(row: Row[Review], superseded_by: str | None) -> ReviewShape:
    return ReviewShape(
        id=row.id,
        number=row.number,
        reader=row.reader,
        verdict=row.verdict,
        reason=row.reason,
        comment=row.comment,
        version=row.version_id,
        list=row.list_id,
        supersedes=row.supersedes,
        created_at=row.created_at,
        signed_at=row.signed_at,
        seconds=row.seconds,
        superseded_by=superseded_by,
    )
