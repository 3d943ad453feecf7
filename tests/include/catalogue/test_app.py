"""What the pages say, where they lead, and what they refuse."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from include.catalogue.app import create_app, utc_now
from include.publish import publish
from include.store import LocalStore
from tests.include.catalogue.conftest import ana, login_url
from tests.include.catalogue.reading import elements, fresh_client, words
from tests.include.catalogue.world import (
    BUSY_CELL,
    EMPTY_CELL,
    HOSTILE,
    NOW,
    TODAY,
    put_set,
    set_id_of,
)

HTML = {"Accept": "text/html"}
SET = f"/sets/{set_id_of(*BUSY_CELL, TODAY)}"
AD = "/ads/meta/1010000000000001/01000"
SET_ASIDE = "/health/quarantine"
HOSTILE_AD = "/ads/meta/1010000000000001/01002"


def piece_path(client: TestClient) -> str:
    """The page of the first inspiring piece of the busy cell."""
    page = client.get(SET).text
    return next(
        a["href"]
        for a in elements(page, "a")
        if (a["href"] or "").startswith("/cells/wompi/traffic/")
    )


def test_home_states_the_coverage_in_one_sentence(client: TestClient) -> None:
    """20 cells: one of 5 days, one of 11, one empty, so 17 are fresh."""
    text = words(client.get("/").text)
    assert "Actualizado hoy a las 05:42. 17 de 20 combinaciones al día" in text
    assert "1 por vencer, 1 vencida, 1 sin datos suficientes" in text


def test_every_cell_shows_four_pictures_a_count_and_an_age_or_its_reason(
    client: TestClient,
) -> None:
    """19 cells with pictures; the empty one says why and leads to its pieces."""
    page = client.get("/").text
    assert page.count('<span class="col">') == 19
    assert len([i for i in elements(page, "img") if (i["src"] or "").startswith("/i/")]) == 76
    assert page.count('class="st fresh">hoy') == 17
    assert 'class="st due">5 días' in page
    assert 'class="st old">11 días' in page
    assert "Solo 3 piezas con datos suficientes; hacen falta 6." in page
    assert f'href="/cells/{"/".join(EMPTY_CELL)}"' in page
    assert ">3 sets<" in page


@pytest.mark.parametrize(
    ("show", "cells"), [("all", 19), ("new", 17), ("due", 1), ("old", 1), ("empty", 0)]
)
def test_chips_filter_the_matrix(client: TestClient, show: str, cells: int) -> None:
    """Each chip's number is the number of cells that it leaves."""
    page = client.get("/", params={"show": show}).text
    assert page.count('<span class="col">') == cells
    assert page.count('aria-current="true"') == 2  # the chip and the language


def test_a_set_says_that_it_is_drawn_and_not_for_publication(client: TestClient) -> None:
    """A storyboard is a sketch; a model's picture is not called one."""
    drawn = words(client.get(SET).text)
    assert "Boceto: un programa lo dibujó" in drawn
    assert "no son para publicar" in drawn
    other = set_id_of(*BUSY_CELL, TODAY - timedelta(days=1))
    assert "Imágenes generadas por un modelo." in words(client.get(f"/sets/{other}").text)


@pytest.mark.parametrize("path", ["/", SET, "/cells/wompi/traffic"])
def test_every_page_says_that_pictures_are_references(client: TestClient, path: str) -> None:
    """In the foot of the page."""
    assert (
        "referencias para conversar con la agencia, no son para publicar" in client.get(path).text
    )


def test_a_set_names_its_inspiring_ads_with_numbers_ranges_and_weight(client: TestClient) -> None:
    """The first piece of the fixture: 2.41, 80 % from 2.05 to 2.77, weight 31 %."""
    page = client.get(SET).text
    text = words(page)
    assert "6 piezas de wompi" in text
    assert "2,4× 2,0 a 2,8" in text
    assert "31 %" in text
    assert "Meta, 184.000 impresiones" in text
    assert "$ 1.240.300" in text
    assert "US$ 812,50" in text
    assert f'href="{AD}"' in page
    # 4400 + 3900 + 3400 + 2900 + 2400 + 1900 results; each divided by its index is expected
    assert "18.900 clics" in text
    assert "10.990: 1,7×" in text


def test_traits_are_shown_as_association(client: TestClient) -> None:
    """The bar's length and the words agree; the note says what it is not."""
    text = words(client.get(SET).text)
    assert "Celular visible 61 piezas +27 % +8 % a +52 %" in text
    assert "Es asociación, no causa. Con 184 piezas en esta celda" in text


def test_a_set_tells_how_to_make_it_again(client: TestClient) -> None:
    """Seeds, run, warehouse, rule and prompt: the family tree of every picture."""
    text = words(client.get(SET).text)
    for fact in ("71, 72, 73, 74", "generate_sets__2026-11-21", "20261121T050000Z",
                 "gamma-poisson/1+objectives/1", "A scene in a neighbourhood shop"):  # fmt: skip
        assert fact in text


def test_a_set_leads_to_its_neighbours(client: TestClient) -> None:
    """Three sets, newest first: the newest has only an older neighbour."""
    newest = {a.get("rel"): a["href"] for a in elements(client.get(SET).text, "a")}
    assert "prev" not in newest
    middle = {a.get("rel"): a["href"] for a in elements(client.get(newest["next"] or "").text, "a")}
    assert middle["prev"] == SET
    oldest = {a.get("rel"): a["href"] for a in elements(client.get(middle["next"] or "").text, "a")}
    assert "next" not in oldest
    assert "3 de 3" in words(client.get(middle["next"] or "").text)


def test_a_picture_leads_to_its_large_copy(client: TestClient) -> None:
    """A real address, also without script."""
    large = [
        a["href"] or "" for a in elements(client.get(SET).text, "a") if a.get("class") == "shot"
    ]
    assert len(large) == 4
    answer = client.get(large[0])
    assert answer.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(answer.content)).size == (320, 320)


def test_a_cell_lists_its_sets_newest_first_and_its_pieces(client: TestClient) -> None:
    """Three sets and the leaderboard's six rows, each leading on."""
    page = client.get("/cells/wompi/traffic").text
    cards = [a["href"] for a in elements(page, "a") if a.get("class") == "card"]
    assert [str(c)[-19:-9] for c in cards] == ["2026-11-21", "2026-11-20", "2026-11-19"]
    text = words(page)
    assert "Datos hasta el 20 nov 2026" in text
    assert "Ganadora Inspira" in text
    assert "2,4× 2,0 a 2,8" in text


def test_a_cell_without_sets_says_why(client: TestClient) -> None:
    """The reason of the night, and the pieces there are."""
    text = words(client.get(f"/cells/{'/'.join(EMPTY_CELL)}").text)
    assert "La noche del 21 nov 2026 no se hizo set: Solo 3 piezas" in text
    assert "Piezas que más rinden" in text


def test_every_number_leads_to_rows(client: TestClient) -> None:
    """From a piece to its ads, from an ad to its days; the days add up to the sum.

    None of them is older than the 28 days in which Meta changes its numbers.
    """
    piece = client.get(piece_path(client))
    assert piece.status_code == 200
    assert f'href="{AD}"' in piece.text
    text = words(client.get(AD).text)
    # three days of 1000, 1001 and 1002 impressions, 30 clicks and 125 000 pesos each
    assert "20 nov 2026 1.000 30 50 – 2 $ 125.000 Puede cambiar" in text
    assert "18 nov 2026 1.002 30 50 – 2 $ 125.000 Puede cambiar" in text
    assert "3 días 3.003 90 150 – 6 $ 375.000" in text


@pytest.mark.parametrize("path", [SET, f"{SET}/family", HOSTILE_AD])
def test_hostile_ad_names_stay_text(client: TestClient, path: str) -> None:
    """An ad called like a script tag is shown as it is called."""
    page = client.get(path).text
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in page
    assert [s for s in elements(page, "script") if "src" not in s] == []
    assert not [e for e in elements(page) if any(name.startswith("on") for name in e)]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        SET,
        f"{SET}/family",
        f"{SET}/family?pick=<script>",
        "/cells/wompi/traffic",
        AD,
        "/health",
        SET_ASIDE,
        "/nothing",
        "/?show=<script>",
    ],
)
def test_no_page_has_inline_style_or_script_or_another_host(client: TestClient, path: str) -> None:
    """What the content policy forbids is not there to be forbidden."""
    page = client.get(path, headers=HTML).text
    assert "<style" not in page
    assert not [e for e in elements(page) if "style" in e]
    assert [
        s for s in elements(page, "script") if not (s["src"] or "").startswith("/static/")
    ] == []
    assert "http:" not in page
    assert "https:" not in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/i/../../pauta.db",
        "/i/..%2f..%2fpauta.db",
        "/i/" + "0" * 40 + "-256.webp",
        "/i/" + "0" * 40 + "-257.webp",
        "/i/" + "0" * 39 + "-256.webp",
        "/i/" + "A" * 40 + "-256.webp",
        "/i/" + "0" * 40 + "-256.png",
        "/i/" + "0" * 40 + "-٢٥٦.webp",
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e",
        "/sets/../pauta.db",
        "/sets/x",
        "/sets/..%2f..%2fetc%2fpasswd.zip",
        "/sets/wompi-traffic-2026-11-21-00000000",
        "/sets/wompi-traffic-2026-11-21-00000000.zip",
        "/sets/wompi-traffic-2026-11-21-00000000/manifest.json",
        "/sets/wompi-traffic-2026-11-21-00000000/family",
        "/sets/wompi-traffic-2026-11-21-00000000/family.json",
        "/sets/..%2f..%2fetc/family.json",
        "/sets/' OR 1=1 --",
        "/cells/nobody/traffic",
        "/cells/wompi/nothing",
        "/cells/wompi/traffic/' OR 1=1 --",
        "/ads/meta/1/' OR 1=1 --",
    ],
)
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    """Unknown hashes and ids, and paths that try to climb out, are 404."""
    assert client.get(path).status_code == 404


def test_a_page_number_that_is_none_is_refused(client: TestClient) -> None:
    """422, as a page for readers."""
    answer = client.get("/cells/wompi/traffic?page=zero", headers=HTML)
    assert answer.status_code == 422
    assert "El servidor respondió 422." in answer.text


def test_images_are_cached_for_good_under_a_strong_tag(
    client: TestClient, world: tuple[LocalStore, str]
) -> None:
    """The tag is the content's hash, so the answer to the same tag is 304 without a body."""
    name = world[0].keys("thumbnails")[0].removeprefix("thumbnails/")
    first = client.get(f"/i/{name}")
    assert first.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert first.headers["etag"] == f'"{name.removesuffix(".webp")}"'
    again = client.get(f"/i/{name}", headers={"If-None-Match": f'W/"x", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"/i/{name}", headers={"If-None-Match": '"x"'}).status_code == 200


def test_pages_are_asked_for_again_but_not_sent_again(client: TestClient) -> None:
    """`no-cache` with an ETag; English has a tag of its own."""
    first = client.get("/")
    assert first.headers["cache-control"] == "private, no-cache"
    assert "Cookie" in first.headers["vary"]
    tag = {"If-None-Match": first.headers["etag"]}
    assert client.get("/", headers=tag).status_code == 304
    assert client.get("/?lang=en", headers=tag).status_code == 200


def test_style_sheets_are_kept_while_their_version_is_in_the_address(client: TestClient) -> None:
    """The page names the version; without it the file is asked for again."""
    page = client.get("/").text
    href = next(e["href"] or "" for e in elements(page, "link") if "app.css" in (e["href"] or ""))
    assert client.get(href).headers["cache-control"].endswith("immutable")
    bare = client.get("/static/app.css")
    assert bare.headers["cache-control"] == "private, no-cache"
    assert bare.headers["content-type"] == "text/css; charset=utf-8"
    assert client.get("/static/inter.woff2").headers["content-type"] == "font/woff2"


def test_the_zip_holds_the_four_images_and_the_brief(
    client: TestClient, world: tuple[LocalStore, str]
) -> None:
    """Members are named by the set; the bytes are the store's; the same set, the same archive."""
    answer = client.get(f"{SET}.zip")
    set_id = SET.removeprefix("/sets/")
    assert answer.headers["content-disposition"] == f'attachment; filename="{set_id}.zip"'
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.namelist() == [
        *(f"{set_id}/{set_id}-{k}.png" for k in range(1, 5)),
        f"{set_id}/{set_id}-brief.txt",
    ]
    original = world[0].read(f"sets/{set_id}/image-2.png")
    assert archive.read(f"{set_id}/{set_id}-2.png") == original
    brief = archive.read(f"{set_id}/{set_id}-brief.txt").decode()
    assert "REFERENCIAS, NO SON PARA PUBLICAR" in brief
    assert "Tendera colombiana joven" in brief
    assert HOSTILE in brief  # plain text: nothing to escape
    assert client.get(f"{SET}.zip").content == answer.content


def test_the_manifest_is_sent_as_it_lies_in_the_store(
    client: TestClient, world: tuple[LocalStore, str]
) -> None:
    """Byte for byte, as JSON."""
    answer = client.get(f"{SET}/manifest.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == world[0].read(f"{SET[1:]}/manifest.json")
    assert json.loads(answer.content)["schema_version"] == 1


def test_mounted_under_a_prefix_every_address_keeps_it(world: tuple[LocalStore, str]) -> None:
    """As Airflow mounts it: no address of the page leaves `/catalogue`, and all of them answer."""
    store, url = world
    app = create_app(
        store=store, database_url=url, current_user=ana, login_url=login_url, now=lambda: NOW
    )
    outer = FastAPI()
    outer.mount("/catalogue", app)
    mounted = TestClient(outer, follow_redirects=False)
    found: set[str] = set()
    for path in ("/", SET, f"{SET}/family", piece_path(TestClient(app)), AD):
        for e in elements(mounted.get(f"/catalogue{path}").text):
            found |= {str(e[name]) for name in ("href", "src") if name in e}
            found |= {s.split()[0] for s in (e.get("srcset") or "").split(", ") if s}
    found.discard("#main")
    assert all(address.startswith("/catalogue/") for address in found)
    assert "/catalogue/?lang=en" in found
    statuses = {a: mounted.get(a.partition("#")[0]).status_code for a in sorted(found)}
    dead = {a for a, s in statuses.items() if s != 200 and "/ads/" not in a and "/cells/" not in a}
    assert dead == set()
    cookie = mounted.get("/catalogue/?lang=en").headers["set-cookie"]
    assert "Path=/catalogue;" in cookie


def test_a_mounted_catalogue_sends_strangers_to_the_login_and_back_under_its_prefix(
    anonymous: TestClient,
) -> None:
    """The path to come back to holds the prefix."""
    outer = FastAPI()
    outer.mount("/catalogue", anonymous.app)
    sent = TestClient(outer, follow_redirects=False).get(f"/catalogue{SET}", headers=HTML)
    assert sent.headers["location"] == f"/auth/login?next=%2Fcatalogue{SET.replace('/', '%2F')}"


def test_inside_a_frame_the_brand_is_hidden(client: TestClient) -> None:
    """Airflow's side bar already names the catalogue."""
    assert 'class="framed"' in client.get("/", headers={"Sec-Fetch-Dest": "iframe"}).text
    assert 'class="framed"' not in client.get("/").text


def test_before_the_first_publication_the_pages_say_so(
    empty_store: LocalStore, tmp_path: Path
) -> None:
    """An empty matrix, no error; sets are not found."""
    client = fresh_client(empty_store, f"sqlite:///{tmp_path / 'none.db'}")
    assert "Todavía no se ha publicado ningún set." in client.get("/").text
    assert client.get("/cells/wompi/traffic").status_code == 200
    assert client.get(SET).status_code == 404
    assert client.get(f"{SET}/manifest.json").status_code == 404
    assert client.get(AD).status_code == 404
    assert client.get(f"/cells/wompi/traffic/{'0' * 64}").status_code == 404


def test_a_failure_is_told_without_its_inside(empty_store: LocalStore, tmp_path: Path) -> None:
    """The page names no file and no query, and keeps the security headers."""
    url = f"sqlite:///{tmp_path / 'broken.db'}"
    (tmp_path / "broken.db").write_bytes(b"not a database" * 100)
    answer = fresh_client(empty_store, url).get("/", headers=HTML)
    assert answer.status_code == 500
    assert "Algo falló" in answer.text
    assert "broken.db" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_cell_with_many_sets_has_pages(empty_store: LocalStore, tmp_path: Path) -> None:
    """25 nights: 24 on the first page, one on the second."""
    for night in range(25):
        put_set(empty_store, "wompi", "traffic", TODAY - timedelta(days=night))
    url = f"sqlite:///{tmp_path / 'many.db'}"
    publish(empty_store, url, now=utc_now())
    client = fresh_client(empty_store, url)
    first = client.get("/cells/wompi/traffic").text
    assert first.count('class="card"') == 24
    assert 'href="/cells/wompi/traffic?page=2"' in first
    assert client.get("/cells/wompi/traffic?page=2").text.count('class="card"') == 1


def test_when_the_nights_stop_nothing_is_called_new(world: tuple[LocalStore, str]) -> None:
    """Three days later the same publication has 17 cells due, none new and two out of date."""
    store, url = world
    later = NOW + timedelta(days=3)
    app = create_app(
        store=store, database_url=url, current_user=ana, login_url=login_url, now=lambda: later
    )
    page = TestClient(app).get("/").text
    assert "Nuevos de anoche" not in page
    assert "Actualizado el 21 nov 2026 a las 05:42" in words(page)
    assert "0 de 20 combinaciones al día, 17 por vencer, 2 vencidas" in words(page)
    assert "Nuevo de anoche" not in TestClient(app).get(SET).text
