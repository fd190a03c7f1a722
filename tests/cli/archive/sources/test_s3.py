"""An archive on S3, by a server on this computer: the table of the same folder, brought once."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.cli.batch.workers_here import workers_here

from glioscope.phantom.study import phantom_study
from glioscope.writing.mr.study import write_dicom_study

pytest.importorskip("s3fs", reason="s3fs is not installed: glioscope[s3]")
moto = pytest.importorskip("moto.server", reason="moto is not installed: glioscope[test]")


@pytest.fixture
def bucket(monkeypatch) -> Iterator[str]:
    """The URL of an empty bucket; its address and credentials stand in the environment."""
    server = moto.ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    import s3fs

    store = s3fs.S3FileSystem(skip_instance_cache=True)
    store.mkdir("archive")
    yield "s3://archive"
    server.stop()
    s3fs.S3FileSystem.clear_instance_cache()


def rows(out: Path) -> list[dict[str, object]]:
    table = pq.read_table(out / "studies.parquet").to_pylist()
    return [{k: v for k, v in row.items() if k != "seconds"} for row in table]


def test_zips_and_series_on_s3(bucket, batch_in_processes, tmp_path, monkeypatch) -> None:
    import s3fs

    batch = batch_in_processes

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    folder = tmp_path / "set"
    for seed in (1, 2):
        write_dicom_study(phantom_study(seed, size=32, slices=3)[0], folder / str(seed))
    shutil.make_archive(str(folder / "two"), "zip", folder / "2")
    shutil.rmtree(folder / "2")
    store = s3fs.S3FileSystem(skip_instance_cache=True)
    store.put(f"{folder}/", "archive/2026/", recursive=True)
    here, there = tmp_path / "here", tmp_path / "there"
    with workers_here():
        assert batch(folder / "1", folder / "two.zip", "-o", here, "--jobs", "1", "--force")[0] == 0
    words = (f"{bucket}/2026", "-o", there, "--jobs", "1", "--force")
    code, _, said = batch(*words)
    assert code == 0 and "2 studies to analyse" in said
    assert rows(there) == rows(here)
    assert not [path for path in scratch.iterdir() if "glioscope" in path.name]
    assert "0 studies to analyse, 2 are there already" in batch(*words)[2]
    store.rm("archive/2026", recursive=True)
    code, _, said = batch(*words)
    assert code == 3 and "s3://archive: no ZIP" in said
    s3fs.S3FileSystem.clear_instance_cache()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    code, _, said = batch(f"{bucket}/Ivanov", "-o", there)
    assert code == 3 and "s3://archive: it does not answer" in said and "Ivanov" not in said
