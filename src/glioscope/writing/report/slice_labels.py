"""What a slice is called where people read of it: the one place that knows.

In a DICOM study a slice is what the PACS shows: series and image number, or frame number where one
instance holds many. Elsewhere, and where the numbers of the source are missing or stand twice, it
is its place from 1, lowest first.
"""

from glioscope.analysis import Analysis
from glioscope.analysis_parts import SliceFinding
from glioscope.writing.wording import Wording, span


def slice_label(analysis: Analysis, index: int, words: Wording) -> str:
    """A slice in a sentence or below its picture: `slice 13`, or `series 4, image 11`."""
    number = slice_cell(analysis, index)
    if not _by_source(analysis):
        return words("slice.label", number=number)
    found = analysis.slices[index]
    kind = "image" if found.frame is None else "frame"
    if found.series_number is None:
        return words(f"slice.{kind}", number=number)
    return words(f"slice.series_{kind}", series=found.series_number, number=number)


def slice_cell(analysis: Analysis, index: int) -> str:
    """A slice in the column of a table that is about slices: `13`."""
    return str(_number(analysis.slices[index]) if _by_source(analysis) else index + 1)


def slices_cell(analysis: Analysis, first: int, last: int) -> str:
    """A run of slices there, both ends included: `9–13`, and `10` for one."""
    return span(*sorted((slice_cell(analysis, first), slice_cell(analysis, last)), key=int))


def slices_title(analysis: Analysis, words: Wording, *, many: bool = False) -> str:
    """The title of such a column, for single slices or for runs of them."""
    if not _by_source(analysis):
        return words("findings.slices" if many else "slices.number")
    found = analysis.slices[0]
    kind = "images" if found.frame is None else "frames"
    if found.series_number is None:
        return words(f"slices.{kind}")
    return words(f"slices.series_{kind}", series=found.series_number)


def slices_axis(analysis: Analysis, words: Wording) -> str:
    """What the axis of a chart counts."""
    if not _by_source(analysis):
        return words("chart.axis")
    return words("chart.axis_of", name=slices_title(analysis, words))


def _number(found: SliceFinding) -> int | None:
    return found.instance_number if found.frame is None else found.frame


def _by_source(analysis: Analysis) -> bool:
    """Whether the source numbers every slice, and no two alike."""
    numbers = {(s.sop_instance_uid and _number(s)) for s in analysis.slices}
    return None not in numbers and len(numbers) == len(analysis.slices)
