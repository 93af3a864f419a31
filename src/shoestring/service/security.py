"""Who may call, from where, and what a browser may do with the answer."""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shoestring.service.declared import Declared
from shoestring.service.errors import ApiError
from shoestring.service.settings import Settings, is_loopback

Role = Literal["write", "read", "none"]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class SecureHeaders:
    """Puts the security headers on every answer, refusals and failures included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                caching = "no-store" if scope["path"].startswith("/v1/") else "no-cache"
                headers.setdefault("Cache-Control", caching)
            await send(message)

        await self.app(scope, receive, sealed if scope["type"] == "http" else send)


class Guard:
    """Checks Host, Origin and token before a request reaches a route."""

    def __init__(self, app: ASGIApp, settings: Settings, declared: Declared) -> None:
        self.app, self.settings, self.declared = app, settings, declared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            self._check_host(headers.get("host", ""))
            self._check_origin(scope["method"], headers)
            role = role_of(self.settings, headers)
            scope.setdefault("state", {})["role"] = role
            if role == "none" and scope["method"] == "GET" and (exchange := self._exchange(scope)):
                await exchange(scope, receive, send)
                return
            self._check_role(role, scope)
        except ApiError as refusal:
            await refusal.response()(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _check_host(self, host: str) -> None:
        """Refuse names that are not ours, or a page of another site could reach this server by renaming itself."""
        name = host_name(host)
        known = {self.settings.host.strip("[]").lower(), *(own.lower() for own in self.settings.hosts)}
        # An attacker can rename a site, and cannot make a browser put an address there that is not the server's.
        if is_loopback(name) or name in known or (not self.settings.loopback and _is_address(name)):
            return
        raise ApiError(403, f"host {name[:80]!r} is not served here; add it with --allow-host", "wrong_host")

    def _check_origin(self, method: str, headers: Headers) -> None:
        """Refuse writes that a page of another site makes a browser send."""
        if method in READING:
            return
        origin = headers.get("origin")
        host = headers.get("host", "").lower()
        if origin is not None and origin.lower() not in {f"http://{host}", f"https://{host}", *self.settings.origins}:
            raise ApiError(
                403, f"origin {origin[:80]!r} may not write here; add it with --allow-origin", "wrong_origin"
            )
        if origin is None and headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            raise ApiError(403, "pages of other sites may not write here", "wrong_origin")

    def _check_role(self, role: Role, scope: Scope) -> None:
        if not scope["path"].startswith("/v1/") and scope["path"] != "/metrics":
            return
        if role == "none":
            refusal = ApiError(401, "a token is needed: Authorization: Bearer TOKEN", "no_token")
            refusal.headers["WWW-Authenticate"] = "Bearer"
            raise refusal
        if role == "read" and scope["method"] not in READING and "reads" not in self.declared.of(scope):
            raise ApiError(403, "the read token allows reading, verifying and searching only", "read_only_token")

    def _exchange(self, scope: Scope) -> RedirectResponse | None:
        """Turn ``?token=`` of the printed address into a cookie, so that the token leaves the address bar."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(query).get("token", "")
        for token in (self.settings.token, self.settings.read_token):
            if given and token and hmac.compare_digest(given.encode(), token.encode()):
                rest = urlencode([(name, value) for name, value in query if name != "token"])
                # The path comes from the client: without its leading slashes it could name another site.
                path = "/" + scope["path"].lstrip("/\\")
                response = RedirectResponse(f"{path}?{rest}" if rest else path, 303)
                secure = scope["scheme"] == "https"
                response.set_cookie(
                    cookie_name(token), cookie_value(token), httponly=True, samesite="strict", secure=secure
                )
                return response
        return None


def role_of(settings: Settings, headers: Headers) -> Role:
    """What the bearer of these headers may do."""
    if not settings.token:
        return "write"
    given = list(_tokens(headers))
    cookies = _cookies(headers)
    pairs: tuple[tuple[Role, str], ...] = (("write", settings.token), ("read", settings.read_token))
    for role, token in pairs:
        if not token:
            continue
        if any(hmac.compare_digest(one.encode(), token.encode()) for one in given):
            return role
        cookie = cookies.get(cookie_name(token), "")
        if hmac.compare_digest(cookie.encode(), cookie_value(token).encode()):
            return role
    return "none"


def cookie_name(token: str) -> str:
    """A name of its own for each token: cookies are shared by all ports of a host."""
    return "shoestring_" + hashlib.sha256(token.encode()).hexdigest()[:8]


def cookie_value(token: str) -> str:
    """Proves that its bearer once had the token, and does not reveal it."""
    return hmac.new(token.encode(), b"shoestring studio cookie", hashlib.sha256).hexdigest()


def host_name(host: str) -> str:
    """The name in a Host header: lower case, without port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()


def _tokens(headers: Headers) -> Iterable[str]:
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield credentials.strip()
    for name in ("api-key", "x-api-key"):
        if name in headers:
            yield headers[name]


def _cookies(headers: Headers) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
