import json
import subprocess
import sys
from pathlib import Path

import pytest

from glioscope.cli.support.libraries.warm_up import left_out, warmed_up


def test_a_library_is_hidden_and_found_again() -> None:
    sys.modules.pop("this", None)
    with left_out("this"), pytest.raises(ImportError):
        import this  # noqa: F401
    assert "this" not in sys.modules


def test_one_that_is_imported_already_stays() -> None:
    with left_out("json"):
        assert sys.modules["json"] is json
    assert sys.modules["json"] is json


def test_libraries_of_a_study_do_without() -> None:
    code = (
        "from glioscope.cli.support.libraries.warm_up import left_out; import sys\n"
        "with left_out('requests', 'cryptography'):\n"
        "    import glioscope.reading.dicom.study, glioscope.writing.report.pdf\n"
        "print(*{name.split('.')[0] for name in sys.modules} & {'requests', 'cryptography'})\n"
        "import requests, cryptography"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("command", ["analyze", "batch"])
def test_commands_reach_pydicom_without_what_it_imports_for_itself(
    command: str, tmp_path: Path
) -> None:
    code = (
        "import sys; from contextlib import suppress\n"
        "from glioscope.cli.main import app; from glioscope.errors import GlioscopeError\n"
        "with suppress(GlioscopeError):\n"
        "    app(sys.argv[1:], standalone_mode=False)\n"
        "print(*sorted({'pydicom', 'requests'} & set(sys.modules)))"
    )
    (tmp_path / "empty").mkdir()
    words = [command, str(tmp_path / "empty"), "-o", str(tmp_path / "out"), "--quiet"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["pydicom"]


def test_writers_find_their_libraries_whole() -> None:
    warmed_up(dicom=True)
    assert {"glioscope.writing.study_folder", "highdicom.seg"} <= set(sys.modules)
