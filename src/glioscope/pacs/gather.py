"""From a source into a job: asks what moved, waits until a study is complete, and takes it in."""

import logging
import secrets
import shutil
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import IntegrityError, OperationalError

from glioscope.database.engine import now_ms, reading
from glioscope.database.tables import Study
from glioscope.errors import InputError
from glioscope.files import disk_full
from glioscope.jobs import queue
from glioscope.jobs.intake import Origin, adopt, take_in
from glioscope.jobs.storage.store import Store
from glioscope.jobs.wake import Wake
from glioscope.pacs import arrivals, outbox
from glioscope.pacs.arrivals import LEASE_MS, Look, LookLost, State
from glioscope.pacs.config import Config
from glioscope.pacs.rules import Told, route
from glioscope.pacs.selection import judge
from glioscope.pacs.sources.source import Census, Source, SourceDown
from glioscope.settings import Charset
from glioscope.texts.message import Message, message
from glioscope.writing.dicom.mosmed.notify import error_notice
from glioscope.writing.dicom.mosmed.service import Times

log = logging.getLogger("glioscope.pacs")

# How often arrivals that are due are looked for, in seconds.
_LOOK_S = 0.5


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the node keeps what it takes; shared with the server and its workers."""

    engine: Engine
    store: Store
    wake: Wake
    charset: Charset | None = None


class Gatherer:
    """Takes in what the sources have, in as many threads as `watch` and `take` are run in."""

    def __init__(self, place: Place, config: Config, sources: dict[str, Source]) -> None:
        self._place = place
        self._config = config
        self._sources = sources
        self._down: set[str] = set()

    def watch(self, source: Source, stopping: threading.Event) -> None:
        """Ask one source again and again what moved."""
        while not stopping.is_set():
            try:
                more = self._ask(source)
            except OperationalError as error:
                log.warning("the database does not answer: %s", type(error).__name__)
                more = False
            if not more:
                stopping.wait(source.poll_s)

    def take(self, stopping: threading.Event) -> None:
        """Look at one study after the other that is due."""
        while not stopping.is_set():
            try:
                look = arrivals.claim(self._place.engine, list(self._sources))
                if look:
                    self._look(look)
                    continue
            except OperationalError as error:
                log.warning("the database does not answer: %s", type(error).__name__)
            stopping.wait(_LOOK_S)

    def _ask(self, source: Source) -> bool:
        """Whether there may be more to ask for at once."""
        with reading(self._place.engine).connect() as connection:
            before = arrivals.cursor(connection, source.name)
        try:
            found, after = source.moved(before)
        except SourceDown as error:
            if source.name not in self._down:
                log.warning("source %s does not answer: %s", source.name, error)
            self._down.add(source.name)
            return False
        if source.name in self._down:
            log.info("source %s answers again", source.name)
            self._down.discard(source.name)
        studies = list(found)
        if studies or after != before:
            try:
                arrivals.moved(self._place.engine, source.name, studies, after)
            except IntegrityError:
                # Another node noted the same at the same moment: nothing of ours was kept.
                return True
        return after is not None and after != before

    def _look(self, look: Look) -> None:
        engine = self._place.engine
        source = self._sources[look.source]
        try:
            with self._renewed(look):
                self._judge(look, source, source.census(look.study_uid))
        except SourceDown as error:
            said = message("pacs.source_down", name=look.source, said=str(error))
            arrivals.failed(engine, look, said)
        except LookLost:
            log.info("arrival %d is another's by now", look.id)
        except OSError as error:
            log.warning("arrival %d was not stored: %s", look.id, error.strerror)
            code = "pacs.no_room" if disk_full(error) else "pacs.not_stored"
            said = message(code, said=error.strerror or type(error).__name__)
            arrivals.failed(engine, look, said)

    def _judge(self, look: Look, source: Source, census: Census) -> None:
        engine = self._place.engine
        if not census:
            now = self._now()
            told = Told(source=look.source, sender=look.sender, station="", description="")
            self._leave(look, census, message("pacs.no_pictures"), told, (now, now))
        elif census == look.judged:
            # Only what is not for us came: results of our own, or of others.
            state = State.TAKEN if look.study_id else State.LEFT
            arrivals.ended(engine, look, state, census, look.study_id, None)
        elif census != look.census:
            arrivals.more(engine, look, census, self._quiet_ms)
        elif (due := look.changed_at + self._quiet_ms) > self._now():
            arrivals.wait(engine, look, due)
        else:
            self._take(look, source, census)

    def _take(self, look: Look, source: Source, census: Census) -> None:
        place = self._place
        if place.store.free_bytes() < self._config.keep_free_mb * 2**20:
            said = message("pacs.no_room", said=str(place.store.free_bytes() // 2**20) + " MiB")
            arrivals.failed(place.engine, look, said)
            return
        began = self._now()
        with self._fetched(look, source, census) as received:
            if received is None:
                return
            [inside] = received.iterdir()
            judged = judge(inside, look.source, look.sender, place.charset)
            way = route(self._config, judged.told)
            fetched = (began, self._now())
            if judged.why_not or way is None:
                self._leave(look, census, judged.why_not, judged.told, fetched)
                source.taken(look.study_uid, census)
                return
            way = replace(way, fetched=fetched)
            study_id = self._enter(
                look,
                received,
                Origin(
                    source=look.source,
                    sender=look.sender,
                    replaces=look.study_id,
                    route=way.to_dict(),
                ),
                urgent=way.urgent,
            )
        try:
            arrivals.ended(place.engine, look, State.TAKEN, census, study_id, None)
        except LookLost:
            self._withdraw(look, study_id)
            raise
        # After the row: a node that dies in between takes the study once more, and it is known.
        source.taken(look.study_uid, census)

    def _withdraw(self, look: Look, study_id: str | None) -> None:
        """Cancel what was stored while whoever wanted it gave it up: no arrival tells of it."""
        with self._place.engine.begin() as connection:
            state = arrivals.state_of(connection, look)
            source = connection.scalar(select(Study.source).where(Study.id == study_id))
            if study_id and state == State.LEFT and source == look.source:
                queue.cancel(connection, study_id)

    def _leave(
        self,
        look: Look,
        census: Census,
        why: Message | None,
        asked: Told,
        fetched: tuple[int, int],
    ) -> None:
        """Leave a study alone, and tell those who want to know; nobody where a rule says it."""
        way = route(self._config, asked)
        told: Callable[[Connection], object] | None = None
        if way and why:
            # It was judged while it was fetched.
            times = Times.of_ms(*fetched, *fetched)
            said = error_notice(look.study_uid, why, way.service, times)
            told = partial(outbox.tell, way=way, notice=said)
        cause = why if way else message("pacs.ignored")
        arrivals.ended(self._place.engine, look, State.LEFT, census, look.study_id, cause, told)

    def _enter(self, look: Look, received: Path, origin: Origin, *, urgent: bool) -> str | None:
        place = self._place
        try:
            [taken] = take_in(
                place.engine,
                place.store,
                received,
                wake=place.wake,
                urgent=urgent,
                charset=place.charset,
                origin=origin,
            )
        except InputError as error:
            log.info("arrival %d: %s", look.id, error.message.code)
            return look.study_id
        if taken.known:
            adopt(place.engine, taken.study_id, origin)
        return taken.study_id

    @contextmanager
    def _fetched(
        self, look: Look, source: Source, census: Census
    ) -> Generator[Path | None, None, None]:
        """A folder of the scratch with the study in it; None where not all of it came."""
        received = self._place.store.scratch / f"arrival-{secrets.token_hex(12)}"
        inside = received / "study"
        try:
            inside.mkdir(parents=True)
            source.fetch(look.study_uid, census, inside)
            whole = len(list(inside.iterdir())) >= sum(census.values())
            if not whole:
                arrivals.more(self._place.engine, look, {}, self._quiet_ms)
            yield received if whole else None
        finally:
            shutil.rmtree(received, ignore_errors=True)

    @contextmanager
    def _renewed(self, look: Look) -> Generator[None, None, None]:
        """Keep the claim while the block runs, however slow the line."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(LEASE_MS / 4000):
                try:
                    arrivals.renew(self._place.engine, look)
                except (LookLost, OperationalError):
                    return

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    @property
    def _quiet_ms(self) -> int:
        return round(1000 * self._config.quiet_s)

    def _now(self) -> int:
        with reading(self._place.engine).connect() as connection:
            return now_ms(connection)
