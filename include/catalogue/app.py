"""The catalogue: sets by node and objective, why each looks as it does, and the rows beneath.

One application, mounted at `/catalogue` by Airflow's api-server or run alone. Every
address asks who is there (see `guard`); every link is made from a route's name.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware import Middleware

from generation.family import family_of
from generation.manifest import canonical
from include.catalogue import costs, data_docs, health, queries, rows
from include.catalogue.asking import add_requests
from include.catalogue.database import connect
from include.catalogue.delivery import Assets, cached, set_archive
from include.catalogue.descriptions import descriptions, twins
from include.catalogue.family import Tree
from include.catalogue.growth import curves
from include.catalogue.guard import (
    DOCUMENT_POLICY,
    SECURITY_HEADERS,
    CurrentUser,
    Guard,
    LoginUrl,
)
from include.catalogue.judged import gate_of
from include.catalogue.leaderboards import newest_leaderboard
from include.catalogue.pages import Pages
from include.catalogue.places import Places
from include.catalogue.promised import newest_promises
from include.catalogue.site import Fulfil, RunUrl, Site
from include.catalogue.thumbnails import thumbnail_key
from include.store import Store

log = logging.getLogger(__name__)

LEADERS_SHOWN = 20
IMMUTABLE = "private, max-age=31536000, immutable"
REVALIDATE = "private, no-cache"


def utc_now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def create_app(
    *,
    store: Store,
    database_url: str,
    current_user: CurrentUser,
    login_url: LoginUrl | None,
    now: Callable[[], datetime] = utc_now,
    run_url: RunUrl | None = None,
    fulfil: Fulfil | None = None,
) -> FastAPI:
    """The catalogue as an application that can be mounted or served alone.

    Args:
        store: where sets, thumbnails and leaderboards lie.
        database_url: the application database that `include.publish.publish` fills.
        current_user: who sends a request; None is answered with the login or 401.
        login_url: the login page's address for the path to come back to; None where there is
            no login: a browser then gets a 401 page that says what to do.
        now: the clock; ages of sets are counted in Bogota's days.
        run_url: address of a run by DAG and run id; None where no Airflow stands beside.
        fulfil: starts the run that makes a set; None: nobody can ask for one.
    """
    assets = Assets.load()
    places = Places()
    pages = Pages(assets, places)
    site = Site(
        store=store,
        engine=connect(database_url),
        assets=assets,
        places=places,
        pages=pages,
        now=now,
        run_url=run_url,
        fulfil=fulfil,
    )
    app = FastAPI(
        title="Pauta",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(
                Guard, current_user=current_user, login_url=login_url, no_login=pages.no_login
            )
        ],
    )
    _add_files(app, site)  # first: `/sets/<id>.zip` is no set's id
    _add_pages(app, site)
    add_requests(app, site)
    _add_health(app, site)
    _add_documents(app, site)
    _add_messages(app, site.pages)
    return app


def _add_pages(app: FastAPI, site: Site) -> None:
    @app.get("/", name="home")
    def home(request: Request, show: str = "all") -> Response:
        matrix = queries.home(
            site.engine, site.places.node_ids, site.places.objective_ids, today=site.today()
        )
        return site.pages.answer(request, "home.html", home=matrix, show=show)

    @app.get("/cells/{node}/{objective}", name="cell")
    def cell(
        request: Request,
        node: str,
        objective: str,
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
        pieces: str = "first",
    ) -> Response:
        view, cards = queries.cell(site.engine, node, objective, today=site.today(), page=page)
        leaderboard = newest_leaderboard(site.store)
        ranked = leaderboard.cell(node, objective) if leaderboard else []
        known = node in site.places.node_ids and objective in site.places.objective_ids
        if not (known or view.sets or ranked):
            raise HTTPException(404)
        shown = ranked if pieces == "all" else ranked[:LEADERS_SHOWN]
        return site.pages.answer(
            request,
            "cell.html",
            cell=view,
            cards=cards,
            page=page,
            pages=-(-view.sets // queries.PAGE),
            as_of=leaderboard.as_of if leaderboard else None,
            ranked=len(ranked),
            traits=leaderboard.traits(node, objective) if leaderboard else [],
            rows=shown,
            leading=rows.leading_ads(
                site.store, node, objective, [row["picture"] for row in shown]
            ),
            thumbnails=queries.thumbnails(site.engine, [row["picture"] for row in shown]),
            may_ask=site.fulfil is not None and node in site.places.brand.nodes,
        )

    @app.get("/cells/{node}/{objective}/{picture}", name="piece")
    def piece(request: Request, node: str, objective: str, picture: str) -> Response:
        ads = rows.picture_ads(site.store, node, objective, picture)
        if not ads:
            raise HTTPException(404)
        described = descriptions(site.store, [picture]).get(picture)
        same = twins(site.store, picture, described, node=node, objective=objective)
        return site.pages.answer(
            request,
            "piece.html",
            node=node,
            objective=objective,
            picture=picture,
            ads=ads,
            described=described,
            twins=same,
            thumbnails=queries.thumbnails(site.engine, [picture, *(t.picture for t in same)]),
        )

    @app.get("/sets/{set_id}", name="set")
    def set_page(request: Request, set_id: str) -> Response:
        found = queries.set_page(site.engine, set_id, today=site.today())
        if found is None:
            raise HTTPException(404)
        manifest = found.manifest
        return site.pages.answer(
            request,
            "set.html",
            page=found,
            manifest=manifest,
            gate=gate_of(manifest),
            cost=costs.cost_of(site.store, set_id),
            described=descriptions(site.store, (p.picture for p in manifest.inspirations)),
        )

    @app.get("/sets/{set_id}/family", name="family")
    def family(request: Request, set_id: str, pick: str = "") -> Response:
        found = queries.set_page(site.engine, set_id, today=site.today())
        if found is None or not found.manifest.tells_family:
            raise HTTPException(404)
        graph = family_of(_manifest(site.store, set_id))
        tree = Tree(found.manifest, graph, pick)
        return site.pages.answer(request, "family.html", page=found, tree=tree)

    @app.get("/ads/{platform}/{account_id}/{ad_id}", name="ad")
    def ad(request: Request, platform: str, account_id: str, ad_id: str) -> Response:
        found = rows.ad_page(site.store, platform, account_id, ad_id)
        if found is None:
            raise HTTPException(404)
        return site.pages.answer(
            request,
            "ad.html",
            page=found,
            platform=platform,
            account_id=account_id,
            ad_id=ad_id,
            thumbnails=queries.thumbnails(site.engine, found.pictures),
        )


def _add_health(app: FastAPI, site: Site) -> None:
    @app.get("/health", name="health")
    def health_page(request: Request) -> Response:
        found = health.health(site.store, site.places.nodes, today=site.today())
        accounts = [(a.row["platform"], a.row["account_id"]) for a in found.accounts]
        return site.pages.answer(
            request,
            "health.html",
            health=found,
            promises=newest_promises(site.store),
            curves=curves(site.store),
            documented=data_docs.with_pages(site.store, accounts),
            judged=data_docs.is_warehouse_judged(site.store),
            compared_days=health.COMPARED_DAYS,
            late_after=health.LATE_AFTER,
        )

    @app.get("/health/quarantine", name="quarantine")
    def quarantine(
        request: Request,
        platform: str = "",
        account_id: str = "",
        table: str = "",
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    ) -> Response:
        which = {"platform": platform, "account_id": account_id, "table": table}
        found, counts = health.quarantined(site.store, page=page, **which)
        groups: Counter[tuple[str, str, str]] = Counter()
        for row in counts:
            groups[row["platform"], row["account_id"], row["table_name"]] += row["rows"]
        return site.pages.answer(
            request,
            "quarantine.html",
            rows=found,
            counts=counts,
            groups=[(*group, n) for group, n in groups.items()],
            which=which,
            page=page,
            more=len(found) == health.PAGE,
            run_url=site.run_url,
        )


def _add_documents(app: FastAPI, site: Site) -> None:
    # The addresses lie as the files do, because the pages' own links are relative.
    @app.get("/health/docs/{platform}/{account_id}/index.html", name="documents")
    def documents(request: Request, platform: str, account_id: str) -> Response:
        try:
            data = data_docs.index_page(site.store, site.places.nodes, platform, account_id)
        except FileNotFoundError as error:
            raise HTTPException(404) from error
        return _document(request, data)

    @app.get("/health/docs/warehouse/{table}.html", name="warehouse_document")
    def warehouse_document(request: Request, table: str) -> Response:
        try:
            data = data_docs.warehouse_page(site.store, table)
        except FileNotFoundError as error:
            raise HTTPException(404) from error
        return _document(request, data)

    @app.get("/health/docs/{platform}/{account_id}/{day}/{table}.html", name="document")
    def document(
        request: Request, platform: str, account_id: str, day: str, table: str
    ) -> Response:
        try:
            data = data_docs.result_page(
                site.store, site.places.nodes, platform, account_id, day=day, table=table
            )
        except FileNotFoundError as error:
            raise HTTPException(404) from error
        return _document(request, data)


def _document(request: Request, data: bytes) -> Response:
    """A page that a library has drawn, under a policy of its own."""
    policy = {"Content-Security-Policy": DOCUMENT_POLICY}
    return cached(request, data, "text/html; charset=utf-8", REVALIDATE, headers=policy)


def _add_files(app: FastAPI, site: Site) -> None:
    @app.get("/sets/{set_id}.zip", name="archive")
    def archive(request: Request, set_id: str) -> Response:
        found = queries.set_page(site.engine, set_id, today=site.today())
        if found is None:
            raise HTTPException(404)
        brief = site.pages.text(request, "brief.txt", manifest=found.manifest)
        return Response(
            set_archive(site.store, found.manifest, brief),
            media_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{found.manifest.set_id}.zip"'},
        )

    @app.get("/sets/{set_id}/manifest.json", name="manifest")
    def manifest(request: Request, set_id: str) -> Response:
        if not queries.set_exists(site.engine, set_id):
            raise HTTPException(404)
        data = site.store.read(f"sets/{set_id}/manifest.json")
        return cached(request, data, "application/json", REVALIDATE)

    @app.get("/sets/{set_id}/family.json", name="family_json")
    def family_json(request: Request, set_id: str) -> Response:
        found = queries.set_page(site.engine, set_id, today=site.today())
        if found is None or not found.manifest.tells_family:
            raise HTTPException(404)
        graph = canonical(family_of(_manifest(site.store, set_id)))
        return cached(request, graph, "application/json", REVALIDATE)

    @app.get("/i/{digest}-{width}.webp", name="image")
    def image(request: Request, digest: str, width: str) -> Response:
        try:
            data = site.store.read(thumbnail_key(digest, int(width) if width.isdecimal() else 0))
        except (ValueError, FileNotFoundError) as error:
            raise HTTPException(404) from error
        return cached(request, data, "image/webp", IMMUTABLE, tag=f"{digest}-{width}")

    @app.get("/static/{name}", name="static")
    def static(request: Request, name: str, v: str = "") -> Response:
        asset = site.assets.get(name)
        if asset is None:
            raise HTTPException(404)
        rule = IMMUTABLE if v == asset.version else REVALIDATE
        return cached(request, asset.data, asset.media_type, rule, tag=asset.version)


def _manifest(store: Store, set_id: str) -> dict[str, Any]:
    """The manifest of a published set, as it lies in the store."""
    content: dict[str, Any] = json.loads(store.read(f"sets/{set_id}/manifest.json"))
    return content


def _add_messages(app: FastAPI, pages: Pages) -> None:
    @app.exception_handler(StarletteHTTPException)
    def refused(request: Request, error: StarletteHTTPException) -> Response:
        return pages.message(request, error.status_code)

    @app.exception_handler(RequestValidationError)
    def misread(request: Request, error: RequestValidationError) -> Response:
        return pages.message(request, 422)

    @app.exception_handler(Exception)
    def failed(request: Request, error: Exception) -> Response:
        # Starlette logs the traceback itself; this answer is made outside the guard.
        answer = pages.message(request, 500)
        answer.headers.update(SECURITY_HEADERS)
        answer.headers["Cache-Control"] = "no-store"
        return answer
