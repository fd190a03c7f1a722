"""Give a bundle its network in 8 bits, or make it anew: `model.8bit.onnx`.

`python -m tools.eight_bits DATA [BUNDLE]`; without BUNDLE that of the package. DATA is the set it
was trained on, which sets the ranges. The hashes follow.
"""

import sys
from pathlib import Path

from glioscope.model.bundle import shipped_model
from glioscope.training.data.cases import cases_in
from glioscope.training.export.eight_bits import add_eight_bits

if __name__ == "__main__":
    add_eight_bits(
        Path(sys.argv[2]) if len(sys.argv) > 2 else shipped_model(), cases_in(Path(sys.argv[1]))
    )
