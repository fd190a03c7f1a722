"""Which studies the node takes: MR of a head with FLAIR; and what its rules ask of the header."""

from dataclasses import dataclass, replace
from pathlib import Path

from glioscope.errors import InputError
from glioscope.pacs.rules import Told
from glioscope.reading.dicom.body_part import part_that_is_no_head
from glioscope.reading.dicom.choice import choose
from glioscope.reading.dicom.files import DICOM_DAMAGE, read_whole_header
from glioscope.reading.dicom.study import DicomStudy, no_flair
from glioscope.reading.dicom.text import text
from glioscope.reading.inputs import find_inputs
from glioscope.settings import Charset
from glioscope.study import Channel
from glioscope.texts.message import Message, message


@dataclass(frozen=True)
class Judged:
    """What a fetched study is: `why_not` says why it is left alone, None where it is taken."""

    told: Told
    why_not: Message | None


def judge(folder: Path, source: str, sender: str | None, charset: Charset | None) -> Judged:
    """Look at the headers of one fetched study."""
    told = Told(source=source, sender=sender, station="", description="")
    try:
        found, *others = find_inputs([folder], charset=charset)
    except InputError as error:
        return Judged(told, error.message)
    if others:
        # Headers that contradict the source: which study is it?
        return Judged(told, message("pacs.damaged"))
    if found.dicom is None or not found.dicom.has_pictures:
        return Judged(told, message("pacs.no_pictures"))
    return _judged(found.dicom, told)


def _judged(study: DicomStudy, told: Told) -> Judged:
    try:
        flair = choose(study.candidates, {}).chosen.get(Channel.FLAIR)
        if flair is None:
            return Judged(told, no_flair(study).message)
        header = read_whole_header(flair.series.header)
    except InputError as error:
        return Judged(told, error.message)
    except DICOM_DAMAGE:
        return Judged(told, message("pacs.damaged"))
    part = part_that_is_no_head(header)
    station, description = (text(header, k, study.charset) for k in _ASKED)
    told = replace(told, station=station, description=description)
    return Judged(told, message("pacs.no_head", part=part) if part else None)


_ASKED = ("StationName", "StudyDescription")
