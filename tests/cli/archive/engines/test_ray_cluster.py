"""Ray on two nodes of this computer, one of them killed; results in a folder and in an S3 store."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.archive.conftest import NAMES, rows
from tests.ray_nodes import add_node, below, ray_cluster_here, workers

pytest.importorskip("ray", reason="Ray is not installed; pip install 'glioscope[cluster]'")
if sys.platform != "linux":
    pytest.skip("only Linux has 127.0.0.2 and /proc", allow_module_level=True)

from glioscope.cli.archive.engines import ray_cluster
from glioscope.cli.archive.engines.choice import open_engine
from glioscope.cli.archive.sources.find import find_studies
from glioscope.cli.batch.tasks import is_death
from glioscope.cli.support.cluster import EngineName
from glioscope.errors import GlioscopeError, UsageError
from glioscope.files import claimed

PATIENCE_S = 300
# The command. What a shell runs in the background ignores Ctrl-C, and so does all that it starts.
GLIOSCOPE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from glioscope.__main__ import run
run()
"""


@pytest.fixture(scope="module")
def port() -> int:
    """Where the S3 server will listen: nodes are told before it starts."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def cluster(port):
    """A cluster of one node, with the keys to the store."""
    keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "any")
    keys |= {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    with ray_cluster_here(**keys) as made:
        yield made


@pytest.fixture
def node(cluster):
    """A second node, gone after the test."""
    added = add_node(cluster)
    yield added
    cluster.remove_node(added)


@pytest.fixture
def start(cluster, archive, model):
    """Start `glioscope batch` on the cluster, in a process of its own that is ended in any case."""
    started: list[subprocess.Popen[str]] = []
    on_cluster = ("--engine", "ray", "--address", cluster.address)

    def call(out: object, *words: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", GLIOSCOPE, "batch", str(archive), "-o", str(out)]
        command += ["--force", *(words or on_cluster)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        env = os.environ | {"GLIOSCOPE_MODEL": str(model), "GLIOSCOPE_LANG": "en"}
        started.append(subprocess.Popen(command, env=env, **pipes))
        return started[-1]

    yield call
    for process in started:
        process.kill()
        process.communicate()


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    said, _ = process.communicate(timeout=PATIENCE_S)
    return process.returncode, said


def wait_until(true, process: "subprocess.Popen[str] | None" = None) -> None:
    limit = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < limit
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.02)


def ended_studies(out: Path) -> int:
    return len(list(out.glob(".batch/[!.]*.json")))


def analyses(out: Path) -> list[Path]:
    return list(out.glob("*/analysis.json"))


def test_a_node_that_is_killed_costs_no_study(start, node, whole, tmp_path) -> None:
    out = tmp_path / "out"
    # A study that is claimed is waited for: the call cannot end before the node does.
    with claimed(out / NAMES[-1]):
        process = start(out)
        wait_until(lambda: ended_studies(out) and workers(node, "RayActor"), process)
        raylet = node.all_processes["raylet"][0].process.pid
        for pid in (raylet, *below(raylet)):
            os.kill(pid, signal.SIGKILL)
    code, said = ended(process)
    assert code == 0 and "4 studies in out, 0 failed" in said, said
    assert rows(out) == rows(whole)
    assert ended_studies(out) == len(analyses(out)) == len(NAMES)
    assert not list(out.glob(".batch/*.deaths"))


def test_both_engines_fill_one_store_and_a_further_call_does_nothing(
    start, node, port, whole, archive, batch, tmp_path
) -> None:
    s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed; pip install s3fs")
    moto = pytest.importorskip("moto.server", reason="Moto is not installed")
    server = moto.ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    url = "s3://hospital/results"
    try:
        code, _, said = batch(archive, "-o", url, "--jobs", "1", "--shard", "1/2", "--force")
        assert code == 0 and "to analyse, 0 are there already" in said, said
        code, said = ended(start(url))
        assert code == 0 and f"{len(NAMES)} studies in {url}, 0 failed" in said, said
        assert "to analyse, 0 are there already" not in said
        files = s3fs.S3FileSystem(skip_instance_cache=True)
        files.get("hospital/results/", f"{tmp_path}/", recursive=True)
        assert rows(tmp_path) == rows(whole)
        for name in NAMES:
            there = {p.name for p in (tmp_path / name).rglob("*")}
            assert there == {p.name for p in (whole / name).rglob("*")}
        assert 'href="A_1/report.html"' in (tmp_path / "summary.html").read_text("utf-8")
        before = written(files)
        code, said = ended(start(url))
        assert code == 0 and "0 studies to analyse, 4 are there already" in said, said
        assert written(files) == before
        assert batch("merge", url, "-o", tmp_path / "all")[0] == 0
        assert rows(tmp_path / "all") == rows(whole)
    finally:
        server.stop()


def written(files) -> dict[str, object]:
    """When each file of the store was written, but for the tables, which every call writes."""
    files.invalidate_cache()
    found = files.find("hospital/results", detail=True)
    return {path: one["LastModified"] for path, one in found.items() if "results/s" not in path}


def test_ctrl_c_ends_the_workers_and_another_engine_goes_on(
    start, cluster, archive, whole, batch, tmp_path
) -> None:
    out = tmp_path / "out"
    # A study that is claimed is waited for: the call cannot end by itself.
    with claimed(out / NAMES[-1]):
        process = start(out)
        wait_until(lambda: ended_studies(out) == len(NAMES) - 1, process)
        process.send_signal(signal.SIGINT)
        code, said = ended(process)
        assert code == 130 and "the same command goes on" in said, said
        wait_until(lambda: not workers(cluster.head_node, "RayActor"))
    assert ended_studies(out) == len(NAMES) - 1
    code, _, said = batch(archive, "-o", out, "--jobs", "1", "--force")
    assert code == 0 and "1 studies to analyse, 3 are there already" in said, said
    assert rows(out) == rows(whole)


class Deadly(type(Path())):
    """A path that ends the process to which it is sent."""

    def __reduce__(self):
        return os._exit, (1,)


def test_a_worker_has_one_study_and_one_that_kills_it_is_told(
    order, cluster, node, archive, tmp_path
) -> None:
    studies = find_studies([str(archive)], order.wishes)
    studies.append(replace(studies[0], study_id="deadly", path=Deadly(archive)))
    with (
        open_engine(EngineName.RAY, order, None, cluster.address) as engine,
        closing(engine.outcomes(studies)) as coming,
    ):
        first = next(coming)
        # Nobody asks for more: beside the first only what two workers hold is done.
        wait_until(lambda: len(analyses(tmp_path / "out")) >= 2)
        time.sleep(1)
        assert len(analyses(tmp_path / "out")) <= 3
        outcomes = dict([first, *coming])
    assert sorted(outcomes) == list(range(len(studies)))
    assert is_death(outcomes.pop(len(NAMES)))
    assert [one.error for one in outcomes.values()] == [None] * len(NAMES)
    assert not list((tmp_path / "out").glob(".batch/*")), "what workers look for is gone"


def test_workers_that_cannot_begin_are_not_replaced_for_ever(
    order, cluster, archive, monkeypatch
) -> None:
    monkeypatch.setattr(ray_cluster, "_STARTS", 2)
    dead = replace(order, wishes=replace(order.wishes, charset=Deadly()))
    with (
        open_engine(EngineName.RAY, dead, None, cluster.address) as engine,
        pytest.raises(GlioscopeError, match="2 workers of the cluster ended before"),
    ):
        next(engine.outcomes(find_studies([str(archive)], order.wishes)))


def test_no_cluster_is_said_at_once(order) -> None:
    with (
        pytest.raises(UsageError, match="no Ray cluster answers"),
        open_engine(EngineName.RAY, order, None, "127.0.0.1:9"),
    ):
        pass
