"""Requests to cancel, which a worklist tells its subscribers of and nobody else (PS3.18, 8.10)."""

import json
import logging
import threading
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from glioscope.pacs.connections import Down, Refused
from glioscope.pacs.worklist import workitems
from glioscope.pacs.worklist.server import WorklistServer

log = logging.getLogger("glioscope.pacs")

# PS3.4, table CC.2.4-1.
_CANCEL_REQUESTED = 2
_EVENT_TYPE, _WORKITEM = "00001002", "00001000"
_PAUSE_S = 5.0


class Events:
    """Listens for requests to cancel one worklist's workitems; `run` is one thread."""

    def __init__(self, engine: Engine, source: str, server: WorklistServer) -> None:
        self._engine = engine
        self._source = source
        self._server = server
        self._subscribed: set[str] = set()
        self._told = threading.Event()
        self._url: str | None = None

    def want(self, uid: str) -> None:
        """Hear of this workitem; a worklist that tells nothing is one without such requests.

        Raises:
            Down: it does not answer.
        """
        if uid in self._subscribed:
            return
        try:
            url = self._server.subscribe(uid)
        except Refused as error:
            log.info("worklist %s takes no subscriptions: %s", self._source, error)
            url = None
        self._subscribed.add(uid)
        if url:
            self._url = url
            self._told.set()

    def run(self, stopping: threading.Event) -> None:
        """Listen until stopped, from the first subscription on."""
        while not stopping.is_set():
            if not self._told.wait(0.5) or self._url is None:
                continue
            try:
                self._listen(self._url, stopping)
            except (OSError, Down) as error:
                log.info("worklist %s tells nothing now: %s", self._source, type(error).__name__)
            except OperationalError as error:
                log.warning("the database does not answer: %s", type(error).__name__)
            stopping.wait(_PAUSE_S)

    def _listen(self, url: str, stopping: threading.Event) -> None:
        with self._server.told(url) as texts:
            for text in texts:
                if stopping.is_set():
                    return
                uid = _cancelled(text) if text else None
                if uid and workitems.stop(self._engine, self._source, uid):
                    log.info("worklist %s asks to cancel a workitem", self._source)


def _cancelled(text: str) -> str | None:
    """The workitem that somebody wants cancelled; None where the text tells something else."""
    try:
        event: Any = json.loads(text)
        if int(event[_EVENT_TYPE]["Value"][0]) == _CANCEL_REQUESTED:
            return str(event[_WORKITEM]["Value"][0])
    except (ValueError, KeyError, IndexError, TypeError):
        pass
    return None
