"""Write what `glioscope.model.postprocess.decide` says at other thresholds, for the page's slider.

`python -m tools.javascript.thresholds_fixture` writes
`tests/server/static/study/result/thresholds.json`.
Probabilities are whole 255ths, as the page has them, and no mean of three lies on a limit.
"""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from glioscope.model.plan import Plan
from glioscope.model.postprocess import decide, pixel_rule

STATIC = Path(__file__).parents[2] / "tests" / "server" / "static"
FIXTURE = STATIC / "study" / "result" / "thresholds.json"
_SHAPE = (9, 18, 22)
_THRESHOLDS = (0.001, 0.05, 0.2, 0.4, 0.5, 0.7, 0.9, 0.999)
_PLAN = Plan("fixture", "1", 32, presence_threshold=0.4, pixel_threshold=0.5003, pixel_low=0.5003)


def plans() -> dict[str, tuple[Plan, float]]:
    """Rules to repeat, with the area of a pixel."""
    return {
        "plain": (_PLAN, 1.0),
        "smoothed, small ones dropped": (
            replace(_PLAN, pixel_smooth=0.2, min_area=5.0, z_weight=0.1, z_lift=2.0),
            0.5,
        ),
        "hysteresis": (replace(_PLAN, pixel_smooth=0.1, pixel_low=0.3013, min_area=3.0), 1.0),
        "one at all": (replace(_PLAN, pixel_threshold=0.9, pixel_low=0.8), 1.0),
    }


def text() -> str:
    """The fixture as JSON, a rule to a line; volumes are hex, masks strings of 0 and 1."""
    lines: list[str] = []
    for seed, (name, (plan, area)) in enumerate(plans().items()):
        pixels, presence = _blobs(seed)
        masks = {
            str(t): _ras(decide(pixels, presence, _at(plan, t), area).mask) for t in _THRESHOLDS
        }
        known = {
            "name": name,
            "size": _SHAPE[::-1],
            "rule": asdict(pixel_rule(plan, area)),
            "slices": decide(pixels, presence, plan, area).probability.tolist(),
            "own": plan.presence_threshold,
            "pixels": np.rint(pixels[:, ::-1, ::-1] * 255).astype(np.uint8).tobytes().hex(),
            "masks": masks,
        }
        lines.append(json.dumps(known))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _at(plan: Plan, threshold: float) -> Plan:
    return replace(plan, presence_threshold=threshold)


def _ras(mask: np.ndarray) -> str:
    """Pictures' rows and columns run against the axes of the page's volumes."""
    return "".join(map(str, mask[:, ::-1, ::-1].ravel().astype(int).tolist()))


def _blobs(seed: int) -> tuple[Float32[np.ndarray, "k h w"], Float32[np.ndarray, "k"]]:
    """A few soft bumps and a little noise, in whole 255ths."""
    random = np.random.default_rng(seed)
    at = np.indices(_SHAPE)
    found = 0.15 * random.random(_SHAPE)
    for _ in range(4):
        centre = random.random(3) * _SHAPE
        width = np.array([1.5, 2.5, 3.0])[:, None, None, None] * (0.6 + random.random())
        away = (((at - centre[:, None, None, None]) / width) ** 2).sum(axis=0)
        found = np.maximum(found, (0.3 + 0.7 * random.random()) * np.exp(-away / 2))
    pixels = (np.rint(255 * found) / 255).astype(np.float32)
    return pixels, pixels.max(axis=(1, 2))


if __name__ == "__main__":
    FIXTURE.write_text(text(), encoding="utf-8")
