"""An archive of small studies, a toy model, and `glioscope batch` on it."""

from pathlib import Path

import pytest
from tests.lgg_folder import head_stack, write_case
from tests.toy_model import toy_bundle

from glioscope.cli.main import exit_code

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


@pytest.fixture
def batch(model, capsys, monkeypatch):
    """Call `glioscope batch`; exit code, stdout, stderr."""
    for name in ("GLIOSCOPE_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "GLIOSCOPE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GLIOSCOPE_MODEL", str(model))

    def call(*words):
        code = exit_code(["batch", *map(str, words)])
        return code, *capsys.readouterr()

    return call
