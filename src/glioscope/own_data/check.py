"""Is a set of labelled studies whole, sound, and free of twins?"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from glioscope.errors import GridMismatch, InputError
from glioscope.model.preprocess import intensity_scale, sequence_of
from glioscope.model.training_patients import volume_hash
from glioscope.orientation import picture_axes
from glioscope.reading.labelled import LabelledCase, data_hash, list_labelled
from glioscope.study import CHANNELS, Channel, Study
from glioscope.texts.message import Message, message
from glioscope.volume import ClassMap, Mask, volume_ml

# An outline whose median lies below this share of the head's is no bright lesion.
_DARK = 0.9


@dataclass(frozen=True)
class CaseLook:
    """One case that could be read.

    `spacing` is (i, j, k) in mm and None where it is not known, as `ml` is; `positive` counts
    axial slices with tumour. `content` is equal for equal pictures. `dark` tells that FLAIR within
    the outline is darker than the rest of the head. `classes` has the voxels of each class, where
    the set keeps several apart.
    """

    name: str
    patient: str
    site: str
    scanner: str
    sequences: tuple[str, ...]
    shape: tuple[int, int, int]
    spacing: tuple[float, float, float] | None
    ml: float | None
    slices: int
    positive: int
    content: str
    dark: bool
    classes: dict[str, int] = field(default_factory=dict[str, int])

    def to_dict(self) -> dict[str, Any]:
        """Plain values; without classes where the set keeps none apart."""
        return {name: v for name, v in vars(self).items() if name != "classes" or v}


@dataclass(frozen=True)
class SetReport:
    """What a set holds.

    `problems` make figures wrong; `notes` are for whoever looks at the cases. `sha256` is of all
    images and outlines.
    """

    name: str
    cases: tuple[CaseLook, ...]
    problems: tuple[Message, ...]
    notes: tuple[Message, ...]
    sha256: str

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def classes(self) -> dict[str, int]:
        """Cases that have each class, where several are kept apart."""
        names = dict.fromkeys(name for case in self.cases for name in case.classes)
        return {name: sum(bool(case.classes.get(name)) for case in self.cases) for name in names}

    @property
    def patients(self) -> int:
        """Different patients; a patient may have several cases."""
        return len({case.patient for case in self.cases})

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values for JSON."""
        return {
            "schema": "glioscope.set-report/1",
            "ok": self.ok,
            "name": self.name,
            "sha256": self.sha256,
            "patients": self.patients,
            "problems": [str(problem) for problem in self.problems],
            "notes": [str(note) for note in self.notes],
            "cases": [case.to_dict() for case in self.cases],
        }


def check_set(
    root: Path,
    advance: Callable[[int, int], None] | None = None,
    seen: Callable[[Study, Mask, ClassMap | None], None] | None = None,
) -> SetReport:
    """Read every case of a set of labelled studies once, one in memory at a time.

    `advance` hears how many cases are done and how many there are; `seen` gets each case that
    could be read, with its classes where the set keeps several apart.

    Raises:
        InputError: no such set, or its list cannot be understood.
    """
    listed = list_labelled(root)
    looks: list[CaseLook] = []
    problems: list[Message] = []
    for done, case in enumerate(listed, start=1):
        try:
            study, outline, classes = case.study(), case.reference(), case.classes()
            _require_one_grid(case, study, outline)
        except InputError as error:
            problems.append(error.message)
        else:
            looks.append(_look(case, study, outline, classes))
            if seen:
                seen(study, outline, classes)
        if advance:
            advance(done, len(listed))
    problems += [*_named_twice(listed), *_twins(looks)]
    if looks and not any(look.positive for look in looks):
        problems.append(message("own_data.check.no_tumour"))
    report = SetReport(root.name, tuple(looks), tuple(problems), _notes(looks), data_hash(root))
    missing = [name for name, cases in report.classes.items() if not cases]
    told = (message("own_data.check.no_class", name=name) for name in missing)
    return replace(report, problems=(*report.problems, *told))


def _require_one_grid(case: LabelledCase, study: Study, outline: Mask) -> None:
    if not outline.grid.matches(study.grid):
        raise GridMismatch(
            "own_data.check.grid",
            case=case.name,
            shape=str(outline.grid.shape),
            expected=str(study.grid.shape),
        )


def _look(case: LabelledCase, study: Study, outline: Mask, classes: ClassMap | None) -> CaseLook:
    grid = study.grid
    slices = picture_axes(grid).axes[0]
    inside = outline.array.any(axis=tuple(axis for axis in range(3) if axis != slices))
    return CaseLook(
        name=case.name,
        patient=case.patient,
        site=case.site,
        scanner=case.scanner,
        sequences=tuple(c.value for c in CHANNELS if c in study.images),
        shape=grid.shape,
        spacing=None if grid.nominal else grid.spacing,
        ml=None if grid.nominal else volume_ml(outline),
        slices=grid.shape[slices],
        positive=int(inside.sum()),
        content=volume_hash(study),
        dark=_is_dark(study, outline),
        classes=dict(zip(classes.names, classes.voxels, strict=True)) if classes else {},
    )


def _is_dark(study: Study, outline: Mask) -> bool:
    flair = study.images[Channel.FLAIR].array
    low, unit = intensity_scale(flair, sequence_of(study, Channel.FLAIR))
    inside = flair[outline.array]
    return bool(inside.size) and float(np.median(inside)) < low + _DARK * unit


def _named_twice(cases: Iterable[LabelledCase]) -> list[Message]:
    counts = Counter(case.name for case in cases)
    return [message("own_data.case_twice", case=name) for name, n in counts.items() if n > 1]


def _twins(looks: Iterable[CaseLook]) -> list[Message]:
    """Pictures that stand in the set twice: worst where they are said to be of two patients."""
    by_content: dict[str, list[CaseLook]] = {}
    for look in looks:
        by_content.setdefault(look.content, []).append(look)
    problems: list[Message] = []
    for same in by_content.values():
        if len(same) > 1:
            one = len({look.patient for look in same}) == 1
            code = "own_data.check.same_pictures" if one else "own_data.check.two_patients"
            problems.append(message(code, cases=tuple(look.name for look in same)))
    return problems


def _notes(looks: list[CaseLook]) -> tuple[Message, ...]:
    notes: list[Message] = []
    if empty := [look.name for look in looks if not look.positive]:
        notes.append(message("own_data.check.empty", count=len(empty), cases=_some(empty)))
    if dark := [look.name for look in looks if look.dark]:
        notes.append(message("own_data.check.dark", count=len(dark), cases=_some(dark)))
    if unknown := [look.name for look in looks if look.spacing is None]:
        notes.append(message("own_data.check.no_spacing", count=len(unknown), cases=_some(unknown)))
    if alone := [look.name for look in looks if len(look.sequences) == 1]:
        notes.append(message("own_data.check.flair_alone", count=len(alone), cases=_some(alone)))
    return tuple(notes)


def _some(names: list[str]) -> tuple[str, ...]:
    return (*names[:5], "…") if len(names) > 5 else tuple(names)
