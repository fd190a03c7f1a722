"""DICOM Segmentation (PS3.3 A.51): the lesions on the frames of the FLAIR series.

One segment per lesion, because a report points at segments and viewers list, colour and hide them.
It is coded as a lesion of the brain: whether it is a neoplasm, and a glioma above all, is told by
histology and not by a picture. A study without a lesion has no segmentation: an empty segment looks
in a viewer like something found. What was found, or that nothing was, is said by the report (`sr`).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Shaped, UInt16

from glioscope.analysis import Analysis, Author, Finding, ModelInfo
from glioscope.errors import GridMismatch, InputError
from glioscope.texts.message import message
from glioscope.writing.dicom.algorithm import model_algorithm
from glioscope.writing.dicom.elements import (
    MANUFACTURER,
    UTF8,
    save_as_it_is,
    software_version,
    uid_of,
)
from glioscope.writing.dicom.header import PROBABILITY_NUMBER, SEG_NUMBER, finish
from glioscope.writing.dicom.target import DicomTarget, made_with
from glioscope.writing.slice_pictures import outline_colour

if TYPE_CHECKING:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentDescription
    from pydicom import Dataset

# Name of the binary segmentation among an analysis's results, by which its UIDs are made.
LESIONS = "lesions"
# By whether it is fractional: type, name, series number.
_KINDS = {
    False: ("BINARY", LESIONS, SEG_NUMBER),
    True: ("FRACTIONAL", "probability", PROBABILITY_NUMBER),
}
# SegmentAlgorithmType by whose outline it is.
_TYPES: dict[Author, Literal["AUTOMATIC", "SEMIAUTOMATIC", "MANUAL"]] = {
    "model": "AUTOMATIC",
    "reader and model": "SEMIAUTOMATIC",
    "reader": "MANUAL",
}


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


def seg_dataset(target: DicomTarget) -> "Dataset":
    """What `write_seg` writes."""
    analysis = target.analysis
    if not analysis.findings:
        raise InputError("writing.no_lesion", study=analysis.study.study_id)
    segments = [_lesion(target, finding) for finding in analysis.findings]
    return _segmentation(target, _labels(analysis), segments, fractional=False)


def probability_dataset(target: DicomTarget) -> "Dataset":
    """What `write_probability_seg` writes."""
    probability = target.analysis.voxel_probability
    if probability is None:
        raise InputError("writing.no_probability", study=target.analysis.study.study_id)
    name = str(message("writing.tumour_probability"))
    uid = uid_of(target.key, "probability", "segment")
    segment = _segment(target.analysis, number=1, name=name, uid=uid)
    values = probability.astype(np.float32)
    return _segmentation(target, values, [segment], fractional=True)


def tracking_uid(target: DicomTarget, finding: Finding) -> str:
    """UID by which the segmentation and the report name one lesion of one series and model."""
    made = made_with(target.analysis)
    return uid_of(target.reference.series_uid, made, f"{finding.voxels} {finding.box_voxel}")


def lesion_name(finding: Finding) -> str:
    """What a lesion is called in viewers and reports."""
    return str(message("writing.lesion", number=finding.label))


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


def _lesion(target: DicomTarget, finding: Finding) -> "SegmentDescription":
    uid = tracking_uid(target, finding)
    name = lesion_name(finding)
    return _segment(target.analysis, number=finding.label, name=name, uid=uid)


def _segment(analysis: Analysis, *, number: int, name: str, uid: str) -> "SegmentDescription":
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentDescription
    from pydicom.sr.codedict import codes

    return SegmentDescription(
        segment_number=number,
        segment_label=name,
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=codes.SCT.Lesion,
        algorithm_type=_TYPES[analysis.author],
        algorithm_identification=_algorithm(analysis.model) if analysis.model else None,
        tracking_uid=uid,
        tracking_id=name,
        anatomic_regions=[codes.SCT.Brain],
        display_color=CIELabColor.from_rgb(*outline_colour(analysis)),
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


def _segmentation(
    target: DicomTarget,
    pixels: Shaped[np.ndarray, "s h w"],
    segments: "list[SegmentDescription]",
    *,
    fractional: bool,
) -> "Dataset":
    """Slice i of `pixels` lies on frame i of the source, with that frame's place and directions."""
    from highdicom import PlanePositionSequence
    from highdicom.seg import Segmentation

    kind, what, number = _KINDS[fractional]
    sources, made = target.own_sources(), made_with(target.analysis)
    single = target.reference.frames[0].frame is None
    dataset = Segmentation(
        # A multi-frame series may lie in several instances; highdicom wants one and further ones.
        source_images=sources if single else sources[:1],
        further_source_images=None if single else sources[1:],
        pixel_array=pixels,
        plane_positions=[PlanePositionSequence("PATIENT", p) for p in target.places],
        segmentation_type=kind,
        segment_descriptions=segments,
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


def _name_dimensions(dataset: "Dataset", uid: str) -> None:
    """Put a UID of ours in the place of highdicom's random one."""
    for item in (*dataset.DimensionOrganizationSequence, *dataset.DimensionIndexSequence):
        item.DimensionOrganizationUID = uid
