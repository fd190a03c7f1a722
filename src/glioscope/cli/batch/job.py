"""What is the same for every study of one call of `analyze`, as its options say."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from glioscope.cli.support.console import Notices
from glioscope.errors import UsageError
from glioscope.settings import Language

if TYPE_CHECKING:
    from glioscope.followup.tracking import Earlier
    from glioscope.model.bundle import Model
    from glioscope.model.plan import Plan
    from glioscope.reading.inputs import StudyInput
    from glioscope.reading.results import StoredResult
    from glioscope.study import Channel
    from glioscope.writing.dicom.results import DicomExtras

# The table of a folder of results; no study may be called so.
SUMMARY = "studies.csv"


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is done with each study.

    Attributes:
        out: each study gets a folder in here.
        lang: of the report, the table and the messages.
        save_probability: also write the probability of each voxel.
        save_bounds: also write the sure and the possible region.
        dicom: which DICOM objects are written beside the usual ones.
        overwrite: replace older results.
        skip_existing: pass over studies whose result is of the same input and model.
        json: one JSON line per study in place of the table.
        force: analyse also what is not fit for the model.
        bids: also write the BIDS layout.
        with_identity: name the patient in the reports.
        earlier: result of an earlier study of the same patient.
        followed: its lesions, where it has a segmentation.
        mosmed: also write results in the shape that the Moscow centre asks for.
    """

    out: Path
    lang: Language
    save_probability: bool
    save_bounds: bool
    dicom: "DicomExtras"
    notices: Notices
    overwrite: bool
    skip_existing: bool
    json: bool
    force: bool
    bids: bool
    with_identity: bool
    earlier: "StoredResult | None"
    followed: "Earlier | None" = None
    mosmed: bool = False

    @property
    def folder(self) -> str:
        """What messages call `out`: its own name, also where it was given as `.`."""
        return self.out.absolute().name or str(self.out)


@dataclass(frozen=True, kw_only=True)
class Network:
    """Which network answers, and how it decides; each process loads its own.

    Attributes:
        folder: of the bundle; None is that of the settings.
        threads: slices answered at once; 0 is one per core, at most eight.
        fast: in 8 bits, or without the average over the mirrored slices (`load_model`).
        operating_point: by name; None is the plan's own.
        max_miss_rate: in place of an operating point.
    """

    folder: Path | None
    threads: int
    fast: bool
    operating_point: str | None
    max_miss_rate: float | None

    def load(self) -> "Model":
        """The model with the plan that was asked for.

        Raises:
            ModelError: missing or damaged.
            UsageError: both kinds of thresholds were named, or one that the plan does not have.
        """
        from glioscope.model.bundle import load_model

        model = load_model(self.folder, threads=self.threads, fast=self.fast)
        return replace(model, plan=self._decisions(model.plan))

    def _decisions(self, plan: "Plan") -> "Plan":
        if self.max_miss_rate is None:
            return plan.at(self.operating_point) if self.operating_point else plan
        if self.operating_point:
            raise UsageError("cli.miss_rate_alone")
        return plan.for_miss_rate(self.max_miss_rate)


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """How inputs are read, as in `glioscope.reading.inputs.find_inputs`."""

    spacing: tuple[float, float, float] | None
    series: "dict[Channel, str]"
    charset: str | None

    def find(self, paths: list[Path]) -> "list[StudyInput]":
        """The studies behind the paths, unread; errors as in `find_inputs`."""
        from glioscope.reading.inputs import find_inputs

        return find_inputs(paths, self.spacing, self.series, self.charset)
