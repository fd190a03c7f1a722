"""DICOM studies with known answers, and data sets that a test can spoil in exactly one thing."""

from collections.abc import Iterable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from pydicom import Dataset

from glioscope.reading.dicom.files import DicomFile
from glioscope.reading.dicom.headers import Frame, frames_of
from glioscope.reading.dicom.series import Series, series_of
from glioscope.study import Channel
from glioscope.volume import Grid, Image
from glioscope.writing.dicom.elements import uid_of
from glioscope.writing.mr.series import AS_READ
from mr_series import EXPLICIT, save, series_datasets
from phantoms import ball_mask, study_for
from scanner_tags import ScannerTags

CENTRE = (4.0, -3.0, 5.0)
RADIUS = 6.0

FLAIR = ScannerTags(
    "t2 flair tra", uid_of("study"), uid_of("frame"), number=4, repetition_ms=9000, echo_ms=120,
    inversion_ms=2500, date="20260102", image_type=("ORIGINAL", "PRIMARY"),
)  # fmt: skip
T1 = replace(
    FLAIR, description="t1 se tra", number=3, repetition_ms=500, echo_ms=12, inversion_ms=None
)
T1GD = replace(T1, description="t1 se tra +C", number=6, contrast_agent="Gadovist")
T2 = replace(T1, description="t2 tse tra", number=2, repetition_ms=4500, echo_ms=100)
TAGS = {Channel.FLAIR: FLAIR, Channel.T1: T1, Channel.T1GD: T1GD}

_made: dict[Any, dict[str, bytes]] = {}


def head(grid: Grid, sequence: Channel = Channel.FLAIR) -> Image:
    """A head with a ball at `CENTRE`: 180 in FLAIR, 60 in T1, on 100; contrast adds 4 % to T1."""
    image = study_for(ball_mask(grid, CENTRE, RADIUS)).images[sequence]
    return Image(image.array * np.float32(1.04), grid) if sequence is Channel.T1GD else image


def datasets(image: Image, tags: ScannerTags = FLAIR, *, enhanced: bool = False) -> list[Dataset]:
    """Instances of a series, uncompressed; array axes are slices, rows, columns."""
    return series_datasets(image, tags, axes=AS_READ, enhanced=enhanced)


def write(found: Iterable[Dataset], folder: Path, syntax: str = EXPLICIT) -> Path:
    """Files without endings whose names tell neither series nor order."""
    for ds in found:
        name = uid_of(ds.SeriesInstanceUID, ds.SOPInstanceUID, str(ds.get("InstanceNumber")))
        save(ds, folder / f"IM{int(name[-9:].replace('.', '7')):09d}", syntax)
    return folder


def write_heads(
    folder: Path, grid: Grid, sequences: Iterable[Channel] = Channel, *, enhanced: bool = False
) -> Path:
    """A whole study of heads on one grid. Many tests use the same one: each series is made once."""
    folder.mkdir(parents=True, exist_ok=True)
    for sequence in sequences:
        key = (grid.shape, grid.affine.tobytes(), grid.nominal, sequence, enhanced)
        if key not in _made:
            with TemporaryDirectory() as temporary:
                found = datasets(head(grid, sequence), TAGS[sequence], enhanced=enhanced)
                made = write(found, Path(temporary))
                _made[key] = {path.name: path.read_bytes() for path in made.iterdir()}
        for name, content in _made[key].items():
            (folder / name).write_bytes(content)
    return folder


def file_of(ds: Dataset, name: str = "x") -> DicomFile:
    """A file that was looked at and needs no disk."""
    return DicomFile(name, ds, BytesIO)


def frames(found: Iterable[Dataset]) -> list[Frame]:
    """Frames of data sets, as the reader sees them."""
    return [f for k, ds in enumerate(found) for f in frames_of(file_of(ds, str(k)))]


def series(found: Iterable[Dataset], charset: str | None = None) -> tuple[Series, ...]:
    """Stacks of data sets of one study."""
    return series_of([file_of(ds, str(k)) for k, ds in enumerate(found)], charset)


def centroid(image: Image, low: float, high: float = np.inf) -> np.ndarray:
    """Mean place in RAS mm of voxels between two values."""
    voxels = np.argwhere((image.array >= low) & (image.array <= high))
    return (image.grid.affine @ [*voxels.mean(axis=0), 1])[:3]
