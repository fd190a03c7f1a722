# pyright: basic
# It speaks with Requests, whose types have gaps.
"""An Orthanc: its list of changes tells what came, its REST API hands studies over."""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from typing_extensions import override

from glioscope.pacs.config import OrthancSource
from glioscope.pacs.connections import Down, Refused, ask, session_of
from glioscope.pacs.ours import is_ours
from glioscope.pacs.sources.source import Census, Moved, Source, SourceDown

# Changes that mean that a study has something new, and where its Orthanc number stands.
_NEWS = {"NewStudy", "NewSeries", "StableSeries", "StableStudy"}
_PAGE = 500
_CHUNK = 2**20


class Orthanc(Source):
    """One Orthanc; `cursor` is the number of the last change that was read."""

    def __init__(self, config: OrthancSource) -> None:
        self._config = config
        self._session = session_of(config)

    @property
    @override
    def name(self) -> str:
        return self._config.name

    @property
    @override
    def poll_s(self) -> float:
        return self._config.poll_s

    @override
    def moved(self, cursor: str | None) -> tuple[Iterable[Moved], str | None]:
        since = int(cursor or 0)
        page = self._json(f"/changes?since={since}&limit={_PAGE}")
        if page["Last"] < since:
            # Another Orthanc, or an emptied one, stands there now.
            page = self._json(f"/changes?since=0&limit={_PAGE}")
        studies: dict[str, int] = {}
        for change in page["Changes"]:
            if change["ChangeType"] not in _NEWS:
                continue
            number = change["ID"]
            if "Series" in change["ChangeType"]:
                series = self._maybe(f"/series/{number}")
                number = series["ParentStudy"] if series else None
            if number:
                studies[number] = change["Seq"]
        found = [moved for number, at in studies.items() if (moved := self._moved(number, at))]
        return found, str(page["Last"])

    @override
    def census(self, study_uid: str) -> Census:
        found: Census = {}
        for series in self._series(study_uid):
            tags = series["MainDicomTags"]
            if tags.get("Modality") == "MR" and not is_ours(tags):
                found[tags["SeriesInstanceUID"]] = len(series["Instances"])
        return found

    @override
    def fetch(self, study_uid: str, series: Iterable[str], folder: Path) -> None:
        wanted = set(series)
        for one in self._series(study_uid):
            uid = one["MainDicomTags"]["SeriesInstanceUID"]
            if uid not in wanted:
                continue
            packed = folder / "series.zip"
            self._download(f"/series/{one['ID']}/archive", packed)
            try:
                with zipfile.ZipFile(packed) as archive:
                    for number, entry in enumerate(archive.infolist()):
                        if not entry.is_dir():
                            target = folder / f"{one['ID']}-{number}.dcm"
                            target.write_bytes(archive.read(entry))
            except zipfile.BadZipFile as error:
                raise SourceDown("cut off") from error
            finally:
                packed.unlink(missing_ok=True)

    @override
    def taken(self, study_uid: str, series: Iterable[str]) -> None:
        """Orthanc keeps its studies."""

    @override
    def close(self) -> None:
        self._session.close()

    def _series(self, study_uid: str) -> list[dict[str, Any]]:
        query = {"Level": "Study", "Query": {"StudyInstanceUID": study_uid}}
        found: list[dict[str, Any]] = []
        for number in self._post("/tools/find", query):
            found += self._json(f"/studies/{number}/series")
        return found

    def _moved(self, number: str, change: int) -> Moved | None:
        study = self._maybe(f"/studies/{number}")
        if study is None:
            return None
        sender = None
        for series in study["Series"][:1]:
            one = self._maybe(f"/series/{series}")
            for instance in (one or {"Instances": []})["Instances"][:1]:
                said = self._maybe(f"/instances/{instance}/metadata?expand")
                sender = (said or {}).get("RemoteAET") or None
        return Moved(study["MainDicomTags"]["StudyInstanceUID"], str(change), sender)

    def _download(self, path: str, target: Path) -> None:
        try:
            answer = ask(self._session, self._config, "GET", path, stream=True)
            with target.open("wb") as file:
                for part in answer.iter_content(_CHUNK):
                    file.write(part)
        except (Down, Refused) as error:
            raise SourceDown(str(error)) from error
        except (ConnectionError, self._broken) as error:
            raise SourceDown("cut off") from error

    @property
    def _broken(self) -> type[Exception]:
        from requests import RequestException

        return RequestException

    def _json(self, path: str) -> Any:
        try:
            return ask(self._session, self._config, "GET", path).json()
        except (Down, Refused, ValueError) as error:
            raise SourceDown(_plain(error)) from error

    def _post(self, path: str, body: object) -> Any:
        try:
            return ask(self._session, self._config, "POST", path, json=body).json()
        except (Down, Refused, ValueError) as error:
            raise SourceDown(_plain(error)) from error

    def _maybe(self, path: str) -> Any:
        """What is there, or None where it has been deleted since."""
        try:
            return ask(self._session, self._config, "GET", path).json()
        except Refused:
            return None
        except (Down, ValueError) as error:
            raise SourceDown(_plain(error)) from error


def _plain(error: Exception) -> str:
    return str(error) if isinstance(error, Down | Refused) else "no JSON"
