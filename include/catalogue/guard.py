"""Who is there: asked before anything else, for every address of the catalogue.

The guard wraps the whole application, so pages, images, style sheets and addresses that
do not exist all answer an unknown caller alike.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# No inline style or script, nothing from elsewhere, framed by our own Airflow only. Ad names
# are other people's text and the catalogue shares its origin with the Airflow API.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "img-src 'self'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
        "base-uri 'none'",
        "object-src 'none'",
    )
)
# For pages that a library has drawn (Data Docs): their own styles, and nothing that runs.
DOCUMENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "base-uri 'none'",
        "sandbox allow-same-origin",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


@dataclass(frozen=True)
class User:
    """Who is reading."""

    id: str
    name: str


CurrentUser = Callable[[Request], Awaitable[User | None]]
LoginUrl = Callable[[str], str]  # the path to come back to, in; the login page, out
NoLogin = Callable[[Request], Response]  # the page for a browser where there is no login


class Guard:
    """Lets known users through and adds the security headers to every answer."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        current_user: CurrentUser,
        login_url: LoginUrl | None,
        no_login: NoLogin,
    ) -> None:
        self.app = app
        self.current_user = current_user
        self.login_url = login_url
        self.no_login = no_login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no web sockets here
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_document = headers.get("Content-Security-Policy") == DOCUMENT_POLICY
                headers.update(SECURITY_HEADERS)
                if is_document:
                    headers["Content-Security-Policy"] = DOCUMENT_POLICY
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        request = Request(scope, receive)
        user = await self.current_user(request)
        if user is None:
            await self._refusal(request)(scope, receive, send_guarded)
            return
        # Not `user`: there Airflow keeps its own, and asks for it when a run is started.
        request.state.reader = user
        await self.app(scope, receive, send_guarded)

    def _refusal(self, request: Request) -> Response:
        reads = request.method in {"GET", "HEAD"}
        if reads and "text/html" in request.headers.get("accept", ""):
            if self.login_url is None:
                return self.no_login(request)
            path = request.url.path
            back = f"{path}?{request.url.query}" if request.url.query else path
            return RedirectResponse(self.login_url(back), status_code=303)
        return JSONResponse({"detail": "Not authenticated"}, status_code=401)


async def loopback_user(request: Request) -> User | None:
    """For development: whoever sits at this machine; nobody else, and nothing behind a proxy."""
    if any(name in request.headers for name in _FORWARDED):
        return None
    if not (_is_loopback(_client(request)) and _is_loopback(request.url.hostname)):
        return None
    return User(id="dev", name="Dev")


def _client(connection: HTTPConnection) -> str | None:
    return connection.client.host if connection.client else None


def _is_loopback(host: str | None) -> bool:
    # The name is checked as well as the address: a page from elsewhere can point its own
    # name at 127.0.0.1 and would then read the catalogue through the reader's browser.
    if host == "localhost":
        return True
    try:
        return host is not None and ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
