"""What was found: documents, files, volumes and pictures."""

import gzip
import io
import json

import nibabel as nib
import numpy as np
import pytest
from PIL import Image as Picture


def get(analysed, path: str, **options):
    here, study_id = analysed
    return here.client.get(f"/api/v1/studies/{study_id}/{path}", **options)


def test_the_analysis_is_that_of_the_command_line(analysed) -> None:
    document = get(analysed, "analysis").json()
    assert document["schema"].startswith("glioscope.analysis/")
    assert document["decision"] == "tumour" and document["research_use_only"]


def test_every_file_can_be_fetched(analysed) -> None:
    files = get(analysed, "files").json()["files"]
    names = {one["name"] for one in files}
    assert names >= {
        "analysis.json",
        "mask.nii.gz",
        "overview.en.png",
        "overview.ru.png",
        "report.en.html",
        "report.en.pdf",
        "report.ru.html",
        "report.ru.pdf",
        "seg.dcm",
        "sr.dcm",
    }
    for one in files:
        answer = get(analysed, f"files/{one['name']}")
        assert answer.status_code == 200 and len(answer.content) == one["bytes"]
        assert answer.headers["content-type"].startswith(one["media_type"])
        assert "sandbox" in answer.headers["content-security-policy"]
    assert get(analysed, "files/report.ru.pdf").content.startswith(b"%PDF")


@pytest.mark.parametrize(
    "name", ["..%2fview%2fview.json", "none.pdf", "%2e", "a//b", "%2e%2e/x", "%00", "a%5cb"]
)
def test_nothing_outside_the_result_can(analysed, name: str) -> None:
    assert get(analysed, f"files/{name}").status_code == 404


def test_volumes_lie_on_one_grid_that_runs_right_front_up(analysed) -> None:
    view = get(analysed, "view/view.json").json()
    for name in (*view["channels"], "mask", "probability"):
        packed = get(analysed, f"view/{name}.nii.gz").content
        image = nib.Nifti1Image.from_bytes(gzip.decompress(packed))
        assert list(image.shape) == view["shape"]
        assert nib.aff2axcodes(image.affine) == ("R", "A", "S")
        assert np.allclose(image.header.get_zooms(), view["spacing"])
    mask = nib.Nifti1Image.from_bytes(gzip.decompress(get(analysed, "view/mask.nii.gz").content))
    labels = np.asanyarray(mask.dataobj)
    document = get(analysed, "analysis").json()
    assert labels.max() == len(document["findings"])
    called = [s["index"] for s in document["slices"] if s["decision"] == "tumour"]
    assert sorted(set(np.nonzero(labels)[2])) == called


def test_slices_are_pictures_with_the_outline_on_or_off(analysed) -> None:
    document = get(analysed, "analysis").json()
    index = document["findings"][0]["diameter_slice"]

    def picture(**options):
        answer = get(analysed, f"slices/{index}.png", params=options)
        assert answer.status_code == 200
        return np.asarray(Picture.open(io.BytesIO(answer.content)))

    plain, outlined = picture(outline=False), picture()
    assert (plain[..., 0] == plain[..., 1]).all(), "grey"
    orange = (outlined != plain).any(axis=2)
    assert 20 < orange.sum() < 0.2 * orange.size
    # The phantom's lesion is on the patient's left: on the right of the picture.
    assert np.nonzero(orange)[1].mean() > 0.5 * orange.shape[1]
    assert picture(low=0, high=1).max() == 255
    for plane in ("coronal", "sagittal"):
        assert picture(plane=plane).size
    assert get(analysed, "slices/99.png").status_code == 404
    assert get(analysed, "slices/0.png", params={"channel": "t2"}).status_code == 422


def test_a_study_that_still_waits_has_none(empty, packed) -> None:
    study_id = empty.hand_in(packed)
    answer = empty.client.get(f"/api/v1/studies/{study_id}/analysis")
    assert answer.status_code == 404 and "no result yet" in answer.json()["detail"]


def test_the_document_is_json_that_python_reads(analysed) -> None:
    assert json.loads(get(analysed, "files/analysis.json").content)
