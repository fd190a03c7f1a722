"""Destinations that get the messages of the mosmed profile: that a result is there, or why not."""

import json
from abc import abstractmethod
from typing import Any

from typing_extensions import override

from glioscope.jobs.results import FILES
from glioscope.pacs.destinations.destination import Destination, Parcel
from glioscope.writing.dicom.mosmed.service import FOLDER, NOTICE


class Messages(Destination):
    """Where messages go.

    Attributes:
        after: destinations that a result reaches before its message is sent, for whoever hears of
            it asks for it.
    """

    def __init__(self, name: str, after: tuple[str, ...]) -> None:
        self._name = name
        self.after = after

    @property
    @override
    def name(self) -> str:
        return self._name

    @override
    def send(self, parcel: Parcel) -> None:
        try:
            text = (parcel.folder / FILES / FOLDER / NOTICE).read_text(encoding="utf-8")
        except FileNotFoundError:
            return  # without the model there is nothing to tell
        self.say(json.loads(text))

    @abstractmethod
    def say(self, notice: dict[str, Any]) -> None:
        """Send one message.

        Raises:
            DestinationDown, DestinationRefused: it did not arrive.
        """


def line_of(notice: dict[str, Any]) -> bytes:
    """A message as one line of JSON, without the line feed."""
    return json.dumps(notice, ensure_ascii=False, allow_nan=False).encode()
