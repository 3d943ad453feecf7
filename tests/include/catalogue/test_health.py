"""Where a data engineer looks first: is everything read, what was set aside, what differs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from include.catalogue.app import create_app
from include.catalogue.health import health, notices_of
from include.config.nodes import load_nodes
from include.lake import Partition
from include.store import LocalStore
from include.warehouse import build
from tests.include.catalogue.conftest import ana, login_url
from tests.include.catalogue.evidence_world import put_notes
from tests.include.catalogue.reading import fresh_client
from tests.include.catalogue.world import AS_OF, NOW, TODAY, put_rows

RUN = "scheduled__2026-11-21T12:00:00+00:00"


def words_of(page: str) -> str:
    """The page without its tags, in single spaces."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).replace("\u00a0", " ").split())


def test_an_account_shows_how_far_it_is_read_and_what_differs(
    world: tuple[LocalStore, str],
) -> None:
    """Ads hold 1,125,000 of the 1,130,000 pesos that Meta tells: 0.44 % are missing."""
    found = health(world[0], load_nodes(), today=TODAY)
    (account,) = [a for a in found.accounts if a.row["newest_as_of"]]
    assert (account.row["newest_as_of"], account.days_behind) == (AS_OF, 1)
    assert account.nights == [False] * 13 + [True]
    assert account.quarantined_share == pytest.approx(0.1)
    assert account.difference == pytest.approx(5_000 / 1_130_000)
    assert account.residual == 0
    assert found.worst_difference == account.difference


def test_what_to_look_at_is_said_in_words(client: TestClient) -> None:
    """Six accounts were never read, one may not be, one row was set aside; 0.44 % is no alarm."""
    words = words_of(client.get("/health").text)
    assert words.count("nunca se ha leído.") == 6
    assert "Meta, Marca Colombia: 1 fila apartada en la última lectura." in words
    assert "los anuncios suman distinto" not in words
    assert "0,44 %" in words
    assert "1 de 8" in words


@pytest.mark.parametrize(("days", "late"), [(1, False), (2, False), (3, True)])
def test_an_account_is_late_when_a_night_was_missed(
    world: tuple[LocalStore, str], days: int, late: bool
) -> None:
    """Before seven in the morning the newest day is the day before yesterday."""
    found = health(world[0], load_nodes(), today=AS_OF + timedelta(days=days))
    (account,) = [a for a in found.accounts if a.row["newest_as_of"]]
    assert ("late" in {n.kind for n in notices_of(account)}) is late


def test_what_seems_to_be_counted_twice_is_to_be_looked_at(world: tuple[LocalStore, str]) -> None:
    """The ads of this world tell the same three days: too few to say so."""
    found = health(world[0], load_nodes(), today=TODAY)
    (account,) = [a for a in found.accounts if a.row["newest_as_of"]]
    assert "doubled" not in {n.kind for n in notices_of(account)}
    twice = replace(account, row={**account.row, "double_counts": 1})
    assert "doubled" in {n.kind for n in notices_of(twice)}


def test_a_row_set_aside_is_shown_with_rule_reason_and_run(client: TestClient) -> None:
    """One click from the health page; the row is shown as it was read."""
    link = re.search(r'href="(/health/quarantine\?platform=meta[^"]*)"', client.get("/health").text)
    assert link is not None
    words = words_of(client.get(link[1].replace("&amp;", "&")).text)
    assert "negative" in words
    assert "spend is -3.500000, 0 or more allowed" in words
    assert RUN in words
    assert "&#34;ad_id&#34;: &#34;01099&#34;" in words


def test_a_run_leads_to_its_page_in_airflow(world: tuple[LocalStore, str]) -> None:
    """The run id has signs that an address must not have."""
    store, url = world
    app = create_app(
        store=store,
        database_url=url,
        current_user=ana,
        login_url=login_url,
        now=lambda: NOW,
        run_url=lambda dag, run: f"/dags/{dag}/runs/{len(run)}",
    )
    page = TestClient(app).get("/health/quarantine").text
    assert f'href="/dags/collect_meta/runs/{len(RUN)}" target="_top"' in page


def test_rows_set_aside_can_be_narrowed(client: TestClient) -> None:
    """No row of X was set aside; an address made by hand finds nothing."""
    page = words_of(client.get("/health/quarantine", params={"platform": "x_ads"}).text)
    assert "No hay filas apartadas." in page
    hostile = client.get("/health/quarantine", params={"platform": "' OR 1=1 --"})
    assert "No hay filas apartadas." in words_of(hostile.text)


def test_before_the_first_reading_the_page_says_so(empty_store: LocalStore, tmp_path: Path) -> None:
    """A fresh machine shows no empty table."""
    app = create_app(
        store=empty_store,
        database_url=f"sqlite:///{tmp_path / 'p.db'}",
        current_user=ana,
        login_url=login_url,
        now=lambda: NOW,
    )
    assert "Todavía no hay datos." in TestClient(app).get("/health").text


def test_an_account_that_cannot_be_read_says_why_and_since_when(client: TestClient) -> None:
    """It comes first, in words, with what the platform answered as text; not also as never read."""
    page = client.get("/health").text
    words = words_of(page)
    assert (
        "Qué mirar LinkedIn, Marca Colombia no se puede leer desde el 18 nov 2026: falta el "
        "permiso. Qué respondió la plataforma , Marca Colombia linkedin_ads 508000001: 403 "
        "&lt;b&gt;no&lt;/b&gt; r_ads_reporting." in words
    )
    assert "LinkedIn, Marca Colombia nunca se ha leído." not in words
    assert "<b>no</b>" not in page


def test_a_permission_that_was_missing_from_the_start_is_told_before_any_data(
    empty_store: LocalStore, tmp_path: Path
) -> None:
    """There is no warehouse yet, and the first thing to know is why."""
    put_notes(empty_store, AS_OF, "r1")
    page = fresh_client(empty_store, f"sqlite:///{tmp_path / 'p.db'}").get("/health").text
    assert "Todavía no hay datos." in page
    assert "no se puede leer desde el 18 nov 2026" in page


def test_an_account_that_nobody_collects_any_more_is_no_news(
    empty_store: LocalStore,
) -> None:
    """Its state stays in the store when it leaves `nodes.yaml`."""
    state = b'{"kind": "closed", "message": "x", "since": "2026-11-01"}'
    empty_store.write("accounts_state/meta/999.json", state)
    assert health(empty_store, load_nodes(), today=TODAY).notices == []


def test_new_fields_and_odd_rows_of_the_newest_reading_are_told(client: TestClient) -> None:
    """The three most frequent of four, with their counts; their names are other people's text."""
    words = words_of(client.get("/health").text)
    assert (
        "campos o valores nuevos que aún no leemos: insights.&lt;b&gt;new&lt;/b&gt; (214), "
        "ads.mood (3), ads.status=DORMANT (2) y 1 más." in words
    )
    assert "llaman la atención: más clics que impresiones (7)." in words


def test_promised_and_delivered_by_hand(client: TestClient) -> None:
    """6,000 clicks promised, 5,800 came of 5,100 to 6,900; 180 leads promised, 90 came."""
    words = words_of(client.get("/health").text)
    assert "Lo que la clasificación del 21 oct 2026 prometió" in words
    assert "1 de 2 celdas cumplieron dentro del rango" in words
    assert "De 1 celda más ninguna pieza volvió al aire." in words
    assert "wompi, Tráfico clics 6.000 5.800 5.100 a 6.900 1,03 80 % 5 de 6" in words
    assert "wompi, Leads leads 180 90 por debajo 120 a 230 2,00 25 % 4 de 6" in words
    assert "Cumplió 97 % de lo prometido; se esperaba entre 85 % y 115 %" in plain(
        client.get("/health").text
    )


def test_without_an_old_enough_promise_the_page_says_so(
    empty_store: LocalStore, tmp_path: Path
) -> None:
    """Rows were read and nothing ranked; nor was a day followed to its end."""
    put_rows(empty_store)
    earlier = Partition("ad_daily", AS_OF - timedelta(days=1), "meta", "1010000000000001")
    empty_store.delete(earlier.key)
    build(empty_store, day=AS_OF, run_id="r1", nodes=load_nodes(), now=NOW)
    page = fresh_client(empty_store, f"sqlite:///{tmp_path / 'p.db'}").get("/health").text
    assert "Ninguna promesa tiene edad suficiente todavía" in page
    assert "Aún no se ha seguido ningún día hasta su cifra final." in page


def test_how_complete_a_young_day_is_has_a_drawing_and_a_table(client: TestClient) -> None:
    """Half of the purchases are told in the first reading of a day, all in the second."""
    page = client.get("/health").text
    assert 'class="l1" points="40.0,68.0 ' in page
    assert "Edad en días Compras Conversiones 0 50 % 50 % 1 " in words_of(page)


def plain(page: str) -> str:
    """The page with plain spaces."""
    return page.replace("\u00a0", " ")
