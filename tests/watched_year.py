"""Studies, results and signed reviews written straight into the tables."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from glioscope.database.tables import Job, ReadingList, Result, Review, Study, Version
from glioscope.model.appearance import FIGURE_NAMES

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def at(week: int, hours: int = 0) -> int:
    """Milliseconds of Monday morning in a week of 2026, and some hours."""
    return round((MONDAY + timedelta(weeks=week, hours=hours)).timestamp() * 1000)


class Year:
    """Adds studies one by one; each has an id of its own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._count = 0

    def study(self, received_at: int, state: str = "done", **job: Any) -> str:
        self._count += 1
        study_id = f"{self._count:032x}"
        self._insert(
            Study, id=study_id, key=study_id, name=f"s-{self._count}", kind="dicom",
            folder=f"uploads/{study_id}", place=0, received_at=received_at,
        )  # fmt: skip
        times = {"created_at": received_at, "due_at": received_at}
        self._insert(Job, id=self._count, study_id=study_id, state=state, **times, **job)
        return study_id

    def result(self, received_at: int, **values: Any) -> str:
        """A study that was analysed in 20 s."""
        ended = {"started_at": received_at, "finished_at": received_at + 20_000}
        study_id = self.study(received_at, **ended)
        usual = {
            "decision": "tumour", "probability": 0.9, "volume_ml": 30.0, "gate": "fit",
            "slices": [], "model": "toy", "model_version": "1", "figures": None,
        }  # fmt: skip
        self._insert(
            Result, id=study_id, job_id=self._count, study_id=study_id, folder=f"r/{study_id}",
            created_at=received_at, **{**usual, **values},
        )  # fmt: skip
        return study_id

    def review(self, study_id: str, verdict: str, number: int = 1, **values: Any) -> None:
        """A signed review, unless told otherwise."""
        usual = {"created_at": number, "signed_at": number, "seconds": 60, "reader": "anna"}
        self._insert(
            Review, id=f"{study_id[-30:]}{number:02}", study_id=study_id, number=number,
            verdict=verdict, **{**usual, **values},
        )  # fmt: skip

    def correct(self, study_id: str, dice: float | None, volume_ml: float, **values: Any) -> None:
        self._insert(
            Version, id=f"v{study_id[1:]}", study_id=study_id, number=1, author="anna",
            base="model", folder="v", created_at=1, voxels=1, volume_ml=volume_ml, dice=dice,
        )  # fmt: skip
        self.review(study_id, "correct", version_id=f"v{study_id[1:]}", **values)

    def reading_list(self) -> str:
        self._insert(
            ReadingList, id="list", name="two", model_shown="never", created_by="x", created_at=1
        )
        return "list"

    def _insert(self, table: Any, **values: Any) -> None:
        self._connection.execute(insert(table).values(**values))


def figures(**values: float) -> Mapping[str, Any]:
    return {"score": 1.0, **dict.fromkeys(FIGURE_NAMES, 0.0), **values}
