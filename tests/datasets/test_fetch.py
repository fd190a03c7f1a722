"""Fetching the set: whole or not at all, and each way it fails is told apart. No network here."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lgg_folder import head_stack, write_case

from glioscope.datasets import fetch
from glioscope.errors import InputError, UsageError

CASE = "TCGA_CS_0001_20000101"
pytest.importorskip("kagglehub")


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | Exception], None]:
    """Set what Kaggle answers: a folder, or an error."""

    def set_answer(result: str | Exception) -> None:
        def download(handle: str) -> str:
            assert handle == "mateuszbuda/lgg-mri-segmentation"
            if isinstance(result, Exception):
                raise result
            return result

        monkeypatch.setattr(fetch, "_kagglehub_download", lambda: download)

    return set_answer


def test_the_set_is_copied(tmp_path: Path, answer: Callable[[str | Exception], None]) -> None:
    cache = tmp_path / "cache" / "versions" / "2"
    write_case(cache / "kaggle_3m", CASE, *head_stack())
    (cache / "kaggle_3m" / "data.csv").write_text("Patient\n")
    answer(str(cache))
    target = fetch.fetch_lgg(tmp_path / "new" / "data")
    assert target == tmp_path / "new" / "data" / "kaggle_3m"
    assert sorted(p.name for p in target.iterdir()) == [CASE, "data.csv"]
    assert len(list((target / CASE).iterdir())) == 6
    assert [p.name for p in target.parent.iterdir()] == ["kaggle_3m"]
    with pytest.raises(UsageError, match="already there"):
        fetch.fetch_lgg(tmp_path / "new" / "data")


def test_something_else_came(tmp_path: Path, answer: Callable[[str | Exception], None]) -> None:
    (tmp_path / "cache").mkdir()
    answer(str(tmp_path / "cache"))
    with pytest.raises(InputError, match="expected case folders"):
        fetch.fetch_lgg(tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_target_cannot_be_written(
    tmp_path: Path, answer: Callable[[str | Exception], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_case(tmp_path / "cache", CASE, *head_stack())
    answer(str(tmp_path / "cache"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetch.shutil, "copytree", full)
    with pytest.raises(InputError, match="cannot be copied to data: No space left"):
        fetch.fetch_lgg(tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


def _http_error(status: int) -> Exception:
    import requests
    from kagglehub.exceptions import KaggleApiHTTPError

    response = requests.Response()
    response.status_code = status
    return KaggleApiHTTPError(f"{status} Client Error", response)


def _errors() -> list[tuple[Exception, str]]:
    import requests
    from kagglehub import exceptions as kaggle

    return [
        (requests.ConnectionError("no route"), r"cannot be reached \(ConnectionError\)"),
        (requests.Timeout("slow"), "check the network"),
        (kaggle.UnauthenticatedError(), r"Kaggle does not know you; .*KAGGLE_USERNAME"),
        (kaggle.CredentialError("bad"), "Kaggle does not know you"),
        (_http_error(403), r"refused the download \(403\); .*kaggle\.json"),
        (_http_error(500), r"answered with an error \(500\)"),
        (kaggle.DataCorruptionError("checksum"), r"download failed \(checksum\)"),
    ]


@pytest.mark.parametrize(("error", "text"), _errors(), ids=lambda v: type(v).__name__)
def test_failures(
    tmp_path: Path, answer: Callable[[str | Exception], None], error: Exception, text: str
) -> None:
    answer(error)
    with pytest.raises(InputError, match=text):
        fetch.fetch_lgg(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_kagglehub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(UsageError, match=r"pip install -e '.\[train\]'"):
        fetch.fetch_lgg(tmp_path)
