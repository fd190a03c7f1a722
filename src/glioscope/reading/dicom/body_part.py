"""Which part of the body a header says was scanned, where that is surely no head."""

import re

from pydicom.dataset import Dataset

from glioscope.reading.dicom.files import DICOM_DAMAGE
from glioscope.reading.dicom.text import text

# Coded or typed: BodyPartExamined is what a protocol was made for, and words of a description are
# asked only where it says nothing. Terms of PS3.16, annex L, and what consoles write.
_HEAD = re.compile(
    r"head|brain|skull|cran|cereb|neuro|pituit|orbit|sella|\biac\b|\bear\b|\bface\b"
    r"|temporal (lo|bo)|голов|мозг|череп|гипофиз|краниал|орбит"
)
_ELSEWHERE = re.compile(
    r"knee|ankle|foot|\bfeet\b|\btoes?\b|\blegs?\b|thigh|\bcalf|\bhips?\b|pelvi|prostat|\buter|\bovar"
    r"|bladder|rectum|abdo|\bliver|kidney|pancrea|chest|thora|\blung|heart|cardiac|breast|shoulder"
    r"|elbow|wrist|\bhands?\b|finger|\barms?\b|forearm|humer|femur|\btibia|[ctl]?spine|extremity"
    r"|колен|голеност|\bстоп[аы]\b|бедр|тазобедр|малого таза|простат|живот|брюшн|\bпечен|\bпоч[ке]"
    r"|груд|\bл[её]гк|сердц|молочн|плеч|локт|запяст|\bкист[ьи]\b|позвоноч"
)
_CODED = "BodyPartExamined"
_TYPED = ("ProtocolName", "SeriesDescription", "StudyDescription")


def part_that_is_no_head(header: Dataset) -> str:
    """The header's own word for a part of the body that is no head; "" where it names none.

    Only that word, because what was typed may hold a name.

    The code of the anatomic region counts as BodyPartExamined does. One word that means a head
    anywhere settles it: metastases of the breast are sought in the brain.
    """
    typed = [text(header, keyword) for keyword in _TYPED]
    coded = [text(header, _CODED), *_regions(header)]
    if _HEAD.search(" ".join((*coded, *typed)).lower()):
        return ""
    found = (_ELSEWHERE.search(words.lower()) for words in (*coded, *typed))
    return next((match[0] for match in found if match), "")


def _regions(header: Dataset) -> list[str]:
    try:
        return [text(item, "CodeMeaning") for item in header.get("AnatomicRegionSequence") or ()]
    except (*DICOM_DAMAGE, TypeError):
        return []
