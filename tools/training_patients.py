"""Write what a bundle tells of its training data anew: `patients.json`, `data.json`, `folds.json`.

`python -m tools.training_patients LGG_FOLDER [BUNDLE [CROSS_VALIDATION]]`; without BUNDLE that of
the package, whose cross-validation is `results/robust`. The hashes follow.
"""

import sys
from pathlib import Path

from glioscope.evaluation.predictions.archive import ARCHIVE, read_archive
from glioscope.model.bundle import DATA, FOLDS, PATIENTS, shipped_model, write_hashes
from glioscope.training.data.cases import cases_in, patient_of
from glioscope.training.export.fingerprint import data_fingerprint, folds_document
from glioscope.training.export.patients import patients_of

ROOT = Path(__file__).parents[1]


def main() -> None:
    """The command."""
    root = Path(sys.argv[1])
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else shipped_model()
    run = Path(sys.argv[3]) if len(sys.argv) > 3 else ROOT / "results" / "robust"
    cases = cases_in(root)
    named = {case.name: patient_of(case) for case in cases}
    told = {
        PATIENTS: patients_of(cases).to_json(),
        DATA: data_fingerprint(root, cases),
        FOLDS: folds_document(read_archive(run / ARCHIVE), named),
    }
    for name, text in told.items():
        (folder / name).write_text(text, encoding="utf-8")
    write_hashes(folder)


if __name__ == "__main__":
    main()
