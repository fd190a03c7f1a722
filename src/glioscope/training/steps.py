"""What a run does once its last epoch is over, told as it goes: it may take minutes."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from glioscope.texts.message import Message

T = TypeVar("T")

# Takes what is being done, how much of it is done, and how much there is.
Told = Callable[[Message, int, int], None]


def nobody(what: Message, done: int, count: int) -> None:
    """For those who do not listen."""


def telling(
    told: Told, what: Message, items: Iterable[T], count: int, start: int = 0
) -> Iterator[T]:
    """The items one by one; as each is done, how many of `count` are, beginning with `start`."""
    for done, item in enumerate(items, start):
        told(what, done, count)
        yield item
        told(what, done + 1, count)
