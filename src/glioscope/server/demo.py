"""Studies made by code, handed in as a hospital's would be: for a first look round."""

import shutil
from dataclasses import replace

from glioscope.jobs.intake import take_in
from glioscope.phantom.study import DEFAULT_LESIONS, Lesion, phantom_study
from glioscope.server.context import Context
from glioscope.writing.mr.study import write_dicom_study

_SMALL = (Lesion((30.0, -40.0, 40.0), 7.0),)
_TWO = (Lesion((36.0, 20.0, 30.0), 15.0), Lesion((28.0, -48.0, 12.0), 9.0))
# Name and day of each head, its seed, its lesions, and whether it is urgent.
_HEADS = (
    ("DEMO_A_20260312", 0, DEFAULT_LESIONS, False),
    ("DEMO_B_20260918", 1, (), False),
    ("DEMO_C_20261004", 2, _TWO, True),
    ("DEMO_D_20261117", 3, _SMALL, False),
)


def load_demo(context: Context) -> None:
    """Hand in the phantoms that are not there yet."""
    for name, seed, lesions, urgent in _HEADS:
        folder = context.store.scratch / f"demo-{seed}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        study = replace(phantom_study(seed, lesions)[0], study_id=name)
        try:
            write_dicom_study(study, folder / "demo")
            take_in(context.engine, context.store, folder, wake=context.wake, urgent=urgent)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
