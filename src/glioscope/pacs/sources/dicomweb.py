# pyright: basic
# It speaks with dicomweb-client and Requests, whose types have gaps.
"""Any DICOMweb server: asked again and again which MR studies of the last days it has."""

import time
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from dicomweb_client import DICOMwebClient
from requests import RequestException
from typing_extensions import override

from glioscope.pacs.config import Web
from glioscope.pacs.connections import Down, Refused, ask, kind_of, session_of
from glioscope.pacs.ours import is_ours
from glioscope.pacs.sources.source import Census, Moved, Source, SourceDown

_PAGE = 100
_UNTOLD_S = 300
_ANY = (("application/dicom", "*"),)


class Dicomweb(Source):
    """One server; there is no list of changes, so that `cursor` stays None."""

    def __init__(self, name: str, config: Web, poll_s: float, days: int) -> None:
        self._name = name
        self._config = config
        self._poll_s = poll_s
        self._days = days
        self._session = session_of(config)
        self._client = DICOMwebClient(
            config.url.rstrip("/"), session=self._session, timeout=config.timeout_s
        )

    @property
    @override
    def name(self) -> str:
        return self._name

    @property
    @override
    def poll_s(self) -> float:
        return self._poll_s

    @override
    def moved(self, cursor: str | None) -> tuple[Iterable[Moved], str | None]:
        today = date.today()
        first = today - timedelta(days=self._days)
        dates = f"{first:%Y%m%d}-{today + timedelta(days=1):%Y%m%d}"
        query = [("StudyDate", dates), ("ModalitiesInStudy", "MR")]
        return [Moved(uid, count or _untold()) for uid, count in self.find(query)], None

    def find(self, query: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str | None]]:
        """Studies that fit attributes, and how many instances each has where the server tells.

        Raises:
            SourceDown: it does not answer, or refuses the query.
        """
        seen: set[str] = set()
        offset = 0
        while True:
            paged = [*query, ("limit", str(_PAGE)), ("offset", str(offset))]
            paged.append(("includefield", "NumberOfStudyRelatedInstances"))
            # Orthanc takes a wildcard that is escaped for the letter itself.
            page = self._ask("/studies", urlencode(paged, safe="*?"))
            fresh = {uid: one for one in page if (uid := _value(one, "0020000D"))}
            fresh = {uid: one for uid, one in fresh.items() if uid not in seen}
            yield from ((uid, _value(one, "00201208")) for uid, one in fresh.items())
            offset += len(page)
            # A server that knows no pages tells the same studies again.
            if len(page) < _PAGE or not fresh:
                return
            seen.update(fresh)

    @override
    def census(self, study_uid: str) -> Census:
        fields = "NumberOfSeriesRelatedInstances,SeriesDescription"
        answer = self._ask(f"/studies/{study_uid}/series", {"includefield": fields})
        found: Census = {}
        for series in answer:
            uid = _value(series, "0020000E")
            if not uid or _value(series, "00080060") != "MR" or is_ours(_tags(series)):
                continue
            told = _value(series, "00201209")
            # Who does not tell how many there are is asked for them all.
            found[uid] = int(told) if told else len(self._instances(study_uid, uid))
        return found

    @override
    def fetch(self, study_uid: str, series: Iterable[str], folder: Path) -> None:
        try:
            for place, uid in enumerate(series):
                arriving = self._client.iter_series(study_uid, uid, media_types=_ANY)
                for number, instance in enumerate(arriving):
                    instance.save_as(folder / f"{place}-{number}.dcm")
        except (RequestException, OSError, ValueError) as error:
            raise SourceDown(kind_of(error)) from error

    @override
    def taken(self, study_uid: str, series: Iterable[str]) -> None:
        """The server keeps its studies."""

    @override
    def close(self) -> None:
        self._session.close()

    def _instances(self, study_uid: str, uid: str) -> list[Any]:
        return self._ask(f"/studies/{study_uid}/series/{uid}/instances", {})

    def _ask(self, path: str, query: Any) -> list[Any]:
        accept = {"Accept": "application/dicom+json"}
        try:
            answer = ask(self._session, self._config, "GET", path, params=query, headers=accept)
            return answer.json() if answer.status_code != 204 and answer.content else []
        except (Down, Refused) as error:
            raise SourceDown(str(error)) from error
        except ValueError as error:
            raise SourceDown("no JSON") from error


def _untold() -> str:
    """Of a study whose number of instances is not told: it is looked at now and then."""
    return f"at {round(time.time() / _UNTOLD_S)}"


def _value(item: Any, tag: str) -> str | None:
    """The first value of an attribute in DICOM's JSON; None where there is none."""
    values = item.get(tag, {}).get("Value") or [None]
    return None if values[0] is None else str(values[0])


def _tags(series: Any) -> dict[str, str]:
    return {"SeriesDescription": _value(series, "0008103E") or ""}
