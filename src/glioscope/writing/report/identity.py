"""Who was scanned, from the DICOM headers, for reports that were asked to say so."""

from typing import TYPE_CHECKING

from glioscope.errors import UsageError
from glioscope.study import Channel, Study
from glioscope.writing.wording import Wording

if TYPE_CHECKING:
    from pydicom import Dataset

Identity = tuple[tuple[str, str], ...]

# The names of the texts, and the attributes they show.
_TEXTS = {
    "name": "PatientName",
    "id": "PatientID",
    "birth": "PatientBirthDate",
    "sex": "PatientSex",
    "accession": "AccessionNumber",
}


def identity_of(study: Study, words: Wording) -> Identity:
    """Names and values of what the headers of FLAIR hold; what they lack is left out.

    Raises:
        UsageError: the study was not read from DICOM, so nobody is named in it.
    """
    series = study.source.series.get(Channel.FLAIR)
    if series is None or not series.headers:
        raise UsageError("writing.no_identity", study=study.study_id)
    shown = ((name, _value(series.headers[0], name, words)) for name in _TEXTS)
    return tuple((name, value) for name, value in shown if value)


def _value(header: "Dataset", name: str, words: Wording) -> str:
    raw = str(header.get(_TEXTS[name], "") or "").strip()
    if name == "name":
        # Components are parted by ^, other scripts by =; the first that holds letters is shown.
        groups = (" ".join(part for part in g.split("^") if part) for g in raw.split("="))
        return next((group for group in groups if group), "")
    if name == "sex":
        return words(f"sex.{raw}") if f"sex.{raw}" in words.texts else raw
    dated = name == "birth" and len(raw) == 8 and raw.isascii() and raw.isdigit()
    return words.day(int(raw[:4]), int(raw[4:6]), int(raw[6:])) if dated else raw
