"""Where the results of an archive lie: a folder, or an object store that many computers share."""

from collections.abc import Generator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from typing_extensions import override

from glioscope.cli.batch.attempt import Outcome, attempt, failed
from glioscope.cli.batch.job import Job
from glioscope.cli.support.output import check_folder
from glioscope.files import atomic_path
from glioscope.locks import held

if TYPE_CHECKING:
    from glioscope.model.bundle import Model
    from glioscope.reading.inputs import StudyInput


class Results(Protocol):
    """Folders of studies, and small files beside them by their names (`.batch/…`).

    It can be pickled, for another process and another computer. Errors are `OSError`.
    """

    @property
    def label(self) -> str:
        """What messages call it."""
        ...

    def check(self) -> None:
        """Refuse what cannot be written to.

        Raises:
            UsageError: it says why.
        """
        ...

    def desk(self) -> AbstractContextManager[Path]:
        """A folder of this computer in which studies are written, each in one of its own."""
        ...

    def deliver(self, study: Path) -> None:
        """Bring the folder of a study from the desk, in place of an older one of that name."""
        ...

    def studies(self) -> set[str]:
        """Names of the studies that have a folder."""
        ...

    def read(self, name: str) -> bytes | None:
        """What a small file holds; None where there is none."""
        ...

    def read_all(self, folder: str, suffix: str) -> list[bytes]:
        """What the files of a folder hold, sorted by their names."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Write a small file, whole or not at all, in place of an older one."""
        ...

    def claim(self, name: str, content: bytes) -> bytes:
        """Write a small file where there is none; what it holds then, whoever wrote it."""
        ...

    def remove(self, name: str) -> None:
        """Remove a small file; nothing happens where there is none."""
        ...


class FolderResults(Results):
    """A folder of this computer, or one that several share."""

    def __init__(self, folder: Path) -> None:
        self._named = folder
        self._folder = folder.absolute()

    @property
    @override
    def label(self) -> str:
        return self._folder.name or str(self._named)

    @override
    def check(self) -> None:
        check_folder(self._named)

    @override
    def desk(self) -> AbstractContextManager[Path]:
        return nullcontext(self._folder)

    @override
    def deliver(self, study: Path) -> None:
        pass

    @override
    def studies(self) -> set[str]:
        return {path.name for path in _inside(self._folder) if path.is_dir()}

    @override
    def read(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    @override
    def read_all(self, folder: str, suffix: str) -> list[bytes]:
        # What has no name but a hidden one was not finished.
        paths = (p for p in _inside(self._folder / folder) if not p.name.startswith("."))
        return [path.read_bytes() for path in sorted(paths) if path.name.endswith(suffix)]

    @override
    def write(self, name: str, content: bytes) -> None:
        with atomic_path(self._folder / name) as temporary:
            temporary.write_bytes(content)

    @override
    def claim(self, name: str, content: bytes) -> bytes:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with held(path.with_name(".claims.lock"), wait=True):
            if not path.exists():
                self.write(name, content)
            return path.read_bytes()

    @override
    def remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)


def _inside(folder: Path) -> Generator[Path, None, None]:
    if folder.is_dir():
        yield from folder.iterdir()


def attempt_into(results: Results, found: "StudyInput", model: "Model", job: Job) -> Outcome:
    """As `attempt`, and the study's folder is then where the results lie."""
    try:
        with results.desk() as desk:
            outcome = attempt(found, model, replace(job, out=desk))
            if outcome.status == "done":
                results.deliver(desk / found.study_id)
        return outcome
    except OSError as error:
        return failed(found.study_id, error)
