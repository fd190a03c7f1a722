"""Which layout a source has, and its cases."""

from pathlib import Path

from glioscope.errors import InputError, UsageError
from glioscope.own_data.candidate import Candidate
from glioscope.own_data.layouts.bids import bids_cases, is_bids
from glioscope.own_data.layouts.dicom import dicom_cases
from glioscope.own_data.layouts.known import labelled_cases, lgg_cases
from glioscope.own_data.layouts.nnunet import is_nnunet, nnunet_cases
from glioscope.own_data.layouts.table import is_table, table_cases
from glioscope.pseudonyms import Pseudonyms
from glioscope.reading import lgg
from glioscope.reading.containers.folder import open_container
from glioscope.reading.dicom.sniff import holds_dicom
from glioscope.reading.labelled import is_labelled
from glioscope.reading.pictures.stack import Spacing


def find_cases(
    source: Path,
    names: Pseudonyms,
    *,
    spacing: Spacing | None = None,
    charset: str | None = None,
) -> list[Candidate]:
    """Cases of one source; no pixel is read.

    `names` gives DICOM patients their pseudonyms; `spacing` (row, column, slice in mm) goes to LGG
    pictures, which have none; `charset` is the code page of undeclared DICOM text.

    Raises:
        InputError: no layout that is known, or as that layout's reader.
        UsageError: `spacing` for what carries its own.
    """
    if not source.exists():
        raise InputError("own_data.no_source", name=source.name)
    pictures = source.is_dir() and not is_labelled(source) and _is_lgg(source)
    if spacing is not None and not pictures:
        raise UsageError("reading.own_spacing", name=source.name)
    if pictures:
        return lgg_cases(source, spacing)
    if is_table(source):
        return table_cases(source)
    if is_labelled(source):
        return labelled_cases(source)
    if is_nnunet(source):
        return nnunet_cases(source)
    if is_bids(source):
        return bids_cases(source)
    container = open_container(source)
    if holds_dicom(container):
        return dicom_cases(container, names, charset)
    raise InputError("own_data.unknown_layout", name=source.name)


def _is_lgg(source: Path) -> bool:
    return any(lgg.is_case(path) for path in lgg.set_root(source).iterdir() if path.is_dir())
