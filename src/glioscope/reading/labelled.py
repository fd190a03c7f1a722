"""Studies with outlines in the raw layout of nnU-Net: FLAIR, T1, T1GD, and classes of tumour.

::

    dataset.json                    channels, labels and number of cases
    imagesTr/CASE_0000.nii.gz       FLAIR; _0001 is T1, _0002 T1GD
    labelsTr/CASE.nii.gz            the outline, on FLAIR's grid
    cases.csv                       where each case is from, and which sequences are its own

`cases.csv` is ours: nnU-Net wants every channel of every case, so that FLAIR stands in for what is
missing, and only there it is told. Its columns are `glioscope.writing.labelled.COLUMNS`.

Where `dataset.json` names several classes, 1 to n, every voxel of an outline is of one of them, and
all of them together are the tumour.
"""

import csv
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np

from glioscope.errors import InputError, InvalidImage
from glioscope.reading.nifti import read_nifti
from glioscope.reading.nifti_mask import place_of, read_labels_nifti, read_mask_nifti
from glioscope.study import Channel, Study
from glioscope.volume import ClassMap, Image, Mask

DATASET, CASES, IMAGES, LABELS = "dataset.json", "cases.csv", "imagesTr", "labelsTr"
ORDER = (Channel.FLAIR, Channel.T1, Channel.T1GD)


@dataclass(frozen=True)
class LabelledCase:
    """One case of such a folder.

    Attributes:
        patient: his pseudonym; cases of one patient share it.
        sequences: those that are the case's own.
        site, scanner: where and on what he was scanned; empty where nobody says.
        class_names: of the classes that the set keeps apart; empty where the tumour is one.
    """

    root: Path
    name: str
    patient: str
    sequences: tuple[Channel, ...]
    site: str = ""
    scanner: str = ""
    class_names: tuple[str, ...] = ()

    def study(self) -> Study:
        """The pictures; errors as `read_nifti`."""
        paths = {s: image_path(self.root, self.name, s) for s in self.sequences}
        study = read_nifti(
            paths[Channel.FLAIR], paths.get(Channel.T1), paths.get(Channel.T1GD), self.name
        )
        return without_spacing(study) if self.reference().grid.nominal else study

    def reference(self) -> Mask:
        """The outline; errors as `read_mask_nifti`."""
        return read_mask_nifti(label_path(self.root, self.name))

    def classes(self) -> ClassMap | None:
        """The classes inside the outline; None where the set keeps none apart.

        Raises:
            InvalidImage: a value is none of the set's classes. Others as `read_labels_nifti`.
        """
        if not self.class_names:
            return None
        return read_classes(label_path(self.root, self.name), self.class_names)


def read_classes(path: Path, names: tuple[str, ...]) -> ClassMap:
    """A file of labels whose values 1 to n are `names`.

    Raises:
        InvalidImage: another value is among them. Others as `read_labels_nifti`.
    """
    values, grid = read_labels_nifti(path)
    if (most := int(values.max(initial=0))) > len(names):
        where = place_of(path)
        raise InvalidImage("reading.labelled.class", name=where, value=most, most=len(names))
    return ClassMap(names, values.astype(np.uint8), grid)


class _Dataset(msgspec.Struct):
    """What is read of `dataset.json`; regions of nnU-Net are lists of values."""

    labels: dict[str, int | str | list[int]] = {}


def class_names(root: Path) -> tuple[str, ...]:
    """Names of the classes 1 to n that a set keeps apart; none where it has one, or no such list.

    Raises:
        InputError: `dataset.json` of a set of ours cannot be understood.
    """
    if not (root / DATASET).is_file():
        return ()
    try:
        document = msgspec.json.decode((root / DATASET).read_bytes(), type=_Dataset)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if not is_labelled(root):
            return ()
        raise InputError("reading.labelled.list", name=root.name, cases=DATASET) from error
    values = {v: n for n, v in document.labels.items() if isinstance(v, int) and v > 0}
    counted = sorted(values) == list(range(1, len(values) + 1))
    return tuple(values[n] for n in sorted(values)) if counted and len(values) > 1 else ()


def image_path(root: Path, name: str, sequence: Channel) -> Path:
    """Where a sequence of a case lies."""
    return root / IMAGES / f"{name}_{ORDER.index(sequence):04}.nii.gz"


def label_path(root: Path, name: str) -> Path:
    """Where the outline of a case lies."""
    return root / LABELS / f"{name}.nii.gz"


def is_labelled(root: Path) -> bool:
    """Whether a folder is such a set of ours."""
    return (root / DATASET).is_file() and (root / CASES).is_file()


def list_labelled(root: Path) -> list[LabelledCase]:
    """All cases, sorted by name.

    Raises:
        InputError: no such set, no case in it, or its list of cases cannot be understood.
    """
    if not is_labelled(root):
        raise InputError("reading.labelled.none", name=root.name, dataset=DATASET, cases=CASES)
    names = class_names(root)
    try:
        with (root / CASES).open(encoding="utf-8", newline="") as file:
            cases = [_case(root, row, names) for row in csv.DictReader(file)]
    except (KeyError, ValueError, UnicodeDecodeError, csv.Error) as error:
        raise InputError("reading.labelled.list", name=root.name, cases=CASES) from error
    if not cases:
        raise InputError("reading.labelled.empty", name=root.name, cases=CASES)
    return sorted(cases, key=lambda case: case.name)


def data_hash(root: Path) -> str:
    """SHA-256, in hex, of all images and outlines of a set, by their names and contents.

    What its classes are called counts too, where it keeps several apart.
    """
    digest = sha256("\n".join(class_names(root)).encode())
    for path in sorted(p for part in (IMAGES, LABELS) for p in (root / part).glob("*.nii.gz")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _case(root: Path, row: dict[str, str], classes: tuple[str, ...]) -> LabelledCase:
    name = row["case"]
    sequences = tuple(Channel(one) for one in row["sequences"].split())
    if Channel.FLAIR not in sequences or Path(name).name != name:
        raise ValueError(name)
    # Sets of before 0.3 have neither site nor scanner.
    site, scanner = row.get("site") or "", row.get("scanner") or ""
    return LabelledCase(root, name, row["patient"], sequences, site, scanner, classes)


def without_spacing(study: Study) -> Study:
    """The same as pictures, which have no millimetres; NIfTI cannot say so of them."""
    grid = replace(study.grid, nominal=True)
    images = {s: Image(image.array, grid) for s, image in study.images.items()}
    return replace(study, images=images)
