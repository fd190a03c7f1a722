# pyright: basic
# It speaks with SciPy, which carries no types.
"""One additional series: FLAIR's slices as they were scanned, with the outline and burnt-in lines.

Each picture has the size, place and directions of the slice that it stands for. It is a secondary
capture, for a burnt-in line is no measurement of a scanner.
"""

from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont
from scipy.ndimage import binary_erosion

from glioscope.study import Channel
from glioscope.writing.dicom.elements import (
    MANUFACTURER,
    UTF8,
    ds,
    save_as_it_is,
    uid_of,
)
from glioscope.writing.dicom.header import SC_NUMBER, finish
from glioscope.writing.dicom.mosmed.registration import Service
from glioscope.writing.dicom.mosmed.report import mark
from glioscope.writing.dicom.mosmed.service import Times, is_pathology, model_of, version_of
from glioscope.writing.dicom.target import DicomTarget
from glioscope.writing.slice_pictures import OUTLINE
from glioscope.writing.wording import font_path, wording

if TYPE_CHECKING:
    from pydicom import Dataset

_TEXTS = wording("ru")
_GREY = (230, 230, 230)
# White, in medians of the head above air, as in the other pictures.
_WHITE = 2.4
_LONGEST_UID = 64
_RLE = "1.2.840.10008.1.2.5"


def write_series(
    target: DicomTarget, service: Service, times: Times, folder: Path
) -> tuple[Path, ...]:
    """Write `folder/0001.dcm` and so on, one for each slice, in the order of the frames."""
    image = target.analysis.study.images[Channel.FLAIR].array
    low, unit = target.analysis.flair_scale
    grey = np.clip((image - np.float32(low)) / np.float32(_WHITE * unit), 0, 1)
    planes = np.rint(grey * 255).astype(np.uint8)
    paths: list[Path] = []
    for index, plane in enumerate(planes):
        path = folder / f"{index + 1:04}.dcm"
        shown = _drawn(plane, target.analysis.mask.array[index])
        pixels = _lettered(shown, target, service, times)
        save_as_it_is(_capture(target, service, times, pixels, index), path)
        paths.append(path)
    return tuple(paths)


def series_uid(target: DicomTarget, service: Service) -> str:
    """`{series}.{model}.{addition}.{count}`; one of our own where that would be too long."""
    told = f"{target.reference.series_uid}.{service.model_id}.1.1"
    if len(told) <= _LONGEST_UID:
        return told
    return uid_of(target.key, "mosmed", "series")


def _drawn(plane: UInt8[np.ndarray, "h w"], mask: Bool[np.ndarray, "h w"]) -> Picture.Image:
    pixels = np.repeat(plane[..., None], 3, axis=2)
    if mask.any():
        pixels[mask & ~binary_erosion(mask)] = OUTLINE
    return Picture.fromarray(pixels)


def _lettered(
    shown: Picture.Image, target: DicomTarget, service: Service, times: Times
) -> UInt8[np.ndarray, "h w 3"]:
    """Above: what it is not; below: who made it and when; in between, if so, that nothing was."""
    draw = ImageDraw.Draw(shown)
    size = max(8, shown.width // 32)
    font = ImageFont.truetype(font_path(), size)
    middle = shown.width / 2
    lines = _broken(_TEXTS("mosmed.use"), draw, font, shown.width)
    draw.multiline_text((middle, 2), lines, _GREY, font, anchor="ma", align="center")
    below = f"{service.name} {version_of(target.analysis)}\n{times.ended:%d.%m.%Y %H:%M:%S}"
    below = _broken(below, draw, font, shown.width)
    draw.multiline_text((middle, shown.height - 2), below, _GREY, font, anchor="md", align="center")
    if not is_pathology(target.analysis):
        text = _broken(_TEXTS("mosmed.nothing"), draw, font, shown.width)
        place = (middle, 4 + 2 * size)
        draw.multiline_text(place, text, _GREY, font, anchor="ma", align="center")
    return np.asarray(shown)


def _broken(text: str, draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont, width: int) -> str:
    """The text in as many lines as the picture's width asks for."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and draw.textlength(longer, font) > width - 4:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return "\n".join(lines)


def _capture(
    target: DicomTarget,
    service: Service,
    times: Times,
    pixels: UInt8[np.ndarray, "h w 3"],
    index: int,
) -> "Dataset":
    from highdicom.sc import SCImage

    series = series_uid(target, service)
    dataset = SCImage.from_ref_dataset(
        ref_dataset=deepcopy(target.sources[0]),
        pixel_array=pixels,
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        series_instance_uid=series,
        series_number=SC_NUMBER,
        sop_instance_uid=uid_of(series, target.key, str(index)),
        instance_number=index + 1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=model_of(target.analysis).name,
        software_versions=version_of(target.analysis),
        patient_orientation=("L", "P"),
        transfer_syntax_uid=_RLE,
        specific_character_set=UTF8,
    )
    dataset.BurnedInAnnotation = "NO"
    dataset.BodyPartExamined = "BRAIN"
    dataset.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    finish(dataset, target, "mosmed")
    mark(dataset, target.analysis, service, times)
    _place(dataset, target, index)
    source = str(target.header.get("Modality") or "MR")
    dataset.Modality = source if service.modality == "source" else service.modality
    return dataset


def _place(dataset: "Dataset", target: DicomTarget, index: int) -> None:
    """Where the slice lies; `PatientOrientation` gives way to the exact directions."""
    first = target.sources[0]
    shared = first.get("SharedFunctionalGroupsSequence")
    directions = (
        shared[0].PlaneOrientationSequence[0].ImageOrientationPatient
        if shared
        else first.ImageOrientationPatient
    )
    between, row, column = (ds(v) for v in target.analysis.study.grid.spacing)
    dataset.PatientOrientation = ""
    dataset.FrameOfReferenceUID = first.FrameOfReferenceUID
    dataset.PositionReferenceIndicator = ""
    dataset.ImagePositionPatient = [ds(v) for v in target.places[index]]
    dataset.ImageOrientationPatient = directions
    dataset.PixelSpacing = [row, column]
    dataset.SliceThickness = between
