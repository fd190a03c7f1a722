"""What a PACS knows each axial slice by: series and image number, instance, frame."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glioscope.orientation import picture_axes, to_pictures
from glioscope.study import Channel, Study

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True)
class InstanceOfSlice:
    """Fields as in `glioscope.analysis_parts.SliceFinding`."""

    series_number: int | None = None
    instance_number: int | None = None
    sop_instance_uid: str | None = None
    frame: int | None = None


def instances(study: Study) -> tuple[InstanceOfSlice, ...]:
    """One for every axial picture of FLAIR, inferior to superior.

    Fields are None outside of DICOM, and where FLAIR was not scanned in axial slices: then no
    instance shows what the picture does.
    """
    grid = study.grid
    planes = np.broadcast_to(np.arange(grid.shape[0])[:, None, None], grid.shape)
    pictures = to_pictures(planes, grid)
    series = study.source.series.get(Channel.FLAIR)
    if series is None or picture_axes(grid).axes[0] != 0:
        return (InstanceOfSlice(),) * len(pictures)
    headers = {str(header.SOPInstanceUID): header for header in series.headers}
    frames = [series.frames[int(picture[0, 0])] for picture in pictures]
    return tuple(
        InstanceOfSlice(
            series_number=_number(headers[frame.instance_uid], "SeriesNumber"),
            instance_number=_number(headers[frame.instance_uid], "InstanceNumber"),
            sop_instance_uid=frame.instance_uid,
            frame=frame.frame,
        )
        for frame in frames
    )


def _number(header: "Dataset", keyword: str) -> int | None:
    """A whole number of the header; None where it has none, or something else in its place."""
    try:
        return int(str(header.get(keyword)))
    except ValueError:
        return None
