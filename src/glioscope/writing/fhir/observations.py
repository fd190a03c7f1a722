"""What was found and measured: an Observation for each figure, held together by groups as in an SR.

One group is of the whole study, one of each lesion. An interval stands beside its figure as the
distance upwards and downwards in the same unit. Figures are rounded as in the SR: volumes to
0.001 ml, lengths to 0.01 mm, probabilities to 0.01 %.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glioscope.writing.fhir import codes
from glioscope.writing.fhir.codes import Code, Json, concept, quantity, refer


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What all Observations of a bundle have in common.

    Attributes:
        name: by which addresses of resources are made.
        status: `preliminary`, or `final` where a doctor stands for the figures.
        shared: subject, study, device, time.
    """

    name: tuple[str, ...]
    status: str
    shared: Json


@dataclass(frozen=True)
class Observed:
    """Observations with their addresses; `groups` are those that hold the others."""

    resources: dict[str, Json]
    groups: list[str]


@dataclass(frozen=True)
class _Figure:
    name: str
    code: tuple[Code, ...]
    value: float | None
    unit: str
    digits: int
    interval: Sequence[float] | None = None


def observed(document: Mapping[str, Any], frame: Frame) -> Observed:
    """All Observations of an `analysis.json` document."""
    resources: dict[str, Json] = {}
    groups: list[str] = []
    for name, text, side, members in _groups(document, frame):
        at = codes.address(*frame.name, name)
        resources |= members
        resources[at] = {
            **_observation(frame, concept(codes.GROUP, text=text)),
            "bodySite": _site(side),
            "hasMember": [refer(member) for member in members],
        }
        groups.append(at)
    return Observed(resources, groups)


def _groups(
    document: Mapping[str, Any], frame: Frame
) -> Iterator[tuple[str, str, str | None, dict[str, Json]]]:
    """Name, text, side and members of each group."""
    side = document["side"]
    whole = _answer(document, frame) | _measured(frame, "whole", side, _of_study(document))
    if whole:
        yield "whole", "Whole study", side, whole
    for finding in document["findings"]:
        name = f"finding {finding['label']}"
        members = _measured(frame, name, finding["side"], _of_lesion(finding))
        yield name, f"Finding {finding['label']}", finding["side"], members


def _answer(document: Mapping[str, Any], frame: Frame) -> dict[str, Json]:
    """Whether there is a tumour; nothing where the network was not asked."""
    said = codes.DECISIONS.get(document["decision"])
    if said is None:
        return {}
    answer = {
        **_observation(frame, concept(codes.NEOPLASM)),
        "valueCodeableConcept": concept(said),
        "bodySite": _site(document["side"]),
    }
    return {codes.address(*frame.name, "whole", "answer"): answer}


def _of_study(document: Mapping[str, Any]) -> list[_Figure]:
    volume, interval = document["volume_ml"], document["volume_interval"]
    return [
        _probability(document["probability"]),
        _Figure("volume", (codes.VOLUME,), volume, "mL", 3, interval),
    ]


def _of_lesion(finding: Mapping[str, Any]) -> list[_Figure]:
    within: Mapping[str, Sequence[float]] = finding["intervals"] or {}
    long, short = finding["diameter_mm"], finding["perpendicular_mm"]
    return [
        _Figure("volume", (codes.VOLUME,), finding["volume_ml"], "mL", 3, within.get("volume")),
        _Figure("long axis", (codes.LONG_AXIS,), long, "mm", 2, within.get("diameter")),
        _Figure("short axis", (codes.SHORT_AXIS,), short, "mm", 2, within.get("perpendicular")),
        _probability(finding["confidence"], codes.MEAN),
    ]


def _probability(value: float | None, *how: Code) -> _Figure:
    percent = None if value is None else 100 * value
    return _Figure("probability", (codes.PROBABILITY, *how), percent, "%", 2)


def _measured(
    frame: Frame, group: str, side: str | None, figures: list[_Figure]
) -> dict[str, Json]:
    """Observations of the figures that are known, by their addresses."""
    return {
        codes.address(*frame.name, group, one.name): {
            **_observation(frame, concept(one.code[0])),
            **({"method": concept(*one.code[1:])} if one.code[1:] else {}),
            "valueQuantity": quantity(one.value, one.unit, one.digits),
            "bodySite": _site(side),
            **({"component": _uncertainty(one.value, one)} if one.interval else {}),
        }
        for one in figures
        if one.value is not None
    }


def _uncertainty(value: float, one: _Figure) -> list[Json]:
    """A side that does not reach the value is written as 0."""
    low, high = one.interval or (1.0, 1.0)
    ends = ((codes.ABOVE, high - 1), (codes.BELOW, 1 - low))
    return [
        {
            "code": concept(code),
            "valueQuantity": quantity(value * max(factor, 0.0), one.unit, one.digits),
        }
        for code, factor in ends
    ]


def _observation(frame: Frame, code: Json) -> Json:
    return {
        "resourceType": "Observation",
        "status": frame.status,
        "category": [concept(codes.IMAGING)],
        "code": code,
        **frame.shared,
    }


def _site(side: str | None) -> Json:
    return concept(codes.BRAIN, *([codes.SIDES[side]] if side else []))
