"""What the warehouse makes of the lake."""

import json
import random
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.describe.record import SCHEMA as DESCRIPTION
from generation.describe.record import Description, vectors_table
from include.config.nodes import load_nodes
from include.errors import QualityFailed
from include.lake import Partition, write_table
from include.leaderboards import LEADERBOARD
from include.store import LocalStore
from include.tables import RESIDUAL, TABLES
from include.vectors import CLUSTERS
from include.warehouse import read_pointer
from include.warehouse.building import statement
from include.warehouse.tables import WAREHOUSE
from include.warehouse.versions import POINTER

DAY = date(2026, 11, 20)
EVE = DAY - timedelta(days=1)


def test_the_latest_reading_wins_and_all_readings_stay(any_store, lake_in, listing, ad_day, money):
    """Meta told 12.50 for a1 yesterday and 13.75 today; both are kept, today's is shown."""
    lake = lake_in(any_store)
    lake.write(EVE, **listing, ad_daily=[ad_day(report_date=EVE)])
    today = [ad_day(report_date=EVE, spend=Decimal("13.75")), ad_day()]
    lake.write(DAY, **listing, ad_daily=today)
    lake.build()
    shown = "SELECT report_date, spend, as_of FROM ad_daily ORDER BY ALL"
    assert lake.ask(shown) == [(EVE, money("13.75"), DAY), (DAY, money("12.5"), DAY)]
    kept = "SELECT as_of, report_date, spend FROM ad_daily_readings ORDER BY ALL"
    assert lake.ask(kept) == [
        (EVE, EVE, money("12.5")),
        (DAY, EVE, money("13.75")),
        (DAY, DAY, money("12.5")),
    ]


def test_rows_before_the_newest_window_stay(lake, ad_day):
    """A day read in September is still there after November's 28 days were read."""
    september = date(2026, 9, 1)
    lake.write(september, ad_daily=[ad_day(report_date=september)])
    lake.write(DAY, ad_daily=[ad_day()])
    lake.build()
    shown = lake.ask("SELECT report_date, as_of FROM ad_daily ORDER BY ALL")
    assert shown == [(september, september), (DAY, DAY)]
    assert lake.ask("SELECT vanished_rows FROM freshness WHERE rows > 0") == [(0,)]


def test_a_row_that_the_newest_reading_no_longer_tells_stays_and_is_counted(lake, ad_day):
    """a2 had numbers yesterday; today's reading covers that day and is silent about a2."""
    eve = [ad_day(report_date=EVE), ad_day(report_date=EVE, ad_id="a2")]
    lake.write(EVE, ad_daily=eve)
    lake.write(DAY, ad_daily=[ad_day(report_date=EVE), ad_day()])
    lake.build()
    assert lake.ask("SELECT count(*) FROM ad_daily WHERE ad_id = 'a2'") == [(1,)]
    assert lake.ask("SELECT vanished_rows FROM freshness WHERE rows > 0") == [(1,)]


def test_marts_are_sums_of_ad_days(lake, listing, ad_day, money):
    """Two ads of one picture: 1000 + 500 impressions; the third ad counts for the account only."""
    days = [
        ad_day(leads=1.5),
        ad_day(ad_id="a2", impressions=500, report_date=EVE, spend=Decimal(10)),
        ad_day(ad_id="gone", campaign_id="c9", impressions=7, clicks=0, link_clicks=0),
    ]
    lake.write(**listing, ad_daily=days)
    lake.build()
    assert lake.ask("SELECT * FROM ad_pictures ORDER BY ad_id") == [
        ("meta", "1010000000000001", "a1", "aa" * 32),
        ("meta", "1010000000000001", "a2", "aa" * 32),
    ]
    picture = """
        SELECT node, objective, picture, ads, impressions, link_clicks, engagements, leads,
               purchases, video_views, spend, currency, first_date, last_date
        FROM picture_results
    """
    spent = (money("22.5"), "COP")
    assert lake.ask(picture) == [
        ("wompi", "traffic", "aa" * 32, 2, 1500, 20, 10, 1.5, None, None, *spent, EVE, DAY)
    ]
    account = "SELECT objective, ads, impressions, spend FROM account_results ORDER BY objective"
    assert lake.ask(account) == [
        ("traffic", 2, 1500, money("22.5")),
        ("unknown", 1, 7, money("12.5")),
    ]


def test_campaigns_carry_their_node(lake, listing):
    """By the patterns of nodes.yaml; a campaign of nobody, or without a name, has none."""
    nameless = {**listing["campaigns"][0], "campaign_id": "c3", "name": None}
    listing["campaigns"].append(nameless)
    lake.write(**listing)
    lake.build()
    found = lake.ask("SELECT campaign_id, node, objective FROM campaigns ORDER BY campaign_id")
    assert found == [("c1", "wompi", "traffic"), ("c2", None, "unknown"), ("c3", None, "traffic")]


def test_listings_keep_what_is_gone_and_renew_what_is_there(lake, listing):
    """a2 was deleted and stays; a1 was renamed; the creative's second card was taken out."""
    lake.write(EVE, **listing)
    del listing["ads"][1], listing["creative_images"][1]
    listing["ads"][0]["name"] = "new"
    lake.write(DAY, **listing)
    lake.build()
    assert lake.ask("SELECT ad_id, name, as_of FROM ads ORDER BY ad_id") == [
        ("a1", "new", DAY),
        ("a2", None, EVE),
    ]
    assert lake.ask("SELECT position, as_of FROM creative_images") == [(0, DAY)]


def test_the_main_picture_is_the_first_that_is_stored(lake, listing):
    """The picture at position 0 could not be had, so the ad stands for its second card."""
    gone = {"picture": None, "mime": None, "status": "unavailable", "reason": "404"}
    listing["creative_images"][0].update(gone)
    lake.write(**listing)
    lake.build()
    assert lake.ask("SELECT DISTINCT picture FROM ad_pictures") == [("bb" * 32,)]


def test_a_small_preview_is_no_picture_of_the_ad(lake, listing):
    """Of card 0 only a preview could be had: the ad stands for card 1, which people saw."""
    listing["creative_images"][0]["is_thumbnail"] = True
    lake.write(**listing)
    lake.build()
    assert lake.ask("SELECT DISTINCT picture FROM ad_pictures") == [("bb" * 32,)]


def test_ads_are_held_to_the_totals(lake, ad_day, peso_account, money):
    """Meta tells 1,500 impressions; a1 has 1,000 of them, a residual row 300, nobody 200."""
    total = {
        "platform": "meta",
        "account_id": peso_account.account_id,
        "level": "campaign",
        "level_id": "c1",
        "report_date": DAY,
        "currency": "COP",
        "impressions": 1500,
        "clicks": 20,
        "spend": Decimal("20.00"),
    }
    residual = ad_day(
        ad_id=f"{RESIDUAL}c1", impressions=300, clicks=0, link_clicks=0, spend=Decimal("5.00")
    )
    eve = ad_day(report_date=EVE)
    lake.write(EVE, totals_daily=[{**total, "report_date": EVE, "spend": Decimal("99")}])
    lake.write(DAY, ad_daily=[ad_day(), residual, eve], totals_daily=[total])
    lake.build()
    told = """
        SELECT report_date, total_impressions, total_spend, residual_impressions, residual_spend,
            impressions_difference, clicks_difference, spend_difference
        FROM reconciliation
        ORDER BY report_date
    """
    assert lake.ask(told) == [
        (EVE, 1500, money("99"), 0, money("0"), 500, 0, money("86.5")),
        (DAY, 1500, money("20"), 300, money("5"), 200, 0, money("2.5")),
    ]


def test_a_day_without_a_total_has_no_difference(lake, ad_day):
    """Exports may come without a totals row: nobody can say whether the ads are all."""
    lake.write(DAY, ad_daily=[ad_day()])
    lake.build()
    told = "SELECT total_spend, residual_impressions, spend_difference FROM reconciliation"
    assert lake.ask(told) == [(None, 0, None)]


def test_quarantine_and_counts_are_shown(lake, listing, ad_day):
    """One of three rows has negative spend: whoever looks finds row, reason and run."""
    days = [ad_day(), ad_day(ad_id="a2"), ad_day(ad_id="bad", spend=Decimal(-1))]
    lake.write(**listing, ad_daily=days, run_id="manual__2026-11-20T12:00:00+00:00")
    lake.build()
    counts = "SELECT read, accepted, quarantined FROM quality_runs WHERE table_name = 'ad_daily'"
    assert lake.ask(counts) == [(3, 2, 1)]
    ((rule, reason, run, row),) = lake.ask("SELECT rule, reason, run_id, row FROM quarantined")
    assert (rule, run) == ("negative", "manual__2026-11-20T12:00:00+00:00")
    assert reason == "spend is -1.000000, 0 or more allowed"
    assert json.loads(row)["ad_id"] == "bad"


def test_freshness_lists_every_account(lake, ad_day, peso_account):
    """Seven accounts were never read; an account that left nodes.yaml is still shown."""
    lake.write(EVE, ad_daily=[ad_day(report_date=EVE)])
    lake.write(DAY, ad_daily=[ad_day(report_date=EVE), ad_day(spend=1.0, ad_id="x")])
    lake.build()
    found = lake.ask("SELECT * FROM freshness WHERE newest_as_of IS NOT NULL")
    assert found == [
        ("meta", peso_account.account_id, "Marca Colombia", DAY, 2, EVE, EVE, 1, 1, 0, 1)
    ]
    assert lake.ask("SELECT count(*), sum(readings) FROM freshness") == [(8, 2)]
    nodes = load_nodes()
    nodes.accounts = [a for a in nodes.accounts if a.platform != "meta"]
    lake.build(nodes=nodes, hours=1)
    shown = "SELECT name, newest_as_of FROM freshness WHERE platform = 'meta'"
    assert lake.ask(shown) == [(None, DAY)]


def test_descriptions_and_leaderboards_are_taken_in(lake):
    """What is described twice in two batches stands once; every stored ranking stands."""
    described = pa.Table.from_pylist(
        [
            {
                "picture": "aa" * 32,
                "describer": "layout",
                "revision": "1",
                "settings": "{}",
                "caption": "a shop",
                "labels": [{"category": "setting", "label": "shop", "similarity": 0.5}],
                "palette": ["#00a878"],
                "photo_box": [0.0, 0.0, 1.0, 1.0],
                "text_share": 0.25,
                "removed": [],
            }
        ],
        schema=DESCRIPTION,
    )
    write_table(lake.store, "descriptions/layout-1/b1.parquet", described)
    write_table(lake.store, "descriptions/layout-1/b2.parquet", described)
    for day in (EVE, DAY):
        row = {"as_of": day, "node": "wompi", "objective": "traffic", "picture": "aa" * 32}
        spend = [{"currency": "COP", "amount": Decimal("1.5")}]
        board = pa.Table.from_pylist([{**row, "rank": 1, "spend": spend}], schema=LEADERBOARD)
        write_table(lake.store, f"leaderboards/day={day}/leaderboard.parquet", board)
        write_table(lake.store, f"leaderboards/day={day}/traits.parquet", board.select(["node"]))
    lake.build()
    labels = "SELECT picture, unnest(labels).label, text_share FROM descriptions"
    assert lake.ask(labels) == [("aa" * 32, "shop", 0.25)]
    boards = "SELECT as_of, spend[1].amount FROM leaderboards ORDER BY as_of"
    assert lake.ask(boards) == [(EVE, Decimal("1.500000")), (DAY, Decimal("1.500000"))]


class Seeing:
    """A describer with a model."""

    name, revision, settings = "clip", "1", "{}"


def test_creatives_and_vectors_are_taken_in(any_store, lake_in):
    """Two pictures of one creative, each with its vector; a picture in two batches stands once."""
    lake = lake_in(any_store)
    vectors = {"aa": [0.5, -0.5, 0.5, 0.5], "bb": [1.0, 0.0, 0.0, 0.0]}
    described = [
        (picture, Description(9, 9, vector=np.array(vector, np.float16)))
        for picture, vector in vectors.items()
    ]
    write_table(any_store, "vectors/clip-1-x/b1.parquet", vectors_table(described, Seeing()))
    write_table(any_store, "vectors/clip-1-x/b2.parquet", vectors_table(described[:1], Seeing()))
    pairs = [{"picture": "aa", "creative": "aa"}, {"picture": "bb", "creative": "aa"}]
    for number in (1, 2):  # written anew after each batch
        groups = pa.Table.from_pylist(pairs[:number], schema=CLUSTERS)
        write_table(any_store, "clusters/clip-1-x.parquet", groups)
        lake.build(hours=number)
        rows = lake.ask("SELECT describer_key, picture, creative FROM clusters ORDER BY picture")
        assert rows == [("clip-1-x", "aa", "aa"), ("clip-1-x", "bb", "aa")][:number]
    told = lake.ask("SELECT picture, describer, vector FROM vectors ORDER BY picture")
    assert told == [("aa", "clip", vectors["aa"]), ("bb", "clip", vectors["bb"])]


@pytest.mark.parametrize(
    ("name", "schema"), [("descriptions", DESCRIPTION), ("leaderboards", LEADERBOARD)]
)
def test_tables_from_other_rooms_are_those_that_they_write(name, schema):
    """A column added there must be added here."""
    ours = WAREHOUSE[name].schema
    kept = [(f.name, f.type) for f in schema if f.name != "look"]  # bytes for comparing pictures
    assert [(f.name, f.type) for f in ours] == kept


def test_an_empty_lake_gives_empty_tables(lake):
    """Pages that ask before the first reading find tables, not errors."""
    lake.build()
    rows = {name: len(found) for name, found in lake.contents().items()}
    assert rows.pop("freshness") == 8
    assert rows.pop("restatement") == 4
    assert rows.pop("exchange_rates") == 13  # as the file, and the reporting currency itself
    assert set(rows.values()) == {0}


def test_each_table_has_its_sql_file():
    """The file is named after the table that it makes; readings are added to one that is there."""
    for name in WAREHOUSE:
        kind = "VIEW" if name == "ad_daily" else "TABLE"
        start = {"ad_daily_readings": "INSERT INTO ad_daily_readings BY NAME"}
        assert start.get(name, f"CREATE {kind} {name} AS") in statement(name)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_arrival_does_not_matter(seed, lake, lake_in, listing, ad_day):
    """Readings written in any order, some twice, give the same warehouse."""
    readings = [
        (EVE - timedelta(days=n), ad_day(report_date=EVE - timedelta(days=9), clicks=20 + n))
        for n in range(4)
    ]
    for day, row in readings:
        lake.write(day, **listing, ad_daily=[row])
    other = lake_in(LocalStore(lake.store.path / "other"))
    for day, row in random.Random(seed).sample(readings * 2, 8):
        other.write(day, **listing, ad_daily=[row])
    assert lake.build() == other.build()
    assert lake.contents() == other.contents()


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    told=st.dictionaries(
        st.tuples(st.integers(0, 3), st.sampled_from(["a1", "a2"]), st.integers(4, 6)),
        st.integers(0, 9),
        max_size=8,
    )
)
def test_every_key_shows_its_newest_reading(told, tmp_path_factory, lake_in, ad_day):
    """Against a plain walk over the readings, newest first."""
    lake = lake_in(LocalStore(tmp_path_factory.mktemp("lake")))
    expected = {}
    for age in range(4):
        rows = []
        for (read, ad, back), impressions in told.items():
            if read == age:
                day = DAY - timedelta(days=back)
                rows.append(ad_day(ad_id=ad, report_date=day, impressions=impressions))
                expected.setdefault((ad, day), impressions)
        lake.write(DAY - timedelta(days=age), ad_daily=rows)
    lake.build()
    shown = lake.ask("SELECT ad_id, report_date, impressions FROM ad_daily")
    assert {(ad, day): n for ad, day, n in shown} == expected


def broken_file(name):
    """A partition of `ads` with something wrong."""
    schema = TABLES["ads"].schema
    row = {name: "x" for name in schema.names if name != "created_at"}
    good = pa.Table.from_pylist([{**row, "created_at": None}], schema=schema)
    return {
        "not Parquet": None,
        "a wrong type": good.set_column(2, "ad_id", pa.array([7])),
        "no key": good.drop_columns(["ad_id"]),
        "an unknown column": good.append_column("wish_bid", pa.array([1.0])),
        "the same ad twice": pa.concat_tables([good, good]),
        "a nullable column less": good.drop_columns(["created_at"]),
    }[name]


def put_broken(store, name):
    """Write such a partition past the checks of the lake."""
    key = Partition("ads", DAY, "meta", "1").key
    data = broken_file(name)
    if data is None:
        store.write(key, b"no parquet at all")
    else:
        write_table(store, key, data)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("not Parquet", "is no readable Parquet file"),
        ("a wrong type", "has column 'ad_id' as int64, expected string"),
        ("no key", "has column 'ad_id' as None, expected string"),
        ("an unknown column", r"has columns \['wish_bid'\], which include/tables.py does not"),
    ],
)
def test_a_file_that_does_not_fit_stops_the_build(lake, name, told):
    """The message names the file; the warehouse published before stands."""
    lake.write(EVE)
    before = lake.build()
    put_broken(lake.store, name)
    with pytest.raises(QualityFailed, match=told) as failure:
        lake.build()
    assert "lake/ads/year=2026/month=11/day=20/platform=meta/account=1" in str(failure.value)
    assert read_pointer(lake.store).version == before
    assert lake.ask("SELECT count(*) FROM ads") == [(0,)]


def test_an_old_file_with_a_column_less_is_read(lake):
    """A column that may be null was added later."""
    put_broken(lake.store, "a nullable column less")
    lake.build()
    assert lake.ask("SELECT ad_id, created_at FROM ads") == [("x", None)]


ALL_RUNS = "ORDER BY as_of, platform, account_id, table_name, run_id"
LATEST = "superseded_on IS NULL"


@pytest.mark.parametrize(
    ("table", "change", "told"),
    [
        ("ad_daily_readings", ("ORDER BY as_of", "ORDER BY as_of DESC"), "a newer reading are 1"),
        (
            "ad_daily_readings",
            ("lead(as_of)", "lead(NULL::DATE)"),
            "no row or several are 1, expected 0",
        ),
        ("ad_daily_readings", ("lead(as_of)", "first(as_of)"), "no row or several are 1"),
        (
            "ad_daily_readings",
            ("FROM told\n", "FROM told LIMIT 1 --"),
            "rows are 1, expected 2",
        ),
        (
            "ad_daily_readings",
            ("BETWEEN", "NOT BETWEEN"),
            "ad_daily_readings: rows are 0, expected 2",
        ),
        ("ad_daily", (LATEST, "TRUE"), "ad_daily: rows are 2, expected 1"),
        ("ads", (") = 1", ") = 9"), "ads: keys are 0, expected 2"),
        ("account_results", ("AS unrated", "/ 1 AS unrated"), "columns are not those of"),
        ("account_results", ("sum(impressions)", "max(impressions) + 1"), "impressions are 1001"),
        ("ad_pictures", (") = 1", ") > 0"), "rows against keys"),
        ("picture_results", ("sum(impressions)", "max(impressions) + 1"), "impressions are 1001"),
        ("quality_runs", (ALL_RUNS, "LIMIT 1"), "quality_runs: rows are 1, expected 16"),
    ],
)
def test_checks_find_what_a_wrong_query_does(table, change, told, lake, request):
    """Each check fails when the SQL it watches is wrong; nothing is published."""
    listing, ad_day = request.getfixturevalue("listing"), request.getfixturevalue("ad_day")
    for day in (EVE, DAY):
        lake.write(day, **listing, ad_daily=[ad_day(report_date=EVE)])
    assert statement(table) != statement(table).replace(*change)

    def wrong(name):
        return statement(name).replace(*change) if name == table else statement(name)

    patch = request.getfixturevalue("monkeypatch")
    for module in ("building", "daily"):
        patch.setattr(f"include.warehouse.{module}.statement", wrong)
    with pytest.raises(QualityFailed, match=told):
        lake.build()
    assert not lake.store.exists(POINTER)
    assert lake.store.keys("warehouse") == []
