"""What every step of the campaign is given, and what the steps before it have recorded."""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glioscope.errors import UsageError

if TYPE_CHECKING:
    from glioscope.evaluation.splits.folds import Folds
    from glioscope.training.config import TrainConfig
    from glioscope.training.on_device.fit import Clock
    from glioscope.training.on_device.prepared import PreparedSet


@dataclass(frozen=True)
class Campaign:
    """What every step is given."""

    options: argparse.Namespace
    clock: "Clock"

    @property
    def run(self) -> Path:
        return self.options.run

    def cases(self) -> list[Path]:
        from glioscope.reading.lgg import list_cases

        cases = list_cases(self.options.data)
        kept = {c.name for c in self.folds().cases} if self.options.rehearse else None
        return [c for c in cases if kept is None or c.name in kept]

    def folds(self) -> "Folds":
        """The five folds; in a rehearsal the first few cases of each that are there."""
        from glioscope.evaluation.splits.folds import Folds, lgg90
        from glioscope.reading.lgg import list_cases

        folds, few = lgg90(), self.options.rehearse
        if not few:
            return folds
        there = {c.name for c in list_cases(self.options.data)}
        parts = tuple(tuple(c for c in p if c.name in there)[:few] for p in folds.parts)
        return Folds(parts, folds.seed)

    def prepared(self) -> "PreparedSet":
        from glioscope.training.on_device.prepared import PreparedSet

        return PreparedSet(self.options.cache or self.run / "prepared", self.cases())

    def preset(self) -> "TrainConfig":
        from glioscope.training.config import load_preset

        return load_preset(self.options.preset)

    def race_preset(self) -> "TrainConfig":
        from glioscope.training.config import load_preset

        return load_preset(str(self.options.race))


def record_path(run: Path, step: str) -> Path:
    return run / f"step-{step}.json"


def read_step(run: Path, step: str) -> dict[str, Any]:
    """What a step that is done has recorded.

    Raises:
        UsageError: it is not done.
    """
    if not record_path(run, step).exists():
        raise UsageError(
            "text", text=f"{run.name}: step {step} comes first; name it in --steps too"
        )
    return json.loads(record_path(run, step).read_text("utf-8"))
