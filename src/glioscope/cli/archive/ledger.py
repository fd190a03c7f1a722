"""What is known of each study, in a file of its own, whatever is killed.

`DEST/.batch/STUDY.json` is the study's row, written whole once it has ended; `STUDY.deaths` has a
byte for each process that died of it, and `STUDY.place` tells of which place elsewhere it is. A run
that is killed leaves nothing behind that it has begun. Files and no database, so that computers
which share a folder or a store can share it too.
"""

import json
from typing import Any

import msgspec

from glioscope.cli.archive.results import Results

FOLDER = ".batch"
# Of a row, and no column of the table: the model and its plan.
MADE_WITH = "made_with"
# The same, of a study that was brought: `PlaceElsewhere` without its name.
PLACE = "place"

Row = dict[str, Any]


class Ledger:
    """Rows beside the results that they tell of."""

    def __init__(self, results: Results) -> None:
        self._results = results

    def over(self, made_with: str, *, failed_too: bool) -> set[str]:
        """Studies that have ended with this model: those whose results are still there.

        With `failed_too` those that failed as well.
        """
        there = self._results.studies()
        return {
            row["study"]
            for row in self.rows()
            if row.get(MADE_WITH) == made_with
            and (failed_too if row["status"] == "failed" else row["study"] in there)
        }

    def keep(self, study: str, row: Row) -> None:
        """Write the row of a study that has ended; its folder is whole by then."""
        text = json.dumps(row, indent=2, ensure_ascii=False, allow_nan=False)
        self._results.write(_file(study), f"{text}\n".encode())
        self._results.remove(_deaths(study))

    def row(self, study: str) -> Row | None:
        """What is known of a study; None where it has not ended, or the row is damaged."""
        content = self._results.read(_file(study))
        return None if content is None else _row(content)

    def drop(self, study: str) -> None:
        """Forget a name, under which a place elsewhere was known before its studies were."""
        for name in (_file(study), _deaths(study)):
            self._results.remove(name)

    def belongs(self, study: str, key: str) -> bool:
        """Whether a study's name is that of the place elsewhere with this key, from now on.

        It is not where a study of another place has it, or one that was named by a path.
        """
        row, owner = self.row(study), f"{FOLDER}/{study}.place"
        if row is not None and row.get(PLACE, {}).get("key") != key:
            return False
        return self._results.claim(owner, key.encode()) == key.encode()

    def died(self, study: str) -> int:
        """Note that a process died of a study; how many have by now."""
        deaths = (self._results.read(_deaths(study)) or b"") + b"."
        self._results.write(_deaths(study), deaths)
        return len(deaths)

    def rows(self) -> list[Row]:
        """All rows, sorted by study; damaged ones are left out and made again by the next run."""
        found = (_row(content) for content in self._results.read_all(FOLDER, ".json"))
        return sorted((row for row in found if row), key=lambda row: row["study"])


def _file(study: str) -> str:
    return f"{FOLDER}/{study}.json"


def _deaths(study: str) -> str:
    return f"{FOLDER}/{study}.deaths"


def _row(content: bytes) -> Row | None:
    try:
        row = msgspec.json.decode(content, type=Row)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return row if "study" in row else None
