"""Writes pages: the reader's language, links by route name, and cache headers."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from include.catalogue.delivery import Assets, cached
from include.catalogue.guard import User
from include.catalogue.language import DEFAULT, LANGUAGES, Code, Language, load_language
from include.catalogue.places import Places

COOKIE = "pauta_language"
YEAR = 365 * 24 * 3600
RULE = "private, no-cache"
HEALTH_PAGES = {"health.html", "quarantine.html"}
VARY = "Accept, Cookie, Sec-Fetch-Dest"


class Pages:
    """The templates, in both languages."""

    def __init__(self, assets: Assets, places: Places) -> None:
        self.assets = assets
        self.places = places
        self.languages = {code: load_language(code) for code in LANGUAGES}

    def answer(self, request: Request, template: str, **context: Any) -> Response:
        """A page, or 304 where nothing in it has changed."""
        language, chosen = self._language(request)
        html = self._render(request, language, template, context)
        answer = cached(
            request, html.encode(), "text/html; charset=utf-8", RULE, headers={"Vary": VARY}
        )
        if chosen:
            answer.set_cookie(
                COOKIE,
                language.code,
                max_age=YEAR,
                path=request.scope.get("root_path") or "/",
                httponly=True,
                samesite="lax",
            )
        return answer

    def text(self, request: Request, template: str, **context: Any) -> str:
        """A text file in the reader's language."""
        return self._render(request, self._language(request)[0], template, context)

    def message(self, request: Request, status: int) -> Response:
        """A page that says what went wrong, or the same as JSON."""
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse({"detail": str(status)}, status_code=status)
        language, _ = self._language(request)
        html = self._render(request, language, "message.html", {"status": status})
        return Response(html, status, media_type="text/html; charset=utf-8")

    def no_login(self, request: Request) -> Response:
        """What a browser gets that is refused where nobody can log in; it links to nothing."""
        language, _ = self._language(request)
        server = request.scope.get("server") or ("127.0.0.1", None)
        html = self._render(request, language, "no_login.html", {"port": server[1]})
        return Response(html, 401, media_type="text/html; charset=utf-8")

    def _language(self, request: Request) -> tuple[Language, bool]:
        """The reader's choice, now or earlier, else Spanish; and whether it was made just now."""
        asked = request.query_params.get("lang")
        kept = request.cookies.get(COOKIE)
        for code in LANGUAGES:
            if asked == code:
                return self.languages[code], True
        for code in LANGUAGES:
            if kept == code:
                return self.languages[code], False
        return self.languages[DEFAULT], False

    def _render(
        self, request: Request, language: Language, template: str, context: dict[str, Any]
    ) -> str:
        def url(name: str, /, query: dict[str, str] | None = None, **parts: object) -> str:
            safe = {key: quote(str(part), safe="~:@") for key, part in parts.items()}
            path = request.scope.get("root_path", "") + request.app.url_path_for(name, **safe)
            return f"{path}?{urlencode(query)}" if query else path

        def static(name: str) -> str:
            return url("static", {"v": self.assets[name].version}, name=name)

        def in_language(code: Code) -> str:
            query = {**request.query_params, "lang": code}
            return f"{request.url.path}?{urlencode(query)}"

        user: User | None = getattr(request.state, "reader", None)
        return language.environment.get_template(template).render(
            url=url,
            static=static,
            in_language=in_language,
            user=user,
            here="health" if template in HEALTH_PAGES else "sets",
            places=self.places,
            # Airflow shows the catalogue in a frame and has a name and a menu of its own.
            framed=request.headers.get("sec-fetch-dest") == "iframe",
            **context,
        )
