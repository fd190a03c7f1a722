"""Tries every connection of a node's file, and says what is wrong."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from glioscope.errors import UsageError
from glioscope.pacs.config import (
    Config,
    Destination,
    FhirDestination,
    FileDestination,
    FolderDestination,
    Source,
    StoreDestination,
    StowDestination,
    WorklistSource,
)
from glioscope.pacs.connections import Down, Refused, ask, session_of
from glioscope.pacs.destinations.destination import DestinationDown, DestinationRefused
from glioscope.pacs.node import source_of
from glioscope.pacs.sources.source import SourceDown
from glioscope.pacs.worklist.server import WorklistServer
from glioscope.texts.message import Message, message

_NOBODY = "1.2.826.0.1.3680043.8.498.1"


@dataclass(frozen=True)
class Tried:
    """One connection: `fault` is None where it works."""

    name: str
    kind: str
    fault: Message | None


def check(config: Config) -> Iterator[Tried]:
    """Try one connection after the other; nothing is stored anywhere."""
    for one in config.source:
        yield Tried(one.name, _kind(one), _fault(lambda one=one: _try_source(one, config)))
    for one in config.destination:
        yield Tried(one.name, _kind(one), _fault(lambda one=one: _try_destination(one)))


def _kind(told: Source | Destination) -> str:
    return str(told.__struct_config__.tag)


def _fault(work: Callable[[], None]) -> Message | None:
    try:
        work()
    except UsageError as error:
        return error.message
    except (SourceDown, DestinationDown, Down) as error:
        return message("pacs.no_answer", said=str(error))
    except (DestinationRefused, Refused) as error:
        return message("pacs.not_wanted", said=str(error))
    except OSError as error:
        return message("pacs.no_answer", said=error.strerror or "")
    return None


def _try_source(told: Source, config: Config) -> None:
    if isinstance(told, WorklistSource):
        worklist = WorklistServer(told)
        try:
            worklist.scheduled()
        finally:
            worklist.close()
    with tempfile.TemporaryDirectory() as staging:
        source = source_of(told, config, Path(staging))
        try:
            source.moved(None)
            source.census(_NOBODY)
        finally:
            source.close()


def _try_destination(told: Destination) -> None:
    if isinstance(told, StoreDestination):
        from glioscope.pacs.destinations.store import StoreScu

        StoreScu(told).echo()
    elif isinstance(told, StowDestination):
        with session_of(told) as session:
            ask(session, told, "GET", "/studies", params={"limit": 1})
    elif isinstance(told, FhirDestination):
        with session_of(told) as session:
            ask(session, told, "GET", "/metadata")
    elif isinstance(told, FolderDestination | FileDestination):
        folder = told.path if isinstance(told, FolderDestination) else told.path.absolute().parent
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder)
        os.close(handle)
        with suppress(FileNotFoundError):
            Path(name).unlink()
    else:
        from glioscope.pacs.destinations.kafka import Kafka

        Kafka(told, ()).ask()
