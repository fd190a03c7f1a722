"""Every case of a set as one picture, to look at before anything is trained.

The page is `templates/set.html.j2`; it needs nothing beside it, and every text in it is escaped.
"""

import base64
from io import BytesIO
from pathlib import Path

import numpy as np

from glioscope.files import atomic_text
from glioscope.model.preprocess import intensity_scale, sequence_of
from glioscope.own_data.check import SetReport
from glioscope.study import Channel, Study
from glioscope.volume import ClassMap, Mask
from glioscope.writing.report.html import page_template
from glioscope.writing.slice_pictures import (
    PNG_LEVEL,
    class_colour,
    flair_and_outline,
    tile,
    with_classes,
)
from glioscope.writing.wording import wording

# Where `glioscope data import` puts it.
PAGE = "look.html"
_PIXELS = 240


class Tiles:
    """Pictures of cases as they are read: the slice with most of the outline, else the middle."""

    def __init__(self) -> None:
        self._encoded: dict[str, str] = {}

    def __call__(self, study: Study, outline: Mask, classes: ClassMap | None = None) -> None:
        """Keep the picture of one case."""
        flair = study.images[Channel.FLAIR].array
        scale = intensity_scale(flair, sequence_of(study, Channel.FLAIR))
        slices = flair_and_outline(study, outline, scale)
        slices = with_classes(slices, classes) if classes else slices
        areas = slices.mask.sum(axis=(1, 2))
        index = int(areas.argmax()) if areas.any() else len(areas) // 2
        buffer = BytesIO()
        tile(slices.crop(), index, _PIXELS, _PIXELS).save(buffer, "PNG", compress_level=PNG_LEVEL)
        self._encoded[study.study_id] = base64.b64encode(buffer.getvalue()).decode("ascii")

    def of(self, case: str) -> str:
        """The PNG of a case in base64."""
        return self._encoded[case]


def write_page(report: SetReport, tiles: Tiles, path: Path, lang: str) -> None:
    """Write the page; equal arguments give equal bytes.

    Raises:
        OSError: there is no room.
    """
    volumes = [case.ml for case in report.cases if case.ml is not None]
    text = page_template("glioscope.own_data", "set.html.j2").render(
        words=wording(lang),
        lang=lang,
        report=report,
        tiles=tiles,
        median=float(np.median(volumes)) if volumes else None,
        colours=[class_colour(number) for number, _ in enumerate(report.classes, start=1)],
    )
    atomic_text(path, text)
