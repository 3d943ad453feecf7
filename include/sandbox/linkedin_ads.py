"""LinkedIn's Marketing API over the synthetic world: versions, headers, tokens, tunnelling.

What the resources answer is in `linkedin_answers`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from include.sandbox.credentials import (
    LINKEDIN_CLIENT_ID,
    LINKEDIN_CLIENT_SECRET,
    LINKEDIN_REFRESH_TOKEN,
    LINKEDIN_TOKEN,
)
from include.sandbox.desk import Desk, base_url
from include.sandbox.linkedin_answers import ANSWERS, Body, Call, Shop
from include.sandbox.linkedin_limits import Limits, LinkedInError, Quotas, illegal
from include.sandbox.restli import RestliError, parse_query

# Alive in November 2026: each version lives for about a year; 202512 was never issued, and
# whether 202610 is there is unsure.
VERSIONS = tuple(f"2026{month:02d}" for month in range(1, 11))

ADS_ONLY_TOKEN = "AQVsandboxLinkedInAdsOnly"  # noqa: S105 - opens nothing but the synthetic world
_SCOPES = {
    LINKEDIN_TOKEN: frozenset({"r_ads", "r_ads_reporting", "r_organization_social"}),
    ADS_ONLY_TOKEN: frozenset({"r_ads"}),
}
_ACCESS_S, _REFRESH_S = 5_184_000, 31_536_000


def routes(desk: Desk, *, limits: Limits | None = None) -> list[BaseRoute]:
    """Everything below `/linkedin_ads`."""
    shop = Shop(desk, Quotas(Limits() if limits is None else limits))

    def endpoint(
        path: str, answer: Callable[[Call], Body]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def reply(request: Request) -> Response:
            try:
                scopes = _check(request)
                shop.quotas.call(path, desk.now().date())
                query = await _raw_query(request, shop.quotas.limits)
                call = Call(
                    shop,
                    _parsed(query),
                    path=request.path_params,
                    base=base_url(request),
                    scopes=scopes,
                )
                content = orjson.dumps(answer(call))
            except LinkedInError as error:
                return JSONResponse(error.body(), error.http)
            headers = {"x-restli-protocol-version": "2.0.0", "x-li-uuid": "sandbox"}
            return Response(content, media_type="application/json", headers=headers)

        return reply

    async def token(request: Request) -> Response:
        """A new access token for the refresh token."""
        form = await request.form()
        if not _is_client(dict(form)):
            return _refused("invalid_client", "Client authentication failed", 401)
        asked = form.get("grant_type"), form.get("refresh_token")
        if asked != ("refresh_token", LINKEDIN_REFRESH_TOKEN):
            said = "The provided authorization grant or refresh token is invalid, expired or"
            return _refused("invalid_request", f"{said} revoked.", 400)
        return JSONResponse(
            {
                "access_token": LINKEDIN_TOKEN,
                "expires_in": _ACCESS_S,
                "refresh_token": LINKEDIN_REFRESH_TOKEN,
                "refresh_token_expires_in": _REFRESH_S,
                "scope": ",".join(sorted(_SCOPES[LINKEDIN_TOKEN])),
            }
        )

    async def introspect(request: Request) -> Response:
        """Whether a token lives, and until when."""
        form = await request.form()
        if not _is_client(dict(form)):
            return _refused("invalid_client", "Client authentication failed", 401)
        scopes = _SCOPES.get(str(form.get("token")))
        if scopes is None:
            return JSONResponse({"active": False, "status": "revoked"})
        ends = desk.now() + timedelta(days=30)
        return JSONResponse(
            {
                "active": True,
                "status": "active",
                "client_id": LINKEDIN_CLIENT_ID,
                "scope": ",".join(sorted(scopes)),
                "auth_type": "3L",
                "expires_at": int(ends.timestamp()),
            }
        )

    return [
        Route("/oauth/v2/accessToken", token, methods=["POST"]),
        Route("/oauth/v2/introspectToken", introspect, methods=["POST"]),
        *(
            Route(f"/rest/{path}", endpoint(path, answer), methods=["GET", "POST"])
            for path, answer in ANSWERS.items()
        ),
    ]


def _is_client(form: dict[str, object]) -> bool:
    given = form.get("client_id"), form.get("client_secret")
    return given == (LINKEDIN_CLIENT_ID, LINKEDIN_CLIENT_SECRET)


def _refused(error: str, description: str, status: int) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)


def _check(request: Request) -> frozenset[str]:
    """What the token may read.

    Raises:
        LinkedInError: the token or one of the two headers is not right.
    """
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind != "Bearer" or token not in _SCOPES:
        raise LinkedInError(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)
    version = request.headers.get("linkedin-version")
    if version is None:
        raise LinkedInError(
            400,
            "VERSION_MISSING",
            "A version must be present. Please specify a version by "
            "adding the LinkedIn-Version header.",
        )
    if version not in VERSIONS:
        raise LinkedInError(
            426, "NONEXISTENT_VERSION", f"Requested version {version} is not active"
        )
    if request.headers.get("x-restli-protocol-version") != "2.0.0":
        raise illegal("X-Restli-Protocol-Version must be 2.0.0")
    return _SCOPES[token]


async def _raw_query(request: Request, limits: Limits) -> str:
    """The query as it was sent; a long one must come as the body of a tunnelled POST."""
    query: bytes = request.scope["query_string"]
    if len(query) > limits.longest_query:
        raise LinkedInError(414, "URI_TOO_LONG", "Request URI Too Long")
    if request.method == "GET":
        return _ascii(query)
    if request.headers.get("x-http-method-override") != "GET":
        raise LinkedInError(405, "METHOD_NOT_ALLOWED", "POST is not allowed here")
    if request.headers.get("content-type") != "application/x-www-form-urlencoded":
        raise LinkedInError(415, "UNSUPPORTED_MEDIA_TYPE", "a tunnelled query is a form")
    if query:
        raise illegal("a tunnelled query stands in the body only")
    return _ascii(await request.body())


def _ascii(query: bytes) -> str:
    try:
        return query.decode("ascii")
    except UnicodeDecodeError as error:
        raise illegal("a character that is not encoded") from error


def _parsed(query: str) -> Body:
    try:
        return parse_query(query)
    except RestliError as error:
        raise illegal(str(error)) from error
