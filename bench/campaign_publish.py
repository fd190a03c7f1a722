"""A finished piece into the repository: small files, one commit of those paths and no others."""

import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np

from campaign_pieces import Piece, history, pieces, read_json
from campaign_workspace import Workspace, commits, git
from glioscope.files import atomic_json, atomic_path
from machine import cpu_model, usable_cores

HERE = Path(__file__).parent
KEPT = ("config.json", "history.csv", "plan.json", "ablation.json", "ablation.md")
JOINED = ("config.json", "history.csv", "plan.json", "predictions*.npz")
# Steps of a stored probability: a hundredth of the bytes of float16 as they come from the network,
# and the outline moves by less than a pixel's tenth.
STEPS = 64


def publish(workspace: Workspace, piece: Piece) -> None:
    """Put the piece's results into the repository and commit them.

    Raises:
        CalledProcessError: git refused, which leaves the files for the next time.
    """
    result = workspace.result(piece)
    if not (result / "trained.json").exists():
        write_result(workspace, piece)
    paths = [result]
    if piece.group:
        paths += join(workspace, piece.group)
    commit(workspace.checkout, paths, f"Results of the campaign: {piece.key}")


def write_result(workspace: Workspace, piece: Piece) -> None:
    """Copy what is small; `trained.json` comes last and tells what trained it, and on what."""
    run, result = workspace.run(piece), workspace.result(piece)
    result.mkdir(parents=True, exist_ok=True)
    patterns = KEPT if piece.group else (*KEPT, "predictions*.npz")
    for path in sorted(path for pattern in patterns for path in run.glob(pattern)):
        # Decisions with thresholds from the fold's own halves; the joint ones are kept.
        if not (piece.group and path.name == "plan.json"):
            shutil.copyfile(path, result / path.name)
    for path in sorted(run.glob("held_out*.npz" if piece.group == "robust" else "held_out.npz")):
        round_raw(path, result / path.name)
    told = read_json(run / "adopted.json") or _trained(workspace, run)
    atomic_json(result / "trained.json", told)


def _trained(workspace: Workspace, run: Path) -> dict[str, object]:
    seconds = sum(float(row["seconds"]) for row in history(run) if row.get("seconds"))
    machine = {"cpu": cpu_model(), "cores": usable_cores()}
    return {
        "commits": commits(run) or [workspace.commit],
        "hours": round(seconds / 3600, 2),
        "machine": machine,
    }


def round_raw(source: Path, target: Path) -> None:
    """Raw predictions with probabilities of pixels rounded; `load_raw` reads them as they are."""
    with np.load(source) as stored:
        arrays = {name: stored[name] for name in stored.files}
    with (
        atomic_path(target) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_LZMA) as archive,
    ):
        for name, array in arrays.items():
            kept = _rounded(array) if name.endswith("/planes") else array
            # With no date of its own, so that equal predictions make equal files.
            info = zipfile.ZipInfo(f"{name}.npy")
            info.compress_type = archive.compression
            with archive.open(info, "w") as file:
                np.lib.format.write_array(file, kept, allow_pickle=False)


def _rounded(planes: np.ndarray) -> np.ndarray:
    return (np.round(planes.astype(np.float32) * STEPS) / STEPS).astype(np.float16)


def join(workspace: Workspace, group: str) -> list[Path]:
    """Decide the patients of all parts that are there, each by the others; what was written.

    A part's raw predictions are those of the workspace, or, where another machine trained it, the
    rounded ones of the repository. Where joining fails the piece is kept all the same.
    """
    parts = [piece for piece in pieces() if piece.group == group]
    folders = [
        next((f for f in (workspace.run(p), workspace.result(p)) if (f / p.marker).exists()), None)
        for p in parts
    ]
    named = [f"{p.key}={folder}" for p, folder in zip(parts, folders, strict=True) if folder]
    out = workspace.checkout / "results" / group
    command = [sys.executable, str(HERE / "campaign_network.py"), "join", str(workspace.data)]
    if subprocess.run([*command, str(out), *named], check=False).returncode:
        print(f"the parts of {group} could not be joined; the next piece tries again", flush=True)
        return []
    return sorted(path for pattern in JOINED for path in out.glob(pattern))


def commit(checkout: Path, paths: list[Path], said: str, tries: int = 40, pause: float = 3) -> bool:
    """Commit these paths on the branch that is checked out; False where nothing has changed.

    Changes of others, staged or not, stay as they are. Hooks are passed over, since pre-commit puts
    the changes of others aside while it runs.

    Raises:
        CalledProcessError: git refused, for instance in the middle of a merge.
    """
    named = ["--", *map(str, paths)]
    if not git(checkout, "status", "--porcelain", *named):
        return False
    command = ["commit", "--quiet", "--no-verify", "--only", "-m", said, *named]
    _patiently(checkout, ["add", *named], tries, pause)
    _patiently(checkout, command, tries, pause)
    return True


def _patiently(checkout: Path, command: list[str], tries: int, pause: float) -> None:
    """Try again as long as somebody else holds the index."""
    for last in range(tries, 0, -1):
        try:
            git(checkout, *command)
            return
        except subprocess.CalledProcessError as error:
            if "index.lock" not in error.stderr or last == 1:
                raise
            time.sleep(pause)
