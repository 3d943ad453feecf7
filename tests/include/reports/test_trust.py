"""The report says how far to trust it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pyarrow as pa
import pytest

from include.errors import QualityFailed
from include.lake import write_table
from include.leaderboards import PROMISES, ranked_key
from include.reports.weekly import Report, check
from include.store import LocalStore
from tests.include.catalogue.evidence_world import put_promises

from .conftest import AS_OF

Make = Callable[..., Report]


def test_the_rate_of_false_winners_is_stated(made: Make) -> None:
    """In mail and text, in both languages."""
    report = made()
    assert "A lo sumo el 10\u00a0% de las ganadoras lo parece por azar." in report.text
    assert "A lo sumo el 10&nbsp;% de las ganadoras" in report.html.replace("\u00a0", "&nbsp;")
    assert "At most 10% of the winners only look so by chance." in made(language="en").text


def test_promised_and_delivered_names_the_cells_that_missed(store: LocalStore, made: Make) -> None:
    """Traffic kept its promise; leads brought 90 where 120 to 230 were to be expected."""
    put_promises(store, AS_OF)
    report = made()
    assert report.data["promises"]["cells"] == 2
    text = report.text.replace("\u00a0", " ")
    assert (
        "De lo que la clasificación del 22 oct 2026 prometió, 1 de 2 celdas cumplieron dentro "
        "del rango del 80 %." in text
    )
    assert (
        "wompi · Leads quedó por debajo: prometió 180, logró 90 (se esperaba de 120 a 230)." in text
    )
    assert "Tráfico quedó" not in text
    check(report)


def test_a_cell_beyond_its_range_is_told_as_well(store: LocalStore, made: Make) -> None:
    """One cell only: the sentence is in the singular."""
    row = {
        "as_of": AS_OF, "promised_on": AS_OF - timedelta(days=30), "node": "banco",
        "objective": "sales", "pieces": 2, "shown": 2, "expected": 5.0, "promised": 10.0,
        "delivered": 21.0, "low": 6.0, "high": 14.0, "ratio": 10 / 21, "covered": 0.0,
        "rule_version": "r",
    }  # fmt: skip
    table = pa.Table.from_pylist([row], PROMISES)
    write_table(store, ranked_key(AS_OF, "promises"), table)
    text = made(language="en").text
    assert "0 of 1 cell delivered within its 80% range." in text
    assert (
        "banco · Conversion went beyond: promised 10, delivered 21 (6 to 14 was to be expected)."
        in text
    )


def test_without_an_old_enough_promise_the_report_says_so(made: Make) -> None:
    """The leaderboard has no comparison beside it."""
    report = made()
    assert report.data["promises"] is None
    assert "Ninguna promesa tiene edad suficiente todavía" in report.text


def test_accounts_that_do_not_add_up_are_named(made: Make) -> None:
    """0.6 % is missing in one, 5 % too much in another; 0.5 % and other weeks are no news."""
    report = made()
    assert [d["account_id"] for d in report.data["differences"]] == ["101", "1010000000000001"]
    text = report.text.replace("\u00a0", " ")
    assert "Meta, 101: los anuncios suman un 5,0 % más de gasto" in text
    assert "Meta, Marca Colombia: a los anuncios les falta el 0,6 % del gasto" in text
    assert "Marca Internacional" not in text


def test_a_promise_that_is_no_number_stops_the_report(store: LocalStore, made: Make) -> None:
    """Nobody is told that nothing was promised of something."""
    row = {
        "as_of": AS_OF, "promised_on": AS_OF, "node": "banco", "objective": "sales", "pieces": 2,
        "shown": 2, "expected": 5.0, "promised": 10.0, "delivered": float("nan"), "low": 6.0,
        "high": 14.0, "ratio": None, "covered": None, "rule_version": "r",
    }  # fmt: skip
    table = pa.Table.from_pylist([row], PROMISES)
    write_table(store, ranked_key(AS_OF, "promises"), table)
    with pytest.raises(QualityFailed, match="promises: banco · Conversión"):
        made()
