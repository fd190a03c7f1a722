"""An archive of small studies, a toy model, and `glioscope batch` on it."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.cli.batch.workers_here import workers_here
from tests.lgg_folder import head_stack, write_case
from tests.toy_model import toy_bundle

from glioscope.cli.archive.engines.engine import Order
from glioscope.cli.archive.results import FolderResults
from glioscope.cli.batch.job import Job, Network, Wishes
from glioscope.cli.main import exit_code
from glioscope.cli.support.console import Notices
from glioscope.writing.dicom.results import DicomExtras

NAMES = ("A_1", "B_2", "C_3", "D_4")


@pytest.fixture(scope="session")
def model(tmp_path_factory) -> Path:
    return toy_bundle(tmp_path_factory.mktemp("model") / "toy", size=64)


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    for seed, name in enumerate(NAMES):
        write_case(folder, name, *head_stack(slices=4, seed=seed))
    return folder


def rows(out: Path) -> list[dict[str, object]]:
    """The table, without how long each study took."""
    table = pq.read_table(out / "studies.parquet").to_pylist()
    return [{k: v for k, v in row.items() if k != "seconds"} for row in table]


@pytest.fixture(scope="session")
def whole(archive, model, tmp_path_factory) -> Path:
    """All studies in one call."""
    out = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch, workers_here():
        patch.setenv("GLIOSCOPE_MODEL", str(model))
        assert exit_code(["batch", str(archive), "-o", str(out), "--jobs", "1", "--force"]) == 0
    return out


@pytest.fixture
def order(model, tmp_path) -> Order:
    """What workers of any engine are told."""
    wishes = Wishes(spacing=None, series={}, charset=None)
    network = Network(folder=model, threads=0, fast=False, operating_point=None, max_miss_rate=None)
    job = Job(
        out=tmp_path / "out", lang="en", save_probability=False, save_bounds=False,
        dicom=DicomExtras(), notices=Notices(lang="en"), earlier=None, overwrite=True,
        skip_existing=True, json=False, force=True, bids=False, with_identity=False,
    )  # fmt: skip
    return Order(network=network, job=job, wishes=wishes, results=FolderResults(job.out))


@pytest.fixture
def batch(batch_in_processes):
    """Call `glioscope batch`; exit code, stdout, stderr. Studies are analysed in this process."""
    with workers_here():
        yield batch_in_processes


@pytest.fixture
def batch_in_processes(model, capsys, monkeypatch):
    """As `batch`, with the processes that a person would have."""
    for name in ("GLIOSCOPE_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "GLIOSCOPE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GLIOSCOPE_MODEL", str(model))

    def call(*words):
        code = exit_code(["batch", *map(str, words)])
        return code, *capsys.readouterr()

    return call
