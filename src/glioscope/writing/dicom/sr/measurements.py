"""The figures of a structured report, each with its unit and its interval.

A figure's interval stands beside it as its distance upwards and downwards, in the figure's own unit
(CID 225); the report's comments say what it promises. Volumes are rounded to 0.001 ml, lengths to
0.01 mm, probabilities to 0.01 %.
"""

from typing import TYPE_CHECKING

from glioscope.analysis import Analysis
from glioscope.analysis_parts import Finding, Interval

if TYPE_CHECKING:
    from highdicom.sr import Measurement, MeasurementProperties
    from pydicom.sr.coding import Code


def whole_measurements(analysis: Analysis) -> "list[Measurement]":
    """Probability of the study and the volume of all lesions, each where it is known."""
    from pydicom.sr.codedict import codes

    found = [] if analysis.probability is None else [_probability(analysis.probability)]
    if analysis.volume_ml is not None:
        interval = analysis.volume_interval
        volume = _measurement(
            codes.SCT.Volume, analysis.volume_ml, unit=_ml(), digits=3, interval=interval
        )
        found.append(volume)
    return found


def lesion_measurements(finding: Finding) -> "list[Measurement]":
    """Volume, both diameters, and where known the mean probability of the lesion's voxels."""
    from pydicom.sr.codedict import codes

    within, mm = finding.intervals, codes.UCUM.Millimeter
    sizes = (
        (codes.SCT.Volume, finding.volume_ml, _ml(), 3, within and within.volume),
        (codes.SCT.LongAxis, finding.diameter_mm, mm, 2, within and within.diameter),
        (codes.SCT.ShortAxis, finding.perpendicular_mm, mm, 2, within and within.perpendicular),
    )
    found = [
        _measurement(name, value, unit=unit, digits=digits, interval=interval)
        for name, value, unit, digits, interval in sizes
        if value is not None
    ]
    if finding.confidence is not None:
        found.append(_probability(finding.confidence, codes.SCT.Mean))
    return found


def _probability(value: float, derivation: "Code | None" = None) -> "Measurement":
    from pydicom.sr.codedict import codes
    from pydicom.sr.coding import Code

    percent = Code("%", "UCUM", "percent")
    return _measurement(
        codes.DCM.Probability, 100 * value, unit=percent, digits=2, derivation=derivation
    )


def _measurement(
    name: "Code",
    value: float,
    *,
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


def _ml() -> "Code":
    from pydicom.sr.coding import Code

    return Code("mL", "UCUM", "milliliter")
