"""Studies made by code, handed in as a hospital's would be: for a first look round."""

import shutil
from dataclasses import dataclass, replace

from glioscope.jobs.intake import take_in
from glioscope.phantom.study import DEFAULT_LESIONS, Lesion, phantom_study
from glioscope.server.context import Context
from glioscope.writing.mr.study import write_dicom_study


@dataclass(frozen=True)
class Head:
    """One examination of a patient made by code."""

    patient: str
    day: str
    seed: int
    lesions: tuple[Lesion, ...]
    slices: int = 24
    urgent: bool = False


_SMALL = (Lesion((30.0, -40.0, 40.0), 7.0),)
_TWO = (Lesion((36.0, 20.0, 30.0), 15.0), Lesion((28.0, -48.0, 12.0), 9.0))
_GROWN = (replace(DEFAULT_LESIONS[0], radius_mm=23.0),)
# The first patient was examined twice; what was found has grown, and slices are thinner.
HEADS = (
    Head("DEMO_A", "20260312", 0, DEFAULT_LESIONS),
    Head("DEMO_B", "20260918", 1, ()),
    Head("DEMO_C", "20261004", 2, _TWO, urgent=True),
    Head("DEMO_D", "20261117", 3, _SMALL),
    Head("DEMO_A", "20261120", 0, _GROWN, slices=30),
)


def load_demo(context: Context) -> None:
    """Hand in the phantoms that are not there yet."""
    for head in HEADS:
        name = f"{head.patient}_{head.day}"
        folder = context.store.scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        made, _ = phantom_study(head.seed, head.lesions, slices=head.slices)
        try:
            study = replace(made, study_id=name)
            write_dicom_study(study, folder / "demo", patient=head.patient)
            take_in(context.engine, context.store, folder, wake=context.wake, urgent=head.urgent)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
