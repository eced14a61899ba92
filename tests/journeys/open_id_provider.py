"""A small OpenID provider in a process of its own: discovery, PKCE, one-time codes, RS256. Run with a port."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
import time
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "crm", "s3cret of the provider's client"
PEOPLE = {
    "good": {"sub": "1", "email_verified": True}, "unverified": {"sub": "2", "email_verified": False},
    "stranger": {"sub": "3", "email_verified": True}, "thief": {"sub": "4", "email_verified": True},
}


def application(port: int) -> Starlette:
    """Make the provider. What a test wants of it is said in the query of /authorize: `as`, `email`, and a `fault`."""
    issuer = f"http://127.0.0.1:{port}"
    key, other = (RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"}) for name in ("one", "one"))
    codes: dict[str, dict[str, str]] = {}
    wanted: dict[str, str] = {"as": "good", "email": "", "fault": ""}

    def discovery(request: Request) -> Response:
        return JSONResponse({
            "issuer": issuer, "authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys", "end_session_endpoint": f"{issuer}/end"})

    async def behave(request: Request) -> Response:
        wanted.update(json.loads(await request.body()))
        return Response(status_code=204)

    def authorize(request: Request) -> Response:
        query = dict(request.query_params)
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        codes[code] = {**query, **wanted}
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}", 303)

    async def token(request: Request) -> Response:
        form = await request.form()
        asked = codes.pop(str(form["code"]), None)
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "+").encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        known = request.headers.get("authorization", "") in (f"Basic {basic}", f"Basic {plain}")
        if not known or not asked or base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": id_token(asked)})

    def id_token(asked: dict[str, str]) -> str:
        now, fault = int(time.time()), asked["fault"]
        claims = {
            "iss": "http://evil.example" if fault == "issuer" else issuer,
            "aud": "else" if fault == "audience" else CLIENT,
            "iat": now, "exp": now - 3600 if fault == "expired" else now + 60,
            "nonce": "other" if fault == "nonce" else asked["nonce"], "email": asked["email"],
            "name": "From the provider", **PEOPLE[asked["as"]]}
        if fault == "unsigned":
            parts = ({"alg": "none"}, claims)
            return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."
        return str(jwt.encode({"alg": "RS256", "kid": "one"}, claims, other if fault == "signature" else key))

    def keys(request: Request) -> Response:
        return JSONResponse({"keys": [key.as_dict(private=False)]})

    def end(request: Request) -> Response:
        return HTMLResponse("<title>Logged out at the provider</title>")

    return Starlette(routes=[
        Route("/.well-known/openid-configuration", discovery), Route("/authorize", authorize), Route("/keys", keys),
        Route("/token", token, methods=["POST"]), Route("/end", end), Route("/behave", behave, methods=["POST"])])


if __name__ == "__main__":
    uvicorn.run(application(int(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
