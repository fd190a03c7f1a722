# pyright: basic
# It speaks with pynetdicom, whose types have gaps.
"""An archive that takes results by C-STORE."""

import socket
import ssl
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification  # pyright: ignore[reportAttributeAccessIssue]
from typing_extensions import override

from glioscope.errors import UsageError
from glioscope.pacs.config import StoreDestination
from glioscope.pacs.connections import SLOWEST
from glioscope.pacs.destinations.destination import (
    Destination,
    DestinationDown,
    DestinationRefused,
    Parcel,
)
from glioscope.reading.quiet import quietly

_SUCCESS = 0x0000
# PS3.7, annex C: warnings say that it was stored.
_WARNINGS = range(0xB000, 0xC000)
_NO_ROOM = range(0xA700, 0xA800)


class StoreScu(Destination):
    """One archive."""

    def __init__(self, config: StoreDestination) -> None:
        self._config = config

    @property
    @override
    def name(self) -> str:
        return self._config.name

    @override
    def send(self, parcel: Parcel) -> None:
        files = parcel.dicom(self._config.send, pseudonymous=self._config.pseudonymous)
        if files:
            association = self._associated(files)
            try:
                for path in files:
                    _store(association, path)
            finally:
                association.release()

    @override
    def close(self) -> None:
        """Every delivery has an association of its own."""

    def echo(self) -> None:
        """Ask whether anybody is there.

        Raises:
            DestinationDown, DestinationRefused: as `send`.
        """
        association = self._associated([])
        try:
            if association.send_c_echo().get("Status") != _SUCCESS:
                raise DestinationRefused("C-ECHO failed")
        finally:
            association.release()

    def _associated(self, files: list[Path]) -> Any:
        config = self._config
        entity = AE(ae_title=config.own_title)
        entity.network_timeout = entity.acse_timeout = config.timeout_s
        entity.connection_timeout = config.timeout_s
        # The answer is waited for from when a file begins to be sent, not from when it has been.
        largest = max((path.stat().st_size for path in files), default=0)
        entity.dimse_timeout = config.timeout_s + largest / SLOWEST
        if not files:
            entity.add_requested_context(Verification)
        with quietly():
            for path in files:
                meta = dcmread(path, stop_before_pixels=True, specific_tags=[]).file_meta
                entity.add_requested_context(meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID)
        association = entity.associate(
            config.host,
            config.port,
            ae_title=config.title,
            evt_handlers=[(evt.EVT_CONN_OPEN, _no_delay)],
            tls_args=_tls(config),
        )
        if association.is_established:
            return association
        _close(association)
        if association.is_rejected:
            raise DestinationRefused("the association was rejected: check the titles")
        raise DestinationDown("no association")


def _store(association: Any, path: Path) -> None:
    try:
        with quietly():
            status = association.send_c_store(path).get("Status")
    except (ValueError, RuntimeError) as error:
        if not association.is_established:
            raise DestinationDown("the association ended") from error
        # No presentation context: it does not take this kind of object.
        raise DestinationRefused("it does not take this kind of object") from error
    if status is None or status in _NO_ROOM:
        raise DestinationDown("no answer" if status is None else f"status {status:#06x}")
    if status != _SUCCESS and status not in _WARNINGS:
        raise DestinationRefused(f"status {status:#06x}")


def _close(association: Any) -> None:
    """Close the socket of an association that came to nothing, which pynetdicom leaves open."""
    transport = association.dul.socket
    if transport and transport.socket:
        transport.socket.close()


def _no_delay(event: Any) -> None:
    event.assoc.dul.socket.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _tls(config: StoreDestination) -> tuple[ssl.SSLContext, str] | None:
    if config.ca is None and config.certificate is None:
        return None
    try:
        context = ssl.create_default_context(cafile=config.ca)
        if config.certificate and config.key:
            context.load_cert_chain(config.certificate, config.key)
    except (OSError, ssl.SSLError) as error:
        raise UsageError("pacs.certificate", name=config.name, said=str(error)) from error
    return context, config.host
