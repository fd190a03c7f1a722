# pyright: basic
# It speaks with Authlib, whose types have gaps.
"""The server that signs the hospital's people in, by Authlib."""

import time
from collections.abc import Mapping
from functools import cached_property
from ssl import SSLContext
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from httpx2 import HTTPError, create_ssl_context, get
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from glioscope.server.access.openid.config import OpenIdConfig, is_safe
from glioscope.server.access.openid.pending import Begun, Pending

_TIMEOUT_S, _LEEWAY_S, _KNOWN_S = 10.0, 60, 3600.0
# Signatures that only the provider can make: none, and those by a secret that both know, are not.
_ALGORITHMS = [f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)]


class Away(Exception):
    """The provider does not answer, or not as OpenID Connect has it."""


class Refused(Exception):
    """What came back signs nobody in."""


class Provider:
    """One provider, asked when somebody signs in."""

    def __init__(self, config: OpenIdConfig, secret: str | None) -> None:
        self.config = config
        self.pending = Pending()
        self._secret = secret
        self._metadata: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._asked_at = 0.0

    def begin(self, begun: Begun, back: str) -> str:
        """The address that a browser is sent to; the provider sends it `back`.

        Raises:
            Away: the provider does not answer.
        """
        endpoint = self._known()["authorization_endpoint"]
        with self._client(back) as client:
            url, _ = client.create_authorization_url(
                endpoint, state=begun.state, nonce=begun.nonce, code_verifier=begun.verifier
            )
        return url

    def finish(self, begun: Begun, back: str, code: str) -> Mapping[str, Any]:
        """Claims about the person whom the provider has signed in.

        Raises:
            Away: the provider does not answer.
            Refused: the code or its token is not good.
        """
        try:
            with self._client(back) as client:
                token = client.fetch_token(
                    self._known()["token_endpoint"], code=code, code_verifier=begun.verifier
                )
        except OAuthError as error:
            raise Refused(error.error) from error
        except (HTTPError, ValueError) as error:
            raise Away(type(error).__name__) from error
        try:
            return self._claims(token, begun.nonce)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Refused(type(error).__name__) from error

    def end(self, after: str) -> str | None:
        """Where one signs out of the provider itself, to come back `after`; None where nowhere."""
        try:
            endpoint = self._known().get("end_session_endpoint")
        except Away:
            return None
        if not endpoint:
            return None
        said = {"client_id": self.config.client_id, "post_logout_redirect_uri": after}
        return add_params_to_uri(endpoint, list(said.items()))

    def _claims(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        signed = self._decoded(str(token["id_token"]))
        own = self.config
        options: Any = {
            "iss": {"essential": True, "value": own.issuer},
            "aud": {"essential": True, "value": own.client_id},
            "sub": {"essential": True},
        }
        params = {
            "nonce": nonce,
            "client_id": own.client_id,
            "access_token": token.get("access_token"),
        }
        claims = CodeIDToken(signed.claims, signed.header, options, params)
        claims.validate(leeway=_LEEWAY_S)
        return claims

    def _decoded(self, token: str) -> jwt.Token:
        try:
            return jwt.decode(token, self._keys or self._fetched_keys(), _ALGORITHMS)
        except InvalidKeyIdError:  # it may have changed its keys
            return jwt.decode(token, self._fetched_keys(), _ALGORITHMS)

    def _fetched_keys(self) -> KeySet:
        found: Any = self._got(self._known()["jwks_uri"])
        self._keys = KeySet.import_key_set(found)
        return self._keys

    def _known(self) -> dict[str, Any]:
        """What the provider says of itself, asked once an hour."""
        if self._metadata and time.monotonic() - self._asked_at < _KNOWN_S:
            return self._metadata
        issuer = self.config.issuer
        found = self._got(issuer.rstrip("/") + "/.well-known/openid-configuration")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if found.get("issuer") != issuer or not all(is_safe(str(found.get(n))) for n in needed):
            raise Away("metadata")
        self._metadata, self._asked_at = found, time.monotonic()
        return found

    def _got(self, url: str) -> dict[str, Any]:
        try:
            found = get(url, timeout=_TIMEOUT_S, verify=self._trust).raise_for_status().json()
        except (HTTPError, ValueError) as error:
            raise Away(type(error).__name__) from error
        if not isinstance(found, dict):
            raise Away("no object")
        return found

    def _client(self, back: str) -> Any:
        methods = self._metadata.get("token_endpoint_auth_methods_supported", [])
        by_header = not methods or "client_secret_basic" in methods
        method = "client_secret_basic" if by_header else "client_secret_post"
        return OAuth2Client(
            self.config.client_id,
            self._secret,
            token_endpoint_auth_method=method if self._secret else "none",
            scope=" ".join(self.config.scopes),
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=_TIMEOUT_S,
            verify=self._trust,
        )

    @cached_property
    def _trust(self) -> SSLContext:
        """Whose certificates are believed; to load them takes longer than to sign somebody in."""
        return create_ssl_context()
