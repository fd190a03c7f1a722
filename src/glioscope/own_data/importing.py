"""Cases of any layout into one set, whole or not at all."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from glioscope.errors import GlioscopeError, InputError, UsageError
from glioscope.files import atomic_folder
from glioscope.own_data.candidate import Candidate
from glioscope.own_data.classes import ClassCount, Classes
from glioscope.own_data.labels import Labels
from glioscope.reading.labelled import is_labelled
from glioscope.texts.message import Message
from glioscope.volume import Mask
from glioscope.writing.labelled import Provenance, write_case, write_lists

# Names of files on every system, and of columns in a CSV.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# Faults that one error lists.
_SHOWN = 20
_ABOUT = ("patient", "site", "scanner")


@dataclass(frozen=True)
class Imported:
    """How many cases of how many patients lie in the set.

    `faults` are those of cases that were left out; `warnings` what reading noticed of the others.
    """

    cases: int
    patients: int
    faults: tuple[Message, ...]
    warnings: Mapping[str, tuple[Message, ...]]


def with_table(candidates: Sequence[Candidate], table: Path) -> list[Candidate]:
    """The cases with `patient`, `site` and `scanner` as a CSV says them, by its column `case`.

    Raises:
        InputError: the table cannot be read, or names a case that is not there.
    """
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = {row["case"]: row for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise InputError("own_data.damaged_list", name="", file=table.name) from error
    strange = sorted(rows.keys() - {one.name for one in candidates})
    if strange:
        raise InputError("own_data.no_such_case", file=table.name, case=strange[0])
    return [_told(one, rows.get(one.name, {})) for one in candidates]


def _told(one: Candidate, row: Mapping[str, str]) -> Candidate:
    return replace(one, **{column: row[column] for column in _ABOUT if row.get(column)})


def import_cases(
    candidates: Sequence[Candidate],
    out: Path,
    labels: Labels | Classes,
    *,
    leave_out: bool = False,
    overwrite: bool = False,
    advance: Callable[[int, int], None] | None = None,
) -> Imported:
    """Write cases as a set of labelled studies into the folder `out`, one in memory at a time.

    A case with a fault stops all, and every fault is told; with `leave_out` the others are written.
    `overwrite` replaces an older set. `advance` hears how many cases are done and how many there
    are. By `labels` the tumour is one; by classes it is kept as them.

    Raises:
        UsageError: the folder holds something, or two cases have one name.
        InputError: a case has a fault, or none is left; or a class has no voxel in any case.
        OSError: there is no room.
    """
    if out.exists() and any(out.iterdir()) and not (overwrite and is_labelled(out)):
        raise UsageError("own_data.other_folder", folder=out.name)
    _require_names(candidates)
    rows: list[Provenance] = []
    faults: list[Message] = []
    warnings: dict[str, tuple[Message, ...]] = {}
    how = ClassCount(labels) if isinstance(labels, Classes) else labels
    with atomic_folder(out) as folder:
        for done, one in enumerate(candidates, start=1):
            try:
                row, warnings[one.name] = _write(one, folder, how)
                rows.append(row)
            except GlioscopeError as error:
                faults.append(error.message)
            if advance:
                advance(done, len(candidates))
        if faults and not (leave_out and rows):
            shown = (*faults[:_SHOWN], *(("…",) if len(faults) > _SHOWN else ()))
            raise InputError("own_data.faults", count=len(faults), faults=shown)
        rows.sort(key=lambda row: row.case)
        named: dict[str, Sequence[str]] = {}
        if isinstance(how, ClassCount):
            how.require_all()
            named["classes"] = how.names
        write_lists(folder, rows, "glioscope own data", "Outlines as they were given.", **named)
    told = {case: texts for case, texts in warnings.items() if texts}
    return Imported(len(rows), len({row.patient for row in rows}), tuple(faults), told)


def _write(
    one: Candidate, folder: Path, how: Labels | ClassCount
) -> tuple[Provenance, tuple[Message, ...]]:
    study = replace(one.study(), study_id=one.name)
    outline = one.outline(study)
    tumour = (
        how.map(outline, study, one.name)
        if isinstance(how, ClassCount)
        else Mask(how.of(outline, one.name), study.grid)
    )
    written = write_case(folder, one.name, study, tumour)
    row = Provenance(
        case=one.name,
        patient=one.patient,
        verdict="",
        reason="",
        outline="given",
        version="",
        model="",
        model_version="",
        dice="",
        site=one.site,
        scanner=one.scanner,
        **asdict(written),
    )
    return row, study.warnings


def _require_names(candidates: Sequence[Candidate]) -> None:
    counts = Counter(one.name.casefold() for one in candidates)
    for one in candidates:
        if not _NAME.fullmatch(one.name):
            raise UsageError("own_data.case_name", case=one.name)
        if counts[one.name.casefold()] > 1:
            raise UsageError("own_data.case_twice", case=one.name)
