"""The hosts from which the platforms serve image files, all below `/cdn`."""

from __future__ import annotations

from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from include.sandbox.desk import Desk
from include.sandbox.pictures import signature
from include.sandbox.plan import Picture


def _not_found() -> Response:
    return PlainTextResponse("Not Found", 404)


def routes(desk: Desk) -> list[BaseRoute]:
    """Image files by each platform's own kind of link; drawn in a thread, not in the loop."""

    def reply(picture: Picture | None, size: str = "orig") -> Response:
        if picture is None:
            return _not_found()
        return Response(desk.pictures.smaller(picture, size), media_type=picture.mime)

    def meta(request: Request) -> Response:
        file = PurePosixPath(request.path_params["file"])
        query = request.query_params
        try:
            dies = int(query.get("oe", ""), 16)
        except ValueError:
            return PlainTextResponse("Bad URL timestamp", 403)
        if query.get("oh") != signature(file.stem, dies):
            return PlainTextResponse("Bad URL hash", 403)
        if desk.now().timestamp() >= dies:
            return PlainTextResponse("URL signature expired", 403)
        name, _, small = file.stem.partition("_")
        return reply(desk.pictures.named("meta", name, desk.now()), "thumb" if small else "orig")

    def google(request: Request) -> Response:
        return reply(desk.pictures.named("google_ads", request.path_params["name"], desk.now()))

    def x(request: Request) -> Response:
        name = PurePosixPath(request.path_params["file"]).stem
        size = request.query_params.get("name", "medium")
        return reply(desk.pictures.named("x_ads", name, desk.now()), size)

    def linkedin(request: Request) -> Response:
        name, query = request.path_params["name"], request.query_params
        expires = query.get("e", "")
        if not expires.isdecimal() or query.get("t") != signature(name, int(expires)):
            return PlainTextResponse("Forbidden", 403)
        if desk.now().timestamp() >= int(expires):
            return PlainTextResponse("Forbidden", 403)
        return reply(desk.pictures.named("linkedin_ads", name, desk.now()))

    return [
        Route("/fb/{file}", meta),
        Route("/simgad/{name}", google),
        Route("/media/{file}", x),
        Route("/dms/image/{name}", linkedin),
    ]
