"""Every source image that a report is about (TID 1600), a group for each series.

What all images of a series share stands once, in its group; an image itself is named alone.
"""

from typing import TYPE_CHECKING

from glioscope.study import Channel, SeriesRef
from glioscope.writing.dicom.elements import code, item, kept_uid
from glioscope.writing.dicom.source import frame_of_reference
from glioscope.writing.dicom.target import DicomTarget

if TYPE_CHECKING:
    from pydicom import Dataset

_MM = ("mm", "UCUM", "mm")
_PIXELS = ("{pixels}", "UCUM", "pixels")
_COSINE = ("{-1:1}", "UCUM", "range: -1:1")
_ROW_AND_COLUMN = ("Row X", "Row Y", "Row Z", "Column X", "Column Y", "Column Z")


def image_library(target: DicomTarget) -> "Dataset":
    """The container, FLAIR's group first."""
    series = target.analysis.study.source.series
    others = (one for channel, one in series.items() if channel is not Channel.FLAIR)
    groups = [_group(target, one) for one in (target.reference, *others)]
    return _container("111028", "Image Library", groups)


def _group(target: DicomTarget, reference: SeriesRef) -> "Dataset":
    content = [*_shared(target, reference), *(_image(one) for one in reference.headers)]
    return _container("126200", "Image Library Group", content)


def _shared(target: DicomTarget, reference: SeriesRef) -> "list[Dataset]":
    """TID 1602; with TID 1604 for FLAIR, whose geometry results lie on."""
    header = reference.headers[0]
    modality = code("MR", "DCM", "Magnetic Resonance")
    found = [
        _context("CODE", "121139", "Modality", ConceptCodeSequence=[modality]),
        _context("UIDREF", "112227", "Frame of Reference UID", UID=frame_of_reference(header)),
        _number("110910", "Pixel Data Rows", int(header.Rows), _PIXELS),
        _number("110911", "Pixel Data Columns", int(header.Columns), _PIXELS),
    ]
    return [*found, *_geometry(target)] if reference is target.reference else found


def _geometry(target: DicomTarget) -> "list[Dataset]":
    plain = target.sources[0]
    if shared := plain.get("SharedFunctionalGroupsSequence"):
        measures = shared[0].PixelMeasuresSequence[0]
        directions = shared[0].PlaneOrientationSequence[0].ImageOrientationPatient
    else:
        measures, directions = plain, plain.ImageOrientationPatient
    return [
        _number("111026", "Horizontal Pixel Spacing", measures.PixelSpacing[1], _MM),
        _number("111066", "Vertical Pixel Spacing", measures.PixelSpacing[0], _MM),
        _number("112226", "Spacing between slices", measures.SpacingBetweenSlices, _MM),
        _number("112225", "Slice Thickness", measures.SliceThickness, _MM),
        *(
            _number(str(110904 + place), f"Image Orientation (Patient) {name}", cosine, _COSINE)
            for place, (name, cosine) in enumerate(zip(_ROW_AND_COLUMN, directions, strict=True))
        ),
    ]


def _image(header: "Dataset") -> "Dataset":
    reference = item(
        ReferencedSOPClassUID=header.SOPClassUID,
        ReferencedSOPInstanceUID=kept_uid(header.SOPInstanceUID),
    )
    return item(RelationshipType="CONTAINS", ValueType="IMAGE", ReferencedSOPSequence=[reference])


def _container(value: str, meaning: str, content: "list[Dataset]") -> "Dataset":
    return item(
        RelationshipType="CONTAINS",
        ValueType="CONTAINER",
        ConceptNameCodeSequence=[code(value, "DCM", meaning)],
        ContinuityOfContent="SEPARATE",
        ContentSequence=content,
    )


def _context(kind: str, value: str, meaning: str, **holds: object) -> "Dataset":
    return item(
        RelationshipType="HAS ACQ CONTEXT",
        ValueType=kind,
        ConceptNameCodeSequence=[code(value, "DCM", meaning)],
        **holds,
    )


def _number(value: str, meaning: str, number: float, unit: tuple[str, str, str]) -> "Dataset":
    measured = item(MeasurementUnitsCodeSequence=[code(*unit)], NumericValue=number)
    return _context("NUM", value, meaning, MeasuredValueSequence=[measured])
