"""Paths and URLs of results; what cannot be is in `test_command`."""

from glioscope.cli.archive.destination import results_at
from glioscope.cli.archive.results import FolderResults


def test_urls_of_files_are_folders(tmp_path) -> None:
    found = results_at(f"file://{tmp_path}/a%20b")
    assert isinstance(found, FolderResults) and found.label == "a b"
    found.write("c.txt", b"d")
    assert (tmp_path / "a b" / "c.txt").read_bytes() == b"d"
