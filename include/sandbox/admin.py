"""The sandbox's own address, `/admin`: sets faults and tells what was asked."""

from __future__ import annotations

import dataclasses
import hmac

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from include.sandbox.faults import Faults, fault_of


def routes(faults: Faults, token: str | None) -> list[BaseRoute]:
    """Nothing at all without a token."""
    if token is None:
        return []
    expected = f"Bearer {token}"

    def refused(request: Request) -> Response | None:
        given = request.headers.get("authorization", "")
        if hmac.compare_digest(given.encode(), expected.encode()):
            return None
        return JSONResponse({"error": "expected Authorization: Bearer <admin token>"}, 401)

    async def change(request: Request) -> Response:
        denied = refused(request)
        if denied is not None:
            return denied
        if request.method == "DELETE":
            faults.clear()
            return Response(status_code=204)
        try:
            fields = await request.json()
            faults.add(fault_of(fields if isinstance(fields, dict) else {}))
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        return Response(status_code=201)

    async def asked(request: Request) -> Response:
        denied = refused(request)
        if denied is not None:
            return denied
        return JSONResponse(
            {
                "requests": [dataclasses.asdict(each) for each in faults.requests],
                "mistakes": faults.mistakes,
            }
        )

    return [
        Route("/faults", change, methods=["POST", "DELETE"]),
        Route("/requests", asked, methods=["GET"]),
    ]
