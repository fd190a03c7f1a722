"""Names for patients and studies that leave the hospital: equal in every export, told by nobody.

A plain hash of a patient's number is found by trying all numbers, so that a secret key goes into
it. The key stays in the data folder; with another key everybody gets other names.
"""

import hmac
import os
import secrets
from functools import cached_property
from hashlib import sha256
from pathlib import Path

KEY = "pseudonyms.key"
_BYTES = 32
_DIGITS = 12


class Pseudonyms:
    """Pseudonyms by the key of a folder, which is made with the first one where it is missing."""

    def __init__(self, data: Path) -> None:
        self._data = data

    @cached_property
    def _key(self) -> bytes:
        return _key_in(self._data)

    def of_patient(self, known_by: str) -> str:
        """Of whoever is known by this."""
        return f"p{self._digits('patient', known_by)}"

    def of_study(self, key: str) -> str:
        """Of the study with this key."""
        return f"s{self._digits('study', key)}"

    def of_site(self, name: str) -> str:
        """Of the hospital with this name."""
        return f"h{self._digits('site', name)[:6]}"

    def _digits(self, kind: str, text: str) -> str:
        return hmac.new(self._key, f"{kind}\0{text}".encode(), sha256).hexdigest()[:_DIGITS]


def _key_in(data: Path) -> bytes:
    path = data / KEY
    if not path.exists():
        write_key(path, secrets.token_bytes(_BYTES))
    return path.read_bytes()


def write_key(path: Path, key: bytes) -> None:
    """Write a key that nobody else can read; one that is there meanwhile stays.

    Raises:
        OSError: it cannot be written.
    """
    fresh = path.with_name(f".{secrets.token_hex(6)}.{KEY}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
