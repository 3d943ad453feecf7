"""The pages in a real browser: wide, narrow, dark; no error, no sideways scroll, accessible."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.requests import Request

from include.catalogue.app import create_app
from include.processes import free_port
from include.store import LocalStore
from tests.include.catalogue.conftest import ana, login_url
from tests.include.catalogue.world import (
    BUSY_CELL,
    COLOURS,
    EMPTY_CELL,
    NOW,
    TODAY,
    picture,
    set_id_of,
)

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parents[2] / "assets" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
]

SET = f"/sets/{set_id_of(*BUSY_CELL, TODAY)}"


def piece(n: int) -> str:
    """The sha256 of wompi's n-th creative."""
    return hashlib.sha256(picture(f"wompi{n}", COLOURS["wompi"], 300)).hexdigest()


PAGES = {
    "home": "/",
    "filtered": "/?show=empty",
    "set": SET,
    "cell": "/cells/wompi/traffic",
    "sales cell": "/cells/wompi/sales",
    "empty cell": f"/cells/{'/'.join(EMPTY_CELL)}",
    "ad": "/ads/meta/1010000000000001/01002",
    "english set": f"{SET}?lang=en",
    "set to be reviewed": f"/sets/{set_id_of(*BUSY_CELL, TODAY - timedelta(days=1))}",
    "family": f"{SET}/family",
    "way of a phrase": f"{SET}/family?pick=phrase:4",
    "way of an image": f"{SET}/family?pick=image:2&lang=en",
    "piece": f"/cells/wompi/traffic/{piece(0)}",
    "hostile piece": f"/cells/wompi/traffic/{piece(2)}",
    "health": "/health",
    "rows set aside": "/health/quarantine",
    "ask": "/ask/wompi/traffic",
    "not found": "/nothing",
}


async def started(_: Request, conf: Mapping[str, Any]) -> str:
    """In place of Airflow."""
    return f"catalogue__{conf['request_id']}"


@pytest.fixture(scope="module")
def address(world: tuple[LocalStore, str]) -> Iterator[str]:
    """The catalogue, served under a prefix as Airflow does."""
    store, url = world
    app = FastAPI()
    app.add_api_route("/outer", lambda: HTMLResponse("<!doctype html><title>Airflow</title>"))
    app.mount(
        "/catalogue",
        create_app(
            store=store,
            database_url=url,
            current_user=ana,
            login_url=login_url,
            now=lambda: NOW,
            fulfil=started,
        ),
    )
    port = free_port(0)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}/catalogue"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield found
        found.close()


def visit(
    browser: Browser, url: str, *, width: int = 1440, dark: bool = False
) -> tuple[Page, list[str]]:
    """A loaded page, and what its console complained about (a 404 page's own status aside)."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type != "log" else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.goto(url)
    page.wait_for_load_state("networkidle")
    expected = "status of 404" if url.endswith("/nothing") else "\0"
    return page, [c for c in complaints if expected not in c]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_pages_are_accessible_quiet_and_fit(
    browser: Browser, address: str, name: str, width: int, dark: bool
) -> None:
    """No console error (so no breach of the content policy), no sideways scroll, axe finds nothing.

    axe is run through the debugger, so the page's own policy stays as strict as it is.
    """
    page, complaints = visit(browser, address + PAGES[name], width=width, dark=dark)
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # What is folded away counts too.
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "tags => axe.run({runOnly: tags}).then(r => r.violations.map("
        "v => [v.id, v.nodes.map(n => n.target.join(' ')).slice(0, 5)]))",
        WCAG,
    )
    assert found == []
    page.context.close()


def test_the_own_typeface_is_used_and_nothing_moves(browser: Browser, address: str) -> None:
    """Inter comes from our own folder; pictures have their place before they come."""
    page, _ = visit(browser, address + "/")
    assert page.evaluate("document.fonts.check('600 22px Inter')")
    shift = page.evaluate(
        """() => new Promise(done => {
            let sum = 0;
            new PerformanceObserver(list => list.getEntries().forEach(e => { sum += e.value }))
                .observe({type: 'layout-shift', buffered: true});
            setTimeout(() => done(sum), 300);
        })"""
    )
    assert shift < 0.01
    page.context.close()


def test_dark_and_light_are_different_and_both_follow_the_system(
    browser: Browser, address: str
) -> None:
    """The ground of the page, as the tokens have it."""
    grounds = []
    for dark in (False, True):
        page, _ = visit(browser, address + "/", dark=dark)
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.context.close()
    assert grounds == ["rgb(246, 246, 243)", "rgb(18, 20, 22)"]


def test_in_airflows_frame_the_theme_follows_airflow(browser: Browser, address: str) -> None:
    """The outer page turns dark while it is open; the frame follows, without its brand's name."""
    page, _ = visit(browser, address.replace("/catalogue", "/outer"))
    page.evaluate(
        """src => {
            const frame = document.createElement('iframe');
            frame.sandbox = 'allow-scripts allow-same-origin allow-forms allow-downloads';
            frame.src = src;
            document.body.replaceChildren(frame);
        }""",
        address + "/",
    )
    page.frame_locator("iframe").locator("h1").wait_for()
    (frame,) = page.frames[1:]
    assert frame.evaluate("document.documentElement.className") == "framed"
    page.evaluate("document.documentElement.classList.add('dark')")
    frame.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    ground = frame.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(18, 20, 22)"
    page.context.close()


def ends(page: Page, space: int) -> list[tuple[float, float]]:
    """Where the lines of one space between columns end on its right, in px of the page."""
    found: list[tuple[float, float]] = page.evaluate(
        """n => [...document.querySelectorAll('.wires')[n].querySelectorAll('path')].map(path => {
            const at = path.getPointAtLength(path.getTotalLength());
            const seen = at.matrixTransform(path.getScreenCTM());
            return [seen.x, seen.y];
        })""",
        space,
    )
    return found


def middles(page: Page, cards: str) -> list[tuple[float, float]]:
    """The middle of the left side of some cards, in px of the page."""
    found: list[tuple[float, float]] = page.evaluate(
        """cards => [...document.querySelectorAll(cards)].map(card => {
            const box = card.getBoundingClientRect();
            return [box.left, box.top + box.height / 2];
        })""",
        cards,
    )
    return found


def test_the_lines_of_the_tree_meet_its_cards(browser: Browser, address: str) -> None:
    """The server places lines by numbers that the style sheet holds again; 2 px are allowed."""
    page, _ = visit(browser, f"{address}{SET}/family")
    for space, cards in ((1, ".f-pcs .node"), (2, ".f-ads .node")):
        there = middles(page, cards)
        assert len(there) == 6
        for x, y in ends(page, space):
            assert min(abs(x - left) + abs(y - middle) for left, middle in there) < 2
    page.context.close()


def test_a_click_on_a_phrase_marks_its_way(browser: Browser, address: str) -> None:
    """Without any script of the page: one load, two of six pieces are on the way."""
    page, complaints = visit(browser, f"{address}{SET}/family")
    with page.expect_navigation():
        page.click(".f-say li:nth-child(1) a")
    assert page.url.endswith("/family?pick=phrase%3A1#arbol")
    assert page.locator(".f-pcs .node.on").count() == 2
    assert page.locator(".f-pcs .node.off").count() == 4
    assert complaints == []
    page.context.close()


def test_a_set_can_be_asked_for_from_a_real_browser(browser: Browser, address: str) -> None:
    """The form passes the page's own policy and the check of where it came from."""
    page, complaints = visit(browser, f"{address}/cells/wompi/traffic")
    page.click("text=Pedir un set")
    page.fill("textarea[name=audience]", "Tenderos de barrio")
    page.check("input[value=coffee]")
    with page.expect_navigation():
        page.click("text=Pedir el set")
    assert "/catalogue/requests/" in page.url
    assert "Tenderos de barrio" in page.inner_text("main")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run({runOnly: tags}).then(r => r.violations)", WCAG)
    assert found == []
    assert complaints == []
    page.context.close()


def test_a_picture_opens_large_and_arrows_lead_on(browser: Browser, address: str) -> None:
    """Click, arrow to the second picture, Escape; then the arrow leads to the next set."""
    page, complaints = visit(browser, address + SET)
    page.click(".g4 li:nth-child(1) a")
    assert page.locator("#box").is_visible()
    assert page.locator("#box p").inner_text().startswith("1. ")
    page.keyboard.press("ArrowRight")
    assert page.locator("#box p").inner_text().startswith("2. ")
    page.click("#box [data-step='-1']")
    assert page.locator("#box p").inner_text().startswith("1. ")
    page.keyboard.press("Escape")
    assert not page.locator("#box").is_visible()
    assert page.evaluate("document.activeElement.className") == "shot"
    with page.expect_navigation():
        page.keyboard.press("ArrowRight")
    assert "2026-11-20" in page.url
    with page.expect_navigation():
        page.keyboard.press("ArrowLeft")
    assert page.url.endswith(SET)
    assert complaints == []
    page.context.close()
