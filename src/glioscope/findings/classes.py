"""Of which class each voxel of the outline is, and how classes are coded in DICOM."""

from hashlib import sha256
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, UInt8

from glioscope.model.preprocess import Window


def likeliest(
    shares: UInt8[np.ndarray, "k n n c"], window: Window, wanted: Bool[np.ndarray, " k"]
) -> UInt8[np.ndarray, "k h w"]:
    """The most likely class of every pixel of the wanted pictures, from 1; 0 on the others.

    `shares` tell how likely each class is, on network planes. They are brought onto the pictures
    before they are compared, so that classes meet where they are equally likely; of equal ones the
    first holds, and no pixel is left without a class.
    """
    found = np.zeros((len(shares), *window.source), np.uint8)
    for index in np.flatnonzero(wanted):
        planes = np.moveaxis(shares[index], -1, 0).astype(np.float32)
        found[index] = 1 + np.stack([window.back(plane) for plane in planes]).argmax(axis=0)
    return found


class Concept(NamedTuple):
    """A coded concept: value, scheme and meaning, as DICOM has them."""

    value: str
    scheme: str
    meaning: str


Kind = Literal["edema", "necrosis", "enhancing", "non_enhancing"]

# DICOM's own for lesions of the brain (PS3.16, CID 7168); dcmqi and TCIA code glioma by them.
_CONCEPTS: dict[Kind, Concept] = {
    "edema": Concept("79654002", "SCT", "Edema"),
    "necrosis": Concept("6574001", "SCT", "Necrosis"),
    "enhancing": Concept("C113842", "NCIt", "Enhancing Lesion"),
    "non_enhancing": Concept("C81175", "NCIt", "Non-Enhancing Lesion"),
}
# What sets of ours and of others call them, in small letters and without signs.
_NAMES: dict[Kind, tuple[str, ...]] = {
    "edema": ("edema", "oedema", "peritumoral edema", "ed", "отёк", "отек"),
    "necrosis": ("necrosis", "necrotic", "necrotic core", "ncr", "некроз"),
    "enhancing": ("enhancing", "enhancing tumor", "enhancing tumour", "enhancing lesion", "et"),
    "non_enhancing": (
        *("non enhancing", "nonenhancing", "non enhancing lesion", "net"),
        *("non enhancing tumor", "non enhancing tumour"),
    ),
}
_OTHERS = "99GLIOSCOPE"
# Of a code value (SH, 16 characters) that follows from the name.
_DIGITS = 12


def kind_of(name: str) -> Kind | None:
    """Which of the usual parts of a glioma a class of this name is; None for another name."""
    plain = _plain(name)
    return next((kind for kind, names in _NAMES.items() if plain in names), None)


def concept_of(name: str) -> Concept:
    """How a class of this name is coded: as DICOM does, or by a code of our own for other names."""
    if kind := kind_of(name):
        return _CONCEPTS[kind]
    value = f"C{sha256(_plain(name).encode()).hexdigest()[:_DIGITS]}"
    return Concept(value, _OTHERS, name)


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
