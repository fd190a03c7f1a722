"""What changed since an earlier study of the same patient, in the words of the report."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import Connection, select

from glioscope.database.tables import Result, Study
from glioscope.followup.comparison import compare
from glioscope.jobs.results import FILES
from glioscope.reading.results import StoredResult, read_result
from glioscope.reviews import worklist
from glioscope.reviews.outlines.versions import version_of
from glioscope.server.access.guard import Viewer, note
from glioscope.server.access.sight import require_model
from glioscope.server.context import Context, Here, Lang
from glioscope.server.problems import Problem
from glioscope.writing.report.comparison import class_of_change, error_note, rows, titles
from glioscope.writing.wording import wording

router = APIRouter(prefix="/studies/{study_id}/comparison", tags=["results"])


class ComparisonText(BaseModel):
    """Figures of both studies and of the change, as the report writes them.

    `said` is the class of the change by RANO, as far as pictures tell it, or why there is none; it
    proposes and decides nothing. `outlines` says whose outline was measured, of the earlier and of
    the later study: a reader's name where the newest review corrects the model's, else null for the
    model.
    """

    said: str
    outlines: list[str | None]
    titles: list[str]
    rows: list[list[str]]
    warnings: list[str]
    notes: list[str]


@router.get("")
def get_comparison(
    study_id: str,
    prior: Annotated[str, Query(max_length=32)],
    here: Here,
    lang: Lang,
    who: Viewer,
) -> ComparisonText:
    """Volume, diameters and number of lesions against those of `prior`."""
    for one in (study_id, prior):
        require_model(here, who, one)
    earlier, later = _outlines(here, prior, study_id)
    note(here, who, "compare", f"{study_id} {prior}")
    found = compare(_read(here, earlier.folder), _read(here, later.folder))
    words = wording(lang)
    return ComparisonText(
        said=class_of_change(found, words),
        outlines=[earlier.author, later.author],
        titles=list(titles(words)),
        rows=[list(row) for row in rows(found, words)],
        warnings=[words.say(warning) for warning in found.warnings],
        notes=[words("compare.explained"), error_note(found, words)],
    )


@dataclass(frozen=True)
class _Outline:
    """Where what was made from an outline lies, and whose it is: None for the model's."""

    folder: str
    author: str | None = None


def _outlines(here: Context, *studies: str) -> list[_Outline]:
    """The outline of each that holds; they must be of one patient."""
    with here.reads.connect() as connection:
        found = {
            row.id: row
            for row in connection.execute(
                select(Study.id, Study.patient_key, Result.folder)
                .join(Result, Result.study_id == Study.id)
                .where(Study.id.in_(studies))
                .order_by(Result.created_at)
            )
        }
        if set(found) != set(studies):
            raise Problem(HTTPStatus.NOT_FOUND, "server.no_result")
        if len({found[one].patient_key or one for one in studies}) > 1:
            raise Problem(HTTPStatus.NOT_FOUND, "server.other_patient")
        return [_corrected(connection, one) or _Outline(found[one].folder) for one in studies]


def _corrected(connection: Connection, study_id: str) -> _Outline | None:
    """The outline of the newest review, where that corrects the model's.

    Whoever may see the model's answer may see those of others.
    """
    review = worklist.newest(connection, [study_id]).get(study_id)
    if review is None or review.version_id is None:
        return None
    version = version_of(connection, study_id, review.version_id)
    return _Outline(version.folder, version.author) if version else None


def _read(here: Context, folder: str) -> StoredResult:
    with here.store.folder(folder) as opened:
        return read_result(opened / FILES)
