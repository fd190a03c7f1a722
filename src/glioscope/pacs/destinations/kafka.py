"""A topic of Kafka, by aiokafka, which is asked for only where a node's file names a broker."""

import asyncio
import ssl
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

from typing_extensions import override

from glioscope.errors import UsageError
from glioscope.pacs.config import KafkaDestination, secret
from glioscope.pacs.destinations.destination import DestinationDown, DestinationRefused
from glioscope.pacs.destinations.messages import Messages, line_of

# By the names of aiokafka.errors: what is wrong with the message itself. All else is mended by
# people or by time elsewhere, a wrong password among it, and the message waits.
_REFUSED = ("MessageSizeTooLargeError", "InvalidMessageError", "InvalidTopicError")


class Kafka(Messages):
    """One topic; messages of a study have its UID as their key, and so stay in their order."""

    def __init__(self, config: KafkaDestination, after: tuple[str, ...]) -> None:
        super().__init__(config.name, after)
        self._config = config
        # No type is known of it: it may not be installed.
        self._library: Any = _library(config.name)
        self._password = secret(config.password_env, config.password_file)
        self._tls = _tls(config)

    @override
    def say(self, notice: dict[str, Any]) -> None:
        _run(self._guarded(self._send(notice)))

    def ask(self) -> None:
        """Ask the brokers for the topic.

        Raises:
            DestinationDown, DestinationRefused: as `say`.
        """
        _run(self._guarded(self._topic()))

    @override
    def close(self) -> None:
        """Every message has a connection of its own."""

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        errors = self._library.errors
        try:
            await asyncio.wait_for(work, self._config.timeout_s)
        except errors.KafkaError as error:
            kind = type(error).__name__
            raise (DestinationRefused if kind in _REFUSED else DestinationDown)(kind) from error
        except (OSError, TimeoutError) as error:
            raise DestinationDown(type(error).__name__) from error

    async def _send(self, notice: dict[str, Any]) -> None:
        producer = self._producer()
        try:
            await producer.start()
            key = str(notice["studyIUID"]).encode()
            await producer.send_and_wait(self._config.topic, line_of(notice), key=key)
        finally:
            await producer.stop()

    async def _topic(self) -> None:
        producer = self._producer()
        try:
            await producer.start()
            if not await producer.partitions_for(self._config.topic):
                raise DestinationRefused("the topic is not there")
        finally:
            await producer.stop()

    def _producer(self) -> Any:
        config = self._config
        secured = "SSL" if self._tls else "PLAINTEXT"
        return self._library.AIOKafkaProducer(
            bootstrap_servers=list(config.brokers),
            client_id="glioscope",
            # One that is sent again after a lost answer is stored once.
            enable_idempotence=True,
            request_timeout_ms=round(1000 * config.timeout_s),
            security_protocol=f"SASL_{secured}" if config.user else secured,
            ssl_context=self._tls,
            sasl_mechanism=config.mechanism,
            sasl_plain_username=config.user,
            sasl_plain_password=self._password,
        )


def _run(work: Coroutine[Any, Any, None]) -> None:
    # In a thread of its own: whoever calls may have a loop that runs.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def _library(name: str) -> Any:
    try:
        return import_module("aiokafka")
    except ImportError as error:
        raise UsageError("pacs.no_kafka", name=name) from error


def _tls(config: KafkaDestination) -> ssl.SSLContext | None:
    if not config.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=config.ca)
        if config.certificate and config.key:
            context.load_cert_chain(config.certificate, config.key)
    except (OSError, ssl.SSLError) as error:
        raise UsageError("pacs.certificate", name=config.name, said=str(error)) from error
    return context
