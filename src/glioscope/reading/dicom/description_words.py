"""What an operator's words say of a series, in Russian and English.

Of contrast, also in German, French, Spanish and Italian.

Descriptions are free text ("t2_tirm_tra_dark-fluid", "Т1 ВИ с КУ sag"), so words decide last: after
the physics and the contrast tags.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from glioscope.texts.message import Message, message


class Weighting(StrEnum):
    """What makes a picture bright."""

    T1 = "T1"
    FLAIR = "FLAIR"
    T2 = "T2"
    PD = "PD"
    T2_STAR = "T2*"
    STIR = "STIR"


# Т1 and Т2 are typed with the Cyrillic letter as often as with the Latin one.
_WEIGHTED = re.compile(r"\bт(?= ?[12])")

# In the order in which they are asked: the more exact first.
_WEIGHTINGS = (
    (Weighting.T1, r"\bt1 ?(w |ви )?flair"),
    (
        Weighting.FLAIR,
        r"flair|dark ?fluid|fl[ae]ir|фл[аэе]и?й?р|\btirm\b.*\bdark|тирм|"
        r"подавл\w* (сигнала? )?(от )?(своб\w* )?(жидк|вод|ликвор|сж)",
    ),
    (Weighting.STIR, r"\bstir\b|\bстир\b|\btirm\b"),
    (
        Weighting.T2_STAR,
        r"\bt2 ?\*|\bt2 ?star|\bt2 ?gre|\bt2 ?ffe|\bhemo|\bгемо|\bmerge\b|\bmedic\b",
    ),
    (Weighting.T1, r"\bt1|\bt ?1\b|mp ?rage|\bmpr\b|bravo|f?spgr\b|\btfe\b|\bvibe\b|\blava\b"),
    (Weighting.T2, r"\bt2|\bt ?2\b|\bciss\b|fiesta"),
    (Weighting.PD, r"\bpd\b|\bpdw\b|proton|протон"),
)

_EXCLUDED = (
    (
        message("reading.class.localizer"),
        r"locali[sz]er|\bscout|survey|\bloc\b|\b3 ?plane|three ?plane|smartbrain|\baahead|"
        r"локали[зс]|локалайз|топограм|разметк",
    ),
    (
        message("reading.class.calibration"),
        r"calib|\basset\b|\bref ?scan|калибр|\bshim\b|\bb1 ?map|field ?map",
    ),
    (
        message("reading.class.diffusion"),
        r"\bdwi\b|\bdti\b|\bdiff|\badc\b|\be?adc\b|\btrace|\bдви\b|\bикд\b|дифф?уз|трактогр",
    ),
    (
        message("reading.class.susceptibility"),
        r"\bswi\b|\be?swan\b|ven[os]*bold|\bsw ?ip\b|\bsuscep|\bqsm\b|восприимч",
    ),
    (
        message("reading.class.angiography"),
        r"\btof\b|\bmra\b|\bmrv\b|angio|ангио|веногр|\b[23]d ?pc\b|\binhance",
    ),
    (
        message("reading.class.function"),
        r"perf|\bdsc\b|\basl\b|\bdce\b|\bbold\b|\bfmri\b|перфуз|\bфмрт\b",
    ),
    (message("reading.class.spectroscopy"), r"spectr|\bmrs\b|\bcsi\b|спектр"),
    (
        message("reading.class.reformat"),
        r"\bmip\b|\bminip\b|subtract|\bsub\b|субтракц|\bmpr range|reformat|реконстр",
    ),
    (message("reading.class.report_or_screen"), r"\breport|\bscreen|отч[её]т|\bdose\b"),
)

# Each takes the agent's name along, so that it is not read as "with" afterwards.
_WITHOUT = (
    r"\b(pre|without|w ?o)\b(?! ?op)( ?(contrast|gad|gd)\w*)?|\b(pre|non?) ?(contr|gad|gd)\w*|"
    r"\b(ohne|sans|sin|senza) (km|mdc|gd|gad\w*|[ck]ontrast\w*|inj\w*)|"
    r"unenh\w*|\bnative?\b|натив|бес?контраст|"
    r"\b(до|без) (?=в в|введ|контр|ку\b|к у\b|усил)(в в )?(введ\w* )?(контр\w*|ку\b|к у\b|усил\w*)?"
)
_WITH = (
    r"\+ ?(c|с|gd|gad|k|к|km|ку)\b|\b(c|с|gd|gad|km|ce|ку) ?\+|\bgd\b|gado|\bgad\b|гадо|гадав|"
    r"\bpost\b(?! ?(op|proc))|\bpost ?(contr|gd|gad)|[ck]ontrast|контраст|\bce\b|\bkm\b|\bку\b|"
    r"\bк у\b|\bmdc\b|\binj(ect\w*|ekt\w*)?\b|"
    r"\bafter\b|\bпосле (в в|контр|введ|ку\b|усил)|enhanced|dotarem|magnevist|omniscan|multihance|"
    r"prohance|clariscan|дотарем|магневист|омнискан|\bс усилен"
)


@dataclass(frozen=True)
class Words:
    """What a description says: a weighting, why the series is none of ours, whether with contrast.

    Each is None where the words are silent, `contrast` also where they contradict themselves.
    """

    weighting: Weighting | None
    excluded: Message | None
    contrast: bool | None


def read_words(description: str) -> Words:
    """Understand a description; "" says nothing."""
    plain = _plain(description)
    weighting = next((w for w, pattern in _WEIGHTINGS if re.search(pattern, plain)), None)
    excluded = next((what for what, pattern in _EXCLUDED if re.search(pattern, plain)), None)
    return Words(weighting, excluded, _contrast(plain))


def _contrast(plain: str) -> bool | None:
    rest = re.sub(_WITHOUT, " ", plain)
    without, with_agent = rest != plain, bool(re.search(_WITH, rest))
    if without == with_agent:
        return None
    return with_agent


def _plain(description: str) -> str:
    """Lower case, words apart, Cyrillic T of T1 and T2 made Latin."""
    apart = re.sub(r"[_\-.,;:/\\()|\[\]]+", " ", description.lower().replace("ё", "е"))
    return re.sub(r"\s+", " ", _WEIGHTED.sub("t", apart))
