"""Which store it is: a folder of this computer, or an object store that several share."""

from pathlib import Path

from glioscope.jobs.storage.store import SCRATCH, LocalStore, Store


def open_store(data: Path, url: str | None = None) -> Store:
    """The store in the folder `data`, or at an fsspec URL (`s3://…`) with `data` for its scratch.

    Raises:
        UsageError: what such a URL needs is not installed.
    """
    (data / SCRATCH).mkdir(parents=True, exist_ok=True)
    if url is None:
        return LocalStore(data)
    from glioscope.jobs.storage.object_store import open_object_store

    return open_object_store(url, data / SCRATCH)
