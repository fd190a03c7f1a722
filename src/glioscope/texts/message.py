"""A sentence for a person as its code and values, so that each reader sees it in his language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self, cast

from glioscope.texts.catalogue import Language, fill


@dataclass(frozen=True)
class Message:
    """One sentence of the catalogue with its values.

    `str()` of it is English; `in_language` says it in any language. Two are equal when they say
    the same.

    Raises:
        KeyError: no such code, or a value is missing (when it is said).
    """

    code: str
    values: Mapping[str, Any]

    def in_language(self, lang: Language, *, on_page: bool = False) -> str:
        """The sentence in English or Russian, with the remedy that its reader has at hand."""
        return fill(self.code, self.values, lang, on_page=on_page)

    def __str__(self) -> str:
        return self.in_language("en")

    def __reduce__(self) -> tuple[Any, ...]:
        return message_from, (self.code, dict(self.values))

    def __hash__(self) -> int:
        return hash((self.code, str(self)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` takes them back."""
        return {"code": self.code, "values": {k: _plain(v) for k, v in self.values.items()}}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_dict` gave.

        Raises:
            KeyError, TypeError: it is no such document.
        """
        values = {k: _value(v) for k, v in document["values"].items()}
        return cls(document["code"], MappingProxyType(values))


def message(code: str, /, **values: Any) -> Message:
    """A message; `values` fill the placeholders of its sentence."""
    return Message(code, MappingProxyType(values))


def joined(said: Iterable[Message]) -> tuple[Message, ...]:
    """Messages without repetition; those that differ in their `series` alone become one of all."""
    found: dict[Message, list[Any]] = {}
    for one in said:
        rest = {name: value for name, value in one.values.items() if name != "series"}
        places = found.setdefault(message_from(one.code, {**rest, "series": ""}), [])
        if one.values.get("series") not in (None, *places):
            places.append(one.values["series"])
    return tuple(_of_all(one, places) for one, places in found.items())


def _of_all(one: Message, places: list[Any]) -> Message:
    rest = {name: value for name, value in one.values.items() if name != "series"}
    if not places:
        return message_from(one.code, rest)
    series = places[0] if len(places) == 1 else tuple(places)
    return message_from(one.code, {**rest, "series": series})


def message_from(code: str, values: Mapping[str, Any]) -> Message:
    """A message as it was before it was copied or pickled."""
    return Message(code, MappingProxyType(dict(values)))


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(item) for item in cast("tuple[Any, ...]", value)]
    return value


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Message.from_dict(cast("Mapping[str, Any]", value))
    if isinstance(value, list):
        return tuple(_value(item) for item in cast("list[Any]", value))
    return value
