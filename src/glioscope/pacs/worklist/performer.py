"""Claims workitems of one worklist and brings each to its end, whoever dies on the way."""

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError, OperationalError

from glioscope.database.engine import now_ms, reading
from glioscope.database.tables import Study
from glioscope.jobs import queue
from glioscope.jobs.results import FILES
from glioscope.jobs.storage.store import Store
from glioscope.pacs import arrivals
from glioscope.pacs.config import (
    Config,
    Destination,
    FolderDestination,
    Part,
    StoreDestination,
    StowDestination,
    WorklistSource,
)
from glioscope.pacs.connections import Down, Refused
from glioscope.pacs.destinations.destination import dicom_files
from glioscope.pacs.sources.source import Moved
from glioscope.pacs.worklist import datasets, workitems
from glioscope.pacs.worklist.events import Events
from glioscope.pacs.worklist.outlook import Outlook, outlook
from glioscope.pacs.worklist.server import Item, WorklistServer
from glioscope.pacs.worklist.workitems import State, Task, TaskLost
from glioscope.texts.message import Message, message

if TYPE_CHECKING:
    from pydicom import Dataset

log = logging.getLogger("glioscope.pacs")

# How often workitems that are due are looked for, in seconds.
_LOOK_S = 0.5


class Performer:
    """The performer of one worklist's workitems; `run` and `listen` are one thread each."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        config: Config,
        told: WorklistSource,
    ) -> None:
        self._engine = engine
        self._store = store
        self._config = config
        self._told = told
        self._server = WorklistServer(told)
        self._events = Events(engine, told.name, self._server)
        self._down = False

    def run(self, stopping: threading.Event) -> None:
        """Work until stopped."""
        asked = 0.0
        while not stopping.is_set():
            try:
                if asked <= 0:
                    asked = self._told.poll_s
                    self._look_for_more()
                while not stopping.is_set() and (
                    task := workitems.claim(self._engine, self._told.name)
                ):
                    self._step(task)
            except OperationalError as error:
                log.warning("the database does not answer: %s", type(error).__name__)
            pause = min(_LOOK_S, self._told.poll_s)
            stopping.wait(pause)
            asked -= pause

    def listen(self, stopping: threading.Event) -> None:
        """Hear of requests to cancel, until stopped: a thread beside `run`."""
        self._events.run(stopping)

    def close(self) -> None:
        """Let go of the connection."""
        self._server.close()

    def _look_for_more(self) -> None:
        name, at_once = self._told.name, self._told.at_once
        with reading(self._engine).connect() as connection:
            if not workitems.room(connection, name, at_once):
                return
        try:
            found = self._server.scheduled()
        except (Down, Refused) as error:
            if not self._down:
                log.warning("worklist %s does not answer: %s", self._told.name, error)
            self._down = True
            return
        self._down = False
        try:
            workitems.want(self._engine, name, found, at_once)
        except IntegrityError:
            # Another node noted the same at the same moment; the next look shows what is left.
            return

    def _step(self, task: Task) -> None:
        """One look at one workitem."""
        try:
            if task.state == State.WANTED:
                self._claim(task)
            else:
                self._go_on(task)
        except Down as error:
            said = message("pacs.source_down", name=task.source, said=str(error))
            workitems.failed(self._engine, task, said)
        except TaskLost:
            log.info("workitem %d is another node's by now", task.id)

    def _claim(self, task: Task) -> None:
        item = self._server.read(task.uid)
        if item is None or item.state in ("COMPLETED", "CANCELED"):
            self._ended(task, State.LOST, message("pacs.task_gone"))
        elif len(item.study_uids) != 1:
            # Left for a performer that knows what to do with none, or with several.
            count = len(item.study_uids)
            self._ended(task, State.LOST, message("pacs.task_studies", count=count))
        elif self._is_ours(task):
            [study_uid] = item.study_uids
            # Noted first: a node that dies in between comes here again.
            self._ask_for(task, study_uid)
            workitems.claimed(self._engine, task, study_uid)
        else:
            self._ended(task, State.LOST, message("pacs.task_taken"))

    def _is_ours(self, task: Task) -> bool:
        """Claim it; a claim whose answer never came is told by whether an update is taken."""
        try:
            self._server.claim(task.uid, task.transaction_uid)
        except Refused:
            return self._tell(task, 0)
        return True

    def _tell(self, task: Task, percent: int) -> bool:
        """Whether the worklist took it, and so the workitem is ours and goes on."""
        try:
            self._server.update(task.uid, task.transaction_uid, datasets.progress(percent))
        except Refused:
            return False
        return True

    def _ask_for(self, task: Task, study_uid: str) -> None:
        arrivals.moved(self._engine, task.source, [Moved(study_uid, task.uid)], None)

    def _go_on(self, task: Task) -> None:
        self._events.want(task.uid)
        study_uid = task.study_uid or ""
        with reading(self._engine).connect() as connection:
            view = outlook(connection, task.source, study_uid)
        item = self._server.read(task.uid)
        if item is None or item.state != "IN PROGRESS":
            self._found_ended(task, item, view)
        elif task.cancelling:
            self._stop(task)
            self._give_up(task, message("pacs.task_cancelled"), asked=True)
        elif view.why_not:
            self._give_up(task, view.why_not, asked=False)
        elif view.result_id:
            self._complete(task, item, view)
        elif view.progress == task.progress or self._tell(task, view.progress):
            workitems.wait(self._engine, task, view.progress, round(1000 * self._told.poll_s))
        else:
            self._lost(task, view)

    def _lost(self, task: Task, view: Outlook) -> None:
        """It is ours no longer: ended since we looked, or given to another."""
        item = self._server.read(task.uid)
        if item is None or item.state != "IN PROGRESS":
            self._found_ended(task, item, view)
            return
        self._stop(task)
        self._ended(task, State.LOST, message("pacs.task_taken"))

    def _found_ended(self, task: Task, item: Item | None, view: Outlook) -> None:
        """It ended without our knowing: by a request whose answer never came, or by others."""
        if item and item.state == "COMPLETED" and view.result_id:
            self._ended(task, State.COMPLETED, None)
            return
        self._stop(task)
        if item and item.state == "CANCELED":
            self._ended(task, State.CANCELED, view.why_not or message("pacs.task_cancelled"))
        else:
            self._ended(task, State.LOST, message("pacs.task_gone"))

    def _complete(self, task: Task, item: Item, view: Outlook) -> None:
        reached = [one for one in self._config.destination if one.name in view.sent_to]
        open_ones = [one for one in reached if _is_archive(one) and not one.pseudonymous]
        parts: list[Part] = list(dict.fromkeys(part for one in open_ones for part in one.send))
        try:
            with self._store.folder(view.folder or "") as folder:
                files = dicom_files(folder / FILES, tuple(parts))
                made = datasets.outputs(files, open_ones)
        except FileNotFoundError:
            self._give_up(task, message("pacs.result_gone"), asked=False)
            return
        now = self._now()
        told = datasets.performed(item.codes, made, began_ms=task.began_at or now, ended_ms=now)
        self._end(task, told, self._server.complete, State.COMPLETED, None)

    def _give_up(self, task: Task, why: Message, *, asked: bool) -> None:
        said = why.in_language(self._config.lang)
        told = datasets.given_up(said, asked=asked, ended_ms=self._now())
        self._end(task, told, self._server.cancel, State.CANCELED, why)

    def _end(
        self,
        task: Task,
        told: "Dataset",
        change: Callable[[str, str], None],
        state: State,
        cause: Message | None,
    ) -> None:
        """Tell all that a final state needs, and then the state."""
        try:
            self._server.update(task.uid, task.transaction_uid, told)
            change(task.uid, task.transaction_uid)
        except Refused as error:
            # Either it ended meanwhile, which the next look shows, or what was told is not taken.
            log.warning("worklist %s refused to end a workitem: %s", task.source, error)
            said = message("pacs.task_refused", name=task.source, said=str(error))
            workitems.failed(self._engine, task, said)
            return
        self._ended(task, state, cause)

    def _stop(self, task: Task) -> None:
        """Whoever wanted the analysis wants it no longer; others may have wanted it before."""
        study_uid = task.study_uid or ""
        arrivals.leave(self._engine, task.source, study_uid, message("pacs.task_cancelled"))
        with self._engine.begin() as connection:
            # Looked for now: it may have come while the worklist was asked.
            study_id = outlook(connection, task.source, study_uid).study_id
            source = connection.scalar(select(Study.source).where(Study.id == study_id))
            if study_id and source == task.source:
                queue.cancel(connection, study_id)

    def _ended(self, task: Task, state: State, cause: Message | None) -> None:
        workitems.ended(self._engine, task, state, cause)

    def _now(self) -> int:
        with reading(self._engine).connect() as connection:
            return now_ms(connection)


def _is_archive(one: Destination) -> bool:
    """Whether it gets DICOM files; others are told of a result in words of their own."""
    return isinstance(one, StowDestination | StoreDestination | FolderDestination)
