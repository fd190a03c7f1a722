"""Write what `glioscope.findings.diameters` says of phantoms, for the page's own diameters.

`python -m tools.javascript.diameters_fixture` writes
`tests/server/static/study/measure/diameters.json`.
"""

import json
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from glioscope.findings.diameters import diameters

STATIC = Path(__file__).parents[2] / "tests" / "server" / "static"
FIXTURE = STATIC / "study" / "measure" / "diameters.json"
_ROWS, _COLUMNS = np.indices((40, 48))


def phantoms() -> dict[str, tuple[Bool[np.ndarray, "h w"], tuple[float, float]]]:
    """Regions with the height and width of their pixels."""
    disc = _ellipse(20, 24, 8, 8)
    return {
        "nothing": (disc & False, (1.0, 1.0)),
        "one pixel": ((_ROWS == 39) & (_COLUMNS == 47), (0.9, 0.9)),
        "one row": ((_ROWS == 3) & (_COLUMNS > 10) & (_COLUMNS < 20), (0.5, 0.7)),
        "rectangle": ((abs(_ROWS - 10) < 4) & (abs(_COLUMNS - 20) < 8), (1.0, 1.0)),
        "disc": (disc, (1.0, 1.0)),
        "ring": (disc & ~_ellipse(20, 24, 4, 4), (0.9375, 0.9375)),
        "ellipse, flat pixels": (_ellipse(18, 22, 13, 6), (5.0, 0.9)),
        "tilted ellipse": (_ellipse(19.5, 23.5, 15, 5, 0.6), (1.0, 1.0)),
        "two parts": (_ellipse(8, 9, 5, 4) | _ellipse(30, 40, 6, 3, 1.1), (0.488, 0.488)),
        "horseshoe": (disc & ~((_ROWS < 20) & (abs(_COLUMNS - 24) < 3)), (1.0, 1.2)),
        "noise": (np.random.default_rng(7).random(_ROWS.shape) > 0.98, (0.86, 0.91)),
        "whole picture": (_ROWS >= 0, (1.0, 1.0)),
    }


def _ellipse(
    row: float, column: float, high: float, wide: float, angle: float = 0.0
) -> Bool[np.ndarray, "h w"]:
    down, right = _ROWS - row, _COLUMNS - column
    along = down * np.cos(angle) + right * np.sin(angle)
    across = right * np.cos(angle) - down * np.sin(angle)
    return (along / high) ** 2 + (across / wide) ** 2 <= 1


def text() -> str:
    """The fixture as JSON, a phantom to a line; rows of a region are strings of 0 and 1."""
    lines: list[str] = []
    for name, (region, pixel) in phantoms().items():
        rows = ["".join(map(str, row)) for row in region.astype(int).tolist()]
        known = {"name": name, "pixel": pixel, "diameters": diameters(region, pixel), "rows": rows}
        lines.append(json.dumps(known))
    return "[\n" + ",\n".join(lines) + "\n]\n"


if __name__ == "__main__":
    FIXTURE.write_text(text(), encoding="utf-8")
