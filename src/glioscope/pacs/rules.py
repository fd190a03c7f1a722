"""What is to become of a study, by the rules of the node's file: the first that fits."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, cast

import msgspec

from glioscope.pacs.config import Config, MessageDestination, Rule
from glioscope.texts.catalogue import Language
from glioscope.writing.dicom.mosmed.registration import Service


@dataclass(frozen=True, kw_only=True)
class Told:
    """What rules ask of a study."""

    source: str
    sender: str | None
    station: str
    description: str


# As every installation is until its file says more.
_UNNAMED = Service()


@dataclass(frozen=True)
class Route:
    """Where the result goes, and how; kept with the study, so that it does not change under way.

    Attributes:
        make: what has to be made for these destinations, as in `glioscope.jobs.orders.Order`.
        fetched: when the node began and ended to fetch the study, in milliseconds since 1970.
        tell: those of `send_to` that are told, too, that a study has no result.
        service: how the installation is registered, for the mosmed profile.
    """

    send_to: tuple[str, ...]
    lang: Language
    urgent: bool = False
    make: tuple[str, ...] = ()
    fetched: tuple[int, int] | None = None
    tell: tuple[str, ...] = ()
    service: Service = _UNNAMED

    def to_dict(self) -> dict[str, Any]:
        """Plain values, which `glioscope.jobs.worker` reads too."""
        return {
            "send_to": list(self.send_to),
            "lang": self.lang,
            "urgent": self.urgent,
            "make": list(self.make),
            "fetched": list(self.fetched) if self.fetched else None,
            "tell": list(self.tell),
            "service": msgspec.to_builtins(self.service),
        }

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> "Route":
        """The undo of `to_dict`."""
        send_to, make = (tuple(cast("list[str]", document[k])) for k in ("send_to", "make"))
        fetched = tuple(cast("list[int]", document["fetched"])) if document["fetched"] else None
        told = cast("tuple[int, int] | None", fetched)
        # Routes of studies that were taken by an older version know nothing of these.
        tell = tuple(cast("list[str]", document.get("tell", ())))
        service = msgspec.convert(document.get("service", {}), Service)
        return cls(send_to, document["lang"], document["urgent"], make, told, tell, service)


def route(config: Config, told: Told) -> Route | None:
    """The route of a study; None where it is to be left alone."""
    rule = next((one for one in config.rule if _fits(one, told)), Rule())
    if rule.ignore:
        return None
    everywhere = tuple(one.name for one in config.destination)
    send_to = everywhere if rule.send_to is None else rule.send_to
    reached = [one for one in config.destination if one.name in send_to]
    parts = {part for one in reached for part in one.send} - {"seg", "sr", "key_images"}
    if any(one.pseudonymous for one in reached):
        parts.add("pseudonymous")
    tell = tuple(one.name for one in reached if isinstance(one, MessageDestination) and one.errors)
    return Route(
        send_to,
        rule.lang or config.lang,
        rule.urgent,
        tuple(sorted(parts)),
        tell=tell,
        service=config.mosmed,
    )


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
