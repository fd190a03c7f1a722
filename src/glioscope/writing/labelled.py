"""Studies with outlines as a folder that `glioscope.reading.labelled` and nnU-Net read."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path

import numpy as np

from glioscope.files import atomic_json, atomic_text
from glioscope.reading.labelled import CASES, DATASET, IMAGES, LABELS, ORDER, image_path, label_path
from glioscope.study import Channel, Study, content_hash
from glioscope.volume import ClassMap, Mask
from glioscope.writing.nifti import write_volume

TUMOUR = "tumour"


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """A line of `cases.csv`: where a case is from, without anybody's name.

    Attributes:
        case, patient: pseudonyms.
        sequences: the case's own, separated by spaces; FLAIR stands in for others.
        verdict, reason: of the review; `reason` is empty unless it was rejected, and both are of
            what was no review.
        outline: `model`, `doctor`, `empty`, or `given` where it came with the pictures.
        version: number of the doctor's outline; empty for others.
        model, model_version: who answered first.
        dice: of the doctor's outline with the model's; empty where there is none.
        voxels: in the outline.
        images_sha256, outline_sha256: of what was read, as `content_hash`, and of the outline file.
        site, scanner: where and on what the patient was scanned; empty where nobody says.
    """

    case: str
    patient: str
    sequences: str
    verdict: str
    reason: str
    outline: str
    version: str
    model: str
    model_version: str
    dice: str
    voxels: int
    images_sha256: str
    outline_sha256: str
    site: str = ""
    scanner: str = ""


COLUMNS = tuple(field.name for field in fields(Provenance))


@dataclass(frozen=True)
class Written:
    """What `write_case` tells of a case."""

    sequences: str
    voxels: int
    images_sha256: str
    outline_sha256: str


def write_case(root: Path, name: str, study: Study, outline: Mask | ClassMap) -> Written:
    """Write images and outline of a case, whose name is a pseudonym.

    With classes the outline is all of them together.

    Raises:
        OSError: there is no room.
    """
    for folder in (IMAGES, LABELS):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for sequence in ORDER:
        image = study.images.get(sequence, study.images[Channel.FLAIR])
        write_volume(image.array, study.grid, image_path(root, name, sequence), brightest=0)
    where = label_path(root, name)
    values = outline.array.astype("uint8") if isinstance(outline, Mask) else outline.values
    # Viewers show the last class as white.
    brightest = len(outline.names) if isinstance(outline, ClassMap) else 1
    write_volume(values, study.grid, where, brightest=brightest)
    return Written(
        sequences=" ".join(s.value for s in ORDER if s in study.images),
        voxels=int(np.count_nonzero(values)),
        images_sha256=content_hash(study),
        outline_sha256=sha256(where.read_bytes()).hexdigest(),
    )


def write_lists(
    root: Path,
    cases: Sequence[Provenance],
    name: str = "glioscope reviews",
    origin: str = "Outlines that doctors signed.",
    classes: Sequence[str] = (TUMOUR,),
) -> None:
    """Write `dataset.json` and `cases.csv`, last: a folder without them is no set.

    `classes` name the values of the outlines from 1 on.
    """
    document = {
        "channel_names": {str(at): sequence.value for at, sequence in enumerate(ORDER)},
        "labels": {"background": 0} | {name: n for n, name in enumerate(classes, start=1)},
        "numTraining": len(cases),
        "file_ending": ".nii.gz",
        "name": name,
        "description": f"{origin} Research use only; not a medical device.",
    }
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(case) for case in cases)
    atomic_text(root / CASES, text.getvalue())
    atomic_json(root / DATASET, document)
