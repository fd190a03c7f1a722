# pyright: basic
# It speaks with Requests, whose types have gaps.
"""Web servers as the node's file names them: authentication, certificates, and plain faults."""

import ssl
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from glioscope import __version__
from glioscope.pacs.config import Web, secret

# The slowest line on which results are still waited for, in bytes a second.
SLOWEST = 8_000


class Refused(Exception):
    """The server answered, and does not want it; the text names no patient."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class Down(Exception):
    """The server does not answer now."""


def session_of(web: Web) -> requests.Session:
    """A session with the server's user and certificates.

    Raises:
        UsageError: a password or token is not where the file says.
    """
    session = requests.Session()
    # What the environment says of proxies and passwords is not asked: hospitals' own addresses.
    session.trust_env = False
    session.headers["User-Agent"] = f"glioscope/{__version__}"
    token = secret(web.token_env, web.token_file)
    if token:
        session.headers["Authorization"] = f"Bearer {token}"
    elif web.user:
        session.auth = (web.user, secret(web.password_env, web.password_file) or "")
    if web.ca:
        session.verify = str(web.ca)
    adapter = HTTPAdapter(pool_maxsize=8)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def kind_of(error: Exception) -> str:
    """What kind of failure it was, and what is wrong with a certificate.

    Its text holds the address, which may hold a study's number.
    """
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, ssl.SSLCertVerificationError):
            return f"{type(error).__name__}: {behind.verify_message}"
        inner = getattr(behind, "reason", None) or next(iter(behind.args), None)
        behind = inner if isinstance(inner, BaseException) else None
    return type(error).__name__


def ask(session: requests.Session, web: Web, method: str, path: str, **options: Any) -> Any:
    """A request below the server's address, and its answer.

    Raises:
        Down: no connection, no answer in time, or the server says that it cannot now.
        Refused: any other answer that is no success.
    """
    try:
        options.setdefault("timeout", web.timeout_s)
        answer = session.request(method, web.url.rstrip("/") + path, **options)
    except requests.RequestException as error:
        raise Down(kind_of(error)) from error
    if answer.status_code in (408, 425, 429) or answer.status_code >= 500:
        raise Down(f"HTTP {answer.status_code}")
    if answer.status_code in (401, 403):
        # A wrong password is mended by people, and then everything goes on.
        raise Down(f"HTTP {answer.status_code}")
    if not answer.ok:
        raise Refused(answer.status_code)
    return answer
