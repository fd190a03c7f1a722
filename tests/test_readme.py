"""The README's quick commands are run as they stand, on phantoms under the names it uses."""

import os
import re
import shutil
from pathlib import Path

import nibabel as nib
import pytest
from bench.phantom import write_case

from commands import ROOT, commands_of, words_of
from dicom_datasets import TAGS, write
from glioscope.cli.main import exit_code
from glioscope.phantom.study import phantom_study
from glioscope.study import Channel
from mr_series import series_datasets

pytestmark = pytest.mark.usefixtures("unchecked", "_head_made_once")

README = ROOT / "README.md"
# Not run here: what installs, trains, downloads, or needs a finished run. test_docs.py checks that
# each exists with its options, and test_train.py describes a preset.
NOT_RUN = (
    "make",
    "pip",
    "source",
    "glioscope data fetch",
    "glioscope train",
    "glioscope evaluate",
    "glioscope serve",
)
RUN = [line for line in commands_of(README) if not line.startswith(NOT_RUN)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with the README's input files, made from the phantom."""
    folder = tmp_path_factory.mktemp("readme")
    case = folder / "kaggle_3m" / "TCGA_CS_4941_19960909"
    write_case(case, size=128, slices=24)
    shutil.copytree(case.parent, folder / "data" / "kaggle_3m")
    shutil.copytree(case, folder / "slices", ignore=shutil.ignore_patterns("*_mask.tif"))
    study, _ = phantom_study(size=128, slices=12)
    for sequence in Channel:
        image = study.images[sequence]
        nib.save(
            nib.Nifti1Image(image.array, image.grid.affine),
            folder / f"{sequence.value.lower()}.nii.gz",
        )
        write(series_datasets(image, TAGS[sequence]), folder / "DISC")
    return folder


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder is the current one, and no setting of this computer counts."""
    for name in [name for name in os.environ if name.startswith("GLIOSCOPE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("line", RUN)
def test_command_runs(here: Path, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    program, *words = words_of(line)
    assert program == "glioscope"
    code = exit_code(words)
    assert code == 0, capsys.readouterr().err
    if words[0] in ("analyze", "demo"):
        out = here / words[words.index("-o") + 1]
        assert list(out.rglob("analysis.json"))


def test_something_was_run() -> None:
    assert {words_of(line)[1] for line in RUN} >= {"--help", "analyze", "demo", "selftest", "data"}


def test_python_example_runs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", README.read_text("utf-8"), re.M | re.S)
    exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    assert re.match(r"(tumour|no tumour) \d", capsys.readouterr().out)


def test_two_commands_start_everything() -> None:
    assert commands_of(README)[:2] == ["make demo", "make test"]


def test_it_says_research_use_only() -> None:
    assert "not a medical device" in README.read_text("utf-8")
