"""Is a folder in the public LGG layout whole and sound, and what is in it?"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from glioscope.errors import InputError
from glioscope.reading import lgg
from glioscope.study import CHANNELS, Channel
from glioscope.texts.message import Message, message

# The whole public set: patients, slices, slices with tumour (docs/concepts/data.md).
PUBLIC_SET = (110, 3929, 1373)
# docs/reference/figures.md reports by these lesion sizes, in pixels of one slice.
SMALL_PX, LARGE_PX = 200, 1000


@dataclass(frozen=True)
class CaseReport:
    """One case.

    `areas_px` has the tumour area of every readable slice with a readable mask, lowest slice first;
    `slices` counts the slice files; `replaced` names sequences that repeat FLAIR.
    """

    name: str
    slices: int
    areas_px: tuple[int, ...]
    sizes: tuple[tuple[int, int], ...]
    replaced: tuple[str, ...]
    problems: tuple[Message, ...]

    @property
    def site(self) -> str:
        """Hospital code, `unknown` for a name of another form."""
        return lgg.site(self.name)

    @property
    def positive(self) -> int:
        """Slices with tumour (at least one mask pixel)."""
        return sum(area > 0 for area in self.areas_px)

    @property
    def runs(self) -> int:
        """Unbroken runs of tumour slices; 1 in every case of the public set."""
        marks = np.diff([0, *(area > 0 for area in self.areas_px)])
        return int(np.count_nonzero(marks == 1))


@dataclass(frozen=True)
class LggReport:
    """What a folder holds.

    `problems` are faults that make figures wrong. A sequence that FLAIR stands in for is a property
    of the set and no problem. `duplicates` names slices with the same pixels, black ones left out.
    """

    cases: tuple[CaseReport, ...]
    duplicates: tuple[tuple[str, ...], ...] = field(default=())

    @cached_property
    def problems(self) -> tuple[Message, ...]:
        """Every fault, in words, case by case."""
        repeats = [_same_picture(group) for group in self.duplicates]
        return (*(text for case in self.cases for text in case.problems), *repeats)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def patients(self) -> int:
        """Different patients; a patient may have several cases."""
        return len({lgg.patient(case.name) for case in self.cases})

    @property
    def slices(self) -> int:
        """Slice files."""
        return sum(case.slices for case in self.cases)

    @property
    def positive(self) -> int:
        """Slices with tumour."""
        return sum(case.positive for case in self.cases)

    @property
    def negative(self) -> int:
        """Slices with an empty mask."""
        return sum(len(case.areas_px) - case.positive for case in self.cases)

    @property
    def is_whole_public_set(self) -> bool:
        """Whether the counts are those of the whole public set."""
        return (self.patients, self.slices, self.positive) == PUBLIC_SET

    @property
    def sites(self) -> dict[str, int]:
        """Cases by site, most frequent first."""
        return dict(Counter(case.site for case in self.cases).most_common())

    @property
    def sizes(self) -> dict[str, int]:
        """Cases by slice size (`256×256`)."""
        return dict(Counter(f"{w}×{h}" for c in self.cases for w, h in c.sizes).most_common())

    @property
    def lesion_sizes(self) -> dict[str, int]:
        """Positive slices by tumour area, in the classes that figures are reported by."""
        areas = [area for case in self.cases for area in case.areas_px if area > 0]
        return {
            f"under {SMALL_PX} px": sum(a < SMALL_PX for a in areas),
            f"{SMALL_PX} to {LARGE_PX} px": sum(SMALL_PX <= a <= LARGE_PX for a in areas),
            f"over {LARGE_PX} px": sum(a > LARGE_PX for a in areas),
        }

    @property
    def replaced(self) -> dict[str, tuple[str, ...]]:
        """Cases in which FLAIR stands in for a sequence."""
        return {case.name: case.replaced for case in self.cases if case.replaced}

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values for JSON."""
        return {
            "schema": "glioscope.lgg-report/1",
            "ok": self.ok,
            "whole_public_set": self.is_whole_public_set,
            "patients": self.patients,
            "slices": self.slices,
            "positive": self.positive,
            "negative": self.negative,
            "sites": self.sites,
            "sizes": self.sizes,
            "lesion_sizes": self.lesion_sizes,
            "replaced_by_flair": {name: list(which) for name, which in self.replaced.items()},
            "duplicates": [list(group) for group in self.duplicates],
            "problems": [str(problem) for problem in self.problems],
            "cases": [_case_dict(case) for case in self.cases],
        }


def check_lgg(root: Path, advance: Callable[[int, int], None] | None = None) -> LggReport:
    """Read every file of the set once, one slice at a time in memory.

    `advance` is told how many cases are done and how many there are.

    Raises:
        InputError: no such folder, or no case in it.
    """
    folders = lgg.list_cases(root)
    seen: dict[bytes, list[str]] = {}
    cases: list[CaseReport] = []
    for done, folder in enumerate(folders, start=1):
        cases.append(_check_case(folder, seen))
        if advance:
            advance(done, len(folders))
    repeated = tuple(tuple(names) for names in seen.values() if len(names) > 1)
    return LggReport(tuple(cases), repeated)


@dataclass
class _Findings:
    """What one case has shown so far."""

    areas: list[int] = field(default_factory=list[int])
    sizes: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    problems: list[Message] = field(default_factory=list[Message])
    repeats: dict[Channel, bool] = field(
        default_factory=lambda: {s: True for s in CHANNELS if s is not Channel.FLAIR}
    )


def _check_case(folder: Path, seen: dict[bytes, list[str]]) -> CaseReport:
    found = _Findings()
    slices = _numbered(folder, found)
    for path in slices.values():
        _check_slice(path, found, seen)
    found.problems += _stray_files(folder, slices.values())
    if len(found.sizes) > 1:
        sizes = ", ".join(f"{w}×{h}" for w, h in sorted(found.sizes))
        found.problems.append(message("datasets.check.sizes", case=folder.name, sizes=sizes))
    replaced = [s.value for s, always in found.repeats.items() if always and found.sizes]
    return CaseReport(
        folder.name,
        len(slices),
        tuple(found.areas),
        tuple(sorted(found.sizes)),
        tuple(replaced),
        tuple(found.problems),
    )


def _numbered(folder: Path, found: _Findings) -> dict[int, Path]:
    try:
        slices = lgg.numbered_slices(folder)
    except InputError as error:
        found.problems.append(error.message)
        return {}
    case = folder.name
    if not slices:
        found.problems.append(message("datasets.check.no_slices", case=case))
    if slices and min(slices) != 1:
        found.problems.append(message("datasets.check.first_slice", case=case, first=min(slices)))
    if gaps := lgg.numbering_gaps(list(slices)):
        missing = ", ".join(map(str, gaps))
        found.problems.append(message("datasets.check.gaps", case=case, missing=missing))
    return slices


def _check_slice(path: Path, found: _Findings, seen: dict[bytes, list[str]]) -> None:
    try:
        picture = lgg.read_slice(path)
    except InputError as error:
        found.problems.append(error.message)
        return
    found.sizes.add((picture.shape[1], picture.shape[0]))
    for sequence, always in found.repeats.items():
        found.repeats[sequence] = always and _repeats_flair(picture, sequence)
    if picture.any():  # black end slices are alike everywhere
        seen.setdefault(_digest(picture), []).append(path.stem)
    _check_mask(path, picture, found)


def _digest(picture: UInt8[np.ndarray, "h w 3"]) -> bytes:
    key = str(picture.shape).encode()
    return hashlib.blake2b(picture.tobytes(), digest_size=16, key=key).digest()


def _repeats_flair(picture: UInt8[np.ndarray, "h w 3"], sequence: Channel) -> bool:
    channel, flair = CHANNELS.index(sequence), CHANNELS.index(Channel.FLAIR)
    return np.array_equal(picture[..., channel], picture[..., flair])


def _check_mask(path: Path, picture: UInt8[np.ndarray, "h w 3"], found: _Findings) -> None:
    try:
        mask = lgg.read_mask(lgg.mask_path(path))
    except InputError as error:
        found.problems.append(error.message)
        return
    if mask.shape != picture.shape[:2]:
        found.problems.append(
            message(
                "datasets.check.mask_size",
                name=lgg.mask_path(path).name,
                width=picture.shape[1],
                height=picture.shape[0],
                mask_width=mask.shape[1],
                mask_height=mask.shape[0],
            )
        )
        return
    found.areas.append(int(np.count_nonzero(mask)))


def _stray_files(folder: Path, slices: Iterable[Path]) -> list[Message]:
    """TIFF files that are neither a slice nor the mask of one."""
    known = {p.name for path in slices for p in (path, lgg.mask_path(path))}
    names = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in {".tif", ".tiff"})
    return [
        message("datasets.check.stray", case=folder.name, name=name)
        for name in names
        if name not in known
    ]


def _same_picture(group: tuple[str, ...]) -> Message:
    slices = message("datasets.check.and", slices=", ".join(group[:-1]), last=group[-1])
    return message("datasets.check.same_picture", slices=slices)


def _case_dict(case: CaseReport) -> dict[str, Any]:
    return {
        "site": case.site,
        "positive": case.positive,
        "runs": case.runs,
        **vars(case),
        "problems": [str(problem) for problem in case.problems],
    }
