"""Who may ask the server: a browser on this machine that was given the token, and no other page."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = "x-castlist-token"  # noqa: S105 - its name, not the token

_READS = ("GET", "HEAD")
_ALWAYS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' data:; media-src 'self'; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Guard:
    """Refuses what does not come from the page that the user opened.

    The name in the Host header keeps pages out that point their own name at this machine (DNS
    rebinding); the cookie keeps other users of the machine out; token and origin keep other pages
    in the same browser from changing anything.

    Args:
        app: what answers the rest.
        token: the secret of this session.
        port: of the server.
    """

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app, self._token = app, token
        self._hosts: Collection[str] = (f"127.0.0.1:{port}", f"localhost:{port}")
        self._cookie = f"castlist_review_{port}"  # browsers do not tell ports apart

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = self._refusal(scope)
        if answer is not None:
            await answer(scope, receive, _with_headers(send))
        else:
            await self._app(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        """Return what to answer instead, None where the request may pass."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host not in self._hosts:
            return _refused("expected the address that castlist review printed")
        if scope["method"] in _READS and (given := self._given(scope)):
            if not self._is_token(given):
                return _refused("expected the token that castlist review printed")
            return self._welcome(scope)
        if not self._is_token(cookie_parser(headers.get("cookie", "")).get(self._cookie, "")):
            return _refused("open the address that castlist review printed, with its token")
        if scope["method"] in _READS:
            return None
        if headers.get("origin") != f"http://{host}":
            return _refused("expected a request of castlist's own page")
        if not self._is_token(headers.get(TOKEN_HEADER, "")):
            return _refused("expected a request with the token of castlist's own page")
        return None

    def _given(self, scope: Scope) -> str:
        query: bytes = scope["query_string"]
        return parse_qs(query.decode("latin-1")).get("token", [""])[0]

    def _welcome(self, scope: Scope) -> Response:
        """Keep the token in a cookie, and take it out of the address."""
        answer = RedirectResponse(f"{scope['path'] if scope['path'][:2] != '//' else '/'}", 303)
        answer.set_cookie(self._cookie, self._token, httponly=True, samesite="strict", path="/")
        return answer

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())


def _refused(why: str) -> Response:
    return PlainTextResponse(f"castlist review: {why}\n", 403)


def _with_headers(send: Send) -> Send:
    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [
                *message["headers"],
                *((k.encode(), v.encode()) for k, v in _ALWAYS.items() if k.encode() not in there),
            ]
        await send(message)

    return add
