"""DICOM structured report, TID 1500: what was found and measured, in codes that a PACS can read.

One group for the whole study (lesion present or absent, probability, total volume) and one per
lesion, which points at its segment and the source series. What is found is a lesion in which a
neoplasm is suspected, as the report for people says it: that it is one, no picture tells. Where
nothing is found no neoplasm is spoken of, neither as there nor as absent.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from glioscope.analysis import Analysis
from glioscope.analysis_parts import Finding, Side
from glioscope.followup.tracking import Track
from glioscope.reading.quiet import quietly
from glioscope.texts.message import Message, message
from glioscope.writing.dicom.algorithm import observer_of
from glioscope.writing.dicom.elements import (
    MANUFACTURER,
    UTF8,
    in_languages,
    item,
    kept_uid,
    save_as_it_is,
    software_version,
    uid_of,
)
from glioscope.writing.dicom.header import SR_NUMBER, finish
from glioscope.writing.dicom.seg import LESIONS
from glioscope.writing.dicom.sr.image_library import image_library
from glioscope.writing.dicom.sr.measurements import lesion_measurements, whole_measurements
from glioscope.writing.dicom.sr.observer import device, person
from glioscope.writing.dicom.target import DicomTarget

if TYPE_CHECKING:
    from highdicom.sr import (
        AlgorithmIdentification,
        FindingSite,
        MeasurementReport,
        MeasurementsAndQualitativeEvaluations,
        QualitativeEvaluation,
        ReferencedSegment,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )
    from pydicom import Dataset

_SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"


def write_sr(target: DicomTarget, path: Path) -> None:
    """Write the report; a study without a lesion has one too, which says that none was found."""
    save_as_it_is(sr_dataset(target), path)


def sr_dataset(target: DicomTarget) -> "Dataset":
    """What `write_sr` writes."""
    from highdicom.sr import Comprehensive3DSR

    with quietly():
        evidence = _evidence(target)
    dataset = Comprehensive3DSR(
        evidence=evidence,
        content=_report(target)[0],
        series_instance_uid=target.series_uid("report"),
        series_number=SR_NUMBER,
        sop_instance_uid=uid_of(target.key, "report"),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=target.model_name,
        software_versions=software_version(),
        is_complete=True,
        is_final=False,
        specific_character_set=UTF8,
    )
    _add_images(dataset, target)
    finish(dataset, target, "report")
    return dataset


def _evidence(target: DicomTarget) -> "list[Dataset]":
    """Every source instance, FLAIR's first, and the segmentation where there is one."""
    study = target.sources[0].StudyInstanceUID
    found = {str(one.SOPInstanceUID): one for one in target.own_sources()}
    for reference in target.analysis.study.source.series.values():
        for header in reference.headers:
            instance = item(
                SOPClassUID=header.SOPClassUID,
                SOPInstanceUID=kept_uid(header.SOPInstanceUID),
                StudyInstanceUID=study,
                SeriesInstanceUID=kept_uid(reference.series_uid),
            )
            found.setdefault(str(instance.SOPInstanceUID), instance)
    if target.analysis.findings:
        segmentation = item(
            SOPClassUID=_SEGMENTATION,
            SOPInstanceUID=uid_of(target.key, LESIONS),
            StudyInstanceUID=study,
            SeriesInstanceUID=target.series_uid(LESIONS),
        )
        found[str(segmentation.SOPInstanceUID)] = segmentation
    return [*found.values()]


def _add_images(dataset: "Dataset", target: DicomTarget) -> None:
    """Put the image library where TID 1500 has it, before the measurements.

    Not by highdicom, which describes every image in 20 items and copies all of them twice.
    """
    content = list(dataset.ContentSequence)
    place = next(n for n, one in enumerate(content) if one.ValueType == "CONTAINER")
    dataset.ContentSequence = [*content[:place], image_library(target), *content[place:]]


def _report(target: DicomTarget) -> "MeasurementReport":
    from highdicom.sr import MeasurementReport, ObservationContext, TextContentItem
    from pydicom.sr.codedict import codes

    analysis = target.analysis
    report = MeasurementReport(
        observation_context=ObservationContext(
            observer_person_context=person(analysis), observer_device_context=device(analysis)
        ),
        procedure_reported=codes.LN.BrainMRI,
        imaging_measurements=[
            _whole(target),
            *(
                _lesion(target, finding, track)
                for finding, track in zip(analysis.findings, target.tracks, strict=True)
            ),
        ],
    )
    for text in _comments(target):
        report[0].ContentSequence.append(TextContentItem(codes.DCM.Comment, text, "CONTAINS"))
    return report


def _comments(target: DicomTarget) -> list[str]:
    """What it is for in every language, the rest in English, as all of DICOM's meanings are."""
    analysis = target.analysis
    found: list[Message] = []
    if analysis.author != "model":
        found.append(_author(analysis))
    elif not analysis.findings:
        found.append(message("writing.nothing_outlined"))
    elif analysis.interval_coverage is not None:
        found.append(message("writing.intervals", coverage=analysis.interval_coverage))
    found += _splits_and_merges(target.tracks)
    return [*in_languages("writing.no_diagnosis"), *map(str, (*found, *analysis.warnings))]


def _splits_and_merges(tracks: tuple[Track, ...]) -> Iterator[Message]:
    """What a UID alone cannot tell: of which lesions one was a part, or which are in it now."""
    for number, track in enumerate(tracks, start=1):
        if track.split_from:
            yield message("writing.split_from", number=number, uids=", ".join(track.split_from))
        if track.merged:
            yield message("writing.merged", number=number, uids=", ".join(track.merged))


def _author(analysis: Analysis) -> Message:
    if analysis.model is None:
        return message("writing.by_reader")
    model = f"{analysis.model.name} {analysis.model.version}"
    return message("writing.by_reader_with_model", model=model)


def _whole(target: DicomTarget) -> "MeasurementsAndQualitativeEvaluations":
    from highdicom.sr import (
        MeasurementsAndQualitativeEvaluations,
        QualitativeEvaluation,
        TrackingIdentifier,
    )
    from pydicom.sr.codedict import codes

    analysis = target.analysis
    answer = codes.SCT.Present if analysis.called else codes.SCT.Absent
    suspicion = [_suspicion(analysis)] if analysis.called else []
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            uid_of(target.key, "whole"), str(message("writing.whole_study"))
        ),
        finding_type=codes.SCT.Lesion if analysis.called else None,
        finding_sites=[_brain(analysis.side)],
        algorithm_id=_algorithm(analysis),
        measurements=whole_measurements(analysis),
        qualitative_evaluations=[QualitativeEvaluation(codes.SCT.Lesion, answer), *suspicion],
    )


def _lesion(
    target: DicomTarget, finding: Finding, track: Track
) -> "VolumetricROIMeasurementsAndQualitativeEvaluations":
    from highdicom.sr import (
        TrackingIdentifier,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )
    from pydicom.sr.codedict import codes

    identifier = TrackingIdentifier(track.uid, track.name)
    return VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=identifier,
        referenced_segment=_segment(target, finding),
        finding_type=codes.SCT.Lesion,
        finding_sites=[_brain(finding.side)],
        algorithm_id=_algorithm(target.analysis),
        measurements=lesion_measurements(finding),
        qualitative_evaluations=[_suspicion(target.analysis)],
    )


def _suspicion(analysis: Analysis) -> "QualitativeEvaluation":
    """Of a tumour; one that is not typical is left open, and not denied."""
    from highdicom.sr import QualitativeEvaluation
    from pydicom.sr.codedict import codes

    suspected = analysis.decision == "tumour"
    answer = codes.SCT.Suspected if suspected else codes.SCT.Indeterminate
    return QualitativeEvaluation(codes.SCT.Neoplasm, answer)


def _brain(side: Side | None) -> "FindingSite":
    from highdicom.sr import FindingSite
    from pydicom.sr.codedict import codes
    from pydicom.sr.coding import Code

    both = Code("51440002", "SCT", "Right and left")
    sides = {"left": codes.SCT.Left, "right": codes.SCT.Right, "both": both}
    return FindingSite(codes.SCT.Brain, laterality=sides[side] if side else None)


def _segment(target: DicomTarget, finding: Finding) -> "ReferencedSegment":
    # Not ReferencedSegment.from_segmentation: it fails where there is one segment (highdicom 0.28).
    from highdicom.sr import ReferencedSegment, SourceSeriesForSegmentation

    return ReferencedSegment(
        sop_class_uid=_SEGMENTATION,
        sop_instance_uid=uid_of(target.key, LESIONS),
        segment_number=finding.label,
        source_series=SourceSeriesForSegmentation(kept_uid(target.reference.series_uid)),
    )


def _algorithm(analysis: Analysis) -> "AlgorithmIdentification | None":
    """The model; None where a reader's outline was measured, whatever he began with."""
    from highdicom.sr import AlgorithmIdentification

    model = analysis.model
    if model is None or analysis.author != "model":
        return None
    algorithm = observer_of(analysis)
    return AlgorithmIdentification(
        name=algorithm.name,
        version=algorithm.version,
        parameters=[f"sha256={model.sha256}", f"threshold={analysis.threshold}"],
    )
