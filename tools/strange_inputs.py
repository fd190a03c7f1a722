"""Foreign and broken inputs, built anew from code and from the test data that packages bring.

No patient is among them. Each builder gets an empty folder and returns the words for `analyze`;
what `inspect` takes are the same words without files named by options.
"""

import gzip
import os
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
from PIL import Image as Picture

from glioscope.phantom.study import phantom_study
from glioscope.study import Channel, Study
from glioscope.volume import Image
from glioscope.writing.mr.study import write_dicom_study

Build = Callable[[Path], list[str]]
Change = Callable[[list[pydicom.Dataset]], object]

# What packages bring beside their code, and where.
_PACKAGED = {"pydicom": "data/test_files", "nibabel": "tests/data", "highdicom": "data"}
_KINDS = (".dcm", ".nii", ".nii.gz", ".hdr", ".mnc", ".BRIK.gz", ".gz", ".json", ".txt")


@dataclass(frozen=True)
class Strange:
    """One input: its name in the table, and how it is made."""

    name: str
    build: Build


def made() -> list[Strange]:
    """Those made by code."""
    return [Strange(name, build) for name, build in {**_FILES, **_volumes(), **_studies()}.items()]


def packaged() -> Iterator[Strange]:
    """Every file of a package's test data as it lies there, and folders of DICOMDIRs."""
    for package, below in _PACKAGED.items():
        found = find_spec(package)
        if found is None or found.origin is None:
            continue
        root = Path(found.origin).parent / below
        for path in sorted(root.glob("*")):
            if path.name.endswith(_KINDS) or (path.is_dir() and path.name != "__pycache__"):
                yield Strange(f"{package}: {path.name}", lambda _, path=path: [str(path)])


def _head(seed: int = 0) -> Study:
    return phantom_study(seed, size=96, slices=20)[0]


def _nifti(array: np.ndarray, path: Path, spacing: tuple[float, ...] = (2.5, 2.5, 6.3)) -> str:
    image = nib.Nifti1Image(array, np.diag([-spacing[0], -spacing[1], spacing[2], 1.0]))
    nib.save(image, path)
    return str(path)


def _file(name: str, content: bytes) -> Build:
    def build(folder: Path) -> list[str]:
        (folder / name).write_bytes(content)
        return [str(folder / name)]

    return build


def _folder(*files: tuple[str, bytes]) -> Build:
    def build(folder: Path) -> list[str]:
        for name, content in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return [str(folder)]

    return build


def _zip(*entries: tuple[str, bytes]) -> Build:
    def build(folder: Path) -> list[str]:
        with zipfile.ZipFile(folder / "study.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in entries:
                packed.writestr(name, content)
        return [str(folder / "study.zip")]

    return build


def _zip_twice(folder: Path) -> list[str]:
    with warnings.catch_warnings(action="ignore"):
        return _zip(("a.dcm", b"one"), ("a.dcm", b"two"))(folder)


def _broken_link(folder: Path) -> list[str]:
    (folder / "study").mkdir()
    (folder / "study" / "IM1").symlink_to(folder / "gone")
    return [str(folder / "study")]


def _picture(folder: Path) -> list[str]:
    Picture.fromarray(np.zeros((64, 64, 3), np.uint8)).save(folder / "black.png")
    return [str(folder / "black.png")]


_FILES: dict[str, Build] = {
    "nothing there": lambda folder: [str(folder / "gone")],
    "empty folder": lambda folder: [str(folder)],
    "folder of text": _folder(("readme.txt", b"hello"), ("сведения.txt", "текст".encode())),
    "empty file": _file("a.dcm", b""),
    "empty NIfTI": _file("a.nii.gz", b""),
    "text called NIfTI": _file("a.nii", b"hello, world" * 40),
    "gzip of nothing": _file("a.nii.gz", gzip.compress(b"")),
    "text called DICOM": _file("a.dcm", b"hello, world"),
    "DICM and no more": _file("a.dcm", b"\0" * 128 + b"DICM"),
    "random bytes": _file("a.dcm", np.random.default_rng(0).bytes(5000)),
    "text called PNG": _file("a.png", b"hello"),
    "cut PNG": _file("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    "text called TIFF": _file("a.tif", b"II*\0hello"),
    "text called ZIP": _file("a.zip", b"PK\x03\x04hello"),
    "name with control characters": _file("a\u202egnp.\x1b[31m.nii", b"x"),
    "empty ZIP": _zip(),
    "ZIP of text": _zip(("a.txt", b"hello")),
    "ZIP that climbs out": _zip(("../../a.dcm", b"\0" * 128 + b"DICM")),
    "ZIP bomb": _zip(("a.dcm", b"\0" * 200_000_000)),
    "ZIP in ZIP": _zip(("a.zip", b"PK\x05\x06" + b"\0" * 18)),
    "ZIP with two files of one name": _zip_twice,
    "ZIP of text called NIfTI": _zip(("a_flair.nii", b"hello")),
    "link to nowhere": _broken_link,
    "black picture": _picture,
}


def _volumes() -> dict[str, Build]:
    """NIfTI files, by what is done to the FLAIR of a phantom."""

    def one(change: Callable[[np.ndarray], np.ndarray], **options: object) -> Build:
        def build(folder: Path) -> list[str]:
            array = change(_head().images[Channel.FLAIR].array)
            return [_nifti(array, folder / "head_flair.nii.gz", **options)]

        return build

    def cut(folder: Path) -> list[str]:
        path = Path(one(lambda a: a)(folder)[0])
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        return [str(path)]

    def named(name: bytes) -> Build:
        def build(folder: Path) -> list[str]:
            path = Path(one(lambda a: a)(folder)[0])
            return [str(path.rename(folder / os.fsdecode(name)))]

        return build

    def header(**values: object) -> Build:
        def build(folder: Path) -> list[str]:
            path = folder / "head_flair.nii"
            _nifti(_head().images[Channel.FLAIR].array, path)
            with path.open("r+b") as file:
                read = nib.Nifti1Header.from_fileobj(file, check=False)
                for name, value in values.items():
                    read[name] = value
                file.seek(0)
                file.write(read.binaryblock)
            return [str(path)]

        return build

    def bids(folder: Path) -> list[str]:
        for subject in ("sub-1", "sub-2"):
            anat = folder / subject / "anat"
            anat.mkdir(parents=True)
            _nifti(_head().images[Channel.FLAIR].array, anat / f"{subject}_FLAIR.nii.gz")
        return [str(folder)]

    def other_head(folder: Path) -> list[str]:
        flair, t1 = _head(0).images[Channel.FLAIR].array, _head(1).images[Channel.T1].array
        _nifti(t1[:, ::-1], folder / "t1.nii.gz")
        return [
            "--flair",
            _nifti(flair, folder / "flair.nii.gz"),
            "--t1",
            str(folder / "t1.nii.gz"),
        ]

    colour = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
    return {
        "head": one(lambda a: a),
        "cut NIfTI": cut,
        "NaN": one(lambda a: np.where(a > np.median(a), np.nan, a)),
        "constant": one(lambda a: np.full_like(a, 7)),
        "all zero": one(np.zeros_like),
        "four volumes": one(lambda a: np.repeat(a[..., None], 4, axis=3)),
        "one slice": one(lambda a: a[:, :, :1]),
        "complex": one(lambda a: a.astype(np.complex64)),
        "colour": one(lambda a: np.zeros(a.shape, colour)),
        "numbers beyond float32": one(lambda a: a.astype(np.float64) * 1e300),
        "metres": one(lambda a: a, spacing=(2500.0, 2500.0, 6300.0)),
        "micrometres": one(lambda a: a, spacing=(0.0025, 0.0025, 0.0063)),
        "label map": one(lambda a: (a > 100).astype(np.float32) + (a > 300)),
        "binary mask": one(lambda a: (a > np.percentile(a, 97)).astype(np.uint8)),
        "lower half": one(lambda a: a[:, :, :10]),
        "upper half": one(lambda a: a[:, :, 10:]),
        "left half": one(lambda a: np.where(np.arange(len(a))[:, None, None] < len(a) // 2, a, 0)),
        "upside down": one(lambda a: a[:, :, ::-1]),
        "name of 240 letters": named(b"a" * 227 + b"_flair.nii.gz"),
        "name with a line break": named(b"a\nb_flair.nii.gz"),
        "name of no letters": named(b"\xff\xfe_flair.nii.gz"),
        "name of the table": named(b"studies.csv_flair.nii.gz"),
        "gzip without its name": named(b"a_flair.nii"),
        "voxels inside the header": header(vox_offset=0),
        "unknown voxels": header(datatype=9999),
        "sides that contradict": header(qform_code=1, quatern_b=0, quatern_c=0, quatern_d=0),
        "BIDS set": bids,
        "noise": one(lambda a: np.random.default_rng(0).normal(100, 9, a.shape).astype("f4")),
        "another head's T1": other_head,
    }


def _studies() -> dict[str, Build]:
    """DICOM studies, by what is done to the instances of a phantom's FLAIR."""

    def series(change: Change, only: Channel = Channel.FLAIR) -> Build:
        def build(folder: Path) -> list[str]:
            study = _head()
            image: Image = study.images[only]
            small = replace(study, images={Channel.FLAIR: image})
            (written,) = write_dicom_study(small, folder / "dicom")
            paths = sorted(written.glob("*.dcm"))
            found = [pydicom.dcmread(path) for path in paths]
            change(found)
            for ds, path in zip(found, paths, strict=True):
                if ds.get("SeriesDescription") == "gone":
                    path.unlink()
                else:
                    ds.save_as(path, enforce_file_format=True)
            return [str(folder / "dicom")]

        return build

    def everywhere(**values: object) -> Change:
        return lambda found: [setattr(ds, k, v) for ds in found for k, v in values.items()]

    def at(index: int, **values: object) -> Change:
        return lambda found: [setattr(found[index], k, v) for k, v in values.items()]

    def cut(folder: Path) -> list[str]:
        words = series(lambda found: None)(folder)
        path = sorted(Path(words[0]).rglob("*.dcm"))[3]
        path.write_bytes(path.read_bytes()[:-3000])
        return words

    def patients(found: list[pydicom.Dataset]) -> None:
        for index, ds in enumerate(found):
            ds.PatientID = "AB"[index % 2]

    def a_series_each(found: list[pydicom.Dataset]) -> None:
        for ds in found:
            ds.SeriesInstanceUID = f"{ds.SeriesInstanceUID[:50]}.{ds.InstanceNumber}"

    name = {"SpecificCharacterSet": "ISO_IR 192"}
    return {
        "DICOM head": series(lambda found: None),
        "DICOM: a slice missing": series(at(7, SeriesDescription="gone")),
        "DICOM: a file cut off": cut,
        "DICOM: knee": series(everywhere(BodyPartExamined="KNEE")),
        "DICOM: Arabic and Han name": series(
            everywhere(**name, PatientName="محمد^أحمد=王^小明", PatientID="١٢٣")
        ),
        "DICOM: emoji and bidi name": series(
            everywhere(**name, PatientName="\U0001f9e0\u202eevil^\u2066x", PatientSex="0000")
        ),
        "DICOM: described as T1": series(everywhere(SeriesDescription="t1 se tra")),
        "DICOM: no pixels": series(lambda found: [ds.pop("PixelData") for ds in found]),
        "DICOM: 65535 rows": series(everywhere(Rows=65535)),
        "DICOM: no spacing": series(lambda found: [ds.pop("PixelSpacing") for ds in found]),
        "DICOM: slope 0": series(everywhere(RescaleSlope="0", RescaleIntercept="0")),
        "DICOM: two patients in one study": series(patients),
        "DICOM: a series for each slice": series(a_series_each),
        "DICOM: bits that do not fit": series(everywhere(BitsStored=20)),
        "DICOM: no signedness": series(
            lambda found: [ds.pop("PixelRepresentation") for ds in found]
        ),
        "DICOM: colour": series(everywhere(PhotometricInterpretation="PALETTE COLOR")),
        "DICOM: dates that are none": series(everywhere(StudyDate="20261399", StudyTime="99")),
        "DICOM: positions all one": series(everywhere(ImagePositionPatient=[0, 0, 0])),
        "DICOM: no StudyInstanceUID": series(everywhere(StudyInstanceUID="")),
        "DICOM: modality CT": series(everywhere(Modality="CT")),
    }
