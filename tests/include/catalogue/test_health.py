"""Where a data engineer looks first: is everything read, what was set aside, what differs."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from include.catalogue.app import create_app
from include.catalogue.health import health, notices_of
from include.store import LocalStore
from tests.include.catalogue.conftest import ana, login_url
from tests.include.catalogue.world import AS_OF, NOW, TODAY

RUN = "scheduled__2026-11-21T12:00:00+00:00"


def words_of(page: str) -> str:
    """The page without its tags, in single spaces."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).replace("\u00a0", " ").split())


def test_an_account_shows_how_far_it_is_read_and_what_differs(
    world: tuple[LocalStore, str],
) -> None:
    """Ads hold 1,125,000 of the 1,130,000 pesos that Meta tells: 0.44 % are missing."""
    found = health(world[0], today=TODAY)
    (account,) = [a for a in found.accounts if a.row["newest_as_of"]]
    assert (account.row["newest_as_of"], account.days_behind) == (AS_OF, 1)
    assert account.nights == [False] * 13 + [True]
    assert account.quarantined_share == pytest.approx(0.1)
    assert account.difference == pytest.approx(5_000 / 1_130_000)
    assert account.residual == 0
    assert found.worst_difference == account.difference


def test_what_to_look_at_is_said_in_words(client: TestClient) -> None:
    """Seven accounts were never read, and one row was set aside; 0.44 % is no alarm."""
    words = words_of(client.get("/health").text)
    assert words.count("nunca se ha leído.") == 7
    assert "Meta, Marca Colombia: 1 fila apartada en la última lectura." in words
    assert "los anuncios suman distinto" not in words
    assert "0,44 %" in words
    assert "1 de 8" in words


@pytest.mark.parametrize(("days", "late"), [(1, False), (2, False), (3, True)])
def test_an_account_is_late_when_a_night_was_missed(
    world: tuple[LocalStore, str], days: int, late: bool
) -> None:
    """Before seven in the morning the newest day is the day before yesterday."""
    found = health(world[0], today=AS_OF + timedelta(days=days))
    (account,) = [a for a in found.accounts if a.row["newest_as_of"]]
    assert ("late" in {n.kind for n in notices_of(account)}) is late


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
