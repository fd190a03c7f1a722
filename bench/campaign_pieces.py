"""What the campaign trains, in its order, and how far each piece is.

Imports nothing but the standard library, so that `campaign.py status` answers at once.
"""

import csv
import json
import re
import statistics
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Recipes of the campaign alone, and those that `glioscope train` ships.
PRESETS = Path(__file__).parent / "campaign"
SHIPPED = Path(__file__).parents[1] / "src" / "glioscope" / "training" / "presets"
# What the parts of `glioscope train --fold sites` are called.
SITES = ("site-CS", "site-DU", "site-FG+EZ", "site-HT")
ABLATION_FOLDS = ("0", "1")
# GFLOP of one forward pass of one slice at side 256 (`glioscope.training.network.unet.flop`); they
# grow with the square of the side.
GFLOP = {"robust": 4.44, "paper-256/32": 25.35, "paper-256/16": 6.37}
# Slices of an epoch: `samples_per_epoch` of robust.toml; the paper's share of the 3267 slices.
SLICES = {"robust": 2400, "paper-256": 2646}


@dataclass(frozen=True)
class Piece:
    """One network, or the ablation.

    Attributes:
        key: name in the table and on the command line.
        run: folder below the workspace; result: folder below `results/`.
        recipe: preset, of `bench/campaign/` or shipped; empty for the ablation.
        options: what `glioscope train` is told besides data, preset and folder.
        marker: the file that a finished run has and an unfinished one lacks.
        group: cross-validation whose decisions are joined from its pieces, as `results/GROUP`.
        keep: its weights are what is wanted, so results in the repository do not replace them.
    """

    key: str
    run: str
    result: str
    recipe: str
    options: tuple[str, ...]
    marker: str
    group: str = ""
    keep: bool = False


def pieces() -> list[Piece]:
    """Everything, in the order of training."""
    return [
        *(_part(f"fold{k}", "robust", str(k)) for k in range(5)),
        Piece(
            "all", "all", "robust/all", "robust", ("--fold", "none"), "model.weights.h5", keep=True
        ),
        _leaky("paper-256", "paper-256"),
        _leaky("robust-leaky", "robust"),
        Piece("ablation", "ablation", "ablation", "", (), "ablation.json"),
        *(_part(site, "robust-sites", site.replace("site-", "sites:")) for site in SITES),
    ]


def _part(key: str, group: str, fold: str) -> Piece:
    folder = f"{group}/{key}"
    return Piece(key, folder, folder, "robust", ("--fold", fold), "held_out.npz", group)


def _leaky(key: str, recipe: str) -> Piece:
    return Piece(key, key, key, recipe, ("--protocol", "paper-leaky"), "predictions.npz")


def preset_file(recipe: str) -> Path:
    """Where a recipe lies."""
    own = PRESETS / f"{recipe}.toml"
    return own if own.exists() else SHIPPED / own.name


def preset_text(piece: Piece, run: Path, precision: str, width: int) -> str:
    """The piece's recipe for this machine; a run that was begun keeps what it was begun with."""
    text = preset_file(piece.recipe).read_text("utf-8")
    begun = read_json(run / "config.json")
    widths = [width * 2**level for level in range(5)]
    text = _set(text, "precision", json.dumps(begun.get("precision", precision)))
    if piece.recipe == "robust":
        return text
    return _set(text, "widths", json.dumps(begun["network"]["widths"] if begun else widths))


def _set(text: str, name: str, value: str) -> str:
    found, count = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
    if count != 1:
        raise ValueError(f"the preset has {count} lines {name!r}, expected one")
    return found


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; empty where there is none."""
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def stages(piece: Piece, run: Path) -> list[tuple[int, int]]:
    """(side, epochs) of a piece in order; empty for the ablation."""
    if not piece.recipe:
        return []
    begun = read_json(run / "config.json")
    recipe = begun or tomllib.loads(preset_file(piece.recipe).read_text("utf-8"))
    return [(int(side), int(epochs)) for side, epochs in recipe["stages"]]


def history(run: Path) -> list[dict[str, str]]:
    """Rows of a run's history.csv, one per epoch done; for the ablation those of all its rows."""
    paths = [run / "history.csv"] if (run / "config.json").exists() else run.glob("*/*/history.csv")
    rows = []
    for path in paths:
        if path.exists():
            with path.open(newline="", encoding="utf-8") as file:
                rows += list(csv.DictReader(file))
    return rows


def rates(histories: list[list[dict[str, str]]]) -> dict[int, float]:
    """Median seconds of an epoch by side, over runs of one recipe."""
    seconds: dict[int, list[float]] = {}
    for row in (row for rows in histories for row in rows):
        seconds.setdefault(int(float(row["size"])), []).append(float(row["seconds"]))
    return {side: statistics.median(values) for side, values in seconds.items()}


def seconds_left(plan: list[tuple[int, int]], done: int, known: dict[int, float]) -> float | None:
    """Seconds of the epochs to come; None where no epoch of the recipe was ever timed.

    A side that was not timed costs what the nearest one does, by the ratio of pixels.
    """
    if not known:
        return None
    sides = [side for side, epochs in plan for _ in range(epochs)][done:]
    near = {side: min(known, key=lambda k, side=side: abs(k - side)) for side in set(sides)}
    return sum(known[near[side]] * (side / near[side]) ** 2 for side in sides)


def paper_hours(width: int, known: dict[int, float]) -> float | None:
    """Hours of the paper's 30 epochs at side 256, by the speed of `robust`'s epochs."""
    epoch = seconds_left([(256, 1)], 0, known)
    if epoch is None:
        return None
    per_gflop = epoch / (SLICES["robust"] * GFLOP["robust"])
    return 30 * SLICES["paper-256"] * GFLOP[f"paper-256/{width}"] * per_gflop / 3600


def paper_width(hours: float, known: dict[int, float]) -> int:
    """32 where that is known to fit the budget, else 16."""
    needed = paper_hours(32, known)
    return 32 if needed is not None and needed <= hours else 16
