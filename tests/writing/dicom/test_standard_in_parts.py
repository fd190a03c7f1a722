"""highdicom's table is read in parts, and says the same."""

import json
from pathlib import Path

import pytest
from highdicom import _standard_utils, base, image

from dicom_studies import through_dicom, two_lesions
from glioscope.writing.dicom import standard_in_parts
from glioscope.writing.dicom.results import DicomExtras, write_dicom_results
from glioscope.writing.dicom.standard_in_parts import Modules

# The file itself: its own reader may have been replaced by a test before.
TABLE = Path(_standard_utils.__file__).parent / "_standard/module_attribute_map.json"


def test_a_module_is_highdicoms_own() -> None:
    whole = json.loads(TABLE.read_bytes())
    assert list(Modules()) == list(whole)
    for key in ("patient", "general-study", "segmentation-multi-frame-functional-groups"):
        assert Modules()[key] == whole[key]
    assert "no-such-module" not in Modules()


def test_a_table_that_is_indented_in_another_way_is_read_as_a_whole(tmp_path: Path) -> None:
    whole = {"patient": [{"keyword": "PatientName"}], "image": []}
    table = tmp_path / "table.json"
    for indent in (None, 2, 4):
        table.write_text(json.dumps(whole, indent=indent), "utf-8")
        assert dict(Modules(table)) == whole and len(Modules(table)) == 2


def test_a_name_across_two_blocks_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {f"module-{n}": [{"keyword": f"K{n}", "path": []}] * (n % 3 + 1) for n in range(40)}
    table = tmp_path / "table.json"
    table.write_text(json.dumps(whole, indent=2), "utf-8")
    for block in (64, 97, 1000):
        monkeypatch.setattr(standard_in_parts, "_BLOCK", block)
        assert dict(Modules(table)) == whole
        assert Modules(table)._places


def test_results_are_written_with_a_few_of_its_modules(tmp_path: Path) -> None:
    analysis = through_dicom(two_lesions("axial"), tmp_path / "in")
    (tmp_path / "out").mkdir()
    write_dicom_results(analysis, tmp_path / "out", DicomExtras(fractional_seg=True))
    tables = [user.get_module_attribute_map() for user in (_standard_utils, base, image)]
    assert all(table is tables[0] for table in tables)
    assert isinstance(tables[0], Modules)
    assert 0 < len(tables[0]._read) < len(tables[0]) / 4
