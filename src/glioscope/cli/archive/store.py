# pyright: basic
# It speaks with fsspec, which carries no types.
"""Results in an object store, by fsspec: a study counts once its row is there, which comes last."""

import shutil
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath

from typing_extensions import override

from glioscope.cli.archive.results import Results
from glioscope.cli.support.scratch import scratch_folder
from glioscope.errors import UsageError
from glioscope.jobs.storage.object_store import files_at, put_folder

_PROBE = ".batch/.probe"


class StoreResults(Results):
    """A prefix of an object store, at a URL as `s3://BUCKET/FOLDER`.

    Raises:
        UsageError: what such a URL needs is not installed.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._files, root = files_at(self._url)
        self._root = root.rstrip("/")

    @property
    @override
    def label(self) -> str:
        return self._url

    @override
    def check(self) -> None:
        try:
            with _as_os_error():
                self._files.makedirs(self._root, exist_ok=True)
            self.write(_PROBE, b"")
            self.remove(_PROBE)
        except OSError as error:
            raise UsageError("cli.archive_store", url=self._url, said=str(error)) from error

    @override
    def desk(self) -> AbstractContextManager[Path]:
        return scratch_folder()

    @override
    def deliver(self, study: Path) -> None:
        target = self._at(study.name)
        with _as_os_error():
            written = set(put_folder(self._files, study, target))
            self._files.invalidate_cache(target)
            # What an older result had beside; only now, so that no file of it is missing meanwhile.
            for path in set(self._files.find(target)) - written:
                self._files.rm_file(path)
        shutil.rmtree(study)

    @override
    def studies(self) -> set[str]:
        return {PurePosixPath(one["name"]).name for one in self._ls("") if one["type"] != "file"}

    @override
    def read(self, name: str) -> bytes | None:
        try:
            with _as_os_error():
                return self._files.cat_file(self._at(name))
        except FileNotFoundError:
            return None

    @override
    def read_all(self, folder: str, suffix: str) -> list[bytes]:
        paths = sorted(one["name"] for one in self._ls(folder) if one["name"].endswith(suffix))
        with _as_os_error():
            # All at once where the store can, since each answer takes its time.
            found = self._files.cat(paths) if paths else {}
        return [found[path] for path in paths]

    @override
    def write(self, name: str, content: bytes) -> None:
        target = self._at(name)
        with _as_os_error():
            self._files.makedirs(target.rpartition("/")[0], exist_ok=True)
            self._files.pipe_file(target, content)

    @override
    def claim(self, name: str, content: bytes) -> bytes:
        """Of two computers that ask in the same moment the later one's is kept, for both."""
        found = self.read(name)
        if found is None:
            self.write(name, content)
            found = self.read(name) or content
        return found

    @override
    def remove(self, name: str) -> None:
        try:
            with _as_os_error():
                self._files.rm_file(self._at(name))
        except FileNotFoundError:
            pass

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}".rstrip("/")

    def _ls(self, folder: str) -> list[dict[str, str]]:
        """What lies in a folder, as fsspec tells it; nothing where there is none."""
        # Other computers have written meanwhile.
        self._files.invalidate_cache()
        try:
            with _as_os_error():
                return self._files.ls(self._at(folder), detail=True)
        except FileNotFoundError:
            return []


@contextmanager
def _as_os_error() -> Generator[None, None, None]:
    """What the libraries of stores raise beside OSError, as for want of keys, as one."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(f"{type(error).__name__}: {error}") from error
