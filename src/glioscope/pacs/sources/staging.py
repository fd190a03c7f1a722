"""Pictures that were sent to this node and wait until their study is complete.

One folder a study, one file an instance, named by hashes, so that no header's text becomes a path.
A file is there whole or not at all, and flushed to the disk before its sender hears of it.
"""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from glioscope.files import atomic_path
from glioscope.pacs.sources.source import Census

_FACTS = "study.json"


class Staging:
    """What has arrived, in one folder of this computer."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)

    def keep(
        self, study_uid: str, series_uid: str, instance_uid: str, content: bytes, sender: str | None
    ) -> None:
        """Store an instance; one that is there already is replaced by the same.

        Raises:
            OSError: no room.
        """
        folder = self._root / _name(study_uid)
        facts = folder / _FACTS
        if not facts.exists():
            with atomic_path(facts) as temporary:
                told = {"study_uid": study_uid, "sender": sender}
                temporary.write_text(json.dumps(told), encoding="utf-8")
        series = folder / _name(series_uid)
        if not (series / "uid").exists():
            with atomic_path(series / "uid") as temporary:
                temporary.write_text(series_uid, encoding="utf-8")
        with atomic_path(series / f"{_name(instance_uid)}.dcm") as temporary:
            temporary.write_bytes(content)

    def studies(self) -> list[tuple[str, str, str | None]]:
        """Of all that waits: study UID, what differs when more has come, and sender."""
        found: list[tuple[str, str, str | None]] = []
        for facts in sorted(self._root.glob(f"*/{_FACTS}")):
            told = json.loads(facts.read_text(encoding="utf-8"))
            begun, count = facts.stat().st_mtime_ns, len(list(facts.parent.glob("*/*.dcm")))
            found.append((told["study_uid"], f"{begun} {count}", told["sender"]))
        return found

    def census(self, study_uid: str) -> Census:
        """Instances of each series that has arrived."""
        counts: Counter[str] = Counter()
        for uid, files in self._series(study_uid):
            counts[uid] += len(files)
        return dict(counts)

    def copy(self, study_uid: str, series: Iterable[str], folder: Path) -> None:
        """Put these series into a folder; without a copy where the disk is the same."""
        wanted = set(series)
        for uid, files in self._series(study_uid):
            for file in files if uid in wanted else ():
                target = folder / f"{_name(uid)}-{file.name}"
                try:
                    os.link(file, target)
                except OSError:
                    shutil.copyfile(file, target)

    def drop(self, study_uid: str) -> None:
        """Forget a study."""
        shutil.rmtree(self._root / _name(study_uid), ignore_errors=True)

    def free_bytes(self) -> int:
        """Room on its disk."""
        return shutil.disk_usage(self._root).free

    def _series(self, study_uid: str) -> list[tuple[str, list[Path]]]:
        folders = [one for one in (self._root / _name(study_uid)).glob("*/uid")]
        return [
            (one.read_text(encoding="utf-8"), sorted(one.parent.glob("*.dcm"))) for one in folders
        ]


def _name(uid: str) -> str:
    return hashlib.sha256(uid.encode()).hexdigest()[:32]
