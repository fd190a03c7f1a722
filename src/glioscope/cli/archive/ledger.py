"""What is known of each study, in a file of its own, whatever is killed.

`DEST/.batch/STUDY.json` is the study's row, written whole once it has ended; `STUDY.deaths` has a
byte for each process that died of it, and `STUDY.place` tells of which place elsewhere it is. A run
that is killed leaves nothing behind that it has begun. Files and no database, so that computers
which share a folder can share it too.
"""

from pathlib import Path
from typing import Any

import msgspec

from glioscope.files import atomic_json, atomic_text
from glioscope.locks import held

FOLDER = ".batch"
# Of a row, and no column of the table: the model and its plan.
MADE_WITH = "made_with"
# The same, of a study that was brought: `PlaceElsewhere` without its name.
PLACE = "place"

Row = dict[str, Any]


class Ledger:
    """Rows of one folder of results."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._folder = out / FOLDER

    def row(self, study: str) -> Row | None:
        """What is known of a study; None where it has not ended, or the row is damaged."""
        return _read(self._folder / f"{study}.json")

    def is_over(self, study: str, made_with: str, *, failed_too: bool) -> bool:
        """Whether this model has answered, its result is there, or it failed and `failed_too`."""
        row = self.row(study)
        if row is None or row.get(MADE_WITH) != made_with:
            return False
        return failed_too if row["status"] == "failed" else (self._out / study).is_dir()

    def keep(self, study: str, row: Row) -> None:
        """Write the row of a study that has ended."""
        self._folder.mkdir(parents=True, exist_ok=True)
        atomic_json(self._folder / f"{study}.json", row)
        (self._folder / f"{study}.deaths").unlink(missing_ok=True)

    def drop(self, study: str) -> None:
        """Forget a name, under which a place elsewhere was known before its studies were."""
        for suffix in ("json", "deaths"):
            (self._folder / f"{study}.{suffix}").unlink(missing_ok=True)

    def belongs(self, study: str, key: str) -> bool:
        """Whether a study's name is that of the place elsewhere with this key, from now on.

        It is not where a study of another place has it, or one of this computer.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        owner = self._folder / f"{study}.place"
        with held(self._folder / ".places.lock", wait=True):
            if owner.exists():
                return owner.read_text(encoding="utf-8") == key
            row = self.row(study)
            if row is not None and row.get(PLACE, {}).get("key") != key:
                return False
            atomic_text(owner, key)
        return True

    def died(self, study: str) -> int:
        """Note that a process died of a study; how many have by now."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"{study}.deaths").open("ab") as file:
            file.write(b".")
            return file.tell()

    def rows(self) -> list[Row]:
        """All rows, sorted by study; damaged ones are left out and made again by the next run."""
        found = (_read(path) for path in sorted(self._folder.glob("*.json")))
        return sorted((row for row in found if row), key=lambda row: row["study"])


def _read(path: Path) -> Row | None:
    try:
        row = msgspec.json.decode(path.read_bytes(), type=Row)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return row if "study" in row else None
