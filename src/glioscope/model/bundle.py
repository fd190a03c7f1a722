"""A model folder: weights, plan, card and hashes; verified whenever it is loaded.

::

    model.onnx      the network
    model.8bit.onnx the same in 8 bits, for those who have no time; may be missing
    plan.json       everything inference must repeat from training
    card.md         data, protocol, scores, limits, licence
    reference.json  what the studies it learned from look like; may be missing
    patients.json   hashes of the patients it learned from; may be missing
    data.json       sizes, geometry and intensities of what it learned from; may be missing
    folds.json      which patients were held out together, by their hashes; may be missing
    hashes.json     SHA-256 of every other file
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from glioscope.analysis_parts import ModelInfo
from glioscope.errors import ModelError
from glioscope.model.engine import Engine, OnnxEngine
from glioscope.model.plan import Plan
from glioscope.model.reference import TrainingAppearance
from glioscope.settings import Settings
from glioscope.texts.message import Message, message

# The one bundle inside the package, under glioscope/models/.
SHIPPED = "glioma-lgg"

WEIGHTS, PLAN, CARD, HASHES = "model.onnx", "plan.json", "card.md", "hashes.json"
REFERENCE, PATIENTS = "reference.json", "patients.json"
DATA, FOLDS = "data.json", "folds.json"
EIGHT_BITS = "model.8bit.onnx"
# With `fast` a slice is looked at in the mirror too from this probability of the first look.
FAST_MIRRORED_FROM = 0.05
_REQUIRED = (WEIGHTS, PLAN, CARD, HASHES)
_SCHEMA = "glioscope.hashes/1"


@dataclass(frozen=True)
class Model:
    """A verified model, ready to answer. `warnings` go into every analysis it makes.

    Without a `reference` studies are not judged before they are analysed. Where the plan wants the
    mirrored slice too, it is asked for slices whose first probability is at least `mirrored_from`.
    """

    plan: Plan
    engine: Engine
    info: ModelInfo
    warnings: tuple[Message, ...] = ()
    reference: TrainingAppearance | None = None
    mirrored_from: float = 0.0


def load_model(path: Path | None = None, *, threads: int = 0, fast: bool = False) -> Model:
    """Verify and load a model folder.

    None takes the folder that the settings name, else the one that ships with the package.
    `threads` slices are answered at once; 0 takes one per core, at most eight. With `fast` it is
    the network in 8 bits, which looks at the mirrored slice only where the first look has not
    found next to nothing, or, where the folder has none, the network without the average over
    mirrored slices; a warning says which.

    Example:
        >>> model = load_model()
        >>> model.info.name, len(model.info.sha256)
        ('glioma-lgg', 64)
        >>> model.plan.at("balanced").operating_point
        'balanced'

    Raises:
        ModelError: missing, damaged, or weights and plan do not fit each other.
    """
    folder = model_folder(path)
    known = _verified(folder)
    plan = Plan.from_bytes(known[PLAN].content)
    warnings: tuple[Message, ...] = ()
    weights, mirrored_from = known[WEIGHTS], 0.0
    if fast and EIGHT_BITS in known:
        weights, warnings = known[EIGHT_BITS], (message("model.eight_bits"),)
        mirrored_from = FAST_MIRRORED_FROM
    elif fast and plan.flip:
        plan, warnings = replace(plan, flip=False), (message("model.one_look"),)
    engine = OnnxEngine(weights.content, plan, threads=threads)
    if not engine.has_presence:
        warnings = (_no_presence(plan), *warnings)
    info = ModelInfo(plan.name, plan.version, weights.sha256)
    return Model(plan, engine, info, warnings, _reference(folder, known), mirrored_from)


def model_folder(path: Path | None = None) -> Path:
    """The folder that `load_model` takes."""
    return path or Settings.from_environment().model or shipped_model()


def _reference(folder: Path, known: "Mapping[str, _File]") -> TrainingAppearance | None:
    if REFERENCE in known:
        return TrainingAppearance.from_bytes(known[REFERENCE].content)
    path = folder / REFERENCE
    return TrainingAppearance.load(path) if path.is_file() else None


def shipped_model() -> Path:
    """The folder of the bundle that ships with the package."""
    return Path(str(files("glioscope"))) / "models" / SHIPPED


def write_hashes(folder: Path) -> None:
    """Write `hashes.json` over every other visible file of the folder, replacing an older one."""
    names = [f.name for f in folder.iterdir() if f.is_file() and not f.name.startswith(".")]
    hashes = {name: _sha256(folder / name) for name in sorted(names) if name != HASHES}
    temporary = folder / f".{HASHES}"
    temporary.write_text(
        json.dumps({"schema": _SCHEMA, "sha256": hashes}, indent=2) + "\n", encoding="utf-8"
    )
    temporary.replace(folder / HASHES)


def verify(folder: Path) -> None:
    """Check that every file is there and is the one that was hashed.

    Raises:
        ModelError: names the file and what is wrong with it.
    """
    _verified(folder)


@dataclass(frozen=True)
class _File:
    """What a file of the folder holds, and its hash, which is the one that `hashes.json` has."""

    content: bytes
    sha256: str


def _verified(folder: Path) -> dict[str, _File]:
    """Every hashed file by name, read once; errors as in `verify`."""
    if not folder.is_dir():
        raise ModelError("model.no_folder", model=folder.name)
    missing = [name for name in _REQUIRED if not (folder / name).is_file()]
    if missing:
        raise ModelError("model.files_missing", model=folder.name, files=", ".join(missing))
    hashes = _read_hashes(folder)
    return {name: _verified_file(folder / name, expected) for name, expected in hashes.items()}


def _verified_file(path: Path, expected: str) -> _File:
    content = _read(path)
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ModelError(
            "model.file_changed",
            model=path.parent.name,
            file=path.name,
            found=found[:12],
            expected=expected[:12],
        )
    return _File(content, found)


def _read_hashes(folder: Path) -> dict[str, str]:
    try:
        document = json.loads(_read(folder / HASHES))
        hashes = dict(document["sha256"])
        fits = document["schema"] == _SCHEMA and all(
            Path(name).name == name and isinstance(value, str) for name, value in hashes.items()
        )
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError("model.hashes_unreadable", model=folder.name) from error
    if not fits:
        raise ModelError("model.hashes_schema", model=folder.name, schema=_SCHEMA)
    if unhashed := {WEIGHTS, PLAN, CARD} - set(hashes):
        names = ", ".join(sorted(unhashed))
        raise ModelError("model.hashes_lack", model=folder.name, files=names)
    return hashes


def _sha256(path: Path) -> str:
    return hashlib.sha256(_read(path)).hexdigest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = str(error.strerror)
        raise ModelError("model.file_unreadable", file=path.name, reason=reason) from error


def _no_presence(plan: Plan) -> Message:
    return message("model.no_presence", model=plan.name)
