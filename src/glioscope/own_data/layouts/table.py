"""A CSV that names the files of each case.

Columns: `flair`, `mask`; where they are there also `t1`, `t1gd`, `case`, `patient`, `site`,
`scanner`. Files are NIfTI, named from the folder of the table or as whole paths.
"""

import csv
from pathlib import Path

from glioscope.errors import InputError
from glioscope.own_data.candidate import Candidate
from glioscope.own_data.layouts.pairs import nifti_case
from glioscope.reading.nifti import study_id_of
from glioscope.study import Channel

NEEDED = ("flair", "mask")


def is_table(path: Path) -> bool:
    """Whether the name ends in .csv."""
    return path.suffix.lower() == ".csv" and path.is_file()


def table_cases(path: Path) -> list[Candidate]:
    """Cases in the order of the table.

    A case without a name is called after its FLAIR; one without a patient is one of its own.

    Raises:
        InputError: the table cannot be read, lacks a column or a value, or has no row.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = [{k: (v or "").strip() for k, v in row.items() if k} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError("own_data.damaged_list", name=path.parent.name, file=path.name) from error
    if not rows:
        raise InputError("own_data.empty", name=path.name, expected=", ".join(NEEDED))
    return [_case(path, number, row) for number, row in enumerate(rows, start=2)]


def _case(path: Path, line: int, row: dict[str, str]) -> Candidate:
    for column in NEEDED:
        if not row.get(column):
            raise InputError("own_data.no_value", file=path.name, line=line, column=column)
    images = {
        channel: path.parent / row[column]
        for channel in Channel
        if row.get(column := channel.value.lower())
    }
    name = row.get("case") or study_id_of(images[Channel.FLAIR])
    return nifti_case(
        name,
        row.get("patient") or name,
        images,
        path.parent / row["mask"],
        site=row.get("site", ""),
        scanner=row.get("scanner", ""),
    )
