"""Write `patients.json` of a bundle anew from the LGG folder it was trained on, and its hashes.

`python -m tools.training_patients LGG_FOLDER [BUNDLE]`; without BUNDLE that of the package.
"""

import sys
from pathlib import Path

from glioscope.model.bundle import PATIENTS, shipped_model, write_hashes
from glioscope.reading.lgg import list_cases
from glioscope.training.export.patients import patients_of


def main() -> None:
    """The command."""
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else shipped_model()
    (folder / PATIENTS).write_text(patients_of(list_cases(Path(sys.argv[1]))).to_json(), "utf-8")
    write_hashes(folder)


if __name__ == "__main__":
    main()
