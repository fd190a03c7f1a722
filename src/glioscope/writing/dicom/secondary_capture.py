"""Secondary capture: the axial slices with the outline burnt in, for viewers without segmentations.

Every slice is one colour picture, from the neck upwards. The pictures carry no spacing, so that
nobody measures on them, and lines in both languages that say what they are.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from glioscope.analysis import Analysis
from glioscope.files import atomic_path
from glioscope.texts.message import message
from glioscope.writing.dicom.elements import (
    MANUFACTURER,
    UTF8,
    in_languages,
    software_version,
    uid_of,
)
from glioscope.writing.dicom.header import SC_NUMBER, finish, result_key, series_of
from glioscope.writing.dicom.source import plain_sources, reference_of
from glioscope.writing.slice_pictures import Slices, slices_of, tile
from glioscope.writing.wording import font_path

if TYPE_CHECKING:
    from pydicom import Dataset

_WHAT = "overlay"
_WIDTH, _HEIGHT, _STRIP = 512, 512, 40
_GREY = (220, 220, 220)
# Every viewer reads RLE, and it halves pictures that are mostly black.
_RLE = "1.2.840.10008.1.2.5"


def write_overlays(analysis: Analysis, folder: Path) -> tuple[Path, ...]:
    """Write `folder/0001.dcm` and so on, one per axial slice, 512 x 552 px in colour.

    Raises:
        InputError: the study was not read from DICOM.
    """
    reference = reference_of(analysis)
    series = series_of(result_key(analysis), _WHAT)
    source = plain_sources(reference, analysis.study.grid)[0]
    shown = slices_of(analysis)
    paths = tuple(folder / f"{index + 1:04}.dcm" for index in range(len(shown.grey)))
    for index, path in enumerate(paths):
        dataset = _capture(analysis, source, series, _pixels(shown, index), index)
        with atomic_path(path) as temporary:
            dataset.save_as(temporary, enforce_file_format=True)
    return paths


def _pixels(shown: Slices, index: int) -> UInt8[np.ndarray, "h w 3"]:
    picture = Picture.new("RGB", (_WIDTH, _HEIGHT + _STRIP))
    picture.paste(tile(shown, index, _WIDTH, _HEIGHT), (0, 0))
    font = ImageFont.truetype(font_path(), 13)
    middle = (_WIDTH / 2, _HEIGHT + _STRIP / 2)
    text = "\n".join(in_languages("writing.use_no_device"))
    ImageDraw.Draw(picture).multiline_text(middle, text, _GREY, font, anchor="mm", align="center")
    return np.asarray(picture)


def _capture(
    analysis: Analysis,
    source: "Dataset",
    series: str,
    pixels: UInt8[np.ndarray, "h w 3"],
    index: int,
) -> "Dataset":
    from highdicom.sc import SCImage

    dataset = SCImage.from_ref_dataset(
        ref_dataset=source,
        pixel_array=pixels,
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        series_instance_uid=series,
        series_number=SC_NUMBER,
        sop_instance_uid=uid_of(series, str(index)),
        instance_number=index + 1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=analysis.model.name,
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
    finish(dataset, analysis, _WHAT)
    return dataset
