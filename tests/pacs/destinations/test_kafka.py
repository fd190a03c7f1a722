"""Messages to Kafka, against a producer in memory that stands at the library's boundary."""

import asyncio
import inspect
import json
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from glioscope.errors import UsageError
from glioscope.pacs.check import check
from glioscope.pacs.config import KafkaDestination
from glioscope.pacs.destinations.destination import DestinationDown, DestinationRefused
from glioscope.pacs.destinations.kafka import Kafka
from pacs.conftest import config

NOTICE = {"type": "PUMCONSUMERERROR", "studyIUID": "1.2.3", "aiResult": {"description": "Нет"}}
TOLD: dict[str, Any] = {"name": "broker", "brokers": ["kafka.example:9093"], "topic": "ai-results"}


class KafkaError(RuntimeError):
    pass


class MessageSizeTooLargeError(KafkaError):
    pass


class Broker(SimpleNamespace):
    """What producers were made with, what they sent, and what is raised in its place."""

    options: dict[str, Any]


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    seen = Broker(options={}, sent=[], stopped=0, fault=None, partitions={0})

    class AIOKafkaProducer:
        def __init__(self, **options: Any) -> None:
            seen.options = options

        async def start(self) -> None:
            if seen.fault:
                raise seen.fault

        async def send_and_wait(self, topic: str, value: bytes, key: bytes) -> None:
            seen.sent.append((topic, key, value))

        async def partitions_for(self, topic: str) -> set[int]:
            return seen.partitions

        async def stop(self) -> None:
            seen.stopped += 1

    library = ModuleType("aiokafka")
    errors = SimpleNamespace(KafkaError=KafkaError)
    vars(library).update(AIOKafkaProducer=AIOKafkaProducer, errors=errors)
    monkeypatch.setitem(sys.modules, "aiokafka", library)
    return seen


def kafka(**told: Any) -> Kafka:
    return Kafka(KafkaDestination(**{**TOLD, **told}), ())


def test_a_message_has_its_study_as_key(broker: Broker) -> None:
    kafka(tls=False).say(NOTICE)
    [(topic, key, value)] = broker.sent
    assert (topic, key, json.loads(value)) == ("ai-results", b"1.2.3", NOTICE)
    assert "Нет" in value.decode()
    assert broker.stopped == 1
    assert broker.options["security_protocol"] == "PLAINTEXT"
    assert broker.options["enable_idempotence"]


def test_user_and_tls_are_told(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_PASSWORD", "secret")
    kafka(user="glioscope", password_env="KAFKA_PASSWORD").say(NOTICE)
    options = broker.options
    assert (options["security_protocol"], options["sasl_mechanism"]) == (
        "SASL_SSL",
        "SCRAM-SHA-512",
    )
    assert options["sasl_plain_password"] == "secret"
    assert options["ssl_context"].check_hostname


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        (KafkaError("kafka.example with a name"), DestinationDown),
        (MessageSizeTooLargeError(), DestinationRefused),
        (OSError("no route"), DestinationDown),
        (TimeoutError(), DestinationDown),
    ],
)
def test_down_is_not_refused(broker: Broker, fault: Exception, wanted: type[Exception]) -> None:
    broker.fault = fault
    with pytest.raises(wanted, match=type(fault).__name__):
        kafka(tls=False).say(NOTICE)
    assert broker.stopped == 1


def test_check_asks_for_the_topic(broker: Broker) -> None:
    told = config(destination=[{"kind": "kafka", "tls": False, **TOLD}])
    assert [one.fault for one in check(told)] == [None]
    broker.partitions = set()
    [tried] = check(told)
    assert "topic is not there" in str(tried.fault)
    assert broker.sent == []


def test_without_the_library_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiokafka", None)
    with pytest.raises(UsageError, match=r"glioscope\[kafka\]"):
        kafka()


def test_the_library_knows_what_it_is_given(broker: Broker, monkeypatch) -> None:
    kafka().say(NOTICE)
    monkeypatch.delitem(sys.modules, "aiokafka")
    library = pytest.importorskip("aiokafka")
    known = inspect.signature(library.AIOKafkaProducer).parameters
    assert set(broker.options) <= set(known)
    for name in ("start", "send_and_wait", "partitions_for", "stop"):
        assert inspect.iscoroutinefunction(getattr(library.AIOKafkaProducer, name)), name
    assert issubclass(library.errors.MessageSizeTooLargeError, library.errors.KafkaError)


def test_it_may_be_told_from_within_a_loop(broker: Broker) -> None:
    async def tell() -> None:
        kafka().say(NOTICE)

    asyncio.run(tell())
    assert len(broker.sent) == 1
