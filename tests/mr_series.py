"""MR series as scanners and archives have them: classic or multi-frame, in any transfer syntax.

What the program itself writes (`glioscope.writing.mr.series`) is the classic one, little endian.
"""

from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRBigEndian

from enhanced_dicom import enhanced_dataset
from glioscope.volume import Image
from glioscope.writing.mr import series
from glioscope.writing.mr.series import AS_PICTURES, planes_of
from scanner_tags import ScannerTags, add_scanner

EXPLICIT = "1.2.840.10008.1.2.1"


def series_datasets(
    image: Image,
    tags: ScannerTags,
    *,
    axes: tuple[int, int, int] = AS_PICTURES,
    enhanced: bool = False,
    syntax: str = EXPLICIT,
) -> list[Dataset]:
    """Instances of a series, uncompressed, in the byte order of `syntax`."""
    if enhanced:
        found = [enhanced_dataset(planes_of(image, axes), tags)]
    else:
        found = series.series_datasets(image, tags, axes=axes)
        for dataset in found:
            add_scanner(dataset, tags)
    if syntax == ExplicitVRBigEndian:
        for dataset in found:
            dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    return found


def write_series(
    image: Image,
    folder: Path,
    tags: ScannerTags,
    *,
    axes: tuple[int, int, int] = AS_PICTURES,
    enhanced: bool = False,
    syntax: str = EXPLICIT,
) -> tuple[Path, ...]:
    """Write `folder/0001.dcm` and so on, one per slice, or `folder/enhanced.dcm`."""
    found = series_datasets(image, tags, axes=axes, enhanced=enhanced, syntax=syntax)
    names = ["enhanced.dcm"] if enhanced else [f"{n:04}.dcm" for n in range(1, len(found) + 1)]
    paths = tuple(folder / name for name in names)
    for dataset, path in zip(found, paths, strict=True):
        save(dataset, path, syntax)
    return paths


def save(ds: Dataset, path: Path, syntax: str = EXPLICIT) -> None:
    """One file, without waiting for the disk: a study has many and a test none to lose.

    Compressed syntaxes are those that pydicom can encode: RLE, JPEG-LS, and JPEG 2000, which wants
    sides of 32 px or more.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    compressed = UID(syntax).is_compressed
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = UID(EXPLICIT if compressed else syntax)
    if compressed:
        ds.compress(syntax, generate_instance_uid=False)
    ds.save_as(path, enforce_file_format=True)
