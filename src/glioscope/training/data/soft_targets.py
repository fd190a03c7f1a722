"""What teachers said of training patients, and targets that take a share of it.

The target is (1 - w) · label + w · teacher's probability, for every pixel and for the slice.
Source: Hinton, Vinyals, Dean, Distilling the knowledge in a neural network, 2015,
arXiv:1503.02531, with probabilities in place of tempered logits: tumour or not has two classes, and
a mean of networks has no logit.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int, UInt8

from glioscope.errors import InputError, LeakError, UsageError
from glioscope.files import atomic_path
from glioscope.model.preprocess import Window
from glioscope.training.data.slices import SliceStore

_HEADER = "header"


@dataclass(frozen=True)
class TeacherAnswer:
    """Mean answer of the teachers on one patient: `planes` 0 to 255 at their side, lowest first."""

    planes: UInt8[np.ndarray, "k n n"]
    presence: Float32[np.ndarray, " k"]


Lesson = Mapping[str, TeacherAnswer]


def soft_targets(
    store: SliceStore, lesson: Lesson, at: Mapping[str, Int[np.ndarray, " s"]], weight: float
) -> SliceStore:
    """A store whose targets hold the teachers' share `weight`; which slices are drawn stays.

    `at` gives the positions of every training patient's slices; all others keep their labels.

    Raises:
        LeakError: the lesson speaks of a patient who is no training patient.
        InputError: it says nothing of one.
    """
    strangers, untaught = set(lesson) - set(at), set(at) - set(lesson)
    if strangers:
        raise LeakError("training.strangers", count=len(strangers))
    if untaught:
        raise InputError("training.untaught", count=len(untaught))
    masks, presence = store.masks.copy(), store.presence.copy()
    for case, said in lesson.items():
        here = at[case]
        planes = resized(said.planes.astype(np.float32), masks.shape[-1])
        masks[here] = np.round((1 - weight) * masks[here] + weight * planes).astype(np.uint8)
        presence[here] = (1 - weight) * presence[here] + weight * said.presence
    return replace(store, masks=masks, presence=presence)


def resized(
    planes: Float32[np.ndarray, "k n n"], size: int
) -> Float32[np.ndarray, "k {size} {size}"]:
    """Network planes at another side over the same field of view; shrinking averages."""
    side = planes.shape[-1]
    if side == size:
        return planes
    window = Window((side, side), size, (size / side, size / side))
    return np.stack([window.forward(plane) for plane in planes])


def save_lesson(path: Path, lesson: Lesson, header: Mapping[str, object]) -> None:
    """Write a lesson whole or not at all; `header` says whose and for whom, as JSON."""
    arrays = {f"{case}/planes": said.planes for case, said in lesson.items()}
    arrays |= {f"{case}/presence": said.presence for case, said in lesson.items()}
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **{_HEADER: text}, **arrays)


def load_lesson(path: Path, header: Mapping[str, object]) -> Lesson:
    """Read what `save_lesson` wrote with the same header.

    Raises:
        UsageError: it was made by other teachers or for another fold.
    """
    with np.load(path) as stored:
        if json.loads(stored[_HEADER].tobytes()) != header:
            raise UsageError("training.other_lesson", run=path.parent.name, file=path.name)
        cases = sorted({name.split("/")[0] for name in stored.files} - {_HEADER})
        return {c: TeacherAnswer(stored[f"{c}/planes"], stored[f"{c}/presence"]) for c in cases}
