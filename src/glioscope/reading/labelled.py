"""Studies with outlines in the raw layout of nnU-Net: FLAIR, T1, T1GD, and one class of tumour.

::

    dataset.json                    channels, labels and number of cases
    imagesTr/CASE_0000.nii.gz       FLAIR; _0001 is T1, _0002 T1GD
    labelsTr/CASE.nii.gz            the outline, on FLAIR's grid
    cases.csv                       where each case is from, and which sequences are its own

`cases.csv` is ours: nnU-Net wants every channel of every case, so that FLAIR stands in for what is
missing, and only there it is told. Its columns are `glioscope.writing.labelled.COLUMNS`.
"""

import csv
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from glioscope.errors import InputError
from glioscope.reading.nifti import read_nifti
from glioscope.reading.nifti_mask import read_mask_nifti
from glioscope.study import Channel, Study
from glioscope.volume import Image, Mask

DATASET, CASES, IMAGES, LABELS = "dataset.json", "cases.csv", "imagesTr", "labelsTr"
ORDER = (Channel.FLAIR, Channel.T1, Channel.T1GD)


@dataclass(frozen=True)
class LabelledCase:
    """One case of such a folder.

    Attributes:
        patient: his pseudonym; cases of one patient share it.
        sequences: those that are the case's own.
        site, scanner: where and on what he was scanned; empty where nobody says.
    """

    root: Path
    name: str
    patient: str
    sequences: tuple[Channel, ...]
    site: str = ""
    scanner: str = ""

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
    try:
        with (root / CASES).open(encoding="utf-8", newline="") as file:
            cases = [_case(root, row) for row in csv.DictReader(file)]
    except (KeyError, ValueError, UnicodeDecodeError, csv.Error) as error:
        raise InputError("reading.labelled.list", name=root.name, cases=CASES) from error
    if not cases:
        raise InputError("reading.labelled.empty", name=root.name, cases=CASES)
    return sorted(cases, key=lambda case: case.name)


def data_hash(root: Path) -> str:
    """SHA-256, in hex, of all images and outlines of a set, by their names and contents."""
    digest = sha256()
    for path in sorted(p for part in (IMAGES, LABELS) for p in (root / part).glob("*.nii.gz")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _case(root: Path, row: dict[str, str]) -> LabelledCase:
    name = row["case"]
    sequences = tuple(Channel(one) for one in row["sequences"].split())
    if Channel.FLAIR not in sequences or Path(name).name != name:
        raise ValueError(name)
    # Sets of before 0.3 have neither site nor scanner.
    site, scanner = row.get("site") or "", row.get("scanner") or ""
    return LabelledCase(root, name, row["patient"], sequences, site, scanner)


def without_spacing(study: Study) -> Study:
    """The same as pictures, which have no millimetres; NIfTI cannot say so of them."""
    grid = replace(study.grid, nominal=True)
    images = {s: Image(image.array, grid) for s, image in study.images.items()}
    return replace(study, images=images)
