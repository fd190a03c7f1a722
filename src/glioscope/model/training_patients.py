"""Whom a model was trained on, as `patients.json` of its bundle: hashes of names and of volumes.

A name is that of the patient in the data set. A volume is FLAIR as axial pictures, scaled to 256
levels between its darkest and brightest voxel: saving it again in another type, order of axes or
linear scale gives the same hash. `python -m tools.training_patients` makes the file.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from glioscope.errors import ModelError
from glioscope.orientation import to_pictures
from glioscope.study import Channel, Study

SCHEMA = "glioscope.patients/1"
# 64 bits: two of a million hashes are equal once in ten million sets.
_DIGITS = 16


def name_hash(patient: str) -> str:
    """Hash of a patient's name in a data set."""
    return _hash(b"patient", patient.encode())


def volume_hash(study: Study) -> str:
    """Hash of FLAIR, whatever file it was read from."""
    image = study.images[Channel.FLAIR]
    pictures = to_pictures(image.array, image.grid).astype(np.float64)
    low, high = pictures.min(), pictures.max()
    levels = np.rint((pictures - low) * (255 / ((high - low) or 1.0))).astype(np.uint8)
    return _hash(b"volume", repr(levels.shape).encode(), np.ascontiguousarray(levels).tobytes())


def _hash(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:_DIGITS]


@dataclass(frozen=True)
class TrainingPatients:
    """Hashes of the names and the volumes that a model learned from."""

    names: frozenset[str]
    volumes: frozenset[str]

    def knows(self, patient: str, study: Study | None) -> bool:
        """Whether the model learned from this patient, by name or, where given, by the volume."""
        if name_hash(patient) in self.names:
            return True
        return study is not None and volume_hash(study) in self.volumes

    def with_others(self, others: "TrainingPatients") -> "TrainingPatients":
        """These and the others."""
        return TrainingPatients(self.names | others.names, self.volumes | others.volumes)

    def to_json(self) -> str:
        """The text of `patients.json`."""
        lists = {"names": sorted(self.names), "volumes": sorted(self.volumes)}
        return json.dumps({"schema": SCHEMA, **lists}, separators=(",", ":")) + "\n"

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read `patients.json`.

        Raises:
            ModelError: it cannot be read, or is of another schema.
        """
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["schema"] != SCHEMA:
                raise ValueError
            return cls(frozenset(document["names"]), frozenset(document["volumes"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError("model.patients_unreadable", file=path.name) from error
