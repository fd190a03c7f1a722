"""`python as_on_windows.py WORDS`: `glioscope WORDS` in a process without what only POSIX has.

Before that every module but those of training is imported. What the code asks for Windows it gets:
`sys.platform`, and `msvcrt` as far as locks need it. Libraries are loaded before, as on this
computer, and paths stay those of this computer.
"""

import importlib
import importlib.abc
import os
import pkgutil
import signal
import sys
import types
from pathlib import Path

MODULES = {"fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"}
OF_OS = ("chown", "fork", "forkpty", "geteuid", "getpgid", "getuid", "killpg", "mkfifo", "nice")
OF_OS += ("sched_getaffinity", "setpgid", "setsid", "sync", "uname", "O_NOFOLLOW")
SIGNALS = ("SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGSTOP", "SIGUSR1", "SIGUSR2")
LIBRARIES = (
    *("alembic.command", "alembic.autogenerate", "anyio._backends._asyncio", "argon2", "authlib"),
    *("concurrent.futures.process", "dicognito.anonymizer", "dicomweb_client", "fastapi", "fpdf"),
    *("fsspec", "highdicom.seg", "highdicom.sr", "httpx2", "jinja2", "joserfc", "msgspec"),
    *("multiprocessing.connection", "nibabel", "onnxruntime", "platformdirs", "pydicom.encaps"),
    *("pynetdicom", "rich.progress", "rich.table", "scipy.ndimage", "scipy.optimize"),
    *("scipy.spatial", "sqlalchemy.dialects.sqlite", "tempfile", "tifffile", "typer.main"),
    *("typer.rich_utils", "uvicorn", "zoneinfo"),
)
OTHERS = ("training", "evaluation", "datasets", "__main__")


class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def fake_msvcrt() -> types.ModuleType:
    """Locks of this process: a file that is locked cannot be locked again until it is closed."""
    module, held = types.ModuleType("msvcrt"), dict[tuple[int, int], int]()

    def locking(handle: int, mode: int, count: int) -> None:
        state = os.fstat(handle)
        holder = held.get((state.st_dev, state.st_ino))
        if holder is not None and is_open(holder, state):
            raise OSError("locked")
        held[state.st_dev, state.st_ino] = handle

    def is_open(handle: int, state: os.stat_result) -> bool:
        try:
            return os.path.samestat(os.fstat(handle), state)
        except OSError:
            return False

    setattr(module, "locking", locking)  # noqa: B010
    setattr(module, "LK_NBLCK", 2)  # noqa: B010
    return module


def become_windows() -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    for name in MODULES:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, Missing())
    sys.modules["msvcrt"] = fake_msvcrt()
    for name in OF_OS:
        if hasattr(os, name):
            delattr(os, name)
    for name in SIGNALS:
        delattr(signal, name)
    sys.platform = "win32"


def import_all() -> None:
    import glioscope

    for found in pkgutil.walk_packages(glioscope.__path__, "glioscope."):
        if found.name.split(".")[1] not in OTHERS and "versions" not in found.name:
            importlib.import_module(found.name)


if __name__ == "__main__":
    assert not [name for name in sys.modules if name.startswith("glioscope")], "too early"
    sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
    become_windows()
    import_all()
    from glioscope.cli.main import run

    run()
