"""Fetch again what the pages bring of others, as `vendor.json` names it, and check its hash.

`python -m tools.javascript.fetch_vendor` writes `src/glioscope/server/static/vendor`.
"""

import hashlib
import io
import json
import tarfile
import urllib.request
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "src" / "glioscope" / "server" / "static" / "vendor"
_REGISTRY = "https://registry.npmjs.org/"


def listed() -> list[dict[str, str]]:
    """Every file that is not ours: its package, version, licence, archive and hash."""
    return json.loads((VENDOR / "vendor.json").read_text("utf-8"))


def fetched(entry: dict[str, str]) -> bytes:
    """The file out of its archive in the public registry.

    Raises:
        ValueError: it comes from elsewhere, or is not what it was.
    """
    if not entry["archive"].startswith(_REGISTRY):
        raise ValueError(f"{entry['archive']} is not in {_REGISTRY}")
    with urllib.request.urlopen(entry["archive"], timeout=60) as answer:
        archive = io.BytesIO(answer.read())
    with tarfile.open(fileobj=archive, mode="r:gz") as members:
        member = members.extractfile(entry["member"])
        content = member.read() if member else b""
    check(entry, content)
    return content


def check(entry: dict[str, str], content: bytes) -> None:
    """Refuse what is not the file that was looked through.

    Raises:
        ValueError: the hash is another.
    """
    found = hashlib.sha256(content).hexdigest()
    if found != entry["sha256"]:
        raise ValueError(f"{entry['file']}: SHA-256 {found}, expected {entry['sha256']}")


if __name__ == "__main__":
    for one in listed():
        (VENDOR / one["file"]).write_bytes(fetched(one))
        print(f"{one['file']}: {one['package']} {one['version']}, {one['licence']}")
