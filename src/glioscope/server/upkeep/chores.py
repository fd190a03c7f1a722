"""What a server does by itself once an hour."""

import logging
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

log = logging.getLogger("glioscope.server")

_HOUR_S = 3600.0
Chore = Callable[[], object]


@contextmanager
def doing(chores: Sequence[Chore], every_s: float = _HOUR_S) -> Generator[None, None, None]:
    """Do these at once and then every so many seconds, in a thread, while the block runs."""
    ended = threading.Event()
    thread = threading.Thread(target=_run, args=(chores, every_s, ended), daemon=True)
    if chores:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if chores:
            thread.join()


def _run(chores: Sequence[Chore], every_s: float, ended: threading.Event) -> None:
    while not ended.is_set():
        for chore in chores:
            try:
                chore()
            except Exception as error:  # one that fails now is done at the next hour
                # What a library says may hold a patient's name.
                log.error("a chore failed: %s", type(error).__name__)
        ended.wait(every_s)
