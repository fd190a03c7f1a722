"""Phantoms that went through DICOM files: written by us, read by us."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import highdicom
import numpy as np
import pydicom

from glioscope.analysis import Analysis
from glioscope.reading.dicom.study import read_dicom
from glioscope.study import Channel
from glioscope.volume import Grid, Mask
from glioscope.writing.dicom.elements import uid_of
from glioscope.writing.mr.series import AS_READ
from mr_series import write_series
from phantoms import ORIENTATIONS, analysis_for, ball_mask, study_for
from scanner_tags import ScannerTags

SHAPE = (20, 36, 34)
# Between tissue of 100 and lesion of 180.
LEVEL = 140
FLAIR = ScannerTags(
    "FLAIR",
    uid_of("study"),
    uid_of("frame"),
    repetition_ms=9000.0,
    echo_ms=120.0,
    inversion_ms=2500.0,
    patient_id="P1",
    patient_name="Иванова^Мария",
    date="20240102",
)


def lesion(
    name: str, voxel: tuple[float, float, float] = (10.3, 17.8, 15.6), radius_mm: float = 6.0
) -> Mask:
    """A ball around a voxel of a grid of one orientation."""
    grid = Grid(SHAPE, ORIENTATIONS[name])
    return ball_mask(grid, centre(grid, voxel), radius_mm)


def centre(grid: Grid, voxel: tuple[float, float, float] = (10.3, 17.8, 15.6)) -> np.ndarray:
    """Where a voxel lies in RAS mm."""
    return (grid.affine @ [*voxel, 1.0])[:3]


def two_lesions(name: str) -> Mask:
    """A large and a small ball, apart."""
    large, small = lesion(name), lesion(name, (9.0, 8.0, 28.0), 4.0)
    return Mask(large.array | small.array, large.grid)


_made: dict[Any, dict[str, bytes]] = {}


def write_phantom(mask: Mask, folder: Path, tags: ScannerTags = FLAIR, **options: object) -> None:
    """FLAIR of the phantom as a series of `folder`, slices along the first axis.

    Many tests use the same one: it is made once.
    """
    grid = mask.grid
    key = (mask.array.tobytes(), grid.shape, grid.affine.tobytes(), tags, *sorted(options.items()))
    if key not in _made:
        image = study_for(mask).images[Channel.FLAIR]
        with TemporaryDirectory() as temporary:
            paths = write_series(image, Path(temporary), tags, **{"axes": AS_READ, **options})
            _made[key] = {path.name: path.read_bytes() for path in paths}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _made[key].items():
        (folder / name).write_bytes(content)


def analysed(folder: Path) -> Analysis:
    """What a flawless network finds in a phantom that is read from DICOM.

    The mask is cut from the pixels that came back, so it lies on the grid that was read.
    """
    study = read_dicom(folder)
    array = study.images[Channel.FLAIR].array
    return analysis_for(Mask(array > LEVEL, study.grid), study=study)


def through_dicom(mask: Mask, folder: Path, **options: object) -> Analysis:
    """Both of these."""
    write_phantom(mask, folder, **options)
    return analysed(folder)


def as_others_read(folder: Path) -> highdicom.Volume:
    """The series of a folder as highdicom reads it, with no code of ours."""
    paths = sorted(folder.glob("*.dcm"))
    if paths[0].name == "enhanced.dcm":
        return highdicom.imread(paths[0]).get_volume(apply_real_world_transform=False)
    return highdicom.get_volume_from_series([pydicom.dcmread(path) for path in paths])


def mask_on_source(seg: Path, source: highdicom.Volume) -> np.ndarray:
    """Lesion numbers of a segmentation on the voxels of a series, by highdicom alone."""
    read = highdicom.seg.segread(seg)
    return read.get_volume(combine_segments=True).match_geometry(source).array
