"""Studies that only readers look at: handed in so, or refused by the model and made ready after."""

import io
import zipfile

import pytest

from dicom_datasets import TAGS, write
from glioscope.phantom.study import phantom_study
from glioscope.study import Channel
from mr_series import series_datasets
from server.api.reading.conftest import NONE, code, packed, square, toy_redraw
from server.hospital import disc


@pytest.fixture
def slab(tmp_path) -> bytes:
    """Two slices of a head: the model refuses them, a reader may look at them."""
    head, _ = phantom_study(5, size=64, slices=12)
    datasets = series_datasets(head.images[Channel.FLAIR], TAGS[Channel.FLAIR])[5:7]
    write(datasets, tmp_path / "slab")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in (tmp_path / "slab").iterdir():
            archive.write(path, path.name)
    return content.getvalue()


def test_a_study_that_the_model_refuses_can_be_read_without_it(empty, slab, monkeypatch) -> None:
    study_id = empty.hand_in(slab)
    empty.work()
    assert empty.study(study_id)["state"] == "refused"
    path = f"/api/v1/studies/{study_id}"
    again = empty.client.post(f"{path}/retry", params={"with_model": False}).json()
    assert (again["state"], again["with_model"]) == ("waiting", False)
    empty.work()
    study = empty.study(study_id)
    assert study["state"] == "done"
    result = study["result"]
    assert (result["decision"], result["probability"], result["slices"]) == (
        "not analysed",
        None,
        [],
    )
    assert (result["volume_ml"], result["gate"], result["model"]) == (None, None, "")
    assert [s["id"] for s in empty.list(decision="not analysed")] == [study_id]
    assert empty.list(decision="tumour") == []
    for part in ("analysis", "files/report.en.pdf", "view/probability.nii.gz"):
        assert empty.client.get(f"{path}/{part}").status_code == 404, part
    assert empty.client.get(f"{path}/files").json() == {"files": []}
    view = empty.client.get(f"{path}/view/view.json").json()
    assert view["rule"] is None and view["said"]["ru"]["conclusion"] == ""
    assert empty.client.get(f"{path}/view/flair.nii.gz").status_code == 200
    assert empty.client.get(f"{path}/slices/0.png").status_code == 200
    monkeypatch.setattr("glioscope.server.api.reading.versions.redraw", toy_redraw)
    content = packed(square(view["shape"], 0))
    from_model = empty.client.post(f"{path}/versions?base=model", content=content)
    assert (from_model.status_code, code(from_model)) == (409, "server.no_outline")
    assert empty.client.post(f"{path}/versions?base=empty", content=content).status_code == 201
    accepted = empty.client.post(f"{path}/reviews", json={"verdict": "accept"})
    assert (accepted.status_code, code(accepted)) == (422, "server.nothing_to_accept")
    assert empty.client.get(f"{path}/agreement").json() == {"pairs": []}, "no model to compare with"
    assert empty.client.post(f"{path}/retry", params={"with_model": False}).status_code == 409


def test_the_model_can_be_asked_later_and_readers_outlines_stay(
    empty, tmp_path, monkeypatch
) -> None:
    study_id = empty.hand_in(disc(tmp_path / "disc"), with_model=False)
    empty.work()
    path = f"/api/v1/studies/{study_id}"
    monkeypatch.setattr("glioscope.server.api.reading.versions.redraw", toy_redraw)
    content = packed(square(empty.client.get(f"{path}/view/view.json").json()["shape"], 0))
    version = empty.client.post(f"{path}/versions?base=empty", content=content).json()["id"]
    again = empty.client.post(f"{path}/retry").json()
    assert (again["state"], again["with_model"], again["result"]) == ("waiting", True, None)
    assert empty.list(decision="not analysed") == []
    empty.work()
    study = empty.study(study_id)
    assert (study["state"], study["result"]["decision"]) == ("done", "tumour")
    assert [s["id"] for s in empty.list(decision="tumour")] == [study_id]
    assert empty.client.get(f"{path}/analysis").json()["decision"] == "tumour"
    versions = empty.client.get(f"{path}/versions").json()
    assert version in str(versions)
    assert empty.client.post(f"{path}/retry").status_code == 409


def test_it_can_be_handed_in_so(empty, slab) -> None:
    study_id = empty.hand_in(slab, with_model=False)
    assert empty.study(study_id)["with_model"] is False
    begun = empty.client.post("/api/v1/uploads").json()["id"]
    empty.client.put(f"/api/v1/uploads/{begun}/file?name=a.zip", content=slab)
    params = {"with_model": False}
    done = empty.client.post(f"/api/v1/uploads/{begun}/complete", params=params).json()
    assert done["studies"] == [{"id": study_id, "known": True}]


def test_the_gates_figures_stay_with_an_analysed_result(analysed) -> None:
    from sqlalchemy import select

    from glioscope.database.tables import Result

    here, study_id = analysed
    with here.context.reads.connect() as connection:
        figures = connection.scalar(select(Result.figures).where(Result.study_id == study_id))
    assert figures["slices"] == 12 and figures["rows"] == figures["columns"] == 128
    assert figures["sequences"] == 3 and figures["score"] > 0 and "log_noise" in figures
    document = here.client.get(f"/api/v1/studies/{study_id}/analysis").json()
    assert document["quality"]["figures"] == figures


def test_a_study_that_is_not_there_has_no_priors(empty) -> None:
    assert empty.client.get(f"/api/v1/studies/{NONE}/priors").status_code == 404
