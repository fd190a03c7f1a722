"""Sign-ins that have begun, each ended once: what came back a second time is nobody's."""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field

# So long may somebody take to type his password; and so many may do so at once.
LASTS_S, _MOST = 600, 1000


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What is kept here of a sign-in; only `state` and `nonce` are told to the provider.

    Attributes:
        afterwards: path of the page that was asked for.
        verifier: that the code is fetched with (PKCE).
    """

    afterwards: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    at: float = field(default_factory=time.monotonic)


class Pending:
    """In this process alone: a sign-in is ended where it has begun."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, Begun] = OrderedDict()

    def begin(self, afterwards: str) -> Begun:
        """A new one."""
        begun = Begun(afterwards=afterwards)
        self._of[begun.state] = begun
        while len(self._of) > _MOST:
            self._of.popitem(last=False)
        return begun

    def end(self, state: str) -> Begun | None:
        """That one, if it has begun, was not ended, and not too long ago."""
        begun = self._of.pop(state, None)
        return begun if begun and time.monotonic() - begun.at < LASTS_S else None
