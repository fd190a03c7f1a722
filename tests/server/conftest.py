"""One analysed study for the tests that only look at it, and an empty server for the others."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from glioscope.server.access import users
from once import once
from server.hospital import Hospital, disc, hospital


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Passwords are hashed in no time; a hash says how, so that checking one is as quick."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(1, 8, 1)
        patch.setattr(users, "_hasher", quick)
        patch.setattr(users, "_NOBODY", quick.hash("nobody"))
        yield


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A ZIP of one DICOM study, of a patient with a name."""
    folder = tmp_path_factory.mktemp("packed") / "disc"
    return disc(folder, PatientName="Ivanova^Anna", PatientID="77", AccessionNumber="A-1")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Hospital]:
    with hospital(tmp_path / "data") as here:
        yield here


@pytest.fixture(scope="session")
def analysed(
    tmp_path_factory: pytest.TempPathFactory, packed: bytes
) -> Iterator[tuple[Hospital, str]]:
    """A server with one analysed study, and its id. Nobody changes it."""

    def fill(folder: Path) -> None:
        with hospital(folder / "data") as here:
            here.hand_in(packed)
            here.work()

    data = tmp_path_factory.mktemp("analysed") / "data"
    shutil.copytree(once(tmp_path_factory, "analysed", fill) / "data", data)
    with hospital(data) as here:
        [study] = here.list()
        yield here, study["id"]
