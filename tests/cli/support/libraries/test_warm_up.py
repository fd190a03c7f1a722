import json
import subprocess
import sys

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


def test_writers_find_their_libraries_whole() -> None:
    warmed_up(dicom=True)
    assert {"glioscope.writing.study_folder", "highdicom.seg"} <= set(sys.modules)
