"""What a reader may say of a finding, as codes; pages have the words."""

from enum import StrEnum


class Verdict(StrEnum):
    """Accepts the model's answer, stands for an outline of his own, or says it is none."""

    ACCEPT = "accept"
    CORRECT = "correct"
    REJECT = "reject"


class Reason(StrEnum):
    """Why what was found is no tumour of this kind."""

    MULTIPLE_SCLEROSIS = "multiple_sclerosis"
    WHITE_MATTER_DISEASE = "white_matter_disease"
    INFARCT = "infarct"
    HAEMORRHAGE = "haemorrhage"
    INFECTION = "infection"
    METASTASIS = "metastasis"
    MENINGIOMA = "meningioma"
    OTHER_TUMOUR = "other_tumour"
    POSTOPERATIVE = "postoperative"
    ARTEFACT = "artefact"
    WRONG_INPUT = "wrong_input"
    OTHER = "other"
