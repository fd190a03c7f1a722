"""Signed reviews as a training set: what doctors stand for, without anybody's name."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import numpy as np
from sqlalchemy import Connection, Row, select

from glioscope.database.tables import Result, Review, Study, Version
from glioscope.errors import InputError, UsageError
from glioscope.files import atomic_folder
from glioscope.jobs.results import FILES
from glioscope.jobs.storage.store import Store
from glioscope.pseudonyms import Pseudonyms
from glioscope.reading.inputs import find_inputs
from glioscope.reading.labelled import is_labelled
from glioscope.reading.nifti_mask import read_mask_nifti
from glioscope.reviews.reasons import Reason, Verdict
from glioscope.settings import Charset
from glioscope.study import Study as Pictures
from glioscope.volume import Mask
from glioscope.writing.labelled import Provenance, write_case, write_lists

Part = Literal["corrections", "test", "all"]

# What was rejected for one of these shows no tumour. Another tumour would be outlined by another
# class; what is left after an operation, and what is no such study at all, teaches nothing.
NO_TUMOUR = frozenset(
    {
        Reason.MULTIPLE_SCLEROSIS,
        Reason.WHITE_MATTER_DISEASE,
        Reason.INFARCT,
        Reason.HAEMORRHAGE,
        Reason.INFECTION,
        Reason.ARTEFACT,
    }
)
# One patient of so many goes into the part that tests.
_TESTED = 5


@dataclass(frozen=True)
class Exported:
    """How many studies were written, of how many patients, and how many reviews teach nothing."""

    studies: int
    patients: int
    left_out: int


def export_reviews(
    connection: Connection,
    store: Store,
    names: Pseudonyms,
    out: Path,
    *,
    part: Part = "all",
    charset: Charset | None = None,
) -> Exported:
    """Write the studies with a signed review into the folder `out`, whole or not at all.

    Of each study the review signed last, outside of reading lists, holds. `part` is `test` for one
    patient of five, chosen by his pseudonym, so that he stays there whenever it is exported anew;
    `corrections` is for the others.

    Raises:
        InputError: no review to write. OSError: there is no room.
        UsageError: the folder holds something else.
    """
    if out.exists() and any(out.iterdir()) and not is_labelled(out):
        raise UsageError("reviews.other_folder", folder=out.name)
    rows = [row for row in _reviewed(connection) if _is_of(part, _patient(row, names))]
    teaching = [row for row in rows if _outline_of(row)]
    if not teaching:
        raise InputError("reviews.nothing_signed", left_out=len(rows))
    with atomic_folder(out) as folder:
        cases = [_write(row, store, names, folder, charset) for row in teaching]
        write_lists(folder, sorted(cases, key=lambda case: case.case))
    patients = len({case.patient for case in cases})
    return Exported(len(cases), patients, len(rows) - len(teaching))


def _reviewed(connection: Connection) -> list[Row[Any]]:
    """One row for each study with a signed review, in the order in which they came."""
    query: Any = (
        select(
            *(Study.id, Study.key, Study.patient_key, Study.folder, Study.place),
            *(Review.verdict, Review.reason),
            *(Version.number, Version.dice, Version.folder.label("version_folder")),
            *(Result.folder.label("result_folder"), Result.decision),
            *(Result.model, Result.model_version),
        )
        .join(Review, Review.study_id == Study.id)
        .join(Result, Result.study_id == Study.id)
        .outerjoin(Version, Version.id == Review.version_id)
        .where(Review.signed_at.is_not(None), Review.list_id.is_(None))
        .order_by(Study.received_at, Study.id, Review.signed_at, Review.number)
    )
    return list({row.id: row for row in connection.execute(query)}.values())


def _patient(row: Row[Any], names: Pseudonyms) -> str:
    return names.of_patient(row.patient_key or row.key)


def _is_of(part: Part, patient: str) -> bool:
    tested = int(sha256(patient.encode()).hexdigest(), 16) % _TESTED == 0
    return part == "all" or (part == "test") == tested


def _outline_of(row: Row[Any]) -> str | None:
    """Whose outline is the truth; None where nobody's is."""
    if row.verdict == Verdict.CORRECT:
        return "doctor" if row.version_folder else None
    if row.verdict == Verdict.ACCEPT:
        # A doctor accepts his own outline where there is one.
        return "doctor" if row.version_folder else "model" if row.model else None
    return "empty" if row.reason in NO_TUMOUR else None


def _write(
    row: Row[Any],
    store: Store,
    names: Pseudonyms,
    folder: Path,
    charset: Charset | None,
) -> Provenance:
    name, kind = names.of_study(row.key), _outline_of(row) or ""
    with _pictures(row, store, charset) as pictures:
        study = replace(pictures, study_id=name)
        outline = _outline(row, store, kind, study)
        written = write_case(folder, name, study, outline)
    drawn = kind == "doctor"
    return Provenance(
        case=name,
        patient=_patient(row, names),
        verdict=row.verdict,
        reason=row.reason or "",
        outline=kind,
        version=str(row.number) if drawn else "",
        model=row.model,
        model_version=row.model_version,
        dice="" if row.dice is None or not drawn else f"{row.dice:.4f}",
        **asdict(written),
    )


@contextmanager
def _pictures(
    row: Row[Any], store: Store, charset: Charset | None
) -> Generator[Pictures, None, None]:
    with store.folder(row.folder) as folder:
        [inside] = folder.iterdir()
        found = find_inputs([inside], charset=charset)
        yield found[int(row.place)].read()


def _outline(row: Row[Any], store: Store, kind: str, study: Pictures) -> Mask:
    if kind == "empty":
        return Mask(np.zeros(study.grid.shape, bool), study.grid)
    where = row.version_folder if kind == "doctor" else row.result_folder
    with store.file(where, f"{FILES}/mask.nii.gz") as path:
        return Mask(read_mask_nifti(path).array, study.grid)
