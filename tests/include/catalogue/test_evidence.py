"""What stands behind a piece is shown beside it, and only where it speaks of the same numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from include.catalogue.evidence import with_evidence
from include.catalogue.leaderboards import Leaderboards, leaderboard_of, newest_leaderboard
from include.catalogue.manifest import Manifest
from include.lake import write_table
from include.leaderboards import LEADERBOARD, ranked_key
from include.store import LocalStore
from tests.include.catalogue.reading import words
from tests.include.catalogue.world import AS_OF, BUSY_CELL, TODAY, set_id_of

SET_ID = set_id_of(*BUSY_CELL, TODAY)


@pytest.fixture
def manifest(world: tuple[LocalStore, str]) -> Manifest:
    """The set of last night as the store has it."""
    data = json.loads(world[0].read(f"sets/{SET_ID}/manifest.json"))
    return Manifest.model_validate(data)


@pytest.fixture
def ranked(world: tuple[LocalStore, str]) -> Leaderboards:
    """The leaderboard that it was made from."""
    found = leaderboard_of(world[0], AS_OF)
    assert found is not None
    return found


def changed(ranked: Leaderboards, column: str, value: object) -> Leaderboards:
    """The same leaderboard with one column of the first row changed."""
    rows = ranked.table.to_pylist()
    rows[rows.index(next(r for r in rows if (r["node"], r["objective"]) == BUSY_CELL))][column] = (
        value
    )
    return replace(ranked, table=pa.Table.from_pylist(rows, LEADERBOARD))


def test_a_set_gets_the_evidence_of_its_own_leaderboard(
    manifest: Manifest, ranked: Leaderboards
) -> None:
    """Pieces, the shares of traits, and the share of winners that is expected to be false."""
    found = with_evidence(manifest, ranked)
    evidence = [piece.evidence for piece in found.inspirations]
    assert [e and e.grade for e in evidence][:3] == [
        "same_ad_set", "same_campaign", "different_audiences",
    ]  # fmt: skip
    assert [e and e.worn for e in evidence] == [False, False, False, True, False, False]
    shares = {t.label: (t.share_winners, t.share_others) for t in found.traits}
    assert shares["phone"] == (0.68, 0.31)
    assert shares["one"] == (None, None)
    assert found.leaderboard.false_winners == 0.034


@pytest.mark.parametrize(
    ("column", "value"), [("mean", 2.4), ("rule_version", "other/2"), ("picture", "f" * 64)]
)
def test_a_day_ranked_again_adds_nothing_to_a_set_of_before(
    manifest: Manifest, ranked: Leaderboards, column: str, value: object
) -> None:
    """The set tells the numbers of its night; sentences about other numbers would contradict."""
    assert with_evidence(manifest, changed(ranked, column, value)) == manifest


def test_a_trait_that_was_worked_out_again_keeps_its_own_numbers(
    manifest: Manifest, ranked: Leaderboards
) -> None:
    """Shares go with the effect they were told with."""
    rows = [{**row, "effect": row["effect"] + 0.1} for row in ranked.shared.to_pylist()]
    other = replace(ranked, shared=pa.Table.from_pylist(rows, ranked.shared.schema))
    assert with_evidence(manifest, other).traits == manifest.traits


def test_without_a_leaderboard_a_set_is_shown_as_it_is(manifest: Manifest) -> None:
    """Also a set that nothing inspired."""
    assert with_evidence(manifest, None) == manifest


def test_an_older_leaderboard_without_the_newer_columns_is_shown(
    world: tuple[LocalStore, str], empty_store: LocalStore
) -> None:
    """Its rows have no evidence, and no traits file lies beside it."""
    told = leaderboard_of(world[0], AS_OF)
    assert told is not None
    table = told.table.drop_columns(["grade", "details_es", "false_winners"])
    write_table(empty_store, ranked_key(AS_OF, "leaderboard"), table)
    found = newest_leaderboard(empty_store)
    assert found is not None
    first = found.cell(*BUSY_CELL)[0]
    assert (first["evidence"], first["false_winners"]) == (None, None)
    assert found.traits(*BUSY_CELL) == []
    assert leaderboard_of(empty_store, AS_OF - timedelta(days=1)) is None


def test_a_label_without_words_is_no_trait(ranked: Leaderboards) -> None:
    """The vocabulary changed since."""
    rows = [{**row, "label": "unicorn"} for row in ranked.shared.to_pylist()[:1]]
    other = replace(ranked, shared=pa.Table.from_pylist(rows, ranked.shared.schema))
    assert other.traits(*BUSY_CELL) == []


def test_a_cell_shows_badges_details_and_what_is_missing(client: TestClient) -> None:
    """The first piece, the worn fourth, and the sixth that cannot be judged yet."""
    text = words(client.get("/cells/wompi/traffic").text)
    assert "Ganadora Inspira Comparada en su conjunto de anuncios" in text
    assert text.count("Desgastada") == 1
    assert "Pocos datos Inspira Comparada con otros públicos" in text
    assert text.count("Para juzgarla faltan cerca de $ 250.000 de gasto.") == 1
    assert "Por la misma inversión, un anuncio usual llevaría menos resultados." in text
    english = words(client.get("/cells/wompi/traffic?lang=en").text)
    assert "For the same spend an ordinary ad would have fewer results by now." in english


def test_guard_rails_stand_apart_from_the_index(client: TestClient) -> None:
    """Under words of their own; what is not measured says so."""
    text = words(client.get("/cells/wompi/traffic").text)
    assert (
        "Para vigilar; no cuentan en el índice CTR 2,39 % Costo por clic $ 282 "
        "Clics que no llegan 21 %" in text
    )
    text = words(client.get("/cells/wompi/leads").text)
    assert "Costo por conversión $ 12.400 Conversiones sin clic no se mide" in text
    assert "ROAS 3,4×" in words(client.get("/cells/wompi/sales").text)
    assert "Frecuencia diaria 1,8" in words(client.get("/cells/wompi/awareness").text)


def test_revenue_stands_beside_sales_only(client: TestClient) -> None:
    """4,400 purchases for 4,240,000 pesos; clicks have no revenue."""
    assert "4.400 $ 4.240.000 1.826" in words(client.get("/cells/wompi/sales").text)
    assert "Ingresos" not in client.get("/cells/wompi/traffic").text
    sales = set_id_of("wompi", "sales", TODAY)
    assert "Ingresos $ 4.240.000" in words(client.get(f"/sets/{sales}").text)


def test_traits_say_how_many_winners_show_them(client: TestClient) -> None:
    """On the cell's page and on the set's, each with the warning."""
    for path in ("/cells/wompi/traffic", f"/sets/{SET_ID}"):
        text = words(client.get(path).text)
        assert "+27 % +8 % a +52 % 68 % de las ganadoras, 31 % de las demás" in text
        assert "Es asociación, no causa." in text


def test_the_false_winner_rate_rules_and_day_are_stated(client: TestClient) -> None:
    """One sentence, the night's own estimate, and what the numbers were made by."""
    said = "A lo sumo el 10 % de las ganadoras lo parece por azar. Estimado esa noche: 3,4 %."
    cell = words(client.get("/cells/wompi/traffic").text)
    assert f"{said} Reglas gamma-poisson/1+objectives/1." in cell
    one = words(client.get(f"/sets/{SET_ID}").text)
    assert f"{said} Datos hasta el 20 nov 2026, reglas gamma-poisson/1+objectives/1." in one
