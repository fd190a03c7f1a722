"""Changes are told as they come, on a connection of their own."""

from pathlib import Path

import httpx2
from sqlalchemy import update

from glioscope.database.tables import Job
from server.hospital import address_of, disc, hospital


def test_a_change_is_told_with_its_study(tmp_path: Path, packed) -> None:
    with (
        hospital(tmp_path / "data") as here,
        address_of(here) as address,
        httpx2.stream("GET", f"{address}/api/v1/events", timeout=30) as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        study_id = here.hand_in(packed)
        told = next(line for line in lines if line.startswith("data:"))
        assert told == f"data: {study_id}"
        here.client.post(f"/api/v1/studies/{study_id}/cancel")
        assert next(line for line in lines if line.startswith("data:")) == told


def test_what_is_done_to_a_study_that_ended_long_ago_is_told_too(tmp_path: Path, packed) -> None:
    with hospital(tmp_path / "data") as here, address_of(here) as address:
        old = here.hand_in(packed)
        last = here.hand_in(disc(tmp_path / "other", 1, StudyInstanceUID="1.2.9"))
        with here.context.engine.begin() as connection:
            for study_id, finished in ((old, 1), (last, 10**13)):
                ended = {"state": "done", "finished_at": finished}
                connection.execute(update(Job).where(Job.study_id == study_id).values(**ended))
        path = f"/api/v1/studies/{old}"
        with httpx2.stream("GET", f"{address}/api/v1/events", timeout=30) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 2000"
            for change in (
                lambda: here.client.put(f"{path}/priority", json={"urgent": True}),
                lambda: here.client.delete(path),
            ):
                assert change().is_success
                assert next(line for line in lines if line.startswith("data:")) == f"data: {old}"
