# pyright: basic
# It speaks with pynetdicom, whose types have gaps.
"""C-STORE to this node: what scanners and archives send of their own accord."""

import socket
import ssl
import zlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from pydicom.uid import UID, DeflatedExplicitVRLittleEndian
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.sop_class import Verification  # pyright: ignore[reportAttributeAccessIssue]
from typing_extensions import override

from glioscope.errors import UsageError
from glioscope.pacs.config import ListenerSource
from glioscope.pacs.sources.source import Census, Moved, Source
from glioscope.pacs.sources.staging import Staging
from glioscope.reading.dicom.files import count_inflated

# PS3.7, annex C: out of resources, cannot understand, refused for good.
_SUCCESS, _NO_ROOM, _BROKEN = 0x0000, 0xA700, 0xC000
# Every transfer syntax that reading knows; pixels are kept as they come.
_SYNTAXES = [
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.5",
]
_POLL_S = 1.0
# A sender that says nothing for so long is let go.
_IDLE_S = 60


class Listener(Source):
    """A C-STORE provider; what it keeps survives its process."""

    def __init__(self, config: ListenerSource, staging: Path, keep_free: int) -> None:
        self._config = config
        self._staging = Staging(staging)
        self._keep_free = keep_free
        self._server = self._start()

    @property
    @override
    def name(self) -> str:
        return self._config.name

    @property
    @override
    def poll_s(self) -> float:
        return _POLL_S

    @override
    def moved(self, cursor: str | None) -> tuple[Iterable[Moved], str | None]:
        return [Moved(*one) for one in self._staging.studies()], None

    @override
    def census(self, study_uid: str) -> Census:
        return self._staging.census(study_uid)

    @override
    def fetch(self, study_uid: str, series: Iterable[str], folder: Path) -> None:
        self._staging.copy(study_uid, series, folder)

    @override
    def taken(self, study_uid: str, series: Iterable[str]) -> None:
        self._staging.drop(study_uid)

    @override
    def close(self) -> None:
        self._server.shutdown()

    def _start(self) -> Any:
        config = self._config
        entity = AE(ae_title=config.title)
        entity.supported_contexts = AllStoragePresentationContexts
        for context in entity.supported_contexts:
            context.transfer_syntax = [UID(one) for one in _SYNTAXES]
        entity.add_supported_context(Verification)
        entity.require_calling_aet = list(config.allowed)
        entity.require_called_aet = True
        entity.network_timeout = _IDLE_S
        handlers = [(evt.EVT_C_STORE, self._store), (evt.EVT_CONN_OPEN, _no_delay)]
        try:
            return entity.start_server(
                (config.host, config.port),
                block=False,
                evt_handlers=handlers,
                ssl_context=_tls(config),
            )
        except OSError as error:
            said = error.strerror or ""
            raise UsageError(
                "pacs.listen", name=config.name, host=config.host, port=config.port, said=said
            ) from error

    def _store(self, event: Any) -> int:
        """Keep one instance; what is no MR picture is taken and left, as senders expect."""
        if self._staging.free_bytes() < self._keep_free:
            return _NO_ROOM
        if not _inflates_to_reason(event):
            return _BROKEN
        dataset = event.dataset
        uids = [str(dataset.get(k, "")) for k in _UIDS]
        if not all(uids):
            return _BROKEN
        if dataset.get("Modality") != "MR":
            return _SUCCESS
        study, series, instance = uids
        sender = str(event.assoc.requestor.ae_title).strip() or None
        try:
            self._staging.keep(study, series, instance, event.encoded_dataset(), sender)
        except OSError:
            return _NO_ROOM
        return _SUCCESS


_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


def _inflates_to_reason(event: Any) -> bool:
    """Whether what was sent deflated may be unpacked, which pynetdicom does as a whole."""
    if event.context.transfer_syntax != DeflatedExplicitVRLittleEndian:
        return True
    try:
        count_inflated(BytesIO(event.request.DataSet.getbuffer()))
    except (ValueError, zlib.error):
        return False
    return True


def _no_delay(event: Any) -> None:
    """Without it every instance waits 40 ms for a delayed acknowledgement."""
    event.assoc.dul.socket.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _tls(config: ListenerSource) -> ssl.SSLContext | None:
    if config.certificate is None or config.key is None:
        return None
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(config.certificate, config.key)
        if config.ca:
            context.load_verify_locations(config.ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise UsageError("pacs.certificate", name=config.name, said=str(error)) from error
    return context
