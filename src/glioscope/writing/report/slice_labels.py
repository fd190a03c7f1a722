"""What a slice is called where people read of it: the one place that knows."""

from glioscope.analysis import Analysis
from glioscope.writing.wording import Wording, span


def slice_label(analysis: Analysis, index: int, words: Wording) -> str:
    """A slice in a sentence or below its picture: `slice 13`."""
    return words("slice.label", number=slice_cell(analysis, index))


def slice_cell(analysis: Analysis, index: int) -> str:
    """A slice in the column of a table that is about slices: `13`, from 1, lowest first."""
    del analysis
    return str(index + 1)


def slices_cell(analysis: Analysis, first: int, last: int) -> str:
    """A run of slices there, both ends included: `9–13`, and `10` for one."""
    return span(slice_cell(analysis, first), slice_cell(analysis, last))
