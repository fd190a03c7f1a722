"""A worker: claims one job after the other and has a process of its own do each."""

import logging
import os
import secrets
import shutil
import signal
import socket
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import Engine, delete, insert, update
from sqlalchemy.exc import OperationalError

from glioscope.database.engine import now_ms
from glioscope.database.tables import Worker as WorkerRow
from glioscope.jobs import queue
from glioscope.jobs.orders import Answer, Done, Failed, Order, Progress, Refused
from glioscope.jobs.prior import prior_result
from glioscope.jobs.processes import COMMAND, Ended, StudyProcess
from glioscope.jobs.queue import Claim, ClaimLost
from glioscope.jobs.ranks import Found
from glioscope.jobs.results import FILES
from glioscope.jobs.storage.store import Store
from glioscope.jobs.wake import Wake
from glioscope.settings import Charset
from glioscope.texts.catalogue import Language
from glioscope.texts.message import Message, message
from glioscope.writing.dicom.mosmed.registration import Service

log = logging.getLogger("glioscope.jobs")

# Results of a study of 40 slices take 5 MB, its upload 30 MB.
_MB = 2**20
# After a full disk a job waits this long, in milliseconds, for others that may need less.
_SPACE_PAUSE_MS = 5_000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one study may take, and how often a worker shows that it lives; times in seconds.

    Attributes:
        study_s: an analysis that takes longer is stopped.
        memory_bytes: of address space for its process; 0 is no limit.
        free_bytes: with less room on the disk no work is begun.
        lease_s: a worker that is silent for this long has lost its job.
        poll_s: how often it looks for work where no bell rings.
    """

    study_s: float = 900
    memory_bytes: int = 8 * 1024 * _MB
    free_bytes: int = 500 * _MB
    lease_s: float = 30
    poll_s: float = 1.0


class Worker:
    """Works until it is told to stop; `run` is one thread or one process."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        *,
        limits: Limits | None = None,
        lang: Language = "en",
        charset: Charset | None = None,
        wake: Wake | None = None,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._engine = engine
        self._store = store
        self._limits = limits or Limits()
        self._lang: Language = lang
        self._charset = charset
        self._wake = wake or Wake()
        self._command = command
        self._stopping = threading.Event()
        self._ready: StudyProcess | None = None
        self._state = ""
        self.name = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"

    def stop(self) -> None:
        """End soon: the study at hand is put back."""
        self._stopping.set()
        self._wake.ring()

    def run(self) -> None:
        """Work until stopped. A database that is away for a while is waited for."""
        try:
            with self._wake.listening(self._engine):
                while not self._stopping.is_set():
                    try:
                        if not self._work_once():
                            self._wake.wait(self._limits.poll_s)
                    except OperationalError as error:
                        log.warning("the database does not answer: %s", type(error).__name__)
                        self._stopping.wait(self._limits.poll_s)
        finally:
            if self._ready:
                self._ready.end()
            self._gone()

    def _work_once(self) -> bool:
        """One look for work; whether there was some."""
        if self._store.free_bytes() < self._limits.free_bytes:
            self._tell("no space")
            return False
        if self._ready is None or not self._ready.alive:
            self._ready = StudyProcess(self._limits.memory_bytes, self._command)
        claimed = queue.claim(self._engine, self.name, round(1000 * self._limits.lease_s))
        self._tell("working" if claimed else "idle")
        if claimed is None:
            return False
        process, self._ready = self._ready, None
        self._attempt(claimed, process)
        return True

    def _attempt(self, claimed: Claim, process: StudyProcess) -> None:
        out = self._store.scratch / f"{claimed.study_id}-{claimed.token}"
        try:
            with self._store.folder(claimed.folder) as folder, self._prior(claimed) as prior:
                process.order(self._order(claimed, folder, prior, out))
                self._follow(claimed, process, out)
        except FileNotFoundError:
            queue.fail(self._engine, claimed, message("server.input_gone"))
        except ClaimLost:
            log.info("job %d is another's by now", claimed.job_id)
        finally:
            process.end()
            shutil.rmtree(out, ignore_errors=True)

    @contextmanager
    def _prior(self, claimed: Claim) -> Generator[Path | None, None, None]:
        """Files of the earlier result; None where there is none, or none any more."""
        place = None
        if claimed.with_model:
            with self._engine.connect() as connection:
                place = prior_result(connection, claimed.study_id)
        with ExitStack() as held:
            folder = None
            if place:
                with suppress(FileNotFoundError):
                    folder = held.enter_context(self._store.folder(place)) / FILES
            yield folder

    def _order(self, claimed: Claim, folder: Path, prior: Path | None, out: Path) -> Order:
        route = claimed.route or {}
        return Order(
            input=os.fspath(folder),
            place=claimed.place,
            out=os.fspath(out),
            name=claimed.name,
            lang=route.get("lang", self._lang),
            charset=self._charset,
            with_model=claimed.with_model,
            make=tuple(route.get("make", ())),
            earlier=os.fspath(prior) if prior else None,
            fetched=tuple(route["fetched"]) if route.get("fetched") else None,
            service=msgspec.convert(route.get("service") or {}, Service),
        )

    def _follow(self, claimed: Claim, process: StudyProcess, out: Path) -> None:
        """Listen to the process until it has ended, and record what became of the job."""
        deadline = time.monotonic() + self._limits.study_s
        beat = self._limits.lease_s / 4
        last: Answer | None = None
        told = Progress("starting")
        renewed = time.monotonic()
        while True:
            heard = process.hear(min(beat, deadline - time.monotonic(), 0.5))
            if isinstance(heard, Progress):
                told = heard
            elif isinstance(heard, Ended):
                self._record(claimed, last, heard, process, out)
                return
            elif heard is not None:
                last = heard
            if self._stopping.is_set():
                queue.give_back(self._engine, claimed)
                return
            if time.monotonic() > deadline:
                said = message("server.too_long", seconds=round(self._limits.study_s))
                queue.fail(self._engine, claimed, said)
                return
            if time.monotonic() - renewed > beat or isinstance(heard, Progress):
                renewed = time.monotonic()
                if not self._renew(claimed, told):
                    queue.cancelled(self._engine, claimed)
                    return

    def _renew(self, claimed: Claim, told: Progress) -> bool:
        lease = round(1000 * self._limits.lease_s)
        return queue.renew(self._engine, claimed, lease, told.stage, told.done, told.total)

    def _record(
        self, claimed: Claim, last: Answer | None, ended: Ended, process: StudyProcess, out: Path
    ) -> None:
        if isinstance(last, Done) and ended.status == 0:
            self._keep(claimed, last, out)
        elif isinstance(last, Refused):
            queue.refuse(self._engine, claimed, Message.from_dict(last.cause))
        elif isinstance(last, Failed) and last.kind == "space":
            queue.give_back(self._engine, claimed, _SPACE_PAUSE_MS)
        else:
            cause = _cause(last, ended, self._limits)
            queue.fail(self._engine, claimed, cause, process.last_words() or None)

    def _keep(self, claimed: Claim, done: Done, out: Path) -> None:
        """Files first, then the row: a result that is listed is there."""
        folder = f"results/{claimed.study_id}-{claimed.token}"
        try:
            self._store.put(out, folder)
        except OSError as error:
            log.warning("the result of job %d was not stored: %s", claimed.job_id, error.strerror)
            queue.give_back(self._engine, claimed, _SPACE_PAUSE_MS)
            return
        try:
            queue.finish(self._engine, claimed, _found(claimed, done, folder))
        except ClaimLost:
            self._store.remove(folder)
            raise

    def _tell(self, state: str) -> None:
        """Show in the table of workers what this one does; at most once for each change or poll."""
        with self._engine.begin() as connection:
            now = now_ms(connection)
            seen = {"state": state, "seen_at": now}
            done = connection.execute(
                update(WorkerRow).where(WorkerRow.name == self.name).values(**seen)
            )
            if not done.rowcount:
                connection.execute(insert(WorkerRow).values(name=self.name, started_at=now, **seen))
        if state == "no space" and self._state != state:
            log.warning("the disk is full: no work is begun until there is room")
        self._state = state

    def _gone(self) -> None:
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(WorkerRow).where(WorkerRow.name == self.name))
        except OperationalError:
            log.warning("the database does not answer: this worker's row stays")


def _found(claimed: Claim, done: Done, folder: str) -> Found:
    return Found(id=claimed.token, folder=folder, **msgspec.structs.asdict(done))


def _cause(last: Answer | None, ended: Ended, limits: Limits) -> Message:
    """Why an attempt failed, for people."""
    if isinstance(last, Failed) and last.kind == "memory":
        return message("server.no_memory", gib=limits.memory_bytes / 2**30)
    if isinstance(last, Failed) and last.kind == "model":
        return message("server.no_model", said=last.said)
    if isinstance(last, Failed):
        return message("server.attempt_failed", said=last.said)
    if ended.status < 0:
        return message("server.killed", signal=signal.Signals(-ended.status).name)
    return message("server.ended_early", status=ended.status)
