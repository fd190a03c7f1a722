"""A study whose every text tries to get out: for tests of what is shown, written and logged."""

from pathlib import Path

from glioscope.reading.quiet import quietly
from server.hospital import disc

SCRIPT = "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>"
NAME = f'{SCRIPT}^=HYPERLINK("http://x.invalid")'
TEXTS = {
    "PatientName": NAME,
    "PatientID": "../../../etc/passwd",
    "AccessionNumber": "=1+1",
    "StudyDescription": f"@SUM(A1)\x1b[31m{SCRIPT}",
    "ProtocolName": "'\"><svg onload=window.pwned=1>{{7*7}}${7*7}",
    "InstitutionName": "x" * 20_000,
    "ReferringPhysicianName": "a\u202egnp.exe",
}
# Marks that turn the direction of writing, and a terminal's own language.
DESCRIPTION = "\u202e\x1b[2J\x1b]0;owned\x07" + SCRIPT


def hostile_disc(folder: Path, seed: int = 0, **others: str) -> bytes:
    """A ZIP of a study that is found all the same: its series are told apart by physics."""
    # pydicom warns of every one of them.
    with quietly():
        return disc(folder, seed, **{**TEXTS, "SeriesDescription": DESCRIPTION, **others})
