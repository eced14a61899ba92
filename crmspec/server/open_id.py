"""OpenID Connect, the authorization code flow with PKCE: what is asked of the provider, and what is believed of it.

What a log-in on its way has to remember (state, nonce, verifier) stays with the browser, in a cookie that only this
server sees; the provider's own answers are believed as far as its keys have signed them.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import httpx2
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from crmspec.server.sessions import same
from crmspec.server.settings import Settings
from crmspec.server.web import Values
from crmspec.spec import OpenId

log = logging.getLogger("crmspec.server")
COOKIE = "crmspec_open_id"
MINUTES = 10  # to come back
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]  # signed with a key that only it has
_PATIENCE_SECONDS = 10
_KEPT_SECONDS = 3600


class Refusal(Exception):
    """The provider, or whoever came back from it, is not believed."""


@dataclass(frozen=True, slots=True)
class Known:
    """Who somebody is, as the provider says."""

    subject: str                      # issuer and subject: the one thing that never changes
    email: str
    login: str
    name: str
    id_token: str


class Provider:
    """A provider's own description and keys, asked for once an hour."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._lock = threading.Lock()
        self._found: dict[str, tuple[float, dict[str, Any]]] = {}

    def says(self, name: str) -> str:
        """Return one line of the description; empty when it is not in it."""
        described = self._json(f"{self.issuer}/.well-known/openid-configuration")
        if described.get("issuer", "").rstrip("/") != self.issuer:
            raise Refusal("the provider calls itself otherwise")
        return str(described.get(name) or "")

    def keys(self, *, again: bool = False) -> KeySet:
        """Return the keys that it signs with."""
        return KeySet.import_key_set(self._json(self.says("jwks_uri"), again=again))  # type: ignore[arg-type]

    def _json(self, url: str, *, again: bool = False) -> dict[str, Any]:
        with self._lock:
            kept = self._found.get(url)
            if kept and not again and time.monotonic() - kept[0] < _KEPT_SECONDS:
                return kept[1]
        answer = httpx2.get(url, timeout=_PATIENCE_SECONDS)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        with self._lock:
            self._found[url] = (time.monotonic(), found)
        return found


@lru_cache(maxsize=8)
def provider_of(issuer: str) -> Provider:
    """Return what is known of a provider."""
    return Provider(issuer)


def redirect_uri(settings: Settings) -> str:
    """Return where the provider sends people back to: from the settings, never from a header of the request."""
    return f"{settings.url}/log-in/open-id/back"


# --- There ---


def leave_for(settings: Settings, query: Values, cookies: Mapping[str, str]) -> Mapping[str, object]:
    """Return the address of the provider's page, and the cookie to know the person by when they come back."""
    open_id = settings.open_id
    if open_id is None:
        return {}
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    try:
        client = _client(settings, open_id)
        url, _ = client.create_authorization_url(
            provider_of(open_id.issuer).says("authorization_endpoint"), state=state, nonce=nonce,
            code_verifier=verifier,
        )
        client.close()
    except (httpx2.HTTPError, ValueError, Refusal) as error:
        log.warning("the OpenID provider did not answer: %s", error)
        return {"open_id_problem": "no answer"}
    kept = {"state": state, "nonce": nonce, "verifier": verifier, "next": query.text("next")[:500]}
    return {
        "open_id_url": url, "open_id_cookie": base64.urlsafe_b64encode(json.dumps(kept).encode()).decode().rstrip("=")}


def _client(settings: Settings, open_id: OpenId) -> OAuth2Client:
    return OAuth2Client(
        open_id.client_id, open_id.client_secret or None, scope="openid email profile",
        redirect_uri=redirect_uri(settings), timeout=_PATIENCE_SECONDS,
        token_endpoint_auth_method="client_secret_basic" if open_id.client_secret else "none",
        code_challenge_method="S256",
    )


# --- And back ---


def come_back(settings: Settings, query: Values, cookies: Mapping[str, str]) -> Mapping[str, object]:
    """Return who came back from the provider, or why nobody did."""
    open_id = settings.open_id
    if open_id is None:
        return {}
    try:
        kept = _kept(cookies.get(settings.cookie(COOKIE), ""))
        return {"open_id_known": _known(settings, open_id, query, kept), "open_id_next": kept["next"]}
    except (Refusal, JoseError) as error:
        return {"open_id_problem": str(error)[:200]}
    except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
        log.warning("the OpenID provider's answer could not be used: %s", error)
        return {"open_id_problem": "its answer could not be used"}
    except Exception as error:  # authlib's own errors have no common root
        log.warning("the OpenID provider refused: %s", error)
        return {"open_id_problem": "it refused the code"}


def _kept(cookie: str) -> dict[str, str]:
    try:
        kept = json.loads(base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4)))
    except (ValueError, binascii.Error):
        kept = None
    if not isinstance(kept, dict) or not {"state", "nonce", "verifier", "next"} <= set(kept):
        raise Refusal("this browser did not set out to it")
    return {name: str(value) for name, value in kept.items()}


def _known(settings: Settings, open_id: OpenId, query: Values, kept: Mapping[str, str]) -> Known:
    if not same(query.text("state"), kept["state"]):
        raise Refusal("the state is another one")
    if "iss" in query and query.text("iss").rstrip("/") != open_id.issuer:  # RFC 9207
        raise Refusal("the answer is another provider's")
    if query.text("error") or not query.text("code"):
        raise Refusal(f"it said {query.text('error')[:60] or 'nothing'}")
    provider = provider_of(open_id.issuer)
    with _client(settings, open_id) as client:
        token = client.fetch_token(
            provider.says("token_endpoint"), code=query.text("code")[:2000], code_verifier=kept["verifier"])
    text = str(token.get("id_token") or "")
    return _believed(open_id, claims_of(provider, text, open_id.client_id, kept["nonce"]), text)


def claims_of(provider: Provider, text: str, client_id: str, nonce: str) -> Mapping[str, Any]:
    """Return what an id token says, when everything about it is right."""
    try:
        token = jwt.decode(text, provider.keys(), algorithms=_ALGORITHMS)
    except (JoseError, ValueError):  # perhaps it has new keys
        token = jwt.decode(text, provider.keys(again=True), algorithms=_ALGORITHMS)
    jwt.JWTClaimsRegistry(
        leeway=60, iss={"essential": True}, sub={"essential": True}, aud={"essential": True, "value": client_id},
        exp={"essential": True}, iat={"essential": True}, nonce={"essential": True, "value": nonce},
    ).validate(token.claims)
    claims: Mapping[str, Any] = token.claims
    if str(claims["iss"]).rstrip("/") != provider.issuer:
        raise Refusal("the token is another provider's")
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if len(audience) > 1 and claims.get("azp") != client_id:
        raise Refusal("the token was made for somebody else")
    return claims


def _believed(open_id: OpenId, claims: Mapping[str, Any], text: str) -> Known:
    verified = claims.get("email_verified") in (True, "true")
    return Known(
        subject=f"{open_id.issuer}#{claims['sub']}",
        email=str(claims.get("email") or "").lower() if verified else "",
        login=str(claims.get("preferred_username") or "").lower(),
        name=str(claims.get("name") or "")[:200],
        id_token=text if len(text) <= 3000 else "",
    )


def end_session_url(settings: Settings, id_token: str, back: str) -> str:
    """Return the provider's address for logging out there, too; nothing when it has none."""
    if settings.open_id is None:
        return ""
    kept = provider_of(settings.open_id.issuer)
    try:
        url = kept.says("end_session_endpoint")
    except (httpx2.HTTPError, ValueError, Refusal):
        return ""
    origin = settings.url.removesuffix(settings.prefix) if settings.prefix else settings.url
    asked = {"client_id": settings.open_id.client_id, "post_logout_redirect_uri": f"{origin}{back}"}
    if id_token:
        asked["id_token_hint"] = id_token
    return f"{url}{'&' if '?' in url else '?'}{urlencode(asked)}" if url else ""
