"""TLS of the server itself, by a certificate that was given or that it signs and renews itself."""

import datetime
import ipaddress
import os
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from glioscope.errors import UsageError
from glioscope.files import atomic_path

FILE = "tls/server.pem"
_GOOD_FOR, _RENEWED = datetime.timedelta(days=397), datetime.timedelta(days=30)


@dataclass(kw_only=True)
class Certificate:
    """A certificate with its key, and the TLS context that shows it to browsers.

    Attributes:
        names: what the server is called, where it signs the certificate itself.
    """

    cert: Path
    key: Path
    names: frozenset[str] = frozenset()
    context: ssl.SSLContext = field(init=False)
    _loaded: tuple[int, int] = field(init=False, default=(0, 0))

    def __post_init__(self) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._load()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as browsers show it."""
        digest = _read(self.cert).fingerprint(hashes.SHA256())
        return ":".join(f"{byte:02X}" for byte in digest)

    def context_for(self, *_: object) -> ssl.SSLContext:
        """The TLS context, for who hands it on to uvicorn."""
        return self.context

    def refresh(self) -> bool:
        """Renew what the server signs itself when it ends soon; take up files that were changed.

        True: new connections are shown another certificate from now on.

        Raises:
            UsageError: the files are not to be used; connections go on with the former certificate.
        """
        if self.names:
            _sign_if_due(self.cert, self.names)
        if self._loaded == self._times():
            return False
        self._load()
        return True

    def _load(self) -> None:
        try:
            found = self._times()
            self.context.load_cert_chain(self.cert, self.key, password=_no_password)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageError("server.tls_files", reason=reason) from error
        self._loaded = found

    def _times(self) -> tuple[int, int]:
        return self.cert.stat().st_mtime_ns, self.key.stat().st_mtime_ns


def self_signed(data: Path, names: Iterable[str]) -> Certificate:
    """A certificate of the server's own making, kept in its data folder."""
    file, wanted = data / FILE, frozenset(names)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sign_if_due(file, wanted)
    return Certificate(cert=file, key=file, names=wanted)


def _sign_if_due(file: Path, names: frozenset[str]) -> None:
    now = datetime.datetime.now(datetime.UTC)
    try:
        found = _read(file)
    except (FileNotFoundError, ValueError):
        found = None
    if found is None or _names_of(found) != names or found.not_valid_after_utc < now + _RENEWED:
        _sign(file, names, now)


def _sign(file: Path, names: frozenset[str], now: datetime.datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    title = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "glioscope")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(title)
        .issuer_name(title)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + _GOOD_FOR)
        .add_extension(x509.SubjectAlternativeName([_general(n) for n in sorted(names)]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with atomic_path(file) as temporary:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(private + certificate.public_bytes(serialization.Encoding.PEM))


def _read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _names_of(certificate: x509.Certificate) -> frozenset[str]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return frozenset(str(one.value) for one in found)


def _no_password() -> str:
    # A server that starts by itself has nobody to ask.
    raise ValueError("the key is protected by a password")
