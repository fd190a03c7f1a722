"""What is to become of a study, by the rules of the node's file: the first that fits."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, cast

from glioscope.pacs.config import Config, Rule
from glioscope.texts.catalogue import Language


@dataclass(frozen=True, kw_only=True)
class Told:
    """What rules ask of a study."""

    source: str
    sender: str | None
    station: str
    description: str


@dataclass(frozen=True)
class Route:
    """Where the result goes, and how; kept with the study, so that it does not change under way."""

    send_to: tuple[str, ...]
    lang: Language
    urgent: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"send_to": list(self.send_to), "lang": self.lang, "urgent": self.urgent}

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> "Route":
        """The undo of `to_dict`."""
        send_to = tuple(cast("Iterable[str]", document["send_to"]))
        return cls(send_to, document["lang"], document["urgent"])


def route(config: Config, told: Told) -> Route | None:
    """The route of a study; None where it is to be left alone."""
    rule = next((one for one in config.rule if _fits(one, told)), Rule())
    if rule.ignore:
        return None
    everywhere = tuple(one.name for one in config.destination)
    send_to = everywhere if rule.send_to is None else rule.send_to
    return Route(send_to, rule.lang or config.lang, rule.urgent)


def _fits(rule: Rule, told: Told) -> bool:
    asked = (
        (rule.source, told.source),
        (rule.sender, told.sender or ""),
        (rule.station, told.station),
        (rule.description, told.description),
    )
    return all(
        pattern is None or fnmatchcase(value.casefold(), pattern.casefold())
        for pattern, value in asked
    )
