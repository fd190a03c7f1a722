"""What one may see of a study besides its pictures and his own work: the blind rule.

Whoever reads an open list sees of a study on it neither the model's answer nor others' work until
he has handed in, which is to have signed a review for that list. With a list that never shows the
model it stays hidden until the list is closed. Nobody else is kept from anything.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, exists, select

from glioscope.database.tables import ListReader, ListStudy, ReadingList, Review

# Values of `ReadingList.model_shown`.
AFTER, NEVER = "after", "never"


@dataclass(frozen=True)
class Sight:
    """Whether the model's answer, and what others made of the study, may be seen."""

    model: bool = True
    others: bool = True

    def __and__(self, other: "Sight") -> "Sight":
        """What both allow."""
        return Sight(self.model and other.model, self.others and other.others)


EVERYTHING = Sight()

# Built once: every request that tells of studies asks for it.
_OPEN_LISTS = (
    select(
        ListStudy.study_id,
        ReadingList.model_shown,
        exists().where(
            Review.study_id == ListStudy.study_id,
            Review.list_id == ReadingList.id,
            Review.reader == bindparam("who"),
            Review.signed_at.is_not(None),
        ),
    )
    .join(ReadingList, ReadingList.id == ListStudy.list_id)
    .join(ListReader, ListReader.list_id == ReadingList.id)
    .where(ListReader.reader == bindparam("who"), ReadingList.closed_at.is_(None))
)
_OPEN_LISTS_OF = _OPEN_LISTS.where(ListStudy.study_id == bindparam("study"))


def sight_of(connection: Connection, reader: str, study_id: str) -> Sight:
    """What a person may see of one study."""
    return limits(connection, reader, study_id).get(study_id, EVERYTHING)


def limits(connection: Connection, reader: str, study_id: str | None = None) -> dict[str, Sight]:
    """By study, what a person may see, for studies of which he may not see everything."""
    query = _OPEN_LISTS if study_id is None else _OPEN_LISTS_OF
    found: dict[str, Sight] = {}
    values = {"who": reader, "study": study_id}
    for study, shown, handed in connection.execute(query, values):
        seen = Sight(model=handed and shown == AFTER, others=handed)
        found[study] = found.get(study, EVERYTHING) & seen
    return {study: seen for study, seen in found.items() if seen != EVERYTHING}
