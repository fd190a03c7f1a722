"""Causes of a study without a result, in the categories that the messages have.

The centre counts against a service only what is in no other category. A server that does not
answer is asked until it does, so that `Server unavailable` is never told.
"""

from typing import Literal

Category = Literal[
    "Server unavailable",
    "Incorrect number of images",
    "Modality error",
    "Series error",
    "Tag error",
    "Body part error",
    "Images error",
    "Other",
]

_CODES: dict[str, Category] = {
    "pacs.no_pictures": "Modality error",
    "reading.dicom.none": "Modality error",
    "reading.zip_no_dicom": "Modality error",
    "pacs.no_head": "Body part error",
    "reading.no_head": "Body part error",
    "reading.dicom.no_flair": "Series error",
    "reading.dicom.no_flair_damaged": "Images error",
    "reading.dicom.no_mr": "Modality error",
    "core.no_flair": "Series error",
    "core.no_sequence": "Series error",
    "reading.geometry.missing": "Incorrect number of images",
    "reading.geometry.single": "Incorrect number of images",
    "reading.too_many_voxels": "Incorrect number of images",
    "reading.disc_incomplete": "Incorrect number of images",
    "reading.empty": "Images error",
    "reading.constant": "Images error",
    "reading.not_finite": "Images error",
    "pipeline.unfit": "Images error",
    "pacs.damaged": "Images error",
    "reading.dicom.damaged": "Images error",
    "reading.dicom.none_damaged": "Images error",
}
# Of codes that are not listed, by how they begin.
_ROOMS: dict[str, Category] = {
    "reading.geometry.": "Tag error",
    "reading.choice.": "Series error",
    "reading.pixels.": "Images error",
}


def category_of(code: str) -> Category:
    """The category of the code of a sentence."""
    if code in _CODES:
        return _CODES[code]
    for room, told in _ROOMS.items():
        if code.startswith(room):
            return told
    return "Other"
