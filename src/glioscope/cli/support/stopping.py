"""Ctrl-C and SIGTERM: the command ends, tells what was written, and leaves nothing half done."""

import os
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Never

from glioscope.texts.message import Message, message

# 128 and the signal's number, as shells report it.
INTERRUPTED = 130
TERMINATED = 143
_HOUR_S = 3600


class Terminated(KeyboardInterrupt):
    """SIGTERM came; what is under construction is removed as after Ctrl-C."""


class Stopped(BaseException):
    """A command was stopped; no `KeyboardInterrupt`, of which typer would lose the message."""

    def __init__(self, said: Message, exit_code: int) -> None:
        super().__init__(said)
        self.message = said
        self.exit_code = exit_code


def listen() -> None:
    """Treat SIGTERM as Ctrl-C; a second one does not disturb the cleaning up."""
    signal.signal(signal.SIGTERM, _terminate)


def _terminate(number: int, frame: FrameType | None) -> None:
    del frame
    signal.signal(number, signal.SIG_IGN)
    raise Terminated


def until_stopped() -> Never:
    """Do nothing until Ctrl-C or SIGTERM; unlike a lock or an event, a sleep hears them on Windows.

    Raises:
        KeyboardInterrupt: always.
    """
    while True:
        time.sleep(_HOUR_S)


@contextmanager
def when_stopped(written: Callable[[], Message]) -> Generator[None, None, None]:
    """Say `written` when the block is stopped.

    Raises:
        Stopped: Ctrl-C or SIGTERM.
    """
    try:
        yield
    except (KeyboardInterrupt, ImportError) as error:
        stop = stop_behind(error)
        if stop is None:
            raise
        code = TERMINATED if isinstance(stop, Terminated) else INTERRUPTED
        raise Stopped(written(), code) from error


def stop_behind(error: BaseException | None) -> KeyboardInterrupt | None:
    """Ctrl-C itself, also where a compiled library that was loading made an ImportError of it."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error


def nothing_written() -> Message:
    """For commands whose results appear whole or not at all."""
    return message("cli.interrupted_nothing")


def written_to(place: Path | None) -> Callable[[], Message]:
    """Tells, when a command is stopped, whether it has changed anything at its output by then.

    A command without an output writes nothing.
    """
    before = _state(place)

    def told() -> Message:
        if place is None or _state(place) == before:
            return nothing_written()
        return message("cli.interrupted_part", folder=place.absolute().name)

    return told


def _state(place: Path | None) -> dict[str, int]:
    """When each file and folder there was changed, in nanoseconds; hidden ones are unfinished."""
    if place is None:
        return {}
    try:
        if not place.is_dir():
            return {"": place.stat().st_mtime_ns}
        with os.scandir(place) as entries:
            visible = [entry for entry in entries if not entry.name.startswith(".")]
            return {entry.name: entry.stat().st_mtime_ns for entry in visible}
    except OSError:
        return {}
