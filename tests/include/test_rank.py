"""Leaderboards from a warehouse of a few rows, with numbers checked by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import include.rank
from include.config.objectives import load_objectives
from include.config.reading import config_path
from include.leaderboards import ranked_days, ranked_key, read_leaderboard, read_traits
from include.promises import promise_day
from include.rank import leaderboards, rank
from include.sandbox.world import World
from include.store import open_store

DAY = date(2026, 11, 20)
NEWEST = date(2026, 11, 19)
MONDAY, NEXT_MONDAY = "2026-11-02", "2026-11-09"
COP, USD = ("meta", "101", "COP"), ("x_ads", "202", "USD")

# account, campaign, ad, picture, day, impressions, link clicks, leads, spend.
# Pesos: pieces get 1.5, 1.0 and 0.5 clicks per 1000; an ordinary one gets 1. Dollars: about 2.
ADS = [
    (COP, "c1", "a1", "good", MONDAY, 30_000, 300, 2, 200_000),
    (COP, "c1", "a1", "good", NEXT_MONDAY, 30_000, 300, 1, 200_000),
    (COP, "c1", "a2", "usual", MONDAY, 40_000, 300, 1, 300_000),
    (COP, "c2", "a3", "bad", MONDAY, 80_000, 250, 0, 500_000),
    (COP, "c2", "a4", "organic", MONDAY, 900, 0, 0, 0),
    (USD, "c3", "b1", "good", MONDAY, 9_000, 75, None, 40),
    (USD, "c3", "b2", "thin", MONDAY, 40, 12, None, 5),
    (USD, "c3", "b3", "usual", MONDAY, 2_000, 27, None, 15),
    (COP, "none", "a9", "homeless", MONDAY, 10, 0, 0, 0),
]
CAMPAIGNS = [
    (COP, "c1", "wompi", "traffic"),
    (COP, "c2", "wompi", "traffic"),
    (USD, "c3", "wompi", "traffic"),
    (COP, "none", None, "traffic"),
]
LABELS = {
    "good": ["phone", "green"],
    "usual": ["green", "phone"],
    "bad": ["keys"],
    "thin": ["keys"],
}


def warehouse_of(ads: list[Any] = ADS, scale: int = 1) -> duckdb.DuckDBPyConnection:
    """A warehouse in memory with the columns of the real one that ranking reads."""
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE ad_daily (platform TEXT, account_id TEXT, currency TEXT, campaign_id TEXT,"
        " ad_set_id TEXT, ad_id TEXT, picture TEXT, report_date DATE, impressions BIGINT,"
        " link_clicks BIGINT, leads DOUBLE, spend DECIMAL(18, 6), engagements BIGINT,"
        " video_views BIGINT, purchases DOUBLE, conversions DOUBLE, as_of DATE,"
        " reach BIGINT, revenue DECIMAL(18, 6), landing_page_views BIGINT,"
        " view_through_conversions DOUBLE)"
    )
    con.execute(
        "CREATE TABLE completeness (platform TEXT, result TEXT, age INTEGER, seen DOUBLE,"
        " final DOUBLE)"
    )
    con.execute("CREATE TABLE ads (platform TEXT, account_id TEXT, ad_id TEXT, creative_id TEXT)")
    con.execute(
        "CREATE TABLE creatives (platform TEXT, account_id TEXT, creative_id TEXT, format TEXT)"
    )
    con.execute("CREATE TABLE creative_images (picture TEXT, is_thumbnail BOOLEAN)")
    con.execute(
        "CREATE TABLE campaigns (platform TEXT, account_id TEXT, currency TEXT, campaign_id TEXT,"
        " node TEXT, objective TEXT)"
    )
    for (platform, account, currency), campaign, *rest, spend in ads:
        money = spend * (scale if currency == "USD" else 1)
        con.execute(
            "INSERT INTO ad_daily VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, NULL, 0, 0, ?,"
            " NULL, NULL, NULL, NULL)",
            [platform, account, currency, campaign, f"{campaign}s", *rest, money, NEWEST],
        )
    for (platform, account, currency), *rest in CAMPAIGNS:
        con.execute(
            "INSERT INTO campaigns VALUES (?, ?, ?, ?, ?, ?)", [platform, account, currency, *rest]
        )
    add_marts(con)
    con.execute(
        "CREATE TABLE descriptions (describer TEXT, revision TEXT, settings TEXT,"
        " picture TEXT, error TEXT,"
        " labels STRUCT(category TEXT, label TEXT, similarity DOUBLE)[])"
    )
    for picture, labels in LABELS.items():
        shown = [{"category": "prop", "label": label, "similarity": 1.0} for label in labels]
        con.execute(
            "INSERT INTO descriptions VALUES ('layout', '1', '{}', ?, NULL, ?)", [picture, shown]
        )
    con.execute("INSERT INTO descriptions VALUES ('layout', '1', '{}', 'organic', 'broken', NULL)")
    con.execute("CREATE TABLE clusters (describer_key TEXT, picture TEXT, creative TEXT)")
    con.execute(
        "CREATE TABLE vectors (picture TEXT, describer TEXT, revision TEXT, settings TEXT,"
        " vector FLOAT[])"
    )
    return con


def add_marts(con: duckdb.DuckDBPyConnection) -> None:
    """The picture of each ad, as the real warehouse has it."""
    con.execute(
        "CREATE TABLE ad_pictures AS SELECT DISTINCT platform, account_id, ad_id, picture"
        " FROM ad_daily"
    )


def board(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Rows of the only cell by picture."""
    table = leaderboards(con, load_objectives(), DAY).leaderboard
    return {row["picture"]: row for row in table.to_pylist()}


def test_results_are_compared_with_those_of_an_ordinary_ad_in_the_same_accounts() -> None:
    """Pesos buy one click per 1000 and dollars two each, so "good" had 480 to beat and got 675."""
    rows = board(warehouse_of())
    assert rows["good"]["results"] == 675
    assert rows["good"]["expected"] == pytest.approx(400 + 80, rel=0.03)
    assert rows["usual"]["expected"] == pytest.approx(300 + 30, rel=0.03)
    assert rows["bad"]["expected"] == pytest.approx(500, rel=0.03)
    assert rows["thin"]["expected"] == pytest.approx(10, rel=0.12)


def test_the_order_verdicts_and_choice_of_the_cell() -> None:
    """Five pieces: three are too few to be sure of any, two have too little to say; the piece that
    is probably below the ordinary inspires nothing."""
    rows = board(warehouse_of())
    assert sorted(rows, key=lambda p: rows[p]["rank"])[:3] == ["good", "usual", "bad"]
    assert rows["good"]["mean"] > 1 > rows["bad"]["mean"]
    assert {p: r["verdict"] for p, r in rows.items()} == {
        "good": "ordinary",
        "usual": "ordinary",
        "bad": "ordinary",
        "thin": "not_enough_evidence",
        "organic": "not_enough_evidence",
    }
    assert rows["bad"]["prob_above_baseline"] < 0.2
    assert {p for p, r in rows.items() if r["chosen"]} == {"good", "usual", "thin"}
    assert sum(r["weight"] for r in rows.values()) == pytest.approx(1)
    assert rows["bad"]["weight"] == 0


def test_a_picture_in_several_ads_and_accounts_is_judged_once() -> None:
    """Its ads are pooled, its money stays apart by currency, its main campaign is the busiest."""
    good = board(warehouse_of())["good"]
    assert good["ads"] == 2
    assert good["platforms"] == ["meta", "x_ads"]
    assert good["impressions"] == 69_000
    assert good["spend"] == [
        {"currency": "COP", "amount": Decimal("400000.000000")},
        {"currency": "USD", "amount": Decimal("40.000000")},
    ]
    assert (good["first_date"], good["last_date"]) == (date(2026, 11, 2), date(2026, 11, 9))
    assert good["campaign_id"] == "c1"


def test_the_reason_tells_the_numbers_of_the_row() -> None:
    """The analyst reads what the row says, in both languages."""
    rows = board(warehouse_of())
    assert "veces lo usual en sus cuentas" in rows["good"]["reason_es"]
    assert "con 675 clics y $\u00a0400.000 y US$\u00a040,00" in rows["good"]["reason_es"]
    assert "with 675 clicks and COP\u00a0400,000 and USD\u00a040.00" in rows["good"]["reason_en"]
    assert "12 clics; con ese dinero un anuncio usual lograría 8,9" in rows["thin"]["reason_es"]
    assert rows["good"]["rule_version"] == "shrunk-index/3+objectives/2"


def test_cents_and_dollars_give_the_same_leaderboard() -> None:
    """A currency written in hundredths moves no index."""
    plain, cents = board(warehouse_of()), board(warehouse_of(scale=100))
    for picture, row in plain.items():
        assert cents[picture]["mean"] == pytest.approx(row["mean"], rel=1e-6)
        assert cents[picture]["rank"] == row["rank"]


def test_the_order_of_rows_does_not_matter() -> None:
    """Ads handed over backwards give the same tables, to the last bit."""
    objectives = load_objectives()
    forwards = leaderboards(warehouse_of(), objectives, DAY)
    backwards = leaderboards(warehouse_of(ADS[::-1]), objectives, DAY)
    assert forwards.leaderboard.equals(backwards.leaderboard)
    assert forwards.traits.equals(backwards.traits)
    assert forwards.rates.equals(backwards.rates)


def leads_of(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """The same ads as if they were meant to bring leads."""
    con.execute("UPDATE campaigns SET objective = 'leads'")
    return board(con)


def test_a_result_that_an_account_does_not_count_is_unknown_there_not_zero() -> None:
    """The dollar account has no leads at all: its money expects none, and does not look wasted."""
    rows = leads_of(warehouse_of())
    assert rows["good"]["results"] == 3
    pesos_only = leads_of(warehouse_of([ad for ad in ADS if ad[0] is COP]))
    assert rows["good"]["expected"] == pesos_only["good"]["expected"]
    assert rows["thin"]["expected"] == 0
    assert rows["thin"]["verdict"] == "not_enough_evidence"
    assert "sin inversión en cuentas que midan leads" in rows["thin"]["reason_es"]


def test_a_missing_number_in_an_account_that_counts_is_a_zero() -> None:
    """Platforms leave out conversions that did not happen; those pieces must not vanish."""
    told = leads_of(warehouse_of())
    left_out = [(*ad[:7], ad[7] or None, ad[8]) for ad in ADS]
    silent = leads_of(warehouse_of(left_out))
    assert silent["bad"]["expected"] == told["bad"]["expected"] > 0
    assert silent["bad"]["mean"] == told["bad"]["mean"] < 1


def test_traits_compare_pieces_with_a_label_and_without() -> None:
    """Phones: 1002 results where 810 are expected; keys: 262 of 510; "organic": nothing seen."""
    traits = leaderboards(warehouse_of(), load_objectives(), DAY).traits
    rows = {row["label"]: row for row in traits.to_pylist()}
    assert rows["phone"]["effect"] > 1 > rows["keys"]["effect"]
    assert rows["phone"]["pieces"] == 2
    assert rows["phone"]["low"] < rows["phone"]["effect"] < rows["phone"]["high"]
    assert rows["phone"]["effect"] == pytest.approx(1 / rows["keys"]["effect"])
    assert rows["phone"]["category"] == "prop"


def test_an_unknown_objective_and_an_empty_warehouse_rank_nothing() -> None:
    """Campaigns whose objective no rule names stay out; no pieces give empty tables."""
    con = warehouse_of()
    con.execute("UPDATE campaigns SET objective = 'unknown'")
    assert leaderboards(con, load_objectives(), DAY).leaderboard.num_rows == 0
    found = leaderboards(warehouse_of([]), load_objectives(), DAY)
    tables = (found.leaderboard, found.traits, found.rates, found.promises)
    assert [table.num_rows for table in tables] == [0, 0, 0, 0]


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hand-made warehouse in place of the stored one."""

    @contextmanager
    def opened(store: Any) -> Iterator[duckdb.DuckDBPyConnection]:
        yield warehouse_of()

    monkeypatch.setattr(include.rank, "open_warehouse", opened)


@pytest.mark.usefixtures("warehouse")
def test_a_second_run_writes_the_same_bytes(tmp_path: Path) -> None:
    """Ranking the same warehouse again changes no file."""
    store = open_store(str(tmp_path))
    first = rank(store, DAY)
    keys = store.keys("leaderboards")
    assert keys == [
        f"leaderboards/day=2026-11-20/{name}.parquet"
        for name in ("leaderboard", "promises", "rates", "traits")
    ]
    before = [store.read(key) for key in keys]
    assert rank(store, DAY) == first
    assert [store.read(key) for key in keys] == before
    assert (first.cells, first.pieces, first.chosen) == (1, 5, 3)


@pytest.mark.usefixtures("warehouse")
def test_the_newest_day_is_read_unless_one_is_named(tmp_path: Path) -> None:
    """Every night's leaderboard stays; readers get the latest."""
    store = open_store(str(tmp_path))
    earlier = date(2026, 11, 19)
    rank(store, DAY)
    rank(store, earlier)
    assert ranked_days(store) == [earlier, DAY]
    assert read_leaderboard(store)["as_of"][0].as_py() == DAY
    assert read_leaderboard(store, earlier)["as_of"][0].as_py() == earlier
    assert isinstance(read_traits(store), pa.Table)
    assert read_traits(store, DAY).num_rows > 0


@pytest.mark.usefixtures("warehouse")
def test_the_repair_of_an_old_day_leaves_its_leaderboard_alone(tmp_path: Path) -> None:
    """The warehouse was read up to the 19th; a board of the 10th must not know of it."""
    store = open_store(str(tmp_path))
    assert rank(store, date(2026, 11, 10)).as_of == NEWEST
    assert ranked_days(store) == [NEWEST]


def test_before_the_first_ranking_there_is_nothing_to_read(tmp_path: Path) -> None:
    """The message says what to run."""
    with pytest.raises(FileNotFoundError, match="run rank_creatives"):
        read_leaderboard(open_store(str(tmp_path)))


@pytest.fixture(scope="module")
def sandbox() -> tuple[World, duckdb.DuckDBPyConnection]:
    """Four months of the synthetic world, pictures named by their keys."""
    world = World(today=DAY, seed=3, creatives_per_month=640, months=4)
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    daily, campaigns = [], []
    for account in world.accounts:
        place = (account.platform, account.account_id, account.currency)
        campaigns += [(*place, c.id, c.node, c.objective) for c in world.campaigns(account, now)]
        seen = world.daily(account, date(2026, 8, 1), DAY, now)
        ads = [(a.ad_set.campaign.id, a.ad_set.id, a.id, a.creative.picture.key) for a in seen.ads]
        told = pa.table(
            {
                "report_date": pa.array(seen.day - date(1970, 1, 1).toordinal(), pa.int32()).cast(
                    pa.date32()
                ),
                "impressions": seen.counts["impressions"],
                "link_clicks": seen.counts["link_clicks"],
                "engagements": seen.counts["engagements"],
                "leads": seen.leads,
                "purchases": seen.purchases,
                "spend": seen.spend / 1e6,
            }
        )
        names = ("campaign_id", "ad_set_id", "ad_id", "picture")
        for name, ids in zip(names, zip(*ads, strict=True), strict=True):
            told = told.append_column(name, pa.array(ids).take(pa.array(seen.ad)))
        for name, value in zip(("platform", "account_id", "currency"), place, strict=True):
            told = told.append_column(name, pa.array([value] * len(seen)))
        daily.append(told)
    con = warehouse_of([])
    con.register("told", pa.concat_tables(daily))
    con.execute("INSERT INTO ad_daily BY NAME SELECT * FROM told")
    con.execute("DELETE FROM campaigns")
    con.executemany("INSERT INTO campaigns VALUES (?, ?, ?, ?, ?, ?)", campaigns)
    con.execute("DROP TABLE ad_pictures")
    add_marts(con)
    return world, con


def dollars(row: dict[str, Any]) -> float:
    """What a piece cost, in one currency."""
    return sum(float(s["amount"]) / (4000 if s["currency"] == "COP" else 1) for s in row["spend"])


def test_chosen_pieces_of_the_sandbox_world_really_work_better(
    sandbox: tuple[World, duckdb.DuckDBPyConnection],
) -> None:
    """Their true effect beats the cell's average by far, and that of the best raw rates too.

    The raw rate is what a spreadsheet would say: results per dollar, pesos at 4000 each.
    """
    world, con = sandbox
    rows = leaderboards(con, load_objectives(), DAY).leaderboard.to_pylist()
    ours, average, raw = [], [], []
    for cell in sorted({(r["node"], r["objective"]) for r in rows}):
        pieces = [r for r in rows if (r["node"], r["objective"]) == cell]
        truth = {r["picture"]: world.truth(r["picture"]).multipliers[cell] for r in pieces}
        chosen = [r["picture"] for r in pieces if r["chosen"]]
        rated = sorted(
            (r for r in pieces if dollars(r) > 0), key=lambda r: -r["results"] / dollars(r)
        )
        if len(chosen) < 3:
            continue
        best_raw = [truth[r["picture"]] for r in rated[: len(chosen)]]
        ours.append(np.mean([truth[p] for p in chosen]))
        average.append(np.mean(list(truth.values())))
        raw.append(np.mean(best_raw))
    assert len(ours) >= 16
    assert np.mean(np.divide(ours, average)) > 1.5
    assert np.mean(np.divide(ours, raw)) > 1.0


def test_most_winners_of_the_sandbox_world_are_real(
    sandbox: tuple[World, duckdb.DuckDBPyConnection],
) -> None:
    """Winners are few of all pieces, and at most one in ten is truly below its objective's mean."""
    world, con = sandbox
    rows = leaderboards(con, load_objectives(), DAY).leaderboard.to_pylist()
    for row in rows:
        row["truth"] = world.truth(row["picture"]).multipliers[row["node"], row["objective"]]
    false, winners = 0, 0
    for objective in {row["objective"] for row in rows}:
        pieces = [row for row in rows if row["objective"] == objective]
        usual = np.average([r["truth"] for r in pieces], weights=[r["expected"] for r in pieces])
        won = [row for row in pieces if row["verdict"] == "winner"]
        winners += len(won)
        false += sum(row["truth"] < usual for row in won)
    assert 100 < winners < len(rows) / 3
    assert false / winners < 0.05


def told(con: duckdb.DuckDBPyConnection, **columns: Any) -> dict[str, dict[str, Any]]:
    """The board after setting columns of all of ad "a1"."""
    for name, value in columns.items():
        con.execute(f"UPDATE ad_daily SET {name} = ? WHERE ad_id = 'a1'", [value])  # noqa: S608
    return board(con)


def test_a_preview_and_a_residual_are_never_ranked() -> None:
    """A picture of which only a small preview exists, and money that belongs to no ad."""
    con = warehouse_of()
    con.execute("INSERT INTO creative_images VALUES ('bad', true), ('good', true), ('good', false)")
    con.execute("UPDATE ad_daily SET ad_id = '__residual__:c1' WHERE ad_id = 'a2'")
    con.execute("UPDATE ad_pictures SET ad_id = '__residual__:c1' WHERE ad_id = 'a2'")
    con.execute("DELETE FROM ad_daily WHERE ad_id = 'b3'")
    assert set(board(con)) == {"good", "thin", "organic"}


def test_young_days_are_held_against_as_much_as_is_told_of_them() -> None:
    """Leads of the 9th, read on the 19th: ten days after, the learned share is told."""
    con = warehouse_of()
    con.execute("UPDATE campaigns SET objective = 'leads'")
    con.execute("INSERT INTO completeness VALUES ('meta', 'leads', 10, 4000, 5000)")
    con.execute("UPDATE ad_daily SET as_of = report_date + 10 WHERE report_date = '2026-11-09'")
    con.execute("UPDATE ad_daily SET as_of = report_date + 90 WHERE report_date = '2026-11-02'")
    rows = board(con)
    # Half of the money of "good" in pesos is of the 9th: (1 + 0.8) / 2 of it is told.
    assert rows["usual"]["complete"] == pytest.approx(1)
    assert rows["good"]["complete"] == pytest.approx(0.9, abs=0.01)
    assert any("conversiones" in line for line in rows["good"]["details_es"])


def test_guard_rails_stand_beside_the_kpi() -> None:
    """Of 300 + 300 link clicks of "good" measured on Meta, 450 pages were loaded."""
    con = warehouse_of()
    rows = told(con, landing_page_views=225)
    rails = {(g["name"], g["currency"]): g["value"] for g in rows["good"]["guard_rails"]}
    assert rails["click_to_landing_gap", None] == pytest.approx(0.25)
    assert rails["cpc", "COP"] == pytest.approx(400_000 / 600)
    assert rails["ctr", None] == pytest.approx(675 / 69_000)
    assert rows["good"]["mean"] == board(warehouse_of())["good"]["mean"]


def test_a_piece_says_what_it_would_still_have_to_spend() -> None:
    """ "thin" has the chance of 8 clicks by now; 22 more at 0.56 dollars are about 13."""
    missing = board(warehouse_of())["thin"]["missing"]
    assert missing["currency"] == "USD"
    assert 10 <= missing["amount"] <= 15


def test_ordinary_rates_are_stored_with_the_board() -> None:
    """One click per 1000 pesos and about two per dollar."""
    rates = {
        r["account_id"]: r
        for r in leaderboards(warehouse_of(), load_objectives(), DAY).rates.to_pylist()
    }
    assert rates["101"]["rate"] == pytest.approx(0.001, rel=0.05)
    assert rates["202"]["rate"] == pytest.approx(2, rel=0.15)
    assert rates["101"]["result"] == "link_clicks"


def test_last_months_promises_are_held_against_what_came_since() -> None:
    """ "good" and "usual" promised on the 5th; of what came after, only "good" has any."""
    then = leaderboards(warehouse_of(), load_objectives(), date(2026, 11, 5)).leaderboard
    found = leaderboards(warehouse_of(), load_objectives(), DAY, earlier=then).promises.to_pylist()
    assert len(found) == 1
    promise = found[0]
    assert promise["promised_on"] == date(2026, 11, 5)
    assert (promise["node"], promise["objective"]) == ("wompi", "traffic")
    assert (promise["pieces"], promise["shown"]) == (3, 1)
    assert promise["delivered"] == 300
    assert promise["expected"] == pytest.approx(200, rel=0.05)
    mean = next(r["mean"] for r in then.to_pylist() if r["picture"] == "good")
    assert promise["promised"] == pytest.approx(mean * promise["expected"])
    assert promise["ratio"] == pytest.approx(promise["promised"] / 300)
    assert promise["low"] < promise["promised"] < promise["high"]


def test_the_promise_of_about_a_month_ago_is_taken(tmp_path: Path) -> None:
    """Of boards 5, 25, 33 and 90 days old the one of 33 days; of a single young one none."""
    store = open_store(str(tmp_path))
    assert promise_day(store, DAY) is None
    for age in (5, 25, 33, 90):
        store.write(ranked_key(DAY - timedelta(days=age), "leaderboard"), b"x")
    assert promise_day(store, DAY) == DAY - timedelta(days=33)


def test_an_account_may_hold_results_against_times_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `per: impressions` money plays no part: twice the price gives the same board."""
    text = config_path("objectives.yaml").read_text(encoding="utf-8")
    changed = text.replace("result: link_clicks\n", "result: link_clicks\n    per: impressions\n")
    (tmp_path / "objectives.yaml").write_text(changed, encoding="utf-8")
    monkeypatch.setenv("PAUTA_CONFIG", str(tmp_path))
    plain, dear = board(warehouse_of()), board(warehouse_of(scale=3))
    assert plain["good"]["per"] == "impressions"
    assert plain["good"]["missing"] is None
    assert {p: r["mean"] for p, r in plain.items()} == {p: r["mean"] for p, r in dear.items()}


# Five pieces of one campaign each, from best to worst; nothing but their looks tells them apart.
RANKED = [
    (COP, f"k{n}", f"r{n}", f"p{n}", MONDAY, 100_000, 4_000 - 100 * n, 0, 100_000) for n in range(5)
]


def chosen_of(clusters: dict[str, str], vectors: dict[str, list[float]]) -> list[str]:
    """The pieces of `RANKED` that inspire, of three; all show the same labels."""
    con = warehouse_of(RANKED)
    for (platform, account, currency), campaign, *_ in RANKED:
        con.execute(
            "INSERT INTO campaigns VALUES (?, ?, ?, ?, 'wompi', 'traffic')",
            [platform, account, currency, campaign],
        )
    for picture, creative in clusters.items():
        con.execute("INSERT INTO clusters VALUES ('clip', ?, ?)", [picture, creative])
    if clusters:  # another describer saw fewer pictures
        con.execute("INSERT INTO clusters VALUES ('older', 'p0', 'p4'), ('older', 'p1', 'p4')")
    for picture, vector in vectors.items():
        con.execute("INSERT INTO vectors VALUES (?, 'clip', '1', '{}', ?)", [picture, vector])
    return sorted(picture for picture, row in board(con).items() if row["chosen"])


def test_near_duplicates_inspire_a_set_at_most_twice() -> None:
    """p0, p1, p2 are one creative: with p0 and p1 in the set, p3 and p4 come before p2."""
    alone = {f"p{n}": f"p{n}" for n in range(5)}
    assert chosen_of(alone, {}) == ["p0", "p1", "p2", "p3", "p4"]
    copies = {**alone, "p1": "p0", "p2": "p0"}
    assert chosen_of(copies, {}) == ["p0", "p1", "p3", "p4"]


def test_pictures_that_a_model_sees_as_one_inspire_a_set_at_most_twice() -> None:
    """Three vectors of one direction and two across."""
    same, across, up = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]
    vectors = {"p0": same, "p1": same, "p2": same, "p3": across, "p4": up}
    assert chosen_of({}, vectors) == ["p0", "p1", "p3", "p4"]


def test_vectors_of_some_pieces_are_not_held_against_the_others() -> None:
    """ "bad" has labels and no vector: likeness comes from labels for all."""
    con = warehouse_of()
    before = board(con)
    for picture in ("good", "usual", "thin"):
        con.execute("INSERT INTO vectors VALUES (?, 'clip', '1', '{}', [1.0, 0.0])", [picture])
    assert board(con) == before
