"""A campaign's results in pieces small enough to carry home, and back into a run folder there.

    python bench/gpu/carry.py collect RUN -o OUT --first 0
    python bench/gpu/carry.py join OUT -o RUN

Weights travel in half precision, biases and batch normalisation in single; checkpoints, prepared
slices, compiled functions and the network of the race stay behind. `collect` writes as many
pieces as --most says, beginning with --first; the first call packs them all, so begin with 0.
"""

import argparse
import hashlib
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from glioscope.errors import UnreadableFile, UsageError
from glioscope.files import atomic_json, atomic_path

PIECES = "pieces.json"
WEIGHTS = "weights16.npz"
_MIB = 1024 * 1024
# What brings the figures home comes first, since time may run out between two calls.
_ORDER = (".json", ".csv", ".png", "held_out", WEIGHTS)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    if options.verb == "collect":
        print(collect(options.folder, options.output, options.first, options.most, options.mib))
    else:
        print(join(options.folder, options.output))
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Carry the results of a GPU campaign.")
    parser.add_argument("verb", choices=("collect", "join"))
    parser.add_argument("folder", type=Path, help="the run folder, or the folder of the pieces")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--first", type=int, default=0, help="first piece of this call")
    parser.add_argument("--most", type=int, default=4, help="pieces of this call")
    parser.add_argument("--mib", type=float, default=15, help="size of a piece")
    return parser.parse_args(arguments)


def collect(run: Path, output: Path, first: int = 0, most: int = 4, mib: float = 15) -> str:
    """Write pieces `first` to `first + most` of the run's results; says how many there are.

    Raises:
        UsageError: nothing was packed yet, or there is no such piece.
    """
    packed = run / "results.tar"
    if first == 0:
        _pack(run, packed)
    if not packed.exists():
        raise UsageError("text", text=f"{run.name}: nothing is packed; begin with --first 0")
    size = int(mib * _MIB)
    total = -(-packed.stat().st_size // size)
    if not 0 <= first < total:
        raise UsageError("text", text=f"there are pieces 0 to {total - 1}, got --first {first}")
    last = min(first + most, total)
    with packed.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        for number in range(first, last):
            file.seek(number * size)
            with atomic_path(output / _name(number)) as temporary:
                temporary.write_bytes(file.read(size))
    atomic_json(output / PIECES, {"pieces": total, "sha256": digest})
    return f"pieces {first} to {last - 1} of 0 to {total - 1}"


def _name(number: int) -> str:
    return f"piece-{number:03d}.bin"


def _pack(run: Path, packed: Path) -> None:
    for weights in (run / "network").rglob("model.weights.h5"):
        _halve(weights.parent)
    files = [p.relative_to(run) for p in run.rglob("*") if p.is_file()]
    with atomic_path(packed) as temporary, tarfile.open(temporary, "w") as archive:
        for path in sorted(files, key=lambda p: (_rank(p), p.as_posix())):
            if _rank(path) < len(_ORDER):
                archive.add(run / path, str(path))


def _rank(path: Path) -> int:
    """Place in the order of packing; its length for what stays behind."""
    if path.parts[0] in {"compiled", "prepared"}:
        return len(_ORDER)
    return next((i for i, mark in enumerate(_ORDER) if mark in path.name), len(_ORDER))


def _halve(run: Path) -> None:
    network = _network(run)
    network.load_weights(run / "model.weights.h5")
    arrays = [np.asarray(w) for w in network.get_weights()]
    halved = {str(i): a.astype(np.float16) if a.ndim > 1 else a for i, a in enumerate(arrays)}
    with atomic_path(run / WEIGHTS) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **halved)


def _network(run: Path):
    from glioscope.training.config import load_config
    from glioscope.training.network.unet import build

    config = load_config(run)
    return build(config.network, config.size)


def join(folder: Path, run: Path) -> str:
    """Rebuild the run folder, with model.weights.h5 of every network.

    Raises:
        UnreadableFile: pieces are missing, or damaged; names those missing.
    """
    try:
        described = json.loads((folder / PIECES).read_text("utf-8"))
    except OSError as error:
        raise UnreadableFile(
            "text", text=f"{folder.name}/{PIECES} cannot be read; copy it too"
        ) from error
    names = [_name(number) for number in range(described["pieces"])]
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise UnreadableFile(
            "text", text=f"{folder.name}: {', '.join(missing)} missing; collect them too"
        )
    packed = run / "results.tar"
    with atomic_path(packed) as temporary, temporary.open("wb") as file:
        for name in names:
            file.write((folder / name).read_bytes())
    with packed.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != described["sha256"]:
            raise UnreadableFile(
                "text", text=f"{folder.name}: a piece is damaged or of another call; copy anew"
            )
    with tarfile.open(packed) as archive:
        archive.extractall(run, filter="data")
    packed.unlink()
    found = sorted(path.parent for path in run.rglob(WEIGHTS))
    for network in found:
        _restore(network)
    return f"{run}: {len(found)} networks"


def _restore(run: Path) -> None:
    from glioscope.training.loop.checkpoint import save_weights

    network = _network(run)
    with np.load(run / WEIGHTS) as stored:
        network.set_weights([stored[str(i)].astype(np.float32) for i in range(len(stored.files))])
    save_weights(run / "model.weights.h5", network)


if __name__ == "__main__":
    raise SystemExit(main())
