"""Whose outlines of a study are compared: the model's and each reader's, two by two."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from sqlalchemy import Connection, Row, select

from glioscope.database.tables import Result, Review, Version
from glioscope.jobs.storage.store import Store
from glioscope.reviews.agreement import Overlap
from glioscope.reviews.outlines.versions import MODEL, versions_of
from glioscope.reviews.outlines.volumes import grid_in, labels_in
from glioscope.reviews.sight import Sight

NOT_ANALYSED = "not analysed"


@dataclass(frozen=True)
class Outline:
    """One of a pair: `model` or a reader's name, and the id of his version; where its mask lies."""

    who: str
    version: str | None
    folder: str


@dataclass(frozen=True)
class Pair:
    """Two outlines and how far they agree; the first's volume less the other's."""

    one: Outline
    other: Outline
    dice: float | None
    kappa: float | None
    difference_ml: float | None
    slices: list[float | None]


def outlines_of(
    connection: Connection, study_id: str, reader: str, seen: Sight, list_id: str | None
) -> list[Outline]:
    """The model's outline and one of each reader's, as far as a person may see them.

    A reader's is his last one; for a list, the one that he first handed in for it: what he changed
    after he saw the others' is no reading of his own.
    """
    found: list[Outline] = []
    result = connection.execute(
        select(Result.folder, Result.decision)
        .where(Result.study_id == study_id)
        .order_by(Result.created_at.desc())
        .limit(1)
    ).first()
    if seen.model and result and result.decision != NOT_ANALYSED:
        found.append(Outline(MODEL, None, result.folder))
    rows = versions_of(connection, study_id, reader, seen, list_id)
    first = _handed_in(connection, study_id, list_id) if list_id else {}
    chosen: dict[str, Row[Version]] = {}
    for row in rows:
        if first.get(row.author, row.id) == row.id:
            chosen[row.author] = row
    return [*found, *(Outline(a, r.id, r.folder) for a, r in sorted(chosen.items()))]


def pairs_of(store: Store, outlines: Sequence[Outline]) -> Iterator[Pair]:
    """Every pair, the model's first.

    Raises:
        FileNotFoundError: the study was deleted meanwhile.
    """
    if not outlines:
        return
    ml = grid_in(store, outlines[0].folder).voxel_ml
    masks = [(outline, labels_in(store, outline.folder) > 0) for outline in outlines]
    for (one, mask), (other, against) in combinations(masks, 2):
        overlap = Overlap.of(mask, against)
        yield Pair(
            one,
            other,
            overlap.dice,
            overlap.kappa,
            None if ml is None else overlap.difference_ml(ml),
            overlap.slices,
        )


def _handed_in(connection: Connection, study_id: str, list_id: str) -> dict[str, str]:
    """By reader, the version of the first review that he signed for a list."""
    query = (
        select(Review.reader, Review.version_id)
        .where(
            Review.study_id == study_id,
            Review.list_id == list_id,
            Review.signed_at.is_not(None),
            Review.version_id.is_not(None),
        )
        .order_by(Review.signed_at.desc())
    )
    return {row.reader: row.version_id for row in connection.execute(query)}
