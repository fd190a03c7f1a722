"""A certificate of the server's own: made once, renewed before it ends, and shown by TLS 1.2 on."""

import datetime
import os
import socket
import ssl
import stat
import threading
from pathlib import Path

import pytest
from cryptography import x509

from glioscope.errors import UsageError
from glioscope.server.reach import certificates
from glioscope.server.reach.certificates import FILE, Certificate, self_signed

NAMES = frozenset({"localhost", "127.0.0.1", "glio.example"})


def shown(certificate: Certificate, version: ssl.TLSVersion, trusted: Path) -> str:
    """What a browser that trusts a file gets; the version of TLS that was agreed on."""
    ours, theirs = socket.socketpair()
    client = ssl.create_default_context(cafile=os.fspath(trusted))
    # Older versions are offered by no client of today unless it must.
    client.set_ciphers("ALL:@SECLEVEL=0")
    client.minimum_version = client.maximum_version = version

    def answer() -> None:
        try:
            certificate.context.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with client.wrap_socket(ours, server_hostname="glio.example") as wrapped:
            return wrapped.version() or ""
    finally:
        thread.join()
        ours.close()


def test_it_is_good_for_its_names_by_tls_1_2_and_later(tmp_path: Path) -> None:
    made = self_signed(tmp_path, NAMES)
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        assert shown(made, version, tmp_path / FILE) == name


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_older_tls_is_refused(tmp_path: Path) -> None:
    made = self_signed(tmp_path, NAMES)
    with pytest.raises(OSError):
        shown(made, ssl.TLSVersion.TLSv1_1, tmp_path / FILE)


def test_its_key_is_the_owners_alone(tmp_path: Path) -> None:
    self_signed(tmp_path, NAMES)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_it_stays_until_its_names_change(tmp_path: Path) -> None:
    first = self_signed(tmp_path, NAMES).fingerprint
    assert self_signed(tmp_path, NAMES).fingerprint == first
    assert len(first.split(":")) == 32
    assert self_signed(tmp_path, NAMES | {"10.0.0.1"}).fingerprint != first


def test_it_is_renewed_before_it_ends_while_the_server_runs(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(certificates, "_GOOD_FOR", datetime.timedelta(days=29))
    made = self_signed(tmp_path, NAMES)
    before = made.fingerprint
    monkeypatch.undo()
    assert made.refresh() is True
    assert made.fingerprint != before
    assert shown(made, ssl.TLSVersion.TLSv1_3, tmp_path / FILE) == "TLSv1.3"
    assert made.refresh() is False
    found = x509.load_pem_x509_certificate((tmp_path / FILE).read_bytes())
    left = found.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    assert left > datetime.timedelta(days=300)


def test_a_certificate_that_was_given_is_taken_up_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / FILE
    self_signed(tmp_path, NAMES)
    given = Certificate(cert=file, key=file)
    assert given.refresh() is False
    self_signed(tmp_path, NAMES | {"10.0.0.1"})
    assert given.refresh() is True
    assert shown(given, ssl.TLSVersion.TLSv1_3, file) == "TLSv1.3"


def test_files_that_will_not_do_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("no certificate")
    for name in ("x.pem", "gone.pem"):
        with pytest.raises(UsageError, match="PEM"):
            Certificate(cert=tmp_path / name, key=tmp_path / name)
