"""How slices are parted into training, validation and test, and whether that leaks."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, final

from glioscope.errors import UsageError
from glioscope.evaluation.splits.folds import check_no_leak

# The paper's 3929 slices; its test set is small whatever the number of slices at hand.
PAPER_TRAIN, PAPER_VALIDATION, PAPER_TEST = 3182, 657, 90


@final
@dataclass(frozen=True)
class PaperLeakySplit:
    """The paper's protocol: slices of one patient stand on both sides.

    Its figures are for comparison with the paper only, never an estimate for new patients.
    """

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    seed: int
    name: ClassVar[str] = "paper-leaky"
    leaky: ClassVar[bool] = True

    def __str__(self) -> str:
        return _describe(self)


@final
@dataclass(frozen=True)
class LeakFreeSplit:
    """A split by patient; `patient_of` names the patient of every item.

    Raises:
        LeakError: a patient, or an item, stands in two parts.
        UsageError: an item without a patient.
    """

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    patient_of: Mapping[str, str]
    name: str = "by-patient"
    leaky: ClassVar[bool] = False

    def __post_init__(self) -> None:
        parts = (self.train, self.validation, self.test)
        strangers = sum(item not in self.patient_of for part in parts for item in part)
        if strangers:
            raise UsageError("evaluation.no_patient", count=strangers, split=self.name)
        check_no_leak([self.patient_of[item] for item in part] for part in parts)

    def __str__(self) -> str:
        return _describe(self)


Split = PaperLeakySplit | LeakFreeSplit


def paper_leaky_split(slice_ids: Sequence[str], seed: int) -> PaperLeakySplit:
    """Part slices at random as the paper did: 90 for test, the rest 3182 to 657.

    The order of `slice_ids` does not matter: slices are ranked by SHA-256 of seed and name.

    Raises:
        UsageError: a slice listed twice, or too few for three parts.
    """
    if len(set(slice_ids)) < len(slice_ids):
        raise UsageError("evaluation.slice_twice")
    rest = len(slice_ids) - PAPER_TEST
    train = round(rest * PAPER_TRAIN / (PAPER_TRAIN + PAPER_VALIDATION))
    if not 0 < train < rest:
        raise UsageError("evaluation.few_slices", count=len(slice_ids))
    drawn = sorted(slice_ids, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest())
    learnt, held = tuple(drawn[PAPER_TEST:][:train]), tuple(drawn[PAPER_TEST:][train:])
    return PaperLeakySplit(learnt, held, tuple(drawn[:PAPER_TEST]), seed)


def _describe(split: Split) -> str:
    kind = "leaky: patients stand in several parts" if split.leaky else "no patient in two parts"
    sizes = f"{len(split.train)} / {len(split.validation)} / {len(split.test)}"
    return f"{split.name} ({kind}), {sizes}"
