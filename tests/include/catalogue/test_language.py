"""Both languages say everything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from fastapi.testclient import TestClient

from include.catalogue.language import FOLDER
from tests.include.catalogue.world import BUSY_CELL, TODAY, set_id_of

SET = f"/sets/{set_id_of(*BUSY_CELL, TODAY)}"


def test_every_text_of_the_templates_has_its_english_and_no_english_is_left_over() -> None:
    """The catalogue `en.po` holds exactly the texts that the templates ask for."""
    methods = [("**.html", "jinja2"), ("**.txt", "jinja2")]
    options = {pattern: {"newstyle_gettext": "true"} for pattern, _ in methods}
    asked = {text for _, _, text, _, _ in extract_from_dir(FOLDER / "templates", methods, options)}
    with Path(FOLDER, "texts", "en.po").open("rb") as handle:
        messages = [m for m in read_po(handle, locale="en") if m.id]
    given = {tuple(m.id) if isinstance(m.id, list | tuple) else m.id for m in messages}
    assert given == asked
    for message in messages:
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(strings), message.id
        assert not list(message.check()), message.id


@pytest.mark.parametrize(
    "path",
    [
        "/",
        SET,
        f"{SET}/family",
        f"{SET}/family?pick=phrase:1",
        "/cells/wompi/traffic",
        "/health",
        "/health/quarantine",
        "/nothing",
    ],
)
def test_no_text_stands_outside_the_catalogue(client: TestClient, path: str) -> None:
    """An English page keeps no word of the Spanish interface."""
    page = client.get(path, params={"lang": "en"}, headers={"Accept": "text/html"}).text
    assert '<html lang="en"' in page
    words = re.sub(r"<[^>]*>", " ", page)
    for spanish in ("Nodo", "Noche", "piezas", "Descargar", "Boceto", "referencias", "Peso"):
        assert spanish not in words


def test_spanish_comes_first_whatever_the_browser_prefers(client: TestClient) -> None:
    """The team writes Spanish; English is one click away."""
    page = client.get("/", headers={"Accept-Language": "en-US,en"}).text
    assert '<html lang="es-CO"' in page
    assert "Sets por nodo y objetivo" in page
    assert 'href="/?lang=en"' in page


def test_the_chosen_language_is_kept(client: TestClient) -> None:
    """One click sets a cookie that scripts cannot read; the next page is English too."""
    chosen = client.get("/?lang=en")
    assert "Sets by node and objective" in chosen.text
    cookie = chosen.headers["set-cookie"]
    assert cookie.startswith("pauta_language=en;")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "What they share" in client.get(SET).text


def test_an_unknown_language_is_no_choice(client: TestClient) -> None:
    """Neither the address nor the cookie can name a file."""
    client.cookies.set("pauta_language", "xx")
    page = client.get("/?lang=../../etc")
    assert "Sets por nodo" in page.text
    assert "set-cookie" not in page.headers
