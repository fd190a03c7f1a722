"""Where the campaign trains: a worktree with an environment of its own, in the idle class."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from campaign_pieces import (
    ABLATION_FOLDS,
    Piece,
    history,
    paper_width,
    pieces,
    preset_text,
    rates,
    read_json,
)
from glioscope.files import atomic_json, atomic_text

# oneDNN's kernels are on by default on some processors only; a resumed run must not change them.
ENVIRONMENT = {"TF_ENABLE_ONEDNN_OPTS": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
STATE = "campaign.json"
COMMITS = "commits.json"


@dataclass(frozen=True)
class Workspace:
    """What `campaign.json` says.

    Attributes:
        root: folder of the runs, laid out as `Piece.run` names them.
        checkout: repository that gets the results.
        data: folder of the LGG cases.
        code: worktree that trains, with its environment in `.venv`; commit: what it stands at.
        hours: what the paper's experiment may take at width 32.
    """

    root: Path
    checkout: Path
    data: Path
    code: Path
    commit: str
    hours: float

    def run(self, piece: Piece) -> Path:
        """The piece's run folder."""
        return self.root / piece.run

    def result(self, piece: Piece) -> Path:
        """The piece's folder in the repository."""
        return self.checkout / "results" / piece.result

    def finished(self, piece: Piece) -> bool:
        """Whether the run lies here, whole."""
        return (self.run(piece) / piece.marker).exists()

    def published(self, piece: Piece) -> bool:
        """Whether its results lie in the repository, all of them committed."""
        if not (self.result(piece) / "trained.json").exists():
            return False
        return not git(self.checkout, "status", "--porcelain", "--", str(self.result(piece)))

    def done(self, piece: Piece) -> bool:
        """Whether nothing is left to train; what another machine has committed counts."""
        return self.finished(piece) or (not piece.keep and self.published(piece))

    def speed(self) -> dict[int, float]:
        """Seconds of `robust`'s epochs here, by side."""
        return rates([history(self.run(p)) for p in pieces() if p.recipe == "robust"])

    @property
    def scripts(self) -> Path:
        """Folder of the environment's programs."""
        return self.code / ".venv" / ("Scripts" if os.name == "nt" else "bin")


def default_root() -> Path:
    """The platform's cache folder."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "glioscope" / "campaign"


def load(root: Path, checkout: Path) -> Workspace | None:
    """The workspace as it was last run, or None where nothing was."""
    state = read_json(root / STATE)
    if not state:
        return None
    return Workspace(
        root, checkout, Path(state["data"]), Path(state["code"]), state["commit"], state["hours"]
    )


def save(workspace: Workspace) -> None:
    """Keep what a later start needs."""
    kept = {"data": str(workspace.data), "code": str(workspace.code)}
    atomic_json(
        workspace.root / STATE, {**kept, "commit": workspace.commit, "hours": workspace.hours}
    )


def git(folder: Path, *arguments: str) -> str:
    """What git says, without the last line feed; raises CalledProcessError where it fails."""
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.rstrip("\n")


def prepare(workspace: Workspace) -> None:
    """Make the worktree and its environment where they are not there yet.

    An environment cut short has no `glioscope` and is made again.
    """
    if not workspace.code.exists():
        git(workspace.checkout, "worktree", "prune")
        git(
            workspace.checkout, "worktree", "add", "--detach", str(workspace.code), workspace.commit
        )
    if shutil.which("glioscope", path=workspace.scripts):
        return
    subprocess.run([sys.executable, "-m", "venv", str(workspace.code / ".venv")], check=True)
    python = [str(workspace.scripts / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*python, ".[train]"], check=True, cwd=workspace.code)


def idle(command: list[str]) -> list[str]:
    """The command in the idle scheduling class, or as near to it as the system has."""
    if shutil.which("chrt"):
        return ["chrt", "-i", "0", *command]
    return ["nice", "-n", "19", *command] if shutil.which("nice") else command


def fast_precision(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """bfloat16 where the processor has instructions for it; elsewhere float32 is faster."""
    words = set(cpuinfo.read_text("utf-8").split()) if cpuinfo.exists() else set()
    return "mixed_bfloat16" if words & {"amx_bf16", "avx512_bf16"} else "float32"


def command_of(workspace: Workspace, piece: Piece) -> list[str]:
    """The training of a piece; its preset is written, or was when the run began."""
    data, run = str(workspace.data), str(workspace.run(piece))
    if not piece.recipe:
        python = str(workspace.scripts / "python")
        return [python, "bench/ablation.py", data, "-o", run, "--folds", *ABLATION_FOLDS]
    # The run is called as the file is, so each piece has a folder for its own.
    preset = workspace.root / "presets" / piece.key / f"{piece.recipe}.toml"
    width = paper_width(workspace.hours, workspace.speed())
    atomic_text(preset, preset_text(piece, workspace.run(piece), fast_precision(), width))
    program = shutil.which("glioscope", path=workspace.scripts) or "glioscope"
    where = ["--preset", str(preset), *piece.options, "-o", run]
    return [program, "train", data, *where, "--resume", "--quiet"]


def train(workspace: Workspace, piece: Piece) -> int:
    """Train a piece to its end and return the exit status; an interrupt ends the training too."""
    log = workspace.root / "logs" / f"{piece.key}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | ENVIRONMENT
    command = idle(command_of(workspace, piece))
    note_commit(workspace.run(piece), workspace.commit)
    with (
        log.open("ab") as out,
        subprocess.Popen(
            command, cwd=workspace.code, env=environment, stdout=out, stderr=out
        ) as process,
    ):
        try:
            return process.wait()
        except BaseException:
            process.terminate()
            raise


def commits(run: Path) -> list[str]:
    """What trained a run, in order; a resumed one may have had several."""
    return read_json(run / COMMITS).get("commits", [])


def note_commit(run: Path, commit: str) -> None:
    """Keep that this commit trains the run from now on."""
    before = commits(run)
    if commit not in before:
        atomic_json(run / COMMITS, {"commits": [*before, commit]})


def trainers(root: Path, processes: Path = Path("/proc")) -> list[int]:
    """Processes that train into the workspace: begun by hand, or left by a campaign killed.

    Known on Linux only; elsewhere none is found.
    """
    found = []
    for path in processes.glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:  # ended meanwhile
            continue
        target = words[words.index("-o") + 1 :][:1] if "-o" in words else []
        trains = "train" in words or any(word.endswith("ablation.py") for word in words)
        if trains and target and Path(target[0]).is_relative_to(root):
            found.append(int(path.parent.name))
    return sorted(found)


def wait_for(root: Path, meanwhile: Callable[[], None], seconds: float = 60) -> None:
    """Return when nobody else trains into the workspace."""
    said = False
    while others := trainers(root):
        if not said:
            print(f"waiting for the training of process {others[0]}", flush=True)
        said = True
        meanwhile()
        time.sleep(seconds)
