"""DICOM Segmentation (PS3.3 A.51): the lesions on the frames of the FLAIR series.

One segment per lesion, because a report points at segments and viewers list, colour and hide them.
A lesion is coded as a neoplasm of the brain: which one it is, and glioma above all, is told by
histology and not by a picture. A study without a lesion has no segmentation: an empty segment looks
in a viewer like something found. What was found, or that nothing was, is said by the report (`sr`).
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Shaped

from glioscope.analysis import Analysis, Finding
from glioscope.errors import InputError
from glioscope.files import atomic_path
from glioscope.texts.message import message
from glioscope.writing.dicom.elements import MANUFACTURER, UTF8, software_version, uid_of
from glioscope.writing.dicom.header import (
    PROBABILITY_NUMBER,
    SEG_NUMBER,
    finish,
    result_key,
    series_of,
)
from glioscope.writing.dicom.lesions import lesion_labels
from glioscope.writing.dicom.source import plain_sources, positions, reference_of
from glioscope.writing.slice_pictures import OUTLINE

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


def write_seg(analysis: Analysis, path: Path) -> None:
    """Write the lesions as a binary segmentation, one segment per lesion, numbered as they are.

    Raises:
        InputError: the study was not read from DICOM, or has no lesion.
    """
    _save(seg_dataset(analysis), path)


def write_probability_seg(analysis: Analysis, path: Path) -> None:
    """Write the probability of tumour per voxel, in steps of 1/255, as one fractional segment.

    Many viewers do not show fractional segmentations; it stands beside the binary one.

    Raises:
        InputError: the study was not read from DICOM.
    """
    _save(probability_dataset(analysis), path)


def _save(dataset: "Dataset", path: Path) -> None:
    with atomic_path(path) as temporary:
        dataset.save_as(temporary, enforce_file_format=True)


def seg_dataset(analysis: Analysis) -> "Dataset":
    """What `write_seg` writes."""
    key = result_key(analysis)
    if not analysis.findings:
        raise InputError("writing.no_lesion", study=analysis.study.study_id)
    segments = [_lesion(analysis, finding) for finding in analysis.findings]
    return _segmentation(analysis, key, lesion_labels(analysis), segments, fractional=False)


def probability_dataset(analysis: Analysis) -> "Dataset":
    """What `write_probability_seg` writes."""
    key = result_key(analysis)
    segment = _segment(
        analysis,
        1,
        str(message("writing.tumour_probability")),
        uid_of(key, "probability", "segment"),
    )
    values = analysis.voxel_probability.astype(np.float32)
    return _segmentation(analysis, key, values, [segment], fractional=True)


def tracking_uid(analysis: Analysis, finding: Finding) -> str:
    """UID by which the segmentation and the report name one lesion of one series and model."""
    series = reference_of(analysis).series_uid
    return uid_of(series, analysis.model.sha256, f"{finding.voxels} {finding.box_voxel}")


def lesion_name(finding: Finding) -> str:
    """What a lesion is called in viewers and reports."""
    return str(message("writing.lesion", number=finding.label))


def _lesion(analysis: Analysis, finding: Finding) -> "SegmentDescription":
    uid = tracking_uid(analysis, finding)
    return _segment(analysis, finding.label, lesion_name(finding), uid)


def _segment(analysis: Analysis, number: int, name: str, uid: str) -> "SegmentDescription":
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentDescription
    from pydicom.sr.codedict import codes

    return SegmentDescription(
        segment_number=number,
        segment_label=name,
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=codes.SCT.Neoplasm,
        algorithm_type="AUTOMATIC",
        algorithm_identification=_algorithm(analysis),
        tracking_uid=uid,
        tracking_id=name,
        anatomic_regions=[codes.SCT.Brain],
        display_color=CIELabColor.from_rgb(*OUTLINE),
    )


def _algorithm(analysis: Analysis) -> "AlgorithmIdentificationSequence":
    from highdicom import AlgorithmIdentificationSequence
    from pydicom.sr.codedict import codes

    model = analysis.model
    return AlgorithmIdentificationSequence(
        name=f"{MANUFACTURER} {model.name}",
        family=codes.DCM.ArtificialIntelligence,
        version=model.version,
        source=MANUFACTURER,
        parameters={"sha256": model.sha256},
    )


def _segmentation(
    analysis: Analysis,
    key: str,
    pixels: Shaped[np.ndarray, "s h w"],
    segments: "list[SegmentDescription]",
    *,
    fractional: bool,
) -> "Dataset":
    """Slice i of `pixels` lies on frame i of the source, with that frame's place and directions."""
    from highdicom import PlanePositionSequence
    from highdicom.seg import Segmentation

    kind, what, number = _KINDS[fractional]
    reference = reference_of(analysis)
    sources = plain_sources(reference, analysis.study.grid)
    dataset = Segmentation(
        # A multi-frame series may lie in several instances; highdicom wants one and further ones.
        source_images=sources if reference.frames[0].frame is None else sources[:1],
        further_source_images=None if reference.frames[0].frame is None else sources[1:],
        pixel_array=pixels,
        plane_positions=[PlanePositionSequence("PATIENT", p) for p in positions(reference)],
        segmentation_type=kind,
        segment_descriptions=segments,
        series_instance_uid=series_of(key, what),
        series_number=number,
        sop_instance_uid=uid_of(key, what),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=analysis.model.name,
        software_versions=software_version(),
        device_serial_number=analysis.model.sha256[:16],
        content_label="GLIOSCOPE",
        content_description=str(message("writing.use_no_device")),
        specific_character_set=UTF8,
    )
    # Type 2, and nobody drew it; highdicom leaves it out.
    dataset.ContentCreatorName = ""
    _name_dimensions(dataset, uid_of(key, what, "dimensions"))
    finish(dataset, analysis, what)
    return dataset


def _name_dimensions(dataset: "Dataset", uid: str) -> None:
    """Put a UID of ours in the place of highdicom's random one."""
    for item in (*dataset.DimensionOrganizationSequence, *dataset.DimensionIndexSequence):
        item.DimensionOrganizationUID = uid
