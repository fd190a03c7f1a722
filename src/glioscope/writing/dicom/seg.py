"""DICOM Segmentation (PS3.3 A.51): the lesions on the frames of the FLAIR series.

One segment per lesion, because a report points at segments and viewers list, colour and hide them.
It is coded as a lesion of the brain: whether it is a neoplasm, and a glioma above all, is told by
histology and not by a picture. A study without a lesion has no segmentation: an empty segment looks
in a viewer like something found. What was found, or that nothing was, is said by the report (`sr`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Shaped, UInt16

from glioscope.analysis import Analysis
from glioscope.analysis_parts import Author, ModelInfo
from glioscope.errors import GridMismatch, InputError
from glioscope.findings.classes import concept_of
from glioscope.texts.message import message
from glioscope.writing.dicom.algorithm import model_algorithm
from glioscope.writing.dicom.elements import (
    MANUFACTURER,
    UTF8,
    save_as_it_is,
    software_version,
    uid_of,
)
from glioscope.writing.dicom.header import (
    BOUNDS_NUMBER,
    CLASSES_NUMBER,
    PROBABILITY_NUMBER,
    SEG_NUMBER,
    finish,
)
from glioscope.writing.dicom.target import DicomTarget, lesion_name, made_with
from glioscope.writing.slice_pictures import Colour, class_colour, outline_colour

if TYPE_CHECKING:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentDescription
    from pydicom import Dataset
    from pydicom.sr.coding import Code

# Name of the binary segmentation among an analysis's results, by which its UIDs are made.
LESIONS = "lesions"
_CLASSES = "classes"
_PROBABILITY, _BOUNDS = "probability", "bounds"
# SegmentAlgorithmType by whose outline it is.
_TYPES: dict[Author, Literal["AUTOMATIC", "SEMIAUTOMATIC", "MANUAL"]] = {
    "model": "AUTOMATIC",
    "reader and model": "SEMIAUTOMATIC",
    "reader": "MANUAL",
}


@dataclass(frozen=True)
class Segment:
    """One segment.

    Attributes:
        name: what viewers show.
        uid: by which it is followed over studies; `tracked` is what it is called there, `name`
            where that is None.
        category, kind: what it is, coded (CID 7150 and a group under it); lesion where None.
        colour: in which viewers show it; that of the outline where None.
    """

    name: str
    uid: str
    tracked: str | None = None
    category: "Code | None" = None
    kind: "Code | None" = None
    colour: Colour | None = None


def write_seg(target: DicomTarget, path: Path) -> None:
    """Write the lesions as a binary segmentation, one segment per lesion, numbered as they are.

    Raises:
        InputError: the study has no lesion.
        GridMismatch: the labels and the findings are not of the same lesions.
    """
    save_as_it_is(seg_dataset(target), path)


def write_probability_seg(target: DicomTarget, path: Path) -> None:
    """Write the probability of tumour per voxel, in steps of 1/255, as one fractional segment.

    Many viewers do not show fractional segmentations; it stands beside the binary one.

    Raises:
        InputError: a reader drew the outline, and there is no probability.
    """
    save_as_it_is(probability_dataset(target), path)


def write_classes_seg(target: DicomTarget, path: Path) -> None:
    """Write the classes of the tumour as a binary segmentation, a segment for each that is there.

    They are no segments among the lesions: those are told apart by where they lie, are followed
    over studies one by one, and are what the report points at.

    Raises:
        InputError: nothing is outlined, or the model tells no classes apart.
    """
    save_as_it_is(classes_dataset(target), path)


def write_bounds_seg(target: DicomTarget, path: Path) -> None:
    """Write the sure and the possible region as a binary segmentation of two segments.

    Raises:
        InputError: the analysis has none.
    """
    save_as_it_is(bounds_dataset(target), path)


def seg_dataset(target: DicomTarget) -> "Dataset":
    """What `write_seg` writes."""
    analysis = target.analysis
    if not analysis.findings:
        raise InputError("writing.no_lesion", study=analysis.study.study_id)
    segments = [
        Segment(lesion_name(finding.label), track.uid, track.name)
        for finding, track in zip(analysis.findings, target.tracks, strict=True)
    ]
    return segments_dataset(target, _labels(analysis), segments, what=LESIONS, number=SEG_NUMBER)


def probability_dataset(target: DicomTarget) -> "Dataset":
    """What `write_probability_seg` writes."""
    probability = target.analysis.voxel_probability
    if probability is None:
        raise InputError("writing.no_probability", study=target.analysis.study.study_id)
    name = str(message("writing.tumour_probability"))
    segment = Segment(name, uid_of(target.key, _PROBABILITY, "segment"))
    values = probability.astype(np.float32)
    return segments_dataset(target, values, [segment], what=_PROBABILITY, number=PROBABILITY_NUMBER)


def classes_dataset(target: DicomTarget) -> "Dataset":
    """What `write_classes_seg` writes; a class that is nowhere has no segment."""
    from pydicom.sr.coding import Code

    found = target.analysis.classes
    if found is None or not target.analysis.findings:
        raise InputError("writing.no_classes", study=target.analysis.study.study_id)
    there = [number for number, count in enumerate(found.voxels, start=1) if count]
    series, made = target.reference.series_uid, made_with(target.analysis)
    segments = [
        Segment(
            name=name,
            uid=uid_of(series, made, _CLASSES, name),
            kind=Code(*concept_of(name)),
            colour=class_colour(number),
        )
        for number in there
        for name in (found.names[number - 1],)
    ]
    places = np.zeros(256, np.uint8)
    places[there] = np.arange(1, len(there) + 1)
    pixels = places[found.values]
    return segments_dataset(target, pixels, segments, what=_CLASSES, number=CLASSES_NUMBER)


def bounds_dataset(target: DicomTarget) -> "Dataset":
    """What `write_bounds_seg` writes."""
    found = target.analysis.bounds
    if found is None:
        raise InputError("writing.no_bounds", study=target.analysis.study.study_id)
    names = {
        "sure": message("writing.bounds.sure", share=found.rate),
        "possible": message("writing.bounds.possible", share=found.rate),
    }
    segments = [Segment(str(said), uid_of(target.key, _BOUNDS, n)) for n, said in names.items()]
    pixels = np.stack([found.sure, found.possible], axis=-1).astype(np.uint8)
    return segments_dataset(target, pixels, segments, what=_BOUNDS, number=BOUNDS_NUMBER)


def segments_dataset(
    target: DicomTarget,
    pixels: Shaped[np.ndarray, "s h w *n"],
    segments: Sequence[Segment],
    *,
    what: str,
    number: int,
) -> "Dataset":
    """A segmentation of any segments; slice i of `pixels` lies on frame i of the source.

    `pixels` are numbers of segments from 1, 0 outside; or, where segments may lie in one another,
    a mask for each of them along the last axis; or, of one segment, its probability as float32.
    UIDs are made by `what`, which the series is called by too; `number` is the series'.
    """
    from highdicom import PlanePositionSequence
    from highdicom.seg import Segmentation

    analysis = target.analysis
    fractional = pixels.dtype == np.float32
    sources, made = target.own_sources(), made_with(target.analysis)
    single = target.reference.frames[0].frame is None
    dataset = Segmentation(
        # A multi-frame series may lie in several instances; highdicom wants one and further ones.
        source_images=sources if single else sources[:1],
        further_source_images=None if single else sources[1:],
        pixel_array=pixels,
        plane_positions=[PlanePositionSequence("PATIENT", p) for p in target.places],
        segmentation_type="FRACTIONAL" if fractional else "BINARY",
        segment_descriptions=[
            _described(analysis, n, one) for n, one in enumerate(segments, start=1)
        ],
        series_instance_uid=target.series_uid(what),
        series_number=number,
        sop_instance_uid=uid_of(target.key, what),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=target.model_name,
        software_versions=software_version(),
        device_serial_number=made[:16],
        content_label="GLIOSCOPE",
        content_description=str(message("writing.use_no_device")),
        specific_character_set=UTF8,
    )
    # Type 2, and nobody drew it; highdicom leaves it out.
    dataset.ContentCreatorName = ""
    _name_dimensions(dataset, uid_of(target.key, what, "dimensions"))
    finish(dataset, target, what)
    return dataset


def _labels(analysis: Analysis) -> UInt16[np.ndarray, "i j k"]:
    """Each voxel's lesion, 0 outside, as highdicom takes it.

    Raises:
        GridMismatch: the labels and the findings are not of the same lesions.
    """
    labels = analysis.labels
    count = int(labels.max(initial=0))
    if count != len(analysis.findings):
        raise GridMismatch(
            "writing.lesion_count",
            study=analysis.study.study_id,
            mask=count,
            findings=len(analysis.findings),
        )
    return labels.astype(np.uint16)


def _described(analysis: Analysis, number: int, segment: Segment) -> "SegmentDescription":
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentDescription
    from pydicom.sr.codedict import codes

    return SegmentDescription(
        segment_number=number,
        segment_label=segment.name,
        segmented_property_category=segment.category or codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=segment.kind or codes.SCT.Lesion,
        algorithm_type=_TYPES[analysis.author],
        algorithm_identification=_algorithm(analysis.model) if analysis.model else None,
        tracking_uid=segment.uid,
        tracking_id=segment.tracked or segment.name,
        anatomic_regions=[codes.SCT.Brain],
        display_color=CIELabColor.from_rgb(*(segment.colour or outline_colour(analysis))),
    )


def _algorithm(model: ModelInfo) -> "AlgorithmIdentificationSequence":
    from highdicom import AlgorithmIdentificationSequence
    from pydicom.sr.codedict import codes

    algorithm = model_algorithm(model)
    return AlgorithmIdentificationSequence(
        name=algorithm.name,
        family=codes.DCM.ArtificialIntelligence,
        version=algorithm.version,
        source=MANUFACTURER,
        parameters={"sha256": model.sha256},
    )


def _name_dimensions(dataset: "Dataset", uid: str) -> None:
    """Put a UID of ours in the place of highdicom's random one."""
    for item in (*dataset.DimensionOrganizationSequence, *dataset.DimensionIndexSequence):
        item.DimensionOrganizationUID = uid
