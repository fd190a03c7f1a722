"""A folder that gets one folder for each result, whole or not at all."""

import shutil

from typing_extensions import override

from glioscope.files import atomic_folder
from glioscope.pacs.config import FolderDestination
from glioscope.pacs.destinations.destination import Destination, DestinationDown, Parcel


class ResultFolder(Destination):
    """One folder; each result is called by its own random id."""

    def __init__(self, config: FolderDestination) -> None:
        self._config = config

    @property
    @override
    def name(self) -> str:
        return self._config.name

    @override
    def send(self, parcel: Parcel) -> None:
        config = self._config
        files = parcel.dicom(config.send, pseudonymous=config.pseudonymous)
        if not config.pseudonymous and "pdf" in config.send:
            files += parcel.reports()
        try:
            with atomic_folder(config.path / parcel.result_id) as folder:
                for path in files:
                    shutil.copyfile(path, folder / path.name)
        except OSError as error:
            raise DestinationDown(error.strerror or "") from error

    @override
    def close(self) -> None:
        """Nothing is open."""
