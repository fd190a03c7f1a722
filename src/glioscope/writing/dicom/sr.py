"""DICOM structured report, TID 1500: what was found and measured, in codes that a PACS can read.

One group for the whole study (tumour present or absent, probability, total volume) and one per
lesion, which points at its segment and the source series. A figure's interval stands beside it as
its distance upwards and downwards, in the figure's own unit (CID 225); the comments say what it
promises. Volumes are rounded to 0.001 ml, lengths to 0.01 mm, probabilities to 0.01 %.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from glioscope.analysis import Analysis, Finding, Interval, Side
from glioscope.files import atomic_path
from glioscope.texts.message import Notice, message
from glioscope.writing.dicom.elements import (
    MANUFACTURER,
    UTF8,
    in_languages,
    item,
    software_version,
    uid_of,
)
from glioscope.writing.dicom.header import (
    SR_NUMBER,
    finish,
    result_key,
    series_of,
)
from glioscope.writing.dicom.seg import LESIONS, lesion_name, tracking_uid
from glioscope.writing.dicom.source import plain_sources, reference_of

if TYPE_CHECKING:
    from highdicom.sr import (
        AlgorithmIdentification,
        FindingSite,
        Measurement,
        MeasurementProperties,
        MeasurementReport,
        MeasurementsAndQualitativeEvaluations,
        ObservationContext,
        ReferencedSegment,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )
    from pydicom import Dataset
    from pydicom.sr.coding import Code

_SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"


def write_sr(analysis: Analysis, path: Path) -> None:
    """Write the report; a study without a lesion has one too, which says that none was found.

    Raises:
        InputError: the study was not read from DICOM.
    """
    with atomic_path(path) as temporary:
        sr_dataset(analysis).save_as(temporary, enforce_file_format=True)


def sr_dataset(analysis: Analysis) -> "Dataset":
    """What `write_sr` writes."""
    from highdicom.sr import ComprehensiveSR

    key = result_key(analysis)
    dataset = ComprehensiveSR(
        evidence=_evidence(analysis, key),
        content=_report(analysis, key)[0],
        series_instance_uid=series_of(key, "report"),
        series_number=SR_NUMBER,
        sop_instance_uid=uid_of(key, "report"),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=analysis.model.name,
        software_versions=software_version(),
        is_complete=True,
        is_final=False,
        specific_character_set=UTF8,
    )
    finish(dataset, analysis, "report")
    return dataset


def _evidence(analysis: Analysis, key: str) -> "list[Dataset]":
    """Every source instance, FLAIR's first, and the segmentation where there is one."""
    study = analysis.study
    found = plain_sources(reference_of(analysis), study.grid)
    seen = {str(one.SOPInstanceUID) for one in found}
    for reference in study.source.series.values():
        for header in reference.headers:
            if str(header.SOPInstanceUID) not in seen:
                seen.add(str(header.SOPInstanceUID))
                found.append(
                    _named(
                        header.SOPClassUID, header.SOPInstanceUID, found[0], reference.series_uid
                    )
                )
    if analysis.findings:
        found.append(_named(_SEGMENTATION, uid_of(key, LESIONS), found[0], series_of(key, LESIONS)))
    return found


def _named(sop_class: str, uid: str, first: "Dataset", series: str) -> "Dataset":
    return item(
        SOPClassUID=sop_class,
        SOPInstanceUID=uid,
        StudyInstanceUID=first.StudyInstanceUID,
        SeriesInstanceUID=series,
    )


def _report(analysis: Analysis, key: str) -> "MeasurementReport":
    from highdicom.sr import MeasurementReport, TextContentItem
    from pydicom.sr.codedict import codes

    report = MeasurementReport(
        observation_context=_observer(analysis),
        procedure_reported=codes.LN.BrainMRI,
        imaging_measurements=[
            _whole(analysis, key),
            *(_lesion(analysis, finding, key) for finding in analysis.findings),
        ],
    )
    for text in _comments(analysis):
        report[0].ContentSequence.append(TextContentItem(codes.DCM.Comment, text, "CONTAINS"))
    return report


def _comments(analysis: Analysis) -> list[str]:
    """What it is for in every language, the rest in English, as all of DICOM's meanings are."""
    found: list[Notice] = []
    if not analysis.findings:
        found.append(message("writing.nothing_outlined"))
    elif analysis.interval_coverage is not None:
        found.append(message("writing.intervals", coverage=analysis.interval_coverage))
    return [*in_languages("writing.no_diagnosis"), *map(str, (*found, *analysis.warnings))]


def _observer(analysis: Analysis) -> "ObservationContext":
    """The program as the device that observed; no person did."""
    from highdicom.sr import (
        DeviceObserverIdentifyingAttributes,
        ObservationContext,
        ObserverContext,
    )
    from pydicom.sr.codedict import codes

    model = analysis.model
    device = DeviceObserverIdentifyingAttributes(
        uid=uid_of("device", software_version(), model.sha256),
        name=f"{MANUFACTURER} {software_version()}",
        manufacturer_name=MANUFACTURER,
        model_name=f"{model.name} {model.version}",
        serial_number=model.sha256,
    )
    return ObservationContext(observer_device_context=ObserverContext(codes.DCM.Device, device))


def _whole(analysis: Analysis, key: str) -> "MeasurementsAndQualitativeEvaluations":
    from highdicom.sr import (
        MeasurementsAndQualitativeEvaluations,
        QualitativeEvaluation,
        TrackingIdentifier,
    )
    from pydicom.sr.codedict import codes

    present = analysis.decision == "tumour"
    measured = [_measurement(codes.DCM.Probability, 100 * analysis.probability, _percent(), 2)]
    if analysis.volume_ml is not None:
        measured.append(
            _measurement(
                codes.SCT.Volume, analysis.volume_ml, _ml(), 3, interval=analysis.volume_interval
            )
        )
    answer = codes.SCT.Present if present else codes.SCT.Absent
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            uid_of(key, "whole"), str(message("writing.whole_study"))
        ),
        finding_type=codes.SCT.Neoplasm,
        finding_sites=[_brain(analysis.side)],
        algorithm_id=_algorithm(analysis),
        measurements=measured,
        qualitative_evaluations=[QualitativeEvaluation(codes.SCT.Neoplasm, answer)],
    )


def _lesion(
    analysis: Analysis, finding: Finding, key: str
) -> "VolumetricROIMeasurementsAndQualitativeEvaluations":
    from highdicom.sr import (
        TrackingIdentifier,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )
    from pydicom.sr.codedict import codes

    identifier = TrackingIdentifier(tracking_uid(analysis, finding), lesion_name(finding))
    return VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=identifier,
        referenced_segment=_segment(analysis, finding, key),
        finding_type=codes.SCT.Neoplasm,
        finding_sites=[_brain(finding.side)],
        algorithm_id=_algorithm(analysis),
        measurements=_lesion_measurements(finding),
    )


def _brain(side: Side | None) -> "FindingSite":
    from highdicom.sr import FindingSite
    from pydicom.sr.codedict import codes
    from pydicom.sr.coding import Code

    both = Code("51440002", "SCT", "Right and left")
    sides = {"left": codes.SCT.Left, "right": codes.SCT.Right, "both": both}
    return FindingSite(codes.SCT.Brain, laterality=sides[side] if side else None)


def _segment(analysis: Analysis, finding: Finding, key: str) -> "ReferencedSegment":
    # Not ReferencedSegment.from_segmentation: it fails where there is one segment (highdicom 0.28).
    from highdicom.sr import ReferencedSegment, SourceSeriesForSegmentation

    return ReferencedSegment(
        sop_class_uid=_SEGMENTATION,
        sop_instance_uid=uid_of(key, LESIONS),
        segment_number=finding.label,
        source_series=SourceSeriesForSegmentation(reference_of(analysis).series_uid),
    )


def _lesion_measurements(finding: Finding) -> "list[Measurement]":
    """Volume, both diameters, and the mean probability of the lesion's voxels."""
    from pydicom.sr.codedict import codes

    within, mm = finding.intervals, codes.UCUM.Millimeter
    sizes = (
        (codes.SCT.Volume, finding.volume_ml, _ml(), 3, within and within.volume),
        (codes.SCT.LongAxis, finding.diameter_mm, mm, 2, within and within.diameter),
        (codes.SCT.ShortAxis, finding.perpendicular_mm, mm, 2, within and within.perpendicular),
    )
    found = [
        _measurement(name, value, unit, digits, interval=interval)
        for name, value, unit, digits, interval in sizes
        if value is not None
    ]
    certain = _measurement(
        codes.DCM.Probability, 100 * finding.confidence, _percent(), 2, codes.SCT.Mean
    )
    return [*found, certain]


def _measurement(
    name: "Code",
    value: float,
    unit: "Code",
    digits: int,
    derivation: "Code | None" = None,
    interval: Interval | None = None,
) -> "Measurement":
    """`interval` is in multiples of the value; a side that does not reach it is written as 0."""
    from highdicom.sr import Measurement

    return Measurement(
        name=name,
        value=round(value, digits),
        unit=unit,
        derivation=derivation,
        properties=interval and _uncertainty(value, unit, digits, interval),
    )


def _uncertainty(
    value: float, unit: "Code", digits: int, interval: Interval
) -> "MeasurementProperties":
    from highdicom.sr import MeasurementProperties, NumContentItem
    from pydicom.sr.coding import Code

    upwards = Code("371886008", "SCT", "+, range of upper measurement uncertainty")
    downwards = Code("371885007", "SCT", "-, range of lower measurement uncertainty")
    # Not by its arguments, which are written without a unit (highdicom 0.28).
    properties = MeasurementProperties()
    for name, factor in ((upwards, interval[1] - 1), (downwards, 1 - interval[0])):
        distance = round(value * max(factor, 0.0), digits)
        properties.append(NumContentItem(name, distance, unit, relationship_type="HAS PROPERTIES"))
    return properties


def _algorithm(analysis: Analysis) -> "AlgorithmIdentification":
    from highdicom.sr import AlgorithmIdentification

    model = analysis.model
    return AlgorithmIdentification(
        name=f"{MANUFACTURER} {model.name}",
        version=model.version,
        parameters=[f"sha256={model.sha256}", f"threshold={analysis.threshold}"],
    )


def _ml() -> "Code":
    from pydicom.sr.coding import Code

    return Code("mL", "UCUM", "milliliter")


def _percent() -> "Code":
    from pydicom.sr.coding import Code

    return Code("%", "UCUM", "percent")
