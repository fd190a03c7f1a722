"""Files and folders that exist whole or not at all."""

import json
import os
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


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
        os.replace(temporary, path)
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

    An older folder is replaced as a whole; when the block raises, it stays as it was.
    """
    token = secrets.token_hex(6)
    fresh = folder.with_name(f".{token}.new.{folder.name}")
    fresh.mkdir(parents=True)
    try:
        yield fresh
        sync_folder(fresh)
        _swap(fresh, folder, folder.with_name(f".{token}.old.{folder.name}"))
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    sync_folder(folder.parent)


def sync(path: Path) -> None:
    """Flush a file to the disk, so that a rename after it never shows an empty file."""
    # Windows flushes only through a writable handle.
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Flush a folder's entries to the disk where the system can; Windows cannot open folders."""
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap(fresh: Path, folder: Path, aside: Path) -> None:
    """Put `fresh` in the place of `folder`; an older one is deleted only after that."""
    if not folder.exists():
        fresh.rename(folder)
        return
    folder.rename(aside)
    try:
        fresh.rename(folder)
    except OSError:
        aside.rename(folder)
        raise
    shutil.rmtree(aside)
