"""Two analysed studies of one patient: what changed, and the RANO class of the change.

The class is the imaging part of RANO for low-grade glioma, by the sum of the products of
perpendicular diameters on FLAIR: van den Bent et al., Lancet Oncology 2011,
doi 10.1016/S1470-2045(11)70057-2; measurable disease as in Wen et al., Journal of Clinical Oncology
2010, doi 10.1200/JCO.2009.26.3541; kept for non-enhancing disease in RANO 2.0, Wen et al., Journal
of Clinical Oncology 2023, doi 10.1200/JCO.23.01059. It leaves out what a picture cannot show
(symptoms, steroids, confirmation after four weeks) and what this network does not outline
(enhancement), and it sums all lesions where RANO has a reader choose targets.
"""

from dataclasses import dataclass
from typing import Any, Literal

from glioscope.errors import GridMismatch, InputError, UnknownSpacing
from glioscope.reading.examined import Examined
from glioscope.reading.results import StoredResult
from glioscope.texts.message import Message, message

Response = Literal[
    "complete response", "partial response", "minor response", "stable disease", "progression"
]
Unit = Literal["ml", "voxels", "mm", "px", "mm2", "px2"]

# Later product over earlier: progression from the first on, minor and partial response down to the
# others. van den Bent 2011.
_PROGRESSION, _MINOR, _PARTIAL = 1.25, 0.75, 0.5
# Boundaries belong to the stronger class; this keeps rounding of a quotient from deciding.
_ROUNDING = 1e-9
# Both diameters in mm, and slices, from which a lesion is measurable. Wen 2010, van den Bent 2011.
_MEASURABLE_MM, _MEASURABLE_SLICES = 10.0, 2
# Spacings that differ by a larger factor are worth a warning.
_SAME_SPACING = 1.1


@dataclass(frozen=True)
class Measured:
    """A figure and the interval around it in its own unit; None where the model gave none."""

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Change:
    """One figure in both studies.

    `percent` is None where the earlier figure is 0; `percent_interval` holds the changes between
    the far ends of both intervals. `within_error` tells whether the intervals overlap; both are
    None where an interval is unknown.
    """

    name: Literal["volume", "diameter", "perpendicular", "product"]
    unit: Unit
    earlier: Measured
    later: Measured
    percent: float | None
    percent_interval: tuple[float, float] | None
    within_error: bool | None


@dataclass(frozen=True)
class Comparison:
    """Change from the earlier to the later study.

    `changes` has the volume of all lesions, the two diameters of the largest, and the sum of the
    products of diameters. `response` is the class by the product alone, None where it has none (see
    `warnings`); `within_error` is that of the product: a class other than stable disease is then no
    finding. `coverage` is that of the intervals.
    """

    earlier_id: str
    later_id: str
    changes: tuple[Change, ...]
    lesions: tuple[int, int]
    response: Response | None
    within_error: bool | None
    coverage: float | None
    warnings: tuple[Message, ...]

    def to_dict(self) -> dict[str, Any]:
        """The `comparison.json` document: plain Python values."""
        from dataclasses import asdict

        head = {"schema": "glioscope.comparison/1", "research_use_only": True}
        changes = [asdict(change) for change in self.changes]
        said = {"warnings": [str(warning) for warning in self.warnings]}
        return {**head, **vars(self), "changes": changes, **said}


def compare(earlier: StoredResult, later: StoredResult) -> Comparison:
    """Compare two studies of one patient; a warning where it is not known that they are.

    Raises:
        InputError: they are of two patients, or the earlier one is the later by its date.
        UnknownSpacing: one has voxel spacing and the other has none.
        GridMismatch: neither has spacing, and their grids differ.
    """
    _require_one_patient_in_order(earlier, later)
    nominal = _require_comparable(earlier, later)
    changes = tuple(
        _change(name, unit, figure_of(earlier, name, unit), figure_of(later, name, unit))
        for name, unit in _units(nominal)
    )
    product = changes[-1]
    before, after = (sum(not f.speck for f in r.analysis.findings) for r in (earlier, later))
    response = classify(product.earlier.value, product.later.value)
    measurable = nominal or _measurable(earlier)
    return Comparison(
        earlier_id=earlier.study_id,
        later_id=later.study_id,
        changes=changes,
        lesions=(before, after),
        response=response if measurable else None,
        within_error=product.within_error,
        coverage=later.analysis.interval_coverage,
        warnings=(*_warnings(earlier, later), *_doubts(before, after, measurable, nominal)),
    )


def classify(earlier: float, later: float) -> Response | None:
    """RANO class of two sums of products; None where the earlier is 0.

    An increase by 25 % or more is progression, a decrease by 50 % or more a partial response, by
    25 % or more a minor one.
    """
    if earlier <= 0:
        return None
    if later <= 0:
        return "complete response"
    quotient = later / earlier
    if quotient >= _PROGRESSION - _ROUNDING:
        return "progression"
    if quotient <= _PARTIAL + _ROUNDING:
        return "partial response"
    return "minor response" if quotient <= _MINOR + _ROUNDING else "stable disease"


def _units(nominal: bool) -> tuple[tuple[Any, Unit], ...]:
    names = ("volume", "diameter", "perpendicular", "product")
    units: tuple[Unit, ...] = (
        ("voxels", "px", "px", "px2") if nominal else ("ml", "mm", "mm", "mm2")
    )
    return tuple(zip(names, units, strict=True))


def figure_of(result: StoredResult, name: str, unit: str) -> Measured:
    """A figure of one study in `unit`; diameters are those of the largest lesion, 0 without one."""
    analysis = result.analysis
    if name in ("volume", "product"):
        ends = getattr(analysis, f"{name}_interval")
        value = analysis.voxels if unit == "voxels" else getattr(analysis, f"{name}_{unit}")
    elif analysis.findings:
        largest = analysis.findings[0]
        ends = getattr(largest.intervals, name) if largest.intervals else None
        value = getattr(largest, f"{name}_{unit}")
    else:
        ends, value = None, 0.0
    return Measured(float(value), (value * ends[0], value * ends[1]) if ends else None)


def _change(name: Any, unit: Unit, earlier: Measured, later: Measured) -> Change:
    one, other = earlier.interval, later.interval
    percent = 100 * (later.value / earlier.value - 1) if earlier.value else None
    if one is None or other is None:
        return Change(name, unit, earlier, later, percent, None, None)
    most = 100 * (other[1] / one[0] - 1) if one[0] else None
    ends = None if most is None else (100 * (other[0] / one[1] - 1), most)
    overlap = max(one[0], other[0]) <= min(one[1], other[1])
    return Change(name, unit, earlier, later, percent, ends, overlap)


def _require_one_patient_in_order(earlier: StoredResult, later: StoredResult) -> None:
    names = {"earlier": earlier.study_id, "later": later.study_id}
    one, other = earlier.examined, later.examined
    if one.patient and other.patient and one.patient != other.patient:
        raise InputError("followup.other_patient", **names)
    if one.day and other.day and one.day > other.day:
        raise InputError("followup.wrong_order", **names)


def _require_comparable(earlier: StoredResult, later: StoredResult) -> bool:
    """Whether both are without spacing; figures can then be compared in pixels."""
    one, other = earlier.grid, later.grid
    if one.nominal != other.nominal:
        bare = earlier if one.nominal else later
        raise UnknownSpacing("followup.spacing_of_one", study=bare.study_id)
    if one.nominal and not one.matches(other):
        raise GridMismatch(
            "followup.other_pixels",
            earlier=earlier.study_id,
            later=later.study_id,
            one=str(one.shape),
            other=str(other.shape),
        )
    return one.nominal


def _measurable(result: StoredResult) -> bool:
    return any(
        min(f.diameter_mm or 0, f.perpendicular_mm or 0) >= _MEASURABLE_MM
        and f.last_slice - f.first_slice + 1 >= _MEASURABLE_SLICES
        for f in result.analysis.findings
    )


def _warnings(earlier: StoredResult, later: StoredResult) -> tuple[Message, ...]:
    """What may make a change that is none of the patient's."""
    one, other = earlier.analysis, later.analysis
    found = [*_unknown(earlier.examined, later.examined)]
    if (one.author == "model") != (other.author == "model"):
        # Of models and thresholds nothing is said: they are not what differs.
        found.append(message("followup.other_author"))
    else:
        if one.model and other.model and one.model.sha256 != other.model.sha256:
            names = [f"{model.name} {model.version}" for model in (one.model, other.model)]
            found.append(message("followup.other_model", one=names[0], other=names[1]))
        if one.threshold != other.threshold:
            found.append(message("followup.other_threshold"))
    if not earlier.grid.nominal:
        pairs = zip(sorted(earlier.grid.spacing), sorted(later.grid.spacing), strict=True)
        if any(max(pair) > _SAME_SPACING * min(pair) for pair in pairs):
            found.append(message("followup.other_spacing"))
    return tuple(found)


def _unknown(one: Examined, other: Examined) -> tuple[Message, ...]:
    """What had to be taken on trust: that it is one patient, and which study came first."""
    found: list[Message] = []
    if not (one.patient and other.patient):
        found.append(message("followup.unknown_patient"))
    if not (one.day and other.day):
        found.append(message("followup.unknown_order"))
    elif one.day == other.day:
        found.append(message("followup.same_day"))
    return tuple(found)


def _doubts(before: int, after: int, measurable: bool, nominal: bool) -> tuple[Message, ...]:
    """What the class does not take into account."""
    found: list[Message] = []
    if nominal:
        found.append(message("followup.no_spacing"))
    if not before:
        found.append(message("followup.nothing_earlier"))
    elif not measurable:
        found.append(message("followup.not_measurable"))
    if after > before:
        found.append(message("followup.more_lesions", before=before, after=after))
    if before and not after:
        found.append(message("followup.nothing_later"))
    return tuple(found)
