"""Files damaged at random: a reader gives a study or a GlioscopeError, and nothing else.

The suite runs a small fixed budget; `make fuzz` (GLIOSCOPE_FUZZ, examples per test) runs longer.
"""

import gzip
import io
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset

from dicom_datasets import EXPLICIT, datasets, head
from glioscope.errors import GlioscopeError, UnreadableFile
from glioscope.reading.containers.folder import open_container
from glioscope.reading.dicom.study import read_dicom
from glioscope.reading.nifti import read_nifti
from mr_series import save
from phantoms import grid_of

EXAMPLES = int(os.environ.get("GLIOSCOPE_FUZZ", "15"))
budget = settings(
    max_examples=EXAMPLES,
    deadline=None,  # the machine may be busy
    derandomize="GLIOSCOPE_FUZZ" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SHAPE = (4, 8, 8)

# What is done to a file: cut off, overwritten, or a piece of it said twice.
cuts = st.tuples(st.just("cut"), st.floats(0, 1), st.binary(max_size=0))
writes = st.tuples(st.just("write"), st.floats(0, 1), st.binary(min_size=1, max_size=8))
inserts = st.tuples(st.just("insert"), st.floats(0, 1), st.binary(min_size=1, max_size=64))
doubles = st.tuples(st.just("double"), st.floats(0, 1), st.binary(min_size=1, max_size=64))
damage = st.lists(st.one_of(cuts, writes, inserts, doubles), min_size=1, max_size=4)


def damaged(data: bytes, steps: list[tuple[str, float, bytes]]) -> bytes:
    for kind, where, piece in steps:
        at = int(where * len(data))
        if kind == "cut":
            data = data[:at]
        elif kind == "write":
            data = data[:at] + piece + data[at + len(piece) :]
        elif kind == "insert":
            data = data[:at] + piece + data[at:]
        else:
            data = data[: at + len(piece)] + data[at:]
    return data


def survives(read: Callable[[Path], object], path: Path) -> None:
    try:
        read(path)
    except GlioscopeError as error:
        assert str(error)


def everything(path: Path) -> None:
    for member in open_container(path).entries:
        with member.open() as file:
            file.read()


@pytest.fixture(scope="module")
def nifti() -> bytes:
    image = nib.Nifti1Image(np.arange(256, dtype=np.int16).reshape(4, 8, 8), np.eye(4))
    return image.to_bytes()


@pytest.fixture(scope="module")
def instances(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("dicom")
    kept = []
    for number, ds in enumerate(datasets(head(grid_of("axial", SHAPE)))):
        save(ds, folder / str(number), EXPLICIT)
        kept.append((folder / str(number)).read_bytes())
    return kept


@budget
@given(steps=damage, packed=st.booleans())
def test_nifti(
    tmp_path_factory: pytest.TempPathFactory,
    nifti: bytes,
    steps: list[tuple[str, float, bytes]],
    packed: bool,
) -> None:
    folder = tmp_path_factory.mktemp("nifti")
    data = damaged(nifti, steps)
    path = folder / ("x.nii.gz" if packed else "x.nii")
    path.write_bytes(gzip.compress(data) if packed else data)
    survives(read_nifti, path)
    if packed:
        path.write_bytes(damaged(gzip.compress(nifti), steps))
        survives(read_nifti, path)


@budget
@given(steps=damage)
def test_nifti_headers(
    tmp_path_factory: pytest.TempPathFactory, nifti: bytes, steps: list[tuple[str, float, bytes]]
) -> None:
    """Only the header: absurd dimensions, scales, offsets and affines."""
    path = tmp_path_factory.mktemp("nifti") / "x.nii"
    path.write_bytes(damaged(nifti[:348], steps)[:348].ljust(348, b"\0") + nifti[348:])
    survives(read_nifti, path)


@budget
@given(steps=damage)
def test_zip(
    tmp_path_factory: pytest.TempPathFactory,
    instances: list[bytes],
    steps: list[tuple[str, float, bytes]],
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, data in enumerate(instances):
            archive.writestr(f"{number}.dcm", data)
    path = tmp_path_factory.mktemp("zip") / "x.zip"
    path.write_bytes(damaged(buffer.getvalue(), steps))
    survives(everything, path)
    survives(read_dicom, path)


@budget
@given(which=st.integers(0, 9), steps=damage)
def test_dicom(
    tmp_path_factory: pytest.TempPathFactory,
    instances: list[bytes],
    which: int,
    steps: list[tuple[str, float, bytes]],
) -> None:
    folder = tmp_path_factory.mktemp("dicom")
    for number, data in enumerate(instances):
        wrong = number == which % len(instances)
        (folder / str(number)).write_bytes(damaged(data, steps) if wrong else data)
    survives(read_dicom, folder)


@budget
@given(
    keyword=st.sampled_from(
        ["Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "SamplesPerPixel",
         "PixelRepresentation", "NumberOfFrames", "PixelSpacing", "ImagePositionPatient",
         "ImageOrientationPatient", "RescaleSlope", "RescaleIntercept", "SliceThickness",
         "InversionTime", "RepetitionTime", "ImageType", "InstanceNumber"]
    ),
    value=st.one_of(
        st.none(), st.sampled_from([0, 1, 65535, "", "1e308", "-0", "nan", "9" * 15]),
        st.lists(st.sampled_from([0, 1, -1, "1e38", "0.0001", "nan"]), max_size=7),
    ),
)  # fmt: skip
def test_dicom_attributes(
    tmp_path_factory: pytest.TempPathFactory, instances: list[bytes], keyword: str, value: object
) -> None:
    """Absurd dimensions and places in every instance, written as a scanner would."""
    import warnings

    import pydicom

    folder = tmp_path_factory.mktemp("dicom")
    with warnings.catch_warnings(action="ignore"):
        for number, data in enumerate(instances):
            ds = pydicom.dcmread(io.BytesIO(data))
            try:
                setattr(ds, keyword, value)
                ds.save_as(folder / str(number))
            except (ValueError, TypeError, OverflowError, AttributeError, OSError, struct.error):
                return  # pydicom cannot write it
    survives(read_dicom, folder)


def test_sequences_nested_without_end(tmp_path: Path, instances: list[bytes]) -> None:
    """A private sequence inside itself ten thousand times, before the pixels."""
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    start = struct.pack("<HH2sHL", 0x0009, 0x1001, b"SQ", 0, 0xFFFFFFFF) + item
    data = instances[0]
    at = data.index(struct.pack("<HH", 0x0010, 0x0010))
    (tmp_path / "deep.dcm").write_bytes(data[:at] + start * 10_000 + data[at:])
    survives(read_dicom, tmp_path)
    survives(read_dicom, tmp_path / "deep.dcm")


def test_truncated_pixels_are_told(tmp_path: Path, instances: list[bytes]) -> None:
    for number, data in enumerate(instances):
        (tmp_path / str(number)).write_bytes(data[:-40] if number == 1 else data)
    with pytest.raises(UnreadableFile):
        read_dicom(tmp_path)


def test_the_control_notices_what_escapes(tmp_path: Path) -> None:
    def careless(path: Path) -> Dataset:
        raise KeyError(path.name)

    with pytest.raises(KeyError):
        survives(careless, tmp_path)
