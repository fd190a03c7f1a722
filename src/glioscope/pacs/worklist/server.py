# pyright: basic
# It speaks with Requests, whose types have gaps.
"""The requests of UPS-RS that a performer makes: search, claim, update, end, subscribe."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from pydicom import Dataset

from glioscope.pacs.config import WorklistSource
from glioscope.pacs.connections import Down, Refused, ask, session_of
from glioscope.pacs.worklist.channel import listening

_PAGE = 100
# More than these are not looked at in one go.
_MOST = 2000
_JSON = {"Accept": "application/dicom+json", "Content-Type": "application/dicom+json"}
# Nobody has what is asked for, or has it no longer.
_GONE = {404, 410}


@dataclass(frozen=True)
class Item:
    """A workitem as the worklist tells it.

    Attributes:
        state: SCHEDULED, IN PROGRESS, COMPLETED or CANCELED.
        study_uids: of the studies it is about, each once.
        codes: its scheduled workitem codes, as a dataset of that sequence alone.
    """

    state: str
    study_uids: tuple[str, ...]
    codes: Dataset = field(default_factory=Dataset)


class WorklistServer:
    """One worklist. Methods raise `Down` where it does not answer."""

    def __init__(self, config: WorklistSource) -> None:
        self._config = config
        self._session = session_of(config)
        self._title = quote(config.title.strip(), safe="")

    def scheduled(self) -> list[str]:
        """UIDs of workitems that wait for a performer and have their input, oldest first."""
        query: dict[str, Any] = {"ProcedureStepState": "SCHEDULED", "limit": _PAGE}
        # Only what somebody asked for: some servers refuse keys that they do not match.
        if self._config.label:
            query["WorklistLabel"] = self._config.label
        if self._config.code:
            query["ScheduledWorkitemCodeSequence.CodeValue"] = self._config.code
        if self._config.station:
            query["ScheduledStationNameCodeSequence.CodeValue"] = self._config.station
        found: dict[str, Dataset] = {}
        for offset in range(0, _MOST, _PAGE):
            answer = ask(
                self._session,
                self._config,
                "GET",
                "/workitems",
                params={**query, "offset": offset},
                headers=_JSON,
            )
            page = _datasets(answer)
            found |= {str(one.get("SOPInstanceUID", "")): one for one in page}
            if len(page) < _PAGE:
                break
        ready = [
            (str(one.get("ScheduledProcedureStepStartDateTime", "")), uid)
            for uid, one in found.items()
            if uid and one.get("InputReadinessState", "READY") == "READY"
        ]
        return [uid for _, uid in sorted(ready)]

    def read(self, uid: str) -> Item | None:
        """A workitem; None where there is none, or none any more."""
        try:
            answer = ask(self._session, self._config, "GET", f"/workitems/{uid}", headers=_JSON)
        except Refused as error:
            if error.status in _GONE:
                return None
            raise
        [item] = _datasets(answer) or [Dataset()]
        codes = Dataset()
        if item.get("ScheduledWorkitemCodeSequence"):
            codes.ScheduledWorkitemCodeSequence = item.ScheduledWorkitemCodeSequence
        return Item(str(item.get("ProcedureStepState", "")), _studies(item), codes)

    def claim(self, uid: str, transaction_uid: str) -> None:
        """Take a workitem on.

        Raises:
            Refused: it is another's, or has ended.
        """
        self._change(uid, transaction_uid, "IN PROGRESS")

    def complete(self, uid: str, transaction_uid: str) -> None:
        """Say that it is done; what was performed has been told before.

        Raises:
            Refused: it is not ours, has ended, or was not told enough.
        """
        self._change(uid, transaction_uid, "COMPLETED")

    def cancel(self, uid: str, transaction_uid: str) -> None:
        """Give it up; why has been told before.

        Raises:
            Refused: as above.
        """
        self._change(uid, transaction_uid, "CANCELED")

    def update(self, uid: str, transaction_uid: str, told: Dataset) -> None:
        """Change what the worklist says of a workitem that is ours.

        Raises:
            Refused: it is not ours, or has ended.
        """
        # PS3.18, 11.6.1 has the UID bare in the query, and PS3.4, CC.2.6.2 as an attribute.
        path = f"/workitems/{uid}?{transaction_uid}"
        self._send("POST", path, {**told.to_json_dict(), **_of(transaction_uid)})

    def subscribe(self, uid: str) -> str | None:
        """Hear of what happens to a workitem; the address to listen at, where one is named.

        Raises:
            Refused: the worklist tells nobody anything.
        """
        path = f"/workitems/{uid}/subscribers/{self._title}"
        answer = ask(self._session, self._config, "POST", path, headers=_JSON)
        url = answer.headers.get("Content-Location") or answer.headers.get("Location") or ""
        # Passwords go to the worklist's own computer only.
        ours = urlsplit(self._config.url).hostname == urlsplit(url).hostname
        return url if ours and url.startswith(("ws://", "wss://")) else None

    def told(self, url: str) -> AbstractContextManager[Iterator[str | None]]:
        """What the worklist tells at that address, as `listening` has it."""
        asked = requests.Request("GET", self._config.url, headers={}, auth=self._session.auth)
        headers = dict(self._session.prepare_request(asked).headers)
        known = {k: str(headers[k]) for k in ("Authorization", "User-Agent") if k in headers}
        return listening(url, known, timeout_s=self._config.timeout_s, ca=self._config.ca)

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def _change(self, uid: str, transaction_uid: str, state: str) -> None:
        asked = Dataset()
        asked.ProcedureStepState = state
        path = f"/workitems/{uid}/state"
        self._send("PUT", path, {**asked.to_json_dict(), **_of(transaction_uid)})

    def _send(self, method: str, path: str, dataset: dict[str, Any]) -> None:
        # PS3.18, F.2: what is sent is an array of datasets.
        ask(self._session, self._config, method, path, json=[dataset], headers=_JSON)


def _datasets(answer: Any) -> list[Dataset]:
    """What an answer holds: an array of datasets, or one that stands alone."""
    if answer.status_code == 204 or not answer.content:
        return []
    try:
        found = answer.json()
        return [Dataset.from_json(one) for one in (found if isinstance(found, list) else [found])]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Down("no DICOM JSON") from error


def _of(transaction_uid: str) -> dict[str, Any]:
    return {"00081195": {"vr": "UI", "Value": [transaction_uid]}}


def _studies(item: Dataset) -> tuple[str, ...]:
    """Of the input; else of the request; else what the workitem is to belong to."""
    for keyword in ("InputInformationSequence", "ReferencedRequestSequence"):
        found = [str(one.get("StudyInstanceUID", "")) for one in item.get(keyword) or ()]
        if any(found):
            return tuple(dict.fromkeys(uid for uid in found if uid))
    return (str(item.StudyInstanceUID),) if item.get("StudyInstanceUID") else ()
