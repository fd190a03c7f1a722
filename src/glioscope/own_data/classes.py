"""Classes of tumour that are kept apart: which values of an outline each of them is made of."""

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import UInt8

from glioscope.errors import InputError, UsageError
from glioscope.own_data.candidate import Outline
from glioscope.study import Study
from glioscope.volume import ClassMap

# What a byte holds beside the background.
_MOST = 255
# As long as a label of a DICOM segment may be in any script (LO, 64 bytes).
_LONGEST = 31
_NAME = re.compile(rf"[^\W_](?:[\w .-]{{0,{_LONGEST - 2}}}[\w.-])?")
_BACKGROUND = "background"
# In place of values: those that no other class has.
_OTHERS = "*"


@dataclass(frozen=True)
class ClassRule:
    """One class: its name, and the values and the source's own labels that it is made of.

    With `others` it also has every value above 0 that no other class has.
    """

    name: str
    values: frozenset[int] = frozenset()
    labels: frozenset[str] = frozenset()
    others: bool = False


@dataclass(frozen=True)
class Classes:
    """How values of outlines become classes; without rules every label that the source names."""

    rules: tuple[ClassRule, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Classes":
        """From `edema=2,core=1+4`, with values, labels of the source or `*` after the sign.

        `edema,core` takes labels of the source as they are called, and `all` takes each of them.

        Raises:
            UsageError: fewer than two classes; a name that stands twice or is none; a value that
                is in two classes; or 0, which is background.
        """
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if [part.casefold() for part in parts] == ["all"]:
            return cls()
        rules = tuple(_rule(part) for part in parts)
        _require_several(tuple(rule.name for rule in rules))
        counts = Counter(one for r in rules for one in (*r.values, *r.labels, *_OTHERS * r.others))
        if twice := [str(one) for one, count in counts.items() if count > 1]:
            raise UsageError("own_data.classes.value_twice", value=min(twice))
        return cls(rules)

    def of(self, outline: Outline, case: str) -> dict[str, frozenset[int]]:
        """The values of an outline that make up each class that may be in it, by its name.

        Raises:
            InputError: a value is in two classes, or the source names no label where all are asked
                for.
        """
        if not self.rules:
            return _named(outline, case)
        known = {name.casefold(): value for value, name in outline.names.items()}
        found = {
            rule.name: rule.values | {known[label] for label in rule.labels if label in known}
            for rule in self.rules
        }
        counts = Counter(value for values in found.values() for value in values)
        if twice := [value for value, count in counts.items() if count > 1]:
            raise InputError("own_data.classes.value_twice_in", case=case, value=min(twice))
        others = {int(v) for v in np.unique(outline.values) if v > 0} - counts.keys()
        return {r.name: found[r.name] | (others if r.others else set()) for r in self.rules}


@dataclass
class ClassCount:
    """Numbers of the classes of a set, from 1 in the order they were met, and how large each is.

    Those of `Classes` that have rules are numbered by them, from the start.
    """

    classes: Classes
    numbers: dict[str, int] = field(default_factory=dict[str, int])
    spelt: dict[str, str] = field(default_factory=dict[str, str])
    voxels: Counter[str] = field(default_factory=Counter[str])

    def __post_init__(self) -> None:
        for rule in self.classes.rules:
            self._number(self.spelt.setdefault(rule.name.casefold(), rule.name))

    @property
    def names(self) -> tuple[str, ...]:
        """The classes in the order of their numbers."""
        return tuple(self.numbers)

    def map(self, outline: Outline, study: Study, case: str) -> ClassMap:
        """The classes of one outline, on the grid of its study.

        Raises:
            InputError: as `Classes.of`, or there are more classes than a byte holds.
        """
        values: UInt8[np.ndarray, "i j k"] = np.zeros(outline.values.shape, np.uint8)
        for name, own in self.classes.of(outline, case).items():
            inside = np.isin(outline.values, sorted(own))
            if count := int(np.count_nonzero(inside)):
                known = self.spelt.setdefault(name.casefold(), name)
                self.voxels[known] += count
                values[inside] = self._number(known)
        return ClassMap(self.names, values, study.grid)

    def require_all(self) -> None:
        """Refuse a set that is not worth its classes.

        Raises:
            InputError: a class has no voxel in any case, or there is but one.
        """
        if missing := [name for name in self.names if not self.voxels[name]]:
            raise InputError("own_data.classes.empty", name=missing[0])
        if len(self.names) < 2:
            raise InputError("own_data.classes.one_found", names=self.names or ("–",))

    def _number(self, name: str) -> int:
        number = self.numbers.setdefault(name, len(self.numbers) + 1)
        if number > _MOST:
            raise InputError("own_data.classes.many", most=_MOST)
        return number


def _rule(part: str) -> ClassRule:
    name, sign, made_of = (one.strip() for one in part.partition("="))
    tokens = [one.strip() for one in made_of.split("+")] if sign else [name]
    if not _NAME.fullmatch(name) or name.casefold() == _BACKGROUND or not all(tokens):
        raise UsageError("own_data.classes.name", name=name or part)
    if not sign and name.isdecimal():
        raise UsageError("own_data.classes.no_name", value=name)
    values = frozenset(int(one) for one in tokens if one.isdecimal())
    if 0 in values:
        raise UsageError("own_data.background_label")
    labels = frozenset(one.casefold() for one in tokens if one != _OTHERS and not one.isdecimal())
    return ClassRule(name, values, labels, _OTHERS in tokens)


def _require_several(names: tuple[str, ...]) -> None:
    if len(names) < 2:
        raise UsageError("own_data.classes.one")
    if len(names) > _MOST:
        raise UsageError("own_data.classes.many", most=_MOST)
    counts = Counter(name.casefold() for name in names)
    if twice := [name for name in names if counts[name.casefold()] > 1]:
        raise UsageError("own_data.classes.twice", name=twice[0])


def _named(outline: Outline, case: str) -> dict[str, frozenset[int]]:
    """Each label that the source names; labels of one name, whatever its capitals, are one."""
    found: dict[str, set[int]] = {}
    spelt: dict[str, str] = {}
    for value, label in sorted(outline.names.items()):
        name = _clean(label)
        if name.casefold() != _BACKGROUND:
            found.setdefault(spelt.setdefault(name.casefold(), name), set()).add(value)
    if not found:
        raise InputError("own_data.classes.unnamed", case=case)
    return {name: frozenset(values) for name, values in found.items()}


def _clean(label: str) -> str:
    """A label of a source without what a class cannot be called by."""
    kept = re.sub(r"[^\w .-]+", " ", label)
    return " ".join(kept.split())[:_LONGEST].strip(" .-_") or "class"
