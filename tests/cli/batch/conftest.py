"""Three cases, a toy model, and `analyze` on them into tmp_path/out."""

from pathlib import Path

import pytest
from tests.cli.batch.workers_here import workers_here
from tests.lgg_folder import head_stack, write_case
from tests.toy_model import toy_bundle

from glioscope.cli.main import exit_code

NAMES = ("A_1", "B_2", "C_3")


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    return toy_bundle(tmp_path_factory.mktemp("model") / "toy", size=64)


def cases_in(folder: Path) -> list[Path]:
    return [write_case(folder / "set", n, *head_stack(seed=k)) for k, n in enumerate(NAMES)]


@pytest.fixture
def cases(tmp_path):
    return cases_in(tmp_path)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def run(model, out, capsys, monkeypatch):
    """Call `analyze`; exit code, stdout, stderr."""
    for name in ("GLIOSCOPE_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "GLIOSCOPE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GLIOSCOPE_MODEL", str(model))

    def call(*words):
        code = exit_code(["analyze", *map(str, words), "-o", str(out)])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def in_this_process():
    """`--jobs` starts no process."""
    with workers_here():
        yield


def results(out: Path) -> dict[str, int]:
    """When each study's report was written, in nanoseconds."""
    return {p.parent.name: p.stat().st_mtime_ns for p in sorted(out.glob("*/report.pdf"))}


def damage(case: Path) -> None:
    """Cut a slice short."""
    path = case / f"{case.name}_2.tif"
    path.write_bytes(path.read_bytes()[:500])


def repaint(case: Path) -> None:
    """Another picture of the same size in a slice."""
    other = write_case(case.parent / "other", case.name, *head_stack(seed=99))
    (case / f"{case.name}_2.tif").write_bytes((other / f"{case.name}_2.tif").read_bytes())
