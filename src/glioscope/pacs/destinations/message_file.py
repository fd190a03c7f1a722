"""A file that gets a message on each line (JSON Lines), for whoever reads it from there."""

import os
from typing import Any

from typing_extensions import override

from glioscope.locks import held
from glioscope.pacs.config import FileDestination
from glioscope.pacs.destinations.destination import DestinationDown
from glioscope.pacs.destinations.messages import Messages, line_of

# Of a message that was written right before a kill, this many bytes from the end are looked at.
_LOOK_BACK = 1 << 20


class MessageFile(Messages):
    """One file, which several nodes may write to; whoever reads it may move it away."""

    def __init__(self, config: FileDestination, after: tuple[str, ...]) -> None:
        super().__init__(config.name, after)
        self._path = config.path

    @override
    def say(self, notice: dict[str, Any]) -> None:
        line = line_of(notice)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = self._path.with_name(f".{self._path.name}.lock")
            with held(lock, wait=True), self._path.open("a+b") as file:
                end = file.seek(0, os.SEEK_END)
                file.seek(max(0, end - _LOOK_BACK))
                *lines, rest = file.read().split(b"\n")
                if rest:
                    # What a full disk or a kill left of a line that counts as not written.
                    file.truncate(end - len(rest))
                if line not in lines:
                    file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise DestinationDown(error.strerror or "") from error

    @override
    def close(self) -> None:
        """Nothing is open between messages."""
