"""Time to read a DICOM study of 60 instances, beside the time pydicom takes to decode them alone.

`python bench/dicom.py [STUDY]`: a folder of DICOM, or left out a synthetic FLAIR of 60 slices of
256 x 256. Prints the best of five runs in seconds of one core, and the machine.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom

from glioscope.reading.dicom.study import read_dicom
from glioscope.volume import Grid, Image
from glioscope.writing.dicom.elements import uid_of
from glioscope.writing.mr.series import AS_READ, SeriesTags, write_series
from machine import machine

RUNS = 5
TAGS = SeriesTags("FLAIR", uid_of("bench"), uid_of("frame"))


def synthetic(folder: Path) -> Path:
    affine = np.zeros((4, 4))
    affine[[2, 1, 0, 3], [0, 1, 2, 3]] = (2.5, -0.9, -0.9, 1)
    grid = Grid((60, 256, 256), affine)
    values = np.random.default_rng(0).integers(0, 1000, grid.shape).astype(np.float32)
    write_series(Image(values, grid), folder, TAGS, axes=AS_READ)
    return folder


def decode(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            _ = pydicom.dcmread(path).pixel_array


def best(job: Callable[[Path], object], folder: Path) -> float:
    """Seconds of this process on a core, so that a busy machine tells nothing else."""
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        job(folder)
        times.append(time.process_time() - start)
    return round(min(times), 4)


def main(study: str | None = None) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(study) if study else synthetic(Path(temporary))
        read, alone = best(read_dicom, folder), best(decode, folder)
    beyond = round(read - alone, 4)
    figures = {"read_s": read, "pydicom_s": alone, "beyond_s": beyond, "machine": machine()}
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
