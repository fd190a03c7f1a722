"""The training queue with a trainer that only writes the files a training would leave."""

import csv
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import campaign
import campaign_network
import campaign_pieces
import campaign_publish
import campaign_workspace
from campaign_pieces import paper_width, pieces, seconds_left
from campaign_workspace import Workspace, git
from glioscope.evaluation.predictions.archive import read_archive
from glioscope.evaluation.splits.folds import lgg90
from glioscope.files import atomic_json, atomic_text
from glioscope.pipeline import Answer
from glioscope.training.folds.cross_validation import load_raw, save_raw
from lgg_folder import head_stack, write_case
from toy_training import toy_config

FOLDS = [f"fold{k}" for k in range(5)]
# Two epochs a call, then it is as if killed, unless the folder says that it may end.
TRAINER = """#!{python}
import csv, json, os, pathlib, sys, time
words = sys.argv[1:]
run = pathlib.Path(words[words.index("-o") + 1]); run.mkdir(parents=True, exist_ok=True)
home = pathlib.Path(__file__).parents[3]
with (home / "calls").open("a") as file: file.write(json.dumps(words) + "\\n")
(home / "onednn").write_text(os.environ["TF_ENABLE_ONEDNN_OPTS"])
(run / "config.json").write_text(json.dumps({{"stages": [[128, 4]], "precision": "float32",
    "network": {{"widths": [16, 32, 64, 128, 256]}}}}))
history = run / "history.csv"
done = len(history.read_text().splitlines()) - 1 if history.exists() else 0
rows = ["epoch,size,seconds"] + [f"{{e + 1}},128,3600" for e in range(min(4, done + 2))]
history.write_text("\\n".join(rows) + "\\n")
if (home / "slow").exists(): time.sleep(60)
if len(rows) < 5: sys.exit(9)
(run / "model.weights.h5").write_text("weights")
if "--protocol" in words: (run / "predictions.npz").write_text("decided")
elif words[words.index("--fold") + 1] != "none":
    import numpy
    numpy.savez(run / "held_out.npz", **{{"a/planes": numpy.full((1, 2, 2), 0.33, "f2")}})
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "config", "user.name", "Nobody")
    git(folder, "config", "user.email", "nobody@example.org")
    atomic_text(folder / "code.py", "one\n")
    atomic_text(folder / "staged.py", "one\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "start")
    return folder


@pytest.fixture
def root(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose environment holds the trainer; nothing is joined."""
    folder = tmp_path / "workspace"
    git(repository, "worktree", "add", "--quiet", "--detach", str(folder / "code"), "HEAD")
    program = folder / "code" / ".venv" / "bin" / "glioscope"
    atomic_text(program, TRAINER.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setattr(campaign_publish, "join", lambda workspace, group: [])
    # In the idle class a test would wait for whatever else the machine does.
    monkeypatch.setattr(campaign_workspace, "idle", list)
    return folder


def call(root: Path, repository: Path, *options: str) -> int:
    action, *rest = options
    where = ["--workspace", str(root), "--checkout", str(repository)]
    return campaign.main([action, *rest, *where])


def run(root: Path, repository: Path, *only: str) -> int:
    return call(root, repository, "run", str(root), "--only", *only)


def calls(root: Path) -> list[str]:
    return (root / "calls").read_text().splitlines()


def test_the_order_is_folds_all_paper_leaky_ablation_sites() -> None:
    keys = [piece.key for piece in pieces()]
    assert keys[:6] == [*FOLDS, "all"]
    assert keys[6:9] == ["paper-256", "robust-leaky", "ablation"]
    assert keys[9:] == ["site-CS", "site-DU", "site-FG+EZ", "site-HT"]


def test_sites_are_called_as_training_calls_them() -> None:
    from glioscope.evaluation.splits.folds import site_folds

    folds = site_folds(lgg90().cases, lgg90().seed)
    assert tuple(folds.name(k) for k in range(folds.k)) == campaign_pieces.SITES


def test_presets_load_and_every_width_is_a_network(tmp_path: Path) -> None:
    from glioscope.training.config import load_preset

    for piece in pieces():
        if piece.recipe:
            for precision, width in (("float32", 32), ("mixed_bfloat16", 16)):
                path = tmp_path / f"{piece.recipe}.toml"
                text = campaign_pieces.preset_text(piece, tmp_path / "run", precision, width)
                path.write_text(text)
                config = load_preset(str(path))
                assert config.precision == precision
                if piece.recipe != "robust":
                    assert config.network.widths[0] == width


def test_a_killed_run_goes_on_and_each_piece_is_one_commit(root: Path, repository: Path) -> None:
    assert run(root, repository, "fold1", "fold0", "robust-leaky") == 1
    assert len(calls(root)) == 3 and git(repository, "log", "--oneline").count("\n") == 0
    assert run(root, repository, "fold1", "fold0", "robust-leaky") == 0
    said = git(repository, "log", "--format=%s").splitlines()
    assert [line.rsplit(" ")[-1] for line in said[:-1]] == ["robust-leaky", "fold1", "fold0"]
    assert all(f'{root}/robust/{k}"' in c for k, c in zip(FOLDS[:2], calls(root), strict=False))
    assert all('"--resume"' in line for line in calls(root))
    assert (root / "onednn").read_text() == "1"
    assert run(root, repository, "fold1", "fold0", "robust-leaky") == 0
    assert len(calls(root)) == 6, "what is done is trained no more"
    kept = git(repository, "ls-files", "results").splitlines()
    fold = "results/robust/fold0"
    assert [f for f in kept if f.startswith(fold)] == [
        f"{fold}/config.json", f"{fold}/held_out.npz", f"{fold}/history.csv",
        f"{fold}/trained.json",
    ]  # fmt: skip
    told = campaign_pieces.read_json(repository / fold / "trained.json")
    assert told["commits"] == [git(root / "code", "rev-parse", "HEAD")]
    assert told["hours"] == 4 and not any("h5" in name for name in kept)


def test_a_commit_takes_its_paths_and_nothing_else(root: Path, repository: Path) -> None:
    atomic_text(repository / "code.py", "two\n")
    atomic_text(repository / "staged.py", "two\n")
    git(repository, "add", "staged.py")
    atomic_text(repository / "results" / "other.txt", "mine\n")
    run(root, repository, "fold0")
    run(root, repository, "fold0")
    changed = git(repository, "show", "--format=", "--name-only").splitlines()
    assert changed and all(name.startswith("results/robust/fold0/") for name in changed)
    # rstrip keeps the leading blank of an unstaged change.
    assert git(repository, "status", "--porcelain").splitlines() == [
        " M code.py", "M  staged.py", "?? results/other.txt",
    ]  # fmt: skip


def test_a_locked_index_is_waited_for(repository: Path) -> None:
    atomic_text(repository / "results" / "a.txt", "a\n")
    lock = repository / ".git" / "index.lock"
    lock.touch()
    paths = [repository / "results"]
    with pytest.raises(subprocess.CalledProcessError):
        campaign_publish.commit(repository, paths, "a", tries=2, pause=0.01)
    remover = subprocess.Popen(
        [sys.executable, "-c", f"import time, os; time.sleep(0.5); os.remove({str(lock)!r})"]
    )
    assert campaign_publish.commit(repository, paths, "a", tries=200, pause=0.1)
    assert remover.wait() == 0
    assert not campaign_publish.commit(repository, paths, "a"), "nothing is left to commit"


def test_what_git_refused_is_committed_next_time(
    root: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> bool:
        raise subprocess.CalledProcessError(1, "git", stderr="in the middle of a merge")

    run(root, repository, "fold0")
    with monkeypatch.context() as patched:
        patched.setattr(campaign_publish, "commit", refuse)
        assert run(root, repository, "fold0") == 0
    assert git(repository, "log", "--oneline").count("\n") == 0
    assert run(root, repository, "fold0") == 0 and len(calls(root)) == 2
    assert git(repository, "log", "--oneline").count("\n") == 1


def test_results_of_another_machine_count_but_not_for_the_weights(
    root: Path, repository: Path
) -> None:
    for key in ("fold0", "all"):
        atomic_json(repository / "results" / "robust" / key / "trained.json", {})
    campaign_publish.commit(repository, [repository / "results"], "elsewhere")
    run(root, repository, "fold0", "all")
    assert len(calls(root)) == 1 and '"none"' in calls(root)[0]


def test_a_begun_run_keeps_its_precision_and_width(tmp_path: Path) -> None:
    begun = {"precision": "mixed_bfloat16", "network": {"widths": [8, 16, 32, 64, 128]}}
    atomic_json(tmp_path / "config.json", begun)
    every = {piece.key: piece for piece in pieces()}
    kept = campaign_pieces.preset_text(every["fold0"], tmp_path, "float32", 32)
    assert 'precision = "mixed_bfloat16"' in kept and '"float32"' not in kept
    paper = campaign_pieces.preset_text(every["paper-256"], tmp_path, "float32", 32)
    assert "widths = [8, 16," in paper and 'precision = "mixed_bfloat16"' in paper


def test_the_queue_waits_for_a_training_begun_by_hand(root: Path, repository: Path) -> None:
    atomic_text(root / "slow", "")
    program = root / "code" / ".venv" / "bin" / "glioscope"
    command = [str(program), "train", "DATA", "--fold", "all", "-o", str(root / "robust" / "fold0")]
    environment = os.environ | campaign_workspace.ENVIRONMENT
    with subprocess.Popen(command, env=environment) as process:
        try:
            _until(lambda: campaign_workspace.trainers(root) == [process.pid])
            assert campaign_workspace.trainers(root.parent / "another") == []
            looked: list[int] = []
            campaign_workspace.wait_for(
                root, lambda: (looked.append(1), process.kill(), process.wait()), seconds=0
            )
            assert looked == [1]
        finally:
            process.kill()


def test_an_ended_campaign_ends_its_training(root: Path, repository: Path) -> None:
    atomic_text(root / "slow", "")
    code = "import sys, campaign, campaign_workspace; campaign_workspace.idle = list; "
    code += "sys.exit(campaign.main(sys.argv[1:]))"
    where = ["--workspace", str(root), "--checkout", str(repository), "--only", "fold0"]
    command = [sys.executable, "-c", code, "run", str(root), *where]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
        _until(lambda: len(campaign_workspace.trainers(root)) == 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 128 + signal.SIGTERM
    _until(lambda: campaign_workspace.trainers(root) == [])


def _until(condition) -> None:
    for _ in range(2400):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come true in two minutes")


def test_the_idle_class_is_asked_for_as_the_system_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def only(*programs: str) -> list[str]:
        monkeypatch.setattr(
            campaign_workspace.shutil, "which", lambda name: name if name in programs else None
        )
        return campaign_workspace.idle(["train"])

    assert only("chrt", "nice") == ["chrt", "-i", "0", "train"]
    assert only("nice") == ["nice", "-n", "19", "train"]
    assert only() == ["train"]


def test_bfloat16_is_chosen_by_the_processor(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    for flags, precision in (("avx2 fma", "float32"), ("avx512_bf16", "mixed_bfloat16")):
        info.write_text(f"flags : sse {flags}\n")
        assert campaign_workspace.fast_precision(info) == precision
    assert campaign_workspace.fast_precision(tmp_path / "none") == "float32"


def test_hours_left_scale_with_pixels() -> None:
    plan = [(128, 2), (256, 1)]
    assert seconds_left(plan, 1, {128: 100.0}) == 100 + 400
    assert seconds_left(plan, 3, {128: 100.0}) == 0
    assert seconds_left(plan, 0, {}) is None
    assert paper_width(12, {256: 400.0}) == 16 and paper_width(1e4, {256: 100.0}) == 32
    assert paper_width(1e4, {}) == 16


def test_the_table_tells_state_epochs_and_hours(
    root: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, repository, "fold0", "fold1") == 1
    assert run(root, repository, "fold0") == 0
    capsys.readouterr()
    assert call(root, repository, "status") == 0
    rows = {row[0]: row[1:] for row in map(str.split, capsys.readouterr().out.splitlines()[1:])}
    assert rows["fold0"] == ["committed", "4/4", "0.0"]
    assert rows["fold1"] == ["begun", "2/4", "2.0"]
    assert rows["fold2"][:2] == ["waiting", "0/23"] and rows["ablation"][-1] == "?"


def test_rounded_predictions_are_read_as_they_are(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    raw = Answer(
        rng.random((3, 8, 8)).astype(np.float16).astype(np.float32),
        rng.random(3).astype(np.float32),
        rng.random((3, 3)).astype(np.float32),
    )
    save_raw(tmp_path / "raw.npz", {"case": raw})
    campaign_publish.round_raw(tmp_path / "raw.npz", tmp_path / "small.npz")
    small = load_raw(tmp_path / "small.npz")["case"]
    assert np.abs(small.planes.astype(float) - raw.planes.astype(float)).max() <= 0.5 / 64
    assert not np.array_equal(small.planes, raw.planes)
    assert np.array_equal(small.presence, raw.presence)
    assert np.array_equal(small.agreement, raw.agreement)


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    for part in lgg90().parts:
        write_case(tmp_path / "data", part[0].name, *head_stack(slices=4))
    return tmp_path / "data"


def test_five_folds_are_one_run_that_can_be_evaluated(cases: Path, tmp_path: Path) -> None:
    parts = {}
    for k, part in enumerate(lgg90().parts):
        parts[f"fold{k}"] = folder = tmp_path / "parts" / f"fold{k}"
        folder.mkdir(parents=True)
        atomic_text(folder / "config.json", toy_config().to_json())
        atomic_text(folder / "history.csv", "epoch,size,loss\n1,16,0.5\n")
        presence = np.array([0.1, 0.8, 0.9, 0.7], np.float32)
        planes = np.zeros((4, 16, 16), np.float32)
        planes[1:, 4:7, 9:11] = 0.9
        agreement = np.ones((4, 3), np.float32)
        save_raw(folder / "held_out.npz", {part[0].name: Answer(planes, presence, agreement)})
    out = tmp_path / "results"
    campaign_network.join(cases, out, parts, lgg90())
    archive = read_archive(out / "predictions.npz")
    assert sorted(case.fold for case in archive.cases) == [0, 1, 2, 3, 4]
    assert "cross-fitted between folds" in archive.meta["thresholds"]
    with (out / "history.csv").open() as file:
        assert [row["loss"] for row in csv.DictReader(file)] == ["0.5"]
    assert (out / "plan.json").exists() and (out / "config.json").exists()


def test_a_fold_of_another_recipe_is_not_adopted(
    root: Path, repository: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    atomic_text(folder / "config.json", toy_config().to_json())
    assert call(root, repository, "adopt", "2", str(folder), "--data", str(root)) == 2
    assert "another recipe" in capfd.readouterr().err
    assert not (root / "robust" / "fold2").exists()


def test_an_adopted_fold_is_committed_and_not_trained(
    root: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = tmp_path / "predict.py"
    predictor.write_text(
        "import pathlib, sys, numpy\nrun = pathlib.Path(sys.argv[5])\n"
        "numpy.savez(run / 'held_out.npz', presence=numpy.ones(2))\n"
    )
    monkeypatch.setattr(campaign, "HERE", tmp_path)
    predictor.rename(tmp_path / "campaign_network.py")
    words = ("adopt", "2", str(tmp_path), "--data", str(root), "--commit", "4e5cc69")
    assert call(root, repository, *words) == 0
    told = campaign_pieces.read_json(repository / "results" / "robust" / "fold2" / "trained.json")
    assert told == {"commits": ["4e5cc69"], "adopted": True}
    assert call(root, repository, *words) == 2, "it is there already"
    assert run(root, repository, "fold2") == 0 and not (root / "calls").exists()


def test_adopting_predicts_the_held_out_patients_from_the_weights(
    cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from glioscope.evaluation.splits.folds import Folds
    from glioscope.training.loop.checkpoint import save_weights
    from glioscope.training.network.unet import build

    config = toy_config()
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    # When held-out slices are looked at makes no other recipe.
    looked = replace(config, validate_every=config.validate_every + 1)
    atomic_text(folder / "config.json", looked.to_json())
    atomic_text(folder / "history.csv", "epoch,size,loss\n1,16,0.5\n")
    save_weights(folder / "model.weights.h5", build(config.network, config.size))
    monkeypatch.setattr("glioscope.training.config.load_preset", lambda name: config)
    folds = Folds(tuple((part[0],) for part in lgg90().parts), 0)
    campaign_network.predict(cases, 2, folder, tmp_path / "run", folds)
    names = sorted(path.name for path in (tmp_path / "run").glob("held_out*.npz"))
    assert names == [
        "held_out-coarse.npz", "held_out-flair-only.npz", "held_out-skull-removed.npz",
        "held_out.npz",
    ]  # fmt: skip
    [(case, raw)] = load_raw(tmp_path / "run" / "held_out.npz").items()
    assert case == folds.test(2)[0] and raw.planes.shape == (4, 16, 16)


def test_another_commit_needs_another_workspace(root: Path, repository: Path) -> None:
    atomic_text(repository / "code.py", "two\n")
    git(repository, "commit", "--quiet", "-a", "-m", "next")
    where = ("run", str(root), "--only", "fold0", "--commit")
    head = git(repository, "rev-parse", "HEAD")
    assert call(root, repository, *where, head) == 2
    assert call(root, repository, *where, f"{head}~1", "--dry") == 0


def test_a_worktree_of_the_commit_is_made_at_the_first_start(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[list[str]] = []
    head = git(repository, "rev-parse", "HEAD")
    root = tmp_path / "fresh"
    workspace = Workspace(root, repository, tmp_path, root / "code", head, 12.0)
    real = subprocess.run

    def noted(command: list[str], **options: object) -> object:
        return real(command, **options) if command[0] == "git" else made.append(command)

    monkeypatch.setattr(campaign_workspace.subprocess, "run", noted)
    campaign_workspace.prepare(workspace)
    assert git(root / "code", "rev-parse", "HEAD") == head
    assert made[0][1:3] == ["-m", "venv"] and made[1][-1] == ".[train]"
