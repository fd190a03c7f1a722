"""The README's quick commands are run as they stand, on phantoms under the names it uses."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import pytest
from bench.phantom import write_case

from commands import ROOT, commands_of, words_of
from dicom_datasets import TAGS, write
from glioscope.phantom.study import phantom_study
from glioscope.study import Channel
from mr_series import series_datasets

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
    study, _ = phantom_study(size=128, slices=24)
    for sequence in Channel:
        image = study.images[sequence]
        nib.save(
            nib.Nifti1Image(image.array, image.grid.affine),
            folder / f"{sequence.value.lower()}.nii.gz",
        )
        write(series_datasets(image, TAGS[sequence]), folder / "DISC")
    return folder


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GLIOSCOPE_")}
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("line", RUN)
def test_command_runs(folder: Path, line: str) -> None:
    words = words_of(line)
    done = run(folder, "-m", *words)
    assert done.returncode == 0, done.stderr
    if words[1] in ("analyze", "demo"):
        out = folder / words[words.index("-o") + 1]
        assert list(out.rglob("analysis.json"))


def test_something_was_run() -> None:
    assert {words_of(line)[1] for line in RUN} >= {"--help", "analyze", "demo", "selftest", "data"}


def test_python_example_runs(folder: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", README.read_text("utf-8"), re.M | re.S)
    done = run(folder, "-c", code)
    assert done.returncode == 0, done.stderr
    assert re.match(r"(tumour|no tumour) \d", done.stdout)


def test_two_commands_start_everything() -> None:
    assert commands_of(README)[:2] == ["make demo", "make test"]


def test_it_says_research_use_only() -> None:
    assert "not a medical device" in README.read_text("utf-8")
