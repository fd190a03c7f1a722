"""The long campaign of training on a CPU: a queue that runs itself, in the idle class.

    python bench/campaign.py run DATA
    python bench/campaign.py status
    python bench/campaign.py adopt 2 FOLDER

Call `run` again after a kill or a restart: it goes on after the last whole epoch. Every network
that is done is committed at once, without its weights. bench/README.md tells the order.
"""

import argparse
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from campaign_pieces import Piece, history, paper_hours, paper_width, pieces, seconds_left, stages
from campaign_publish import publish
from campaign_workspace import (
    Workspace,
    command_of,
    default_root,
    git,
    idle,
    load,
    prepare,
    save,
    train,
    trainers,
    wait_for,
)
from glioscope.errors import GlioscopeError, UsageError
from glioscope.files import atomic_json
from glioscope.settings import Settings

HERE = Path(__file__).parent
EXIT_FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    try:
        return {"run": run, "status": status, "adopt": adopt}[options.action](options)
    except GlioscopeError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python bench/campaign.py", description=__doc__)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--workspace", type=Path, default=default_root(), help="runs and code")
    shared.add_argument("--checkout", type=Path, default=HERE.parent, help="gets the results")
    actions = parser.add_subparsers(dest="action", required=True)
    runs = actions.add_parser("run", parents=[shared], help="train what is left")
    runs.add_argument("data", type=Path, nargs="?", help="LGG folder; kept for later calls")
    runs.add_argument("--commit", help="what trains; the checkout's HEAD at the first start")
    runs.add_argument("--code", type=Path, help="a worktree with .venv that is there already")
    runs.add_argument("--only", nargs="+", default=[], help="these pieces, by key")
    runs.add_argument("--paper-hours", type=float, help="budget of width 32 (12)")
    runs.add_argument("--dry", action="store_true", help="print the commands and leave")
    actions.add_parser("status", parents=[shared], help="what is done and what is left")
    takes = actions.add_parser("adopt", parents=[shared], help="take a fold trained elsewhere")
    takes.add_argument("fold", type=int, choices=range(5))
    takes.add_argument("folder", type=Path, help="config.json, history.csv, model.weights.h5")
    takes.add_argument("--data", type=Path, help="LGG folder")
    takes.add_argument("--commit", default="unknown", help="what trained it")
    return parser.parse_args(arguments)


def opened(options: argparse.Namespace) -> Workspace:
    """The workspace of the options; what they leave out is as it was at the last start.

    Raises:
        UsageError: the data folder was never named.
    """
    root, checkout = options.workspace.resolve(), options.checkout.resolve()
    last = load(root, checkout)
    given = vars(options)
    data = given.get("data") or (last and last.data) or Settings.from_environment().lgg
    if data is None and options.action == "status":
        data = Path()
    if data is None:
        raise UsageError("text", text="name the data folder, or set GLIOSCOPE_LGG")
    code = given.get("code") or (last and last.code) or root / "code"
    hours = given.get("paper_hours") or (last.hours if last else 12.0)
    commit = _commit(options, code, last)
    return Workspace(root, checkout, data.resolve(), code.resolve(), commit, hours)


def _commit(options: argparse.Namespace, code: Path, last: Workspace | None) -> str:
    """The commit in full: that of a worktree that is there, whatever was asked for.

    Raises:
        UsageError: another one was asked for.
    """
    asked = options.commit if options.action == "run" else None
    if code.exists():
        found = git(code, "rev-parse", "HEAD")
        if asked and git(code, "rev-parse", f"{asked}^{{commit}}") != found:
            raise UsageError(
                "text", text=f"the worktree stands at {found[:12]}; use another --workspace"
            )
        return found
    wanted = asked or (last.commit if last else "HEAD")
    return git(options.checkout, "rev-parse", f"{wanted}^{{commit}}")


def run(options: argparse.Namespace) -> int:
    """Train what is left, piece after piece; a piece that fails does not stop the others."""
    workspace, chosen = opened(options), chosen_pieces(options.only)
    if options.dry:
        left = [piece for piece in chosen if not workspace.done(piece)]
        print("\n".join(shlex.join(idle(command_of(workspace, piece))) for piece in left))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    save(workspace)
    failed = []
    for piece in chosen:
        wait_for(workspace.root, lambda: publish_finished(workspace))
        publish_finished(workspace)
        if workspace.done(piece):
            continue
        prepare(workspace)
        print(f"{piece.key}: training", flush=True)
        if train(workspace, piece) or not workspace.finished(piece):
            print(f"{piece.key}: failed; see logs/{piece.key}.log of the workspace", flush=True)
            failed.append(piece.key)
        publish_finished(workspace)
    return EXIT_FAILED if failed else 0


def chosen_pieces(keys: list[str]) -> list[Piece]:
    """All pieces, or those named, in the order of training.

    Raises:
        UsageError: there is no such piece.
    """
    every = {piece.key: piece for piece in pieces()}
    unknown = sorted(set(keys) - set(every))
    if unknown:
        raise UsageError("text", text=f"no piece {unknown[0]!r}; expected {', '.join(every)}")
    return [piece for key, piece in every.items() if not keys or key in keys]


def publish_finished(workspace: Workspace) -> None:
    """Commit what is done and not in the repository yet; what git refuses waits for next time."""
    for piece in pieces():
        if workspace.finished(piece) and not workspace.published(piece):
            try:
                publish(workspace, piece)
                print(f"{piece.key}: committed", flush=True)
            except subprocess.CalledProcessError as error:
                print(f"{piece.key}: not committed yet: {error.stderr.strip()}", flush=True)


def adopt(options: argparse.Namespace) -> int:
    """Take over a fold's network and commit what it says of the patients it never saw.

    Raises:
        UsageError: the fold is there already, or the network could not be used.
    """
    workspace = opened(options)
    piece = pieces()[options.fold]
    run = workspace.run(piece)
    if workspace.done(piece) or (run / "checkpoint.npz").exists():
        raise UsageError("text", text=f"{piece.key} is there already, or in training")
    folder = options.folder.resolve()
    command = [sys.executable, str(HERE / "campaign_network.py"), "predict", str(workspace.data)]
    command += [str(options.fold), str(folder), str(run)]
    # First, since a campaign at work commits the fold as soon as its predictions are there.
    atomic_json(run / "adopted.json", {"commits": [options.commit], "adopted": True})
    if subprocess.run(command, check=False).returncode:
        shutil.rmtree(run)
        raise UsageError(
            "text", text=f"{folder.name} could not be taken over; the reason stands above"
        )
    publish_finished(workspace)
    return 0


def status(options: argparse.Namespace) -> int:
    """Print a table: piece, state, epochs, hours left."""
    workspace = opened(options)
    known, busy = workspace.speed(), bool(trainers(workspace.root))
    rows, total = [("piece", "state", "epochs", "hours left")], 0.0
    for piece in pieces():
        plan, done = stages(piece, workspace.run(piece)), len(history(workspace.run(piece)))
        state = _state(workspace, piece, done, busy)
        hours = 0.0 if workspace.done(piece) else _hours(workspace, piece, plan, done, known)
        total += hours or 0
        epochs = f"{done}/{sum(e for _, e in plan) or '?'}"
        rows.append((piece.key, state, epochs, "?" if hours is None else f"{hours:.1f}"))
    rows.append(("", "", "", f"{total:.1f}"))
    for row in rows:
        print(f"{row[0]:<12}{row[1]:<12}{row[2]:>8}{row[3]:>12}")
    return 0


def _state(workspace: Workspace, piece: Piece, done: int, busy: bool) -> str:
    if workspace.published(piece):
        return "committed"
    if workspace.finished(piece):
        return "finished"
    begun = (workspace.run(piece) / "config.json").exists() or done
    return ("training" if busy else "begun") if begun else "waiting"


def _hours(
    workspace: Workspace,
    piece: Piece,
    plan: list[tuple[int, int]],
    done: int,
    known: dict[int, float],
) -> float | None:
    """Hours left at the speed seen so far; None where nothing like it was timed."""
    if piece.recipe == "robust":
        seconds = seconds_left(plan, done, known)
        return None if seconds is None else seconds / 3600
    if piece.recipe:
        hours = paper_hours(paper_width(workspace.hours, known), known)
        return None if hours is None else hours * (1 - done / sum(e for _, e in plan))
    return None


if __name__ == "__main__":
    raise SystemExit(main())
