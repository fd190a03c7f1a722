"""Which of the studies to be scored the model that answered was trained on."""

from collections.abc import Sequence

from glioscope.evaluation.predictions.references import Pictures
from glioscope.evaluation.predictions.types import CasePrediction
from glioscope.model.bundle import PATIENTS, shipped_model
from glioscope.model.plan import Plan
from glioscope.model.training_patients import TrainingPatients
from glioscope.reading.lgg import patient
from glioscope.settings import Settings


def trained_on(cases: Sequence[CasePrediction], pictures: Pictures) -> tuple[str, ...]:
    """Ids of such studies, sorted; those that a fold held out are not among them.

    Known are the model that the settings name and the one that ships.

    Raises:
        ModelError: what such a model says of its patients cannot be read.
    """
    bundles = {shipped_model(), Settings.from_environment().model or shipped_model()}
    known: dict[tuple[str, str], TrainingPatients] = {}
    for folder in bundles:
        if (folder / PATIENTS).is_file():
            plan = Plan.load(folder / "plan.json")
            known[plan.name, plan.version] = TrainingPatients.load(folder / PATIENTS)
    found: list[str] = []
    for case in cases:
        patients = known.get((case.model_name, case.model_version))
        if case.fold is not None or patients is None:
            continue
        if patients.knows(patient(case.study_id), pictures.study(case.study_id)):
            found.append(case.study_id)
    return tuple(sorted(found))
