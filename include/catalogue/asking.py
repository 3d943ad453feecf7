"""An analyst asks for a set: the form of a cell, and the page of what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from generation.deny import check_text
from generation.lint import Finding, lint
from generation.vocabulary import CATEGORIES, SETTINGS
from include.catalogue import asked, queries
from include.catalogue.database import AskedSet
from include.catalogue.forms import from_own_page, read_form
from include.catalogue.guard import User
from include.catalogue.site import Site
from include.config.brief import Brief, brief_of
from include.errors import ConfigurationError

DAG_ID = "fulfil_request"
CHOICES = {
    "setting": SETTINGS,
    "people": CATEGORIES["people"],
    "light": CATEGORIES["light"],
    "props": CATEGORIES["prop"],
}
STATUS = {"brief": 422, "lint": 422, "limit": 429, "forbidden": 403, "nowhere": 503}
_ONE = ("audience", "tone", "style", "setting", "people", "light", "prompt")
_NUMBERS = ("n", "seed")
COUNTS = (1, 2, 4, 8)


def add_requests(app: FastAPI, site: Site) -> None:
    """The routes; without Airflow beside it, nobody can ask for anything."""

    def form(request: Request, cell: tuple[str, str], **more: Any) -> Response:
        context = {"given": {}, "problem": None, "findings": (), **more}
        answer = site.pages.answer(
            request,
            "ask.html",
            node=cell[0],
            objective=cell[1],
            choices=CHOICES,
            counts=COUNTS,
            most=asked.MOST_AN_HOUR,
            brand=site.places.brand,
            **context,
        )
        if context["problem"] is not None:
            answer.status_code = STATUS[context["problem"]]
        return answer

    def cell_of(node: str, objective: str) -> tuple[str, str]:
        """The cell, if sets can be asked for it."""
        known = node in site.places.brand.nodes and objective in site.places.objective_ids
        if site.fulfil is None or not known:
            raise HTTPException(404)
        return node, objective

    @app.get("/ask/{node}/{objective}", name="ask")
    def ask(request: Request, node: str, objective: str) -> Response:
        return form(request, cell_of(node, objective))

    @app.post("/ask/{node}/{objective}", name="ask_now")
    async def ask_now(request: Request, node: str, objective: str) -> Response:
        cell = cell_of(node, objective)
        fulfil = site.fulfil
        if fulfil is None or not from_own_page(request):
            raise HTTPException(403)
        user: User = request.state.reader
        try:
            given = await read_form(request)
        except ValueError as error:
            raise HTTPException(422) from error
        try:
            brief = await run_in_threadpool(checked_brief, site, cell, given)
        except (ConfigurationError, ValueError) as error:
            return form(request, cell, given=given, problem="brief", detail=str(error))
        found = lint(str(brief.get("prompt", "")))
        if found and "anyway" not in given:
            return form(request, cell, given=given, problem="lint", findings=_told(found))
        lately = await run_in_threadpool(asked.asked_lately, site.engine, user.id, site.now())
        if lately >= asked.MOST_AN_HOUR:
            return form(request, cell, given=given, problem="limit")
        request_id = uuid.uuid4().hex
        conf = {"request_id": request_id, "brief": brief}
        try:
            run_id = await fulfil(request, conf)
        except PermissionError:
            return form(request, cell, given=given, problem="forbidden")
        except LookupError:
            return form(request, cell, given=given, problem="nowhere")
        row = AskedSet(
            request_id=request_id,
            node=node,
            objective=objective,
            brief=brief,
            user_id=user.id,
            asked_by=user.name,
            asked_at=site.now(),
            run_id=run_id,
        )
        await run_in_threadpool(asked.keep, site.engine, row)
        path = request.app.url_path_for("request", request_id=request_id)
        return RedirectResponse(request.scope.get("root_path", "") + path, status_code=303)

    @app.get("/requests/{request_id}", name="request")
    def request_page(request: Request, request_id: str) -> Response:
        found = asked.find(site.engine, site.store, request_id)
        if found is None:
            raise HTTPException(404)
        shown = found.set_id is not None and queries.set_exists(site.engine, found.set_id)
        run_url = site.run_url(DAG_ID, found.run_id) if site.run_url else None
        return site.pages.answer(
            request, "request.html", asked=found, shown=shown, run_url=run_url, choices=CHOICES
        )


def checked_brief(
    site: Site, cell: tuple[str, str], given: Mapping[str, list[str]]
) -> dict[str, Any]:
    """The brief that a form asks for; what was left open is not in it.

    Raises:
        ConfigurationError: a field cannot be used.
        ValueError: its own prompt says something that the brand manual forbids.
    """
    content: dict[str, Any] = {"node": cell[0], "objective": cell[1]}
    content |= {name: given[name][0] for name in _ONE if given.get(name)}
    content |= {name: given[name][0] for name in _NUMBERS if given.get(name)}
    if given.get("props"):
        content["props"] = given["props"]
    where = "brief"
    brief = brief_of(content, where=where)
    brand = site.places.brand
    brand.guide(*cell, tone=brief.tone, style=brief.style)
    if brief.prompt is not None:
        check_text(brief.prompt, brand.deny(cell[0]), where=where)
    kept = brief.model_dump(mode="json")
    usual = {name: field.default for name, field in Brief.model_fields.items()}
    return {name: value for name, value in kept.items() if value not in (usual[name], [])}


def _told(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    return [
        {"kind": f.kind, "found": f.found, "advice": {"es": f.advice.es, "en": f.advice.en}}
        for f in findings
    ]
