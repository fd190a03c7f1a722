"""Processes that analyse one study each: started, listened to, and ended by their worker."""

import json
import os
import queue
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from threading import Thread
from typing import IO

import msgspec

from glioscope.jobs.orders import Answer, Order, Redraw

COMMAND = (sys.executable, "-m", "glioscope.jobs.child")
# What is kept of a process's stderr for whoever looks after the server, in bytes.
_KEPT = 4_000


@dataclass(frozen=True)
class Ended:
    """The process is gone: its exit status, negative for the signal that killed it."""

    status: int


class StudyProcess:
    """One process, from its start to its end; `order` gives it its only study.

    `command` is what is started: `glioscope.jobs.child`, or what speaks as it does. One without
    the model takes the order of a `Redraw`.
    """

    def __init__(
        self, memory_bytes: int, command: Sequence[str] = COMMAND, *, with_model: bool = True
    ) -> None:
        self._said: IO[bytes] = TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        settings = {"parent": os.getpid(), "memory_bytes": memory_bytes}
        if not with_model:
            settings["with_model"] = False
        self._process = subprocess.Popen(
            [*command, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            encoding="utf-8",
        )
        self._heard: queue.SimpleQueue[Answer | Ended] = queue.SimpleQueue()
        Thread(target=self._listen, daemon=True).start()

    @property
    def pid(self) -> int:
        """Of the process, also after its end."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def order(self, order: Order | Redraw) -> None:
        """Hand the study over; a process that is gone meanwhile is heard of by `hear`."""
        if self._process.stdin is None:
            raise ValueError("a process without stdin takes no order")
        try:
            self._process.stdin.write(msgspec.json.encode(order).decode() + "\n")
            self._process.stdin.close()
        except OSError:
            self._process.kill()

    def hear(self, seconds: float) -> Answer | Ended | None:
        """The next answer, or the end; None where nothing came in that time."""
        try:
            return self._heard.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            return None

    def end(self) -> None:
        """Kill it, if it runs, and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()
        self._said.close()

    def last_words(self) -> str:
        """The end of what it wrote to stderr; not after `end`."""
        self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, self._said.tell() - _KEPT))
        return self._said.read().decode("utf-8", "replace").strip()

    def _listen(self) -> None:
        decoder = msgspec.json.Decoder(Answer)
        if self._process.stdout is None:
            return
        with self._process.stdout as answers:
            for line in answers:
                try:
                    self._heard.put(decoder.decode(line))
                except msgspec.MsgspecError:
                    # Half a line of a process that was killed while it wrote.
                    break
        self._heard.put(Ended(self._process.wait()))
