"""A hospital whose readers are at one analysed study; outlines are made again by a toy."""

import gzip
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from glioscope.jobs.results import FILES, VIEW
from glioscope.reviews.outlines.redraw import Redrawn, Wanted
from glioscope.server.access import passes, users
from glioscope.server.access.roles import Role
from server.hospital import Hospital, hospital

PEOPLE = {
    "anna": Role.READER,
    "boris": Role.READER,
    "vera": Role.VIEWER,
    "chief": Role.ADMIN,
}
NONE = "0" * 32


@dataclass(frozen=True)
class Ward:
    """A hospital with people in it, and one analysed study."""

    hospital: Hospital
    headers: dict[str, dict[str, str]]
    study: str

    def ask(self, who: str, method: str, path: str, **options: Any):
        """A request of somebody; a path with `/` first is the API's, any other the study's."""
        at = path if path.startswith("/") else f"/studies/{self.study}/{path}".rstrip("/")
        headers = {**self.headers[who], **options.pop("headers", {})}
        return self.hospital.client.request(method, f"/api/v1{at}", headers=headers, **options)

    def got(self, who: str, method: str, path: str, **options: Any) -> Any:
        answer = self.ask(who, method, path, **options)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def shape(self) -> tuple[int, int, int]:
        return tuple(self.got("chief", "GET", "view/view.json")["shape"])

    def draw(self, who: str, at: int = 3, base: str = "empty", **params: str) -> dict[str, Any]:
        """A version with a square of 10 x 10 voxels on two slices."""
        return self.got(
            who,
            "POST",
            "versions",
            params={"base": base, **params},
            content=packed(square(self.shape(), at)),
        )

    def review(self, who: str, verdict: str, **given: Any) -> dict[str, Any]:
        return self.got(who, "POST", "reviews", json={"verdict": verdict, **given})

    def hand_in(self, who: str, list_id: str, at: int = 3) -> dict[str, Any]:
        """An outline of one's own for a list, and a signed review of it."""
        version = self.draw(who, at, list=list_id)
        review = self.review(who, "correct", version=version["id"], list=list_id)
        return self.got(who, "POST", f"reviews/{review['id']}/sign")

    def open_list(self, shown: str = "after", readers: tuple[str, ...] = ("anna", "boris")) -> str:
        given = {"name": "series", "readers": readers, "studies": [self.study]}
        return self.got("chief", "POST", "/lists", json={**given, "model_shown": shown})["id"]


def square(shape: tuple[int, ...], at: int) -> np.ndarray:
    inside = np.zeros(shape, np.uint8)
    inside[40:50, 40 + at : 50 + at, at : at + 2] = 1
    return inside


def packed(inside: np.ndarray) -> bytes:
    return gzip.compress(inside.tobytes(order="F"), compresslevel=1)


def toy_redraw(store, wanted: Wanted, folder: str, **_: Any) -> Redrawn:
    """Files of a version as far as answers need them, without a process."""
    made = store.scratch / folder.replace("/", "-")
    with store.folder(wanted.result) as result:
        shutil.copytree(result / VIEW, made / VIEW)
    (made / FILES).mkdir()
    for name in ("analysis.json", "report.en.pdf", "seg.dcm"):
        (made / FILES / name).write_bytes(b"{}")
    grid = nib.load(made / VIEW / "mask.nii.gz")
    image = nib.Nifti1Image(wanted.inside.astype(np.uint8), grid.affine)
    (made / VIEW / "mask.nii.gz").write_bytes(gzip.compress(image.to_bytes(), 1))
    store.put(made, folder)
    voxels = int(wanted.inside.sum())
    return Redrawn(voxels, 0.01 * voxels, 1, 2, 0.25)


@pytest.fixture(scope="session")
def analysed_data(analysed, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What the server with one analysed study keeps, to be copied."""
    here, study_id = analysed
    copy = tmp_path_factory.mktemp("kept") / "data"
    shutil.copytree(here.context.data, copy)
    return copy, study_id


@pytest.fixture
def ward(tmp_path: Path, analysed_data: tuple[Path, str]) -> Iterator[Ward]:
    with ward_at(tmp_path / "data", analysed_data) as found:
        yield found


@contextmanager
def ward_at(folder: Path, analysed_data: tuple[Path, str]) -> Iterator[Ward]:
    data, study_id = analysed_data
    shutil.copytree(data, folder)
    with pytest.MonkeyPatch.context() as patch, hospital(folder) as here:
        patch.setattr("glioscope.server.api.reading.versions.redraw", toy_redraw)
        headers = {}
        with here.context.engine.begin() as connection:
            for name, role in PEOPLE.items():
                one = users.add_user(connection, name, None, role, sees_identity=True)
                token = passes.new_token(connection, one, "test", None)
                headers[name] = {"Authorization": f"Bearer {token}"}
        yield Ward(here, headers, study_id)


def code(answer) -> str:
    """Of a problem."""
    return json.loads(answer.content)["type"].rpartition(":")[2]
