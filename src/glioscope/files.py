"""Files and folders that exist whole or not at all."""

import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from glioscope.locks import held

_TOKEN_DIGITS = 12
# Windows lets nobody rename what is open. Scanners and indexers open what was just written, for
# less than these pauses together, in seconds.
_PAUSES_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
# Names that Windows keeps for devices, whatever their case and suffix.
_DEVICES = re.compile(r"(CON|PRN|AUX|NUL|(COM|LPT)[0-9¹²³])(\..*)?", re.IGNORECASE | re.DOTALL)
# Leaves room for what is put before a name and behind it: `.0123456789ab.lock.`, `_desc-…nii.gz`.
_MOST_NAME_BYTES = 190
# A folder under construction, the older one that it replaces, and the lock of who is at it.
_HIDDEN = re.compile(rf"\.([0-9a-f]{{{_TOKEN_DIGITS}}})\.(?:new|old|lock)\.(.+)", re.DOTALL)


def disk_full(error: OSError) -> bool:
    """Whether no room, or nothing of a quota, was left to store something in."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def atomic_path(path: Path) -> Generator[Path, None, None]:
    """Yield a free name beside `path`; rename it to `path` when the block succeeds.

    The temporary name is hidden and ends like `path` (`.nii.gz` stays `.nii.gz`), since many
    writers choose the format by it. Missing parent folders are made. When the block raises, nothing
    is left behind and an older `path` stays as it was.

    Raises:
        FileNotFoundError: the block succeeded but wrote nothing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{secrets.token_hex(6)}.{path.name}")
    try:
        yield temporary
        sync(temporary)
        move(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def atomic_text(path: Path, text: str) -> None:
    """Write UTF-8 text with plain line feeds on every system."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def atomic_json(path: Path, obj: Any) -> None:
    """Write JSON as RFC 8259 has it: readable, UTF-8, keys in the order given.

    Raises:
        ValueError: a number is NaN or infinite, which JSON cannot say.
    """
    text = json.dumps(obj, indent=2, ensure_ascii=False, allow_nan=False)
    atomic_text(path, text + "\n")


@contextmanager
def atomic_folder(folder: Path) -> Generator[Path, None, None]:
    """Yield an empty folder beside `folder`; it takes that name when the block succeeds.

    An older folder is replaced as a whole; when the block raises, it stays as it was. What killed
    processes left beside it is cleared first (`clear_leftovers`).
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    clear_leftovers(folder.parent)
    token = secrets.token_hex(_TOKEN_DIGITS // 2)
    # Waits only for somebody who takes this lock, just made, for one that was left behind.
    with held(_hidden(folder, token, "lock"), wait=True):
        fresh = _hidden(folder, token, "new")
        fresh.mkdir()
        try:
            yield fresh
            sync_folder(fresh)
            _swap(fresh, folder, _hidden(folder, token, "old"))
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    sync_folder(folder.parent)


@contextmanager
def passing_folder(parent: Path) -> Generator[Path, None, None]:
    """Yield an empty folder in `parent` for this user alone; it is gone when the block ends.

    That of a process that is killed is cleared by `clear_leftovers`.
    """
    token = secrets.token_hex(_TOKEN_DIGITS // 2)
    folder = parent / "glioscope"
    with held(_hidden(folder, token, "lock"), wait=True):
        fresh = _hidden(folder, token, "new")
        fresh.mkdir(mode=0o700)
        try:
            yield fresh
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def claimed(folder: Path) -> Generator[bool, None, None]:
    """Claim `folder`, which need not be there, for as long as the block runs; yields whether it is.

    False means that another process, or another block of this one, has claimed it. A claim ends
    with its process. It keeps out those who ask for it, and nobody else.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    token = hashlib.sha256(folder.name.encode()).hexdigest()[:_TOKEN_DIGITS]
    with held(_hidden(folder, token, "lock")) as mine:
        yield mine


def clear_leftovers(parent: Path) -> None:
    """Clear what killed processes left in `parent` of this module's folders and claims.

    A folder half written is deleted, and an older one that was just being replaced put back. What
    a living process is at stays.
    """
    matches = [match for p in parent.iterdir() if (match := _HIDDEN.fullmatch(p.name))]
    for token, name in sorted({(match[1], match[2]) for match in matches}):
        folder = parent / name
        # What belongs to another user stays.
        with suppress(OSError), held(_hidden(folder, token, "lock")) as mine:
            if mine:
                _put_back(folder, _hidden(folder, token, "old"))
                shutil.rmtree(_hidden(folder, token, "new"), ignore_errors=True)


def _hidden(folder: Path, token: str, what: str) -> Path:
    return folder.with_name(f".{token}.{what}.{folder.name}")


def _put_back(folder: Path, aside: Path) -> None:
    """Undo or complete a swap that stopped half way."""
    if aside.exists() and not folder.exists():
        move(aside, folder)
    shutil.rmtree(aside, ignore_errors=True)


def move(source: Path, target: Path) -> Path:
    """Give a file or a folder another name on its disk; returns it. A file in its way is replaced.

    Raises:
        OSError: it cannot be; on Windows also where it stays open for longer than two seconds.
    """
    for pause in _PAUSES_S if sys.platform == "win32" else ():
        with suppress(PermissionError):
            os.replace(source, target)
            return target
        time.sleep(pause)
    os.replace(source, target)
    return target


def is_reserved(name: str) -> bool:
    """Whether Windows takes a name for a device, or leaves out the dot or space at its end."""
    return name.endswith((".", " ")) or _DEVICES.fullmatch(name) is not None


def names_a_folder(name: str) -> bool:
    """Whether a folder may be called so on every system, and be built beside its place.

    Names of what is under construction are longer (`atomic_folder`), and systems take 255 bytes.
    """
    unsafe = name.startswith(".") or is_reserved(name) or bool(set(name) & set('/\\:*?"<>|'))
    plain = bool(name) and name.isprintable() and not unsafe
    return plain and len(name.encode()) <= _MOST_NAME_BYTES


def sync(path: Path) -> None:
    """Flush a file to the disk, so that a rename after it never shows an empty file."""
    # Windows flushes only through a writable handle.
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Flush a folder's entries to the disk where the system can; Windows cannot open folders."""
    if sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap(fresh: Path, folder: Path, aside: Path) -> None:
    """Put `fresh` in the place of `folder`; an older one is deleted only after that."""
    if not folder.exists():
        move(fresh, folder)
        return
    move(folder, aside)
    try:
        move(fresh, folder)
    except OSError:
        move(aside, folder)
        raise
    # The new one is in its place. What Windows still has open there goes with the next leftovers.
    shutil.rmtree(aside, ignore_errors=True)
