"""The node: its sources, its destinations, and the threads that work for them."""

import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from glioscope.pacs.config import (
    Config,
    DicomwebSource,
    FhirDestination,
    FileDestination,
    FolderDestination,
    FolderSource,
    KafkaDestination,
    ListenerSource,
    MessageDestination,
    OrthancSource,
    StoreDestination,
    StowDestination,
    WorklistSource,
    secret,
)
from glioscope.pacs.config import Destination as DestinationConfig
from glioscope.pacs.config import Source as SourceConfig
from glioscope.pacs.deliver import Deliverer
from glioscope.pacs.destinations.destination import Destination
from glioscope.pacs.gather import Gatherer, Place
from glioscope.pacs.sources.source import Source
from glioscope.pacs.worklist.performer import Performer

# A study on a slow line does not hold up the others.
_TAKERS = 3


@contextmanager
def node(place: Place, config: Config, staging: Path) -> Generator[threading.Event, None, None]:
    """Everything at work while the block runs; `staging` keeps what was sent here.

    The event is set when a part of it has ended by a fault of ours: half a node is worse than one
    that ends and is started again.

    Raises:
        UsageError: a port is taken, or a password or certificate is not there.
    """
    stopping = threading.Event()
    with ExitStack() as stack:
        sources: dict[str, Source] = {}
        for source in (source_of(one, config, staging) for one in config.source):
            sources[source.name] = source
            stack.callback(source.close)
        performers: dict[str, Performer] = {}
        for worklist in (one for one in config.source if isinstance(one, WorklistSource)):
            performer = Performer(place.engine, place.store, config, worklist)
            performers[worklist.name] = performer
            stack.callback(performer.close)
        destinations: list[Destination] = []
        for destination in (destination_of(one, config) for one in config.destination):
            destinations.append(destination)
            stack.callback(destination.close)
        # A worklist says which studies are wanted: nobody looks for others where its pictures are.
        watched = [one for name, one in sources.items() if name not in performers]
        gatherer = Gatherer(place, config, sources)
        key = secret(config.anonymise.key_env, config.anonymise.key_file)
        deliverer = Deliverer(place.engine, place.store, config.attempts, key)
        work: list[Callable[[], None]] = [
            *(_bound(gatherer.watch, one, stopping) for one in watched),
            *(_bound(one.run, stopping) for one in performers.values()),
            *(_bound(one.listen, stopping) for one in performers.values()),
            *(_bound(gatherer.take, stopping) for _ in range(_TAKERS)),
            _bound(deliverer.write_down, stopping),
            *(_bound(deliverer.send, one, stopping) for one in destinations),
        ]
        broken = threading.Event()
        threads = [
            threading.Thread(target=_watched, args=(one, stopping, broken), daemon=True)
            for one in work
        ]
        for thread in threads:
            thread.start()
        try:
            yield broken
        finally:
            stopping.set()
            for thread in threads:
                thread.join()


def source_of(told: SourceConfig, config: Config, staging: Path) -> Source:
    """A source, opened."""
    # Imported late: a node loads what it speaks.
    match told:
        case OrthancSource():
            from glioscope.pacs.sources.orthanc import Orthanc

            return Orthanc(told)
        case DicomwebSource():
            from glioscope.pacs.sources.dicomweb import Dicomweb

            return Dicomweb(told.name, told, told.poll_s, told.days)
        case ListenerSource():
            from glioscope.pacs.sources.listener import Listener

            return Listener(told, staging / told.name, config.keep_free_mb * 2**20)
        case FolderSource():
            from glioscope.pacs.sources.folder import Folder

            return Folder(told)
        case WorklistSource():
            from glioscope.pacs.sources.dicomweb import Dicomweb

            return Dicomweb(told.name, told.pictures or told, told.poll_s, days=1)


def destination_of(told: DestinationConfig, config: Config) -> Destination:
    """A destination, opened."""
    match told:
        case StowDestination():
            from glioscope.pacs.destinations.stow import Stow

            return Stow(told)
        case StoreDestination():
            from glioscope.pacs.destinations.store import StoreScu

            return StoreScu(told)
        case FolderDestination():
            from glioscope.pacs.destinations.folder import ResultFolder

            return ResultFolder(told)
        case FhirDestination():
            from glioscope.pacs.destinations.fhir import FhirServer

            return FhirServer(told)
        case FileDestination():
            from glioscope.pacs.destinations.message_file import MessageFile

            return MessageFile(told, _with_pictures(config))
        case KafkaDestination():
            from glioscope.pacs.destinations.kafka import Kafka

            return Kafka(told, _with_pictures(config))


def _with_pictures(config: Config) -> tuple[str, ...]:
    """Destinations that get the SR and the series which a message tells of."""
    return tuple(
        one.name
        for one in config.destination
        if "mosmed" in one.send and not isinstance(one, MessageDestination)
    )


def _watched(work: Callable[[], None], stopping: threading.Event, broken: threading.Event) -> None:
    try:
        work()
    finally:
        if not stopping.is_set():
            broken.set()


def _bound(work: Callable[..., None], *values: object) -> Callable[[], None]:
    return lambda: work(*values)
