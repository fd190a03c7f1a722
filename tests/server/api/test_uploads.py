"""Uploads: whole, in parts, resumed, too large, hostile, and without room."""

from pathlib import Path

import pytest

from server.hospital import hospital


def begin(here) -> str:
    answer = here.client.post("/api/v1/uploads")
    assert answer.status_code == 201
    return f"/api/v1/uploads/{answer.json()['id']}"


def put(here, path: str, name: str, body: bytes, offset: int = 0):
    return here.client.put(f"{path}/file", params={"name": name, "offset": offset}, content=body)


def scratch(here) -> list[str]:
    return [path.name for path in here.context.store.scratch.iterdir()]


def test_parts_make_a_whole_and_go_on_after_a_break(empty, packed) -> None:
    path = begin(empty)
    half = len(packed) // 2
    assert put(empty, path, "disc.zip", packed[:half]).json()["files"] == {"disc.zip": half}
    # The second part was sent, and its answer lost.
    assert put(empty, path, "disc.zip", packed[half : half + 100], half).status_code == 200
    have = empty.client.get(path).json()["files"]["disc.zip"]
    assert put(empty, path, "disc.zip", packed[have:], have).status_code == 200
    answer = empty.client.post(f"{path}/complete")
    assert answer.status_code == 202 and len(answer.json()["studies"]) == 1
    assert empty.client.get(path).status_code == 404
    assert scratch(empty) == []


def test_a_gap_is_refused(empty) -> None:
    path = begin(empty)
    answer = put(empty, path, "a", b"x", 5)
    assert answer.status_code == 409 and "send from 0 on" in answer.json()["detail"]


def test_a_folder_of_files_is_one_upload(empty, packed, tmp_path: Path) -> None:
    import io
    import zipfile

    path = begin(empty)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for name in archive.namelist():
            assert put(empty, path, f"DISC/SERIES/{name}", archive.read(name)).status_code == 200
    [study] = empty.client.post(f"{path}/complete").json()["studies"]
    assert empty.study(study["id"])["kind"] == "dicom"


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/x",
        "a/../../x",
        "..",
        ".hidden",
        "a//b",
        "a\\..\\b",
        "x\0y",
        "a:b",
        "x" * 300,
        "a/CON",
    ],
)
def test_names_that_would_leave_the_folder_are_refused(empty, name: str) -> None:
    path = begin(empty)
    assert put(empty, path, name, b"x").status_code == 422
    assert empty.client.get(path).json()["files"] == {}


def test_a_file_takes_no_other_files_place(empty) -> None:
    """Nor that of a folder: a study would lack what was written over."""
    path = begin(empty)
    assert put(empty, path, "a", b"x").status_code == 200
    assert put(empty, path, "b/c", b"x").status_code == 200
    for name in ("a/b", "a/b/c", "b"):
        answer = put(empty, path, name, b"y")
        assert answer.status_code == 422, name
        assert answer.json()["type"].endswith("server.upload_twice")
    for names in (("IM1", "IM1"), ("a", "a/b"), ("a/b", "a")):
        files = [("files", (name, b"x")) for name in names]
        answer = empty.client.post("/api/v1/uploads/files", files=files)
        assert answer.status_code == 422 and answer.json()["type"].endswith("server.upload_twice")
    empty.client.delete(path)
    assert scratch(empty) == []


@pytest.mark.parametrize("name", ["upload", "upload/upload", "a/upload"])
def test_a_file_may_be_called_as_the_folder_of_uploads(empty, packed, name: str) -> None:
    answer = empty.client.post("/api/v1/uploads/files", files={"files": (name, packed)})
    assert answer.status_code == 202, answer.text


def test_a_body_that_cannot_be_read_says_what_to_do(empty) -> None:
    kind = {"content-type": "multipart/form-data; boundary=b"}
    many = [("files", (f"{n}", b"x")) for n in range(1001)]
    for body in ({"content": b"--a", "headers": kind}, {"files": many}):
        answer = empty.client.post("/api/v1/uploads/files", **body)
        assert answer.status_code == 400
        assert "as a ZIP" in answer.json()["detail"]


def test_what_is_no_study_is_refused_with_a_reason_and_leaves_nothing(empty) -> None:
    answer = empty.client.post(
        "/api/v1/uploads/files", files={"files": ("letter.txt", b"Dear colleague")}
    )
    assert answer.status_code == 422 and "letter.txt" in answer.json()["detail"]
    assert scratch(empty) == [] and list(empty.context.store.names("uploads")) == []
    path = begin(empty)
    assert empty.client.post(f"{path}/complete").status_code == 422


def test_no_upload_is_larger_than_allowed(tmp_path: Path) -> None:
    with hospital(tmp_path / "data", most_upload_bytes=1000) as here:
        path = begin(here)
        assert put(here, path, "a", b"x" * 2000).status_code == 413
        assert put(here, path, "a", b"x" * 900).status_code == 200
        answer = put(here, path, "a", b"x" * 900, 900)
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"


def test_without_room_nothing_is_taken(tmp_path: Path, packed) -> None:
    with hospital(tmp_path / "data", free_bytes=2**62) as here:
        answer = here.client.post("/api/v1/uploads/files", files={"files": ("disc.zip", packed)})
        assert answer.status_code == 507
        assert here.client.get("/ready").json()["state"] == "no space"


def test_a_dropped_upload_is_gone(empty) -> None:
    path = begin(empty)
    put(empty, path, "a", b"x")
    assert empty.client.delete(path).status_code == 204
    assert scratch(empty) == []
    assert empty.client.get("/api/v1/uploads/..%2f..%2fetc").status_code == 404


def test_a_zip_of_nifti_files_is_a_study_and_known_again(empty, tmp_path: Path) -> None:
    import io
    import zipfile

    import nibabel as nib

    from glioscope.phantom.study import phantom_study

    head, _ = phantom_study(size=32, slices=4)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for channel, image in head.images.items():
            file = nib.Nifti1Image(image.array, image.grid.affine).to_bytes()
            archive.writestr(f"sub-1/anat/sub-1_{channel.value}.nii", file)
    study_id = empty.hand_in(packed.getvalue())
    assert empty.study(study_id)["kind"] == "nifti"
    assert empty.hand_in(packed.getvalue()) == study_id
    assert scratch(empty) == []
