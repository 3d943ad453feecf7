"""What readers see first: names instead of ids, the strongest traits, the current set, today."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from include.catalogue.app import create_app
from include.publish import publish
from include.store import LocalStore
from tests.include.catalogue.conftest import ana, login_url
from tests.include.catalogue.reading import fresh_client, words
from tests.include.catalogue.world import BUSY_CELL, NOW, TODAY, put_set, set_id_of

SET = f"/sets/{set_id_of(*BUSY_CELL, TODAY)}"


def test_six_traits_are_shown_and_the_others_are_one_click_away(client: TestClient) -> None:
    """Eight traits: the bars of two stand behind a summary, the best of the six first."""
    page = client.get(SET).text
    shown, _, others = page[page.index("Qué tienen en común") :].partition("<details")
    assert shown.count('class="eb"') == 6
    assert words(shown).index("Una persona en su negocio") < words(shown).index("Mucho texto")
    others = others.partition("</details>")[0]
    assert others.count('class="eb"') == 2
    assert words(others).split(">")[1].split()[:4] == ["Ver", "las", "otras", "2"]
    assert "Tonos verdes" in others
    assert "Dos personas" in others


def test_an_ad_without_a_name_is_called_by_its_campaign(client: TestClient) -> None:
    """On the set's page and in its brief; the id stays in the details."""
    page = client.get(SET).text
    address = 'href="/ads/google_ads/1234567802/01001~7"'
    assert re.findall(address + ">([^<]*)</a>", page) == ["Empaca y envía", "01001~7"]
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"{SET}.zip").content))
    brief = archive.read(archive.namelist()[-1]).decode()
    assert "- Empaca y envía: 2,0×" in brief


def test_the_brand_panel_says_only_what_the_brand_rules(client: TestClient) -> None:
    """Three rules and what was avoided in Spanish; the words for the model are folded away."""
    page = client.get(SET).text
    panel = page[page.index('id="h-brand"') :].partition("</section>")[0]
    told, _, folded = panel.partition("<details")
    text = words(told)
    assert "Personas personas reales y representativas de Colombia" in text
    assert "Colores el verde del nodo" in text
    assert "Estilo fotografía natural" in text
    assert "espacio despejado" not in text
    # gun and knife are one rule of the manual, liquor is another; a watermark is in none
    assert "Se evitó arma, alcohol" in text
    assert "watermark" not in told
    assert "text, watermark, gun, knife, liquor, known people" in folded
    english = words(client.get(SET, params={"lang": "en"}).text)
    assert "Avoided weapon, alcohol" in english


def test_the_leaderboard_calls_pieces_by_name(
    client: TestClient, world: tuple[LocalStore, str]
) -> None:
    """The warehouse knows three of the six pieces; the others are called by their place."""
    text = words(client.get("/cells/wompi/traffic").text)
    assert "Cobra con QR 1 , pieza del puesto 1 1 anuncio, Meta" in text
    assert "Pieza del puesto 2 1 anuncio, Google Ads" in text
    assert "En línea 6 , pieza del puesto 6" in text


def test_a_set_that_its_night_names_no_more_keeps_its_address_only(
    empty_store: LocalStore, tmp_path: Path
) -> None:
    """It leads to its replacement and stands in no list."""
    first, second = (put_set(empty_store, *BUSY_CELL, TODAY, run=run) for run in ("f", "0"))
    record = {"node": "wompi", "objective": "traffic", "set_id": second}
    empty_store.write(f"sets/cells/{TODAY}.json", json.dumps([record]).encode())
    url = f"sqlite:///{tmp_path / 'again.db'}"
    publish(empty_store, url, now=NOW)
    client = fresh_client(empty_store, url)
    for path in ("/", "/cells/wompi/traffic"):
        page = client.get(path).text
        assert f'href="/sets/{second}"' in page
        assert first not in page
        assert re.search(r"\b1 set\b", words(page))
        assert "1 sets" not in words(page)
    old = client.get(f"/sets/{first}").text
    assert "este set ya no es el de su celda" in old
    assert f'href="/sets/{second}"' in old
    assert "Nuevo de anoche" not in old
    assert 'rel="' not in "".join(re.findall("<a [^>]*>", old))
    assert "1 de 1" in words(client.get(f"/sets/{second}").text)
    assert client.get(f"/sets/{first}.zip").status_code == 200


@pytest.mark.parametrize(
    ("hours", "age", "updated"),
    [(0, "hoy", "hoy a las 05:42"), (18, "hoy", "hoy a las 05:42"),
     (19, "ayer", "ayer a las 05:42"), (43, "2 días", "el 21 nov 2026 a las 05:42")],
)  # fmt: skip
def test_today_and_yesterday_are_bogotas(
    world: tuple[LocalStore, str], hours: int, age: str, updated: str
) -> None:
    """Published at 05:42 in Bogota: 18 hours later UTC has a new day and Bogota has not."""
    store, url = world
    later = NOW + timedelta(hours=hours)
    app = create_app(
        store=store, database_url=url, current_user=ana, login_url=login_url, now=lambda: later
    )
    page = TestClient(app).get("/").text
    assert page.count(f'class="st fresh">{age}<') == 17
    assert f"Actualizado {updated}." in words(page)
