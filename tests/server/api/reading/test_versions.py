"""Outlines handed in and fetched again, drafts beside them; one goes the whole way."""

import gzip

import nibabel as nib
import numpy as np
import pytest
from sqlalchemy import select

from glioscope.database.tables import Audit
from glioscope.reviews.outlines import redraw
from server.api.reading.conftest import NONE, code, packed, square


def labels(ward, version: str) -> np.ndarray:
    content = ward.ask("vera", "GET", f"versions/{version}/mask").content
    return np.asanyarray(nib.Nifti1Image.from_bytes(gzip.decompress(content)).dataobj)


def test_an_outline_goes_the_whole_way(ward, monkeypatch) -> None:
    """By a process of its own, on the study as it was uploaded."""
    monkeypatch.setattr("glioscope.server.api.reading.versions.redraw", redraw.redraw)
    inside = square(ward.shape(), 3) | square(ward.shape(), 20)[:, :, ::-1]
    ward.ask("anna", "PUT", "draft", params={"base": "model"}, content=b"draft")
    answer = ward.ask("anna", "POST", "versions", params={"base": "model"}, content=packed(inside))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["number"], made["author"], made["base"]) == (1, "anna", "model")
    assert made["voxels"] == inside.sum() and made["volume_ml"] > 0
    model = ward.got("anna", "GET", "analysis")
    outlined = sum(f["voxels"] for f in model["findings"])
    assert made["added"] - made["removed"] == made["voxels"] - outlined
    assert ward.got("vera", "GET", "versions") == {"versions": [made]}
    np.testing.assert_array_equal(labels(ward, made["id"]) > 0, inside > 0)
    view = ward.got("vera", "GET", f"versions/{made['id']}/view")
    assert (
        view["author"] == "reader and model"
        and len(view["findings"]) == labels(ward, made["id"]).max()
    )
    assert view["shape"] == list(inside.shape) and view["said"]["ru"]["volume"].endswith("мл")
    files = {f["name"] for f in ward.got("vera", "GET", f"versions/{made['id']}/files")["files"]}
    assert files >= {"analysis.json", "mask.nii.gz", "seg.dcm", "sr.dcm"}
    assert files >= {f"report.{lang}.{kind}" for lang in ("ru", "en") for kind in ("pdf", "html")}
    document = ward.got("vera", "GET", f"versions/{made['id']}/files/analysis.json")
    assert document["author"] == "reader and model" and document["model"] == model["model"]
    assert document["volume_ml"] == pytest.approx(made["volume_ml"])
    assert ward.ask("anna", "GET", "draft").status_code == 204, "the draft went with it"
    # The model's own result is as it was.
    assert ward.got("anna", "GET", "analysis") == model


def test_versions_are_numbered_and_made_of_one_another(ward) -> None:
    first = ward.draw("anna")
    second = ward.draw("boris", base=first["id"])
    assert [first["number"], second["number"], second["base"]] == [1, 2, first["id"]]
    with ward.hospital.context.reads.connect() as connection:
        told = connection.execute(select(Audit.who, Audit.object).where(Audit.action == "draw"))
        assert [tuple(row) for row in told] == [
            ("anna", f"{ward.study} {first['id']}"),
            ("boris", f"{ward.study} {second['id']}"),
        ]


@pytest.mark.parametrize(
    ("base", "content", "status", "said"),
    [
        ("empty", b"not gzip", 422, "server.outline_damaged"),
        ("empty", gzip.compress(b"\1" * 10, mtime=0), 422, "server.outline_size"),
        (NONE, b"", 422, "server.no_version"),
        ("another", b"", 422, "server.invalid"),
    ],
)
def test_what_cannot_be_an_outline_leaves_nothing(ward, base, content, status, said) -> None:
    ward.ask("anna", "PUT", "draft", params={"base": "empty"}, content=b"draft")
    answer = ward.ask("anna", "POST", "versions", params={"base": base}, content=content)
    assert (answer.status_code, code(answer)) == (status, said)
    assert ward.got("anna", "GET", "versions") == {"versions": []}
    assert ward.ask("anna", "GET", "draft").content == b"draft"
    assert list(ward.hospital.context.store.names("versions")) == []


def test_when_reports_fail_nothing_is_kept_but_the_draft(ward, monkeypatch) -> None:
    """The process ends at once: it is no Python that can be run."""

    def broken(*given, **limits):
        return redraw.redraw(*given, **limits, command=("/bin/false",))

    monkeypatch.setattr("glioscope.server.api.reading.versions.redraw", broken)
    ward.ask("anna", "PUT", "draft", params={"base": "empty"}, content=b"draft")
    content = packed(square(ward.shape(), 3))
    answer = ward.ask("anna", "POST", "versions", params={"base": "empty"}, content=content)
    assert (answer.status_code, code(answer)) == (500, "server.redraw_failed")
    assert ward.got("anna", "GET", "versions") == {"versions": []}
    assert ward.ask("anna", "GET", "draft").content == b"draft"
    assert list(ward.hospital.context.store.names("versions")) == []
    assert not list(ward.hospital.context.store.scratch.glob("redraw-*"))


def test_a_study_without_pictures_takes_none(empty, packed) -> None:
    study_id = empty.hand_in(packed)
    path = f"/api/v1/studies/{study_id}/versions?base=empty"
    answer = empty.client.post(path, content=gzip.compress(b"\0"))
    assert (answer.status_code, code(answer)) == (409, "server.no_pictures")


def test_dicom_is_for_those_who_see_identity(ward) -> None:
    from sqlalchemy import update

    from glioscope.database.tables import User

    made = ward.draw("anna")
    with ward.hospital.context.engine.begin() as connection:
        connection.execute(update(User).where(User.name == "vera").values(sees_identity=False))
    path = f"versions/{made['id']}/files"
    assert "seg.dcm" not in {f["name"] for f in ward.got("vera", "GET", path)["files"]}
    assert ward.ask("vera", "GET", f"{path}/seg.dcm").status_code == 403
    assert ward.ask("vera", "GET", f"{path}/..%2fview%2fview.json").status_code == 404


def test_drafts_are_kept_as_sent_and_are_ones_own(ward) -> None:
    content = bytes(range(256)) * 100
    assert ward.ask("anna", "GET", "draft").status_code == 204
    put = ward.ask("anna", "PUT", "draft", params={"base": "model"}, content=content)
    assert put.status_code == 204
    kept = ward.ask("anna", "GET", "draft")
    assert kept.content == content and kept.headers["x-draft-base"] == "model"
    assert int(kept.headers["x-draft-saved-at"]) > 0
    assert kept.headers["content-type"] == "application/octet-stream"
    assert ward.ask("boris", "GET", "draft").status_code == 204
    too_much = ward.ask("anna", "PUT", "draft", params={"base": "empty"}, content=b"x" * 2**23 * 2)
    assert too_much.status_code == 413
    assert ward.ask("anna", "DELETE", "draft").status_code == 204
    assert ward.ask("anna", "GET", "draft").status_code == 204


def test_a_newer_draft_of_another_page_stays(ward) -> None:
    def keep(content: bytes, since: int | None):
        params = {"base": "empty"} if since is None else {"base": "empty", "since": since}
        return ward.ask("anna", "PUT", "draft", params=params, content=content)

    first = int(keep(b"first", 0).headers["x-draft-saved-at"])
    assert (keep(b"another", 0).status_code, code(keep(b"another", 0))) == (
        409,
        "server.draft_newer",
    )
    assert keep(b"another", first + 1).status_code == 409
    assert ward.ask("anna", "GET", "draft").content == b"first"
    assert keep(b"second", first).status_code == 204
    assert keep(b"third", None).status_code == 204
    assert ward.ask("anna", "GET", "draft").content == b"third"


def test_with_the_study_everything_goes(ward) -> None:
    ward.draw("anna")
    ward.ask("anna", "PUT", "draft", params={"base": "empty"}, content=b"x")
    ward.ask("anna", "PUT", "presence", params={"page": "p"})
    ward.review("boris", "accept")
    ward.open_list()
    assert ward.ask("chief", "DELETE", "").status_code == 204
    store = ward.hospital.context.store
    assert not any([*store.names("versions"), *store.names("results"), *store.names("uploads")])
    assert ward.ask("anna", "GET", "versions").status_code == 404
