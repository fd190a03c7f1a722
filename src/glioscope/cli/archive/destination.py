"""Which results are at a path or a URL."""

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from glioscope.cli.archive.results import FolderResults, Results
from glioscope.errors import UsageError


def results_at(text: str) -> Results:
    """The results in a folder, or at an fsspec URL as `s3://BUCKET/FOLDER`.

    Raises:
        UsageError: what such a URL needs is not installed, or no two processes see the same there.
    """
    scheme, separator, _ = text.partition("://")
    if not separator:
        return FolderResults(Path(text))
    if scheme == "file":
        return FolderResults(Path(url2pathname(urlsplit(text).path)))
    if scheme == "memory":
        raise UsageError("cli.archive_memory", url=text)
    from glioscope.cli.archive.store import StoreResults

    return StoreResults(text)
