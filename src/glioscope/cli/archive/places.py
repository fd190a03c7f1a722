"""Which studies are over, also of places elsewhere, whose studies are known only once brought.

The rows of such studies tell from which place they are, what lay there and which studies that was,
so that a second run needs to bring nothing of it.
"""

from functools import cached_property

from glioscope.cli.archive.ledger import PLACE, Ledger, Row
from glioscope.cli.archive.table import row_of
from glioscope.cli.batch.attempt import Outcome
from glioscope.cli.batch.elsewhere import Distant
from glioscope.reading.inputs import StudyInput


class Places:
    """What the ledger's rows tell of this model's studies."""

    def __init__(self, ledger: Ledger, made_with: str, *, failed_too: bool) -> None:
        self._ledger = ledger
        self._made_with = made_with
        self._failed_too = failed_too

    def is_over(self, found: StudyInput) -> bool:
        """Whether a study, or all that lies at a place elsewhere, needs nothing more."""
        if not isinstance(found, Distant):
            return self._is_over(found.study_id)
        same = [
            row
            for row in self._by_key.get(found.origin.key, [])
            if row[PLACE]["version"] == found.origin.version
        ]
        names = {row["study"] for row in same}
        wanted = {name for row in same for name in row[PLACE]["studies"]}
        return bool(same) and wanted <= names and all(map(self._is_over, names))

    def keep(self, outcome: Outcome) -> None:
        """Write the row of a study that has ended; its place's rows of another time go."""
        if place := outcome.place:
            earlier = {row["study"] for row in self._by_key.pop(place.key, [])}
            row = self._ledger.row(place.name)
            if row is None or row.get(PLACE, {}).get("key") == place.key:
                earlier.add(place.name)
            for name in earlier - set(place.studies):
                self._ledger.drop(name)
        self._ledger.keep(outcome.study_id, row_of(outcome, self._made_with))

    def _is_over(self, study: str) -> bool:
        return study in self._over

    @cached_property
    def _over(self) -> set[str]:
        return self._ledger.over(self._made_with, failed_too=self._failed_too)

    @cached_property
    def _by_key(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self._ledger.rows():
            if PLACE in row:
                found.setdefault(row[PLACE]["key"], []).append(row)
        return found
