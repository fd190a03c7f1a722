"""Brings results to their destinations: each has a thread of its own and waits for no other."""

import logging
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from glioscope.jobs.storage.store import Store
from glioscope.pacs import outbox
from glioscope.pacs.destinations.destination import (
    Destination,
    DestinationDown,
    DestinationRefused,
    Parcel,
)
from glioscope.pacs.destinations.messages import Messages
from glioscope.pacs.outbox import LEASE_MS, Sending, SendingLost
from glioscope.texts.message import message

log = logging.getLogger("glioscope.pacs")

# How often new results and deliveries that are due are looked for, in seconds.
_LOOK_S = 0.5


class Deliverer:
    """Sends what the outbox holds."""

    def __init__(self, engine: Engine, store: Store, attempts: int, key: str | None = None) -> None:
        self._engine = engine
        self._store = store
        self._attempts = attempts
        self._key = key

    def write_down(self, stopping: threading.Event) -> None:
        """Give new results their deliveries."""
        while not stopping.is_set():
            try:
                outbox.write_down(self._engine)
            except OperationalError as error:
                log.warning("the database does not answer: %s", type(error).__name__)
            stopping.wait(_LOOK_S)

    def send(self, destination: Destination, stopping: threading.Event) -> None:
        """Send to one destination, one result after the other."""
        silent = 0
        while not stopping.is_set():
            try:
                after = destination.after if isinstance(destination, Messages) else ()
                sending = outbox.claim(self._engine, destination.name, after)
                if sending is None:
                    stopping.wait(_LOOK_S)
                elif self._send(destination, sending, silent):
                    silent = 0
                else:
                    silent += 1
            except OperationalError as error:
                log.warning("the database does not answer: %s", type(error).__name__)
                stopping.wait(_LOOK_S)

    def _send(self, destination: Destination, sending: Sending, silent: int) -> bool:
        """Whether the destination answered."""
        try:
            with self._renewed(sending):
                self._hand_over(destination, sending)
            outbox.sent(self._engine, sending)
        except DestinationDown as error:
            if not silent:
                log.warning("destination %s does not answer: %s", destination.name, error)
            said = message("pacs.destination_down", name=destination.name, said=str(error))
            outbox.put_off(self._engine, sending, said, outbox.pause_ms(silent))
            return False
        except DestinationRefused as error:
            log.warning("destination %s refused a result: %s", destination.name, error)
            said = message("pacs.destination_refused", name=destination.name, said=str(error))
            outbox.refused(self._engine, sending, said, self._attempts)
        except FileNotFoundError:
            said = message("pacs.result_gone")
            outbox.refused(self._engine, sending, said, most=1)
        except SendingLost:
            log.info("delivery %d is another's by now", sending.id)
        return True

    def _hand_over(self, destination: Destination, sending: Sending) -> None:
        found = sending.sent
        if found:
            told = (found.lang, found.made_at, found.whose)
            with (
                self._store.folder(found.folder) as folder,
                tempfile.TemporaryDirectory(dir=self._store.scratch) as scratch,
            ):
                destination.send(Parcel(found.id, folder, *told, Path(scratch), self._key))
        elif sending.notice and isinstance(destination, Messages):
            destination.say(sending.notice)
        else:
            # The node's file was changed while it was on its way.
            raise DestinationRefused("it takes no messages")

    @contextmanager
    def _renewed(self, sending: Sending) -> Generator[None, None, None]:
        """Keep the claim while the block runs, however slow the line."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(LEASE_MS / 4000):
                try:
                    outbox.renew(self._engine, sending)
                except (SendingLost, OperationalError):
                    return

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
