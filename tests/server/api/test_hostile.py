"""What a hostile study brings stays text: in answers, reports, names of files and the log."""

import io
import logging
import re
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image as Picture

from glioscope.phantom.study import phantom_study
from glioscope.study import Channel
from server.hospital import hospital
from server.hostile import NAME, SCRIPT, hostile_disc

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def pictures() -> bytes:
    """A ZIP of slices whose names are Cyrillic and formulas."""
    image = phantom_study(size=128, slices=12)[0].images[Channel.FLAIR].array
    grey = np.clip(255 * image / image.max(), 0, 255).astype(np.uint8)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(grey.shape[2]):
            content = io.BytesIO()
            Picture.fromarray(grey[..., number].T).save(content, "PNG")
            archive.writestr(f"=cmd/Срез; filename=x_{number:02d}.png", content.getvalue())
    return packed.getvalue()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory):
    with hospital(tmp_path_factory.mktemp("hostile") / "data") as made:
        yield made


@pytest.fixture(scope="module")
def found(here, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, list[str]]:
    """Ids of the DICOM study and of the pictures, and what was logged meanwhile."""
    said: list[str] = []
    listener = logging.Handler()
    listener.emit = lambda record: said.append(record.getMessage())
    logging.getLogger().addHandler(listener)
    folder = tmp_path_factory.mktemp("disc") / "disc"
    try:
        ids = here.hand_in(hostile_disc(folder)), here.hand_in(pictures(), "=cmd.zip")
        here.work()
    finally:
        logging.getLogger().removeHandler(listener)
    return *ids, said


def test_its_texts_are_told_as_they_are_without_what_cannot_be_seen(here, found) -> None:
    study_id, _, _ = found
    study = here.study(study_id)
    assert study["state"] == "done", study["cause"]
    assert study["patient_name"] == NAME[:324]
    assert study["patient_id"] == "../../../etc/passwd"
    assert re.fullmatch(r"dicom-[0-9a-f]+", study["name"])
    [listed] = here.list(search="=1+1")
    assert listed["id"] == study_id
    assert not CONTROL.search(here.client.get("/api/v1/studies").text)


def test_reports_hold_no_script_and_no_control_characters(here, found) -> None:
    for study_id in found[:2]:
        files = here.client.get(f"/api/v1/studies/{study_id}/files").json()["files"]
        for name in (one["name"] for one in files if one["name"].endswith((".html", ".json"))):
            content = here.client.get(f"/api/v1/studies/{study_id}/files/{name}").text
            assert not CONTROL.search(content), name
            if name.endswith(".html"):
                assert "<script" not in content and "<svg onload" not in content, name
                assert "onerror=window" not in content.replace("&gt;&lt;img src=x onerror", "")


def test_dicom_results_have_safe_uids_and_no_foreign_elements(here, found) -> None:
    study_id = found[0]
    content = here.client.get(f"/api/v1/studies/{study_id}/files/sr.dcm").content
    report = pydicom.dcmread(io.BytesIO(content))
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        assert re.fullmatch(r"[0-9.]{1,64}", str(report[keyword].value))


def test_files_keep_their_names_on_download(here, found) -> None:
    study_id = found[1]
    files = here.client.get(f"/api/v1/studies/{study_id}/files").json()["files"]
    masks = [one["name"] for one in files if one["name"].startswith("masks/")]
    assert len(masks) == 12 and all("Срез" in name for name in masks)
    answer = here.client.get(f"/api/v1/studies/{study_id}/files/{masks[0]}")
    assert answer.status_code == 200
    said = answer.headers["content-disposition"]
    assert said.isascii() and said.count(";") == 1 and "%3B" in said
    for one in files:
        assert ".." not in one["name"] and not one["name"].startswith("/")


def test_nothing_of_it_is_logged(found) -> None:
    for line in found[2]:
        assert SCRIPT not in line and "passwd" not in line and "Срез" not in line
        assert not CONTROL.search(line)


def test_uids_that_are_paths_lead_nowhere(here, tmp_path: Path) -> None:
    uids = {"StudyInstanceUID": "../../../../tmp/x", "SeriesDescription": "/etc"}
    packed = hostile_disc(tmp_path / "disc", 1, **uids)
    before = {p.name for p in here.context.data.parent.iterdir()}
    answer = here.client.post("/api/v1/uploads/files", files={"files": ("../disc.zip", packed)})
    assert answer.status_code in (202, 422)
    assert {p.name for p in here.context.data.parent.iterdir()} == before
    taken = here.client.post("/api/v1/uploads/files", files={"files": ("disc.zip", packed)})
    for one in taken.json().get("studies", []):
        assert re.fullmatch(r"[0-9a-f]{32}", one["id"])
        here.client.delete(f"/api/v1/studies/{one['id']}")
