"""Secondary capture: the axial slices with the outline burnt in, for viewers without segmentations.

Every slice is one colour picture, from the neck upwards. The pictures carry no spacing, so that
nobody measures on them, and lines in both languages that say what they are.
"""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from glioscope.texts.message import message
from glioscope.writing.dicom.elements import (
    MANUFACTURER,
    UTF8,
    in_languages,
    save_as_it_is,
    software_version,
    uid_of,
)
from glioscope.writing.dicom.header import SC_NUMBER, finish
from glioscope.writing.dicom.target import DicomTarget
from glioscope.writing.slice_pictures import Slices, slices_of, tile
from glioscope.writing.wording import font_path

if TYPE_CHECKING:
    from pydicom import Dataset

_WHAT = "overlay"
_WIDTH, _HEIGHT, _STRIP = 512, 512, 40
_GREY = (220, 220, 220)
# Every viewer reads RLE, and it halves pictures that are mostly black.
_RLE = "1.2.840.10008.1.2.5"


def write_overlays(target: DicomTarget, folder: Path) -> tuple[Path, ...]:
    """Write `folder/0001.dcm` and so on, one per axial slice, 512 x 552 px in colour."""
    # The sure and the possible region are left out: nothing beside the picture would explain them.
    shown = replace(slices_of(target.analysis), sure=None, possible=None)
    paths = tuple(folder / f"{index + 1:04}.dcm" for index in range(len(shown.grey)))
    for index, path in enumerate(paths):
        save_as_it_is(_capture(target, _pixels(shown, index), index), path)
    return paths


def _pixels(shown: Slices, index: int) -> UInt8[np.ndarray, "h w 3"]:
    picture = Picture.new("RGB", (_WIDTH, _HEIGHT + _STRIP))
    picture.paste(tile(shown, index, _WIDTH, _HEIGHT), (0, 0))
    font = ImageFont.truetype(font_path(), 13)
    middle = (_WIDTH / 2, _HEIGHT + _STRIP / 2)
    text = "\n".join(in_languages("writing.use_no_device"))
    ImageDraw.Draw(picture).multiline_text(middle, text, _GREY, font, anchor="mm", align="center")
    return np.asarray(picture)


def _capture(target: DicomTarget, pixels: UInt8[np.ndarray, "h w 3"], index: int) -> "Dataset":
    from highdicom.sc import SCImage

    series = target.series_uid(_WHAT)
    dataset = SCImage.from_ref_dataset(
        ref_dataset=deepcopy(target.sources[0]),
        pixel_array=pixels,
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        series_instance_uid=series,
        series_number=SC_NUMBER,
        sop_instance_uid=uid_of(series, str(index)),
        instance_number=index + 1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=target.model_name,
        software_versions=software_version(),
        patient_orientation=("L", "P"),
        transfer_syntax_uid=_RLE,
        specific_character_set=UTF8,
    )
    # No patient is named in the picture; the lines below it are not about one.
    dataset.BurnedInAnnotation = "NO"
    dataset.BodyPartExamined = "BRAIN"
    dataset.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    dataset.DerivationDescription = str(message("writing.burnt_in"))
    finish(dataset, target, _WHAT)
    return dataset
