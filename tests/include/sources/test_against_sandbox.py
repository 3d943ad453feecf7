"""All eight accounts, read over HTTP from the sandbox, against the world's own numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
import requests

from include.config.nodes import load_nodes
from include.sandbox import credentials
from include.sandbox.accounts import sandbox_account
from include.sandbox.server import serving
from include.sandbox.world import World
from include.sources import google_ads, linkedin_ads, meta, x_ads
from include.sources.images import fetch_images
from include.sources.replies import Window, dump_replies, load_replies
from include.store import open_store
from include.tables import LINEAGE, TABLES

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
# 30 days across the end of daylight saving in New York and Los Angeles.
WINDOW = Window(date(2026, 10, 22), date(2026, 11, 20))
MODULES = {
    "meta": meta,
    "google_ads": google_ads,
    "x_ads": x_ads,
    "linkedin_ads": linkedin_ads,
}
ACCOUNTS = [(a.platform, a.account_id) for p in MODULES for a in load_nodes().accounts_of(p)]


@pytest.fixture(scope="module")
def world():
    return World(today=NOW.date(), creatives_per_month=64, months=2)


@pytest.fixture(scope="module")
def base_url(world):
    with serving(world, lambda: NOW) as url:
        yield url


@pytest.fixture(scope="module")
def clients(base_url):
    return {
        "meta": meta.Client(host=f"{base_url}/meta", access_token=credentials.META_TOKEN),
        "google_ads": google_ads.Client(
            host=f"{base_url}/google_ads",
            client_id=credentials.GOOGLE_CLIENT_ID,
            client_secret=credentials.GOOGLE_CLIENT_SECRET,
            refresh_token=credentials.GOOGLE_REFRESH_TOKEN,
            token_url=f"{base_url}/google_ads/token",
        ),
        "x_ads": x_ads.Client(
            host=f"{base_url}/x_ads",
            consumer_key=credentials.X_CONSUMER_KEY,
            consumer_secret=credentials.X_CONSUMER_SECRET,
            access_token=credentials.X_ACCESS_TOKEN,
            access_token_secret=credentials.X_ACCESS_TOKEN_SECRET,
        ),
        "linkedin_ads": linkedin_ads.Client(
            host=f"{base_url}/linkedin_ads", access_token=credentials.LINKEDIN_TOKEN
        ),
    }


def daily(parsed):
    """Rows of ad_daily, read one by one or column by column."""
    batches = (row for batch in parsed.batches for row in batch.to_pylist())
    return [*parsed.rows.get("ad_daily", []), *batches]


@pytest.mark.parametrize(("platform", "account_id"), ACCOUNTS)
def test_totals_are_the_worlds(world, clients, platform, account_id):
    """Impressions, clicks, spend, leads, purchases and revenue of 30 days, to the last digit."""
    account = load_nodes().account(platform, account_id)
    replies = list(clients[platform].fetch(account, WINDOW, now=NOW))
    parsed = MODULES[platform].parse(load_replies(dump_replies(replies)), account)
    told = world.daily(sandbox_account(platform, account_id), WINDOW.since, WINDOW.until, NOW)
    rows = daily(parsed)

    def total(column):
        return sum(row[column] or 0 for row in rows)

    assert len(told) > 30
    assert len(rows) == len(told)
    assert total("impressions") == told.counts["impressions"].sum()
    assert total("link_clicks") == told.counts["link_clicks"].sum()
    assert total("spend") * 1_000_000 == int(told.spend.sum())
    assert total("revenue") * 1_000_000 == int(told.revenue.sum())
    assert total("leads") == pytest.approx(told.leads.sum(), abs=1e-6)
    assert total("purchases") == pytest.approx(told.purchases.sum(), abs=1e-6)
    assert {row["report_date"] for row in rows} == {
        date.fromordinal(day) for day in told.day.tolist()
    }


@pytest.mark.parametrize(("platform", "account_id"), ACCOUNTS)
def test_rows_fit_the_lake(clients, platform, account_id):
    """Nothing unknown, unique keys, every parent there, and types that Arrow takes."""
    account = load_nodes().account(platform, account_id)
    parsed = MODULES[platform].parse(clients[platform].fetch(account, WINDOW, now=NOW), account)
    assert parsed.unknown == {}
    lineage = {"is_final": False, "run_id": "r", "fetched_at": NOW, "raw_sha256": "0"}
    assert set(lineage) == set(LINEAGE)
    for name, rows in {**parsed.rows, "ad_daily": daily(parsed)}.items():
        assert rows, name
        keys = [tuple(row[column] for column in TABLES[name].key) for row in rows]
        assert len(set(keys)) == len(keys), name
        assert not any("_unparsed" in row for row in rows)
        if name != "creative_images":
            complete = [row | lineage if name == "ad_daily" else row for row in rows]
            assert {*complete[0]} == {*TABLES[name].schema.names}, name
            table = pa.Table.from_pylist(complete, schema=TABLES[name].schema)
            table.validate(full=True)
    ids = {name: {row[f"{name[:-1]}_id"] for row in parsed.rows[name]} for name in
           ("campaigns", "ad_sets", "ads", "creatives")}  # fmt: skip
    for row in daily(parsed):
        assert row["ad_id"] in ids["ads"]
        assert row["campaign_id"] in ids["campaigns"]
    assert {row["ad_set_id"] for row in parsed.rows["ads"]} <= ids["ad_sets"]
    assert {row["campaign_id"] for row in parsed.rows["ad_sets"]} <= ids["campaigns"]
    assert {row["creative_id"] for row in parsed.rows["creative_images"]} <= ids["creatives"]
    # The world's campaigns say in their names what they are for.
    for row in parsed.rows["campaigns"]:
        assert row["name"].split(" | ")[1] == row["objective"]


@pytest.mark.parametrize("platform", MODULES)
def test_pictures_come_at_full_size(base_url, clients, tmp_path, platform):
    """Every third picture of the account is stored, as large as the platform has it."""
    account = load_nodes().accounts_of(platform)[1]
    parsed = MODULES[platform].parse(clients[platform].fetch(account, WINDOW, now=NOW), account)
    refs = parsed.rows["creative_images"][::3][:3]
    rows = list(
        fetch_images(
            refs,
            open_store(str(tmp_path)),
            session=requests.Session(),
            hosts=frozenset({base_url.removeprefix("http://")}),
            known={},
        )
    )
    assert rows
    assert {row["status"] for row in rows} == {"stored"}
    # The world's pictures are 640 px long; X's default size would be shorter.
    assert {max(row["width"], row["height"]) for row in rows} == {640}
    table = pa.Table.from_pylist(rows, schema=TABLES["creative_images"].schema)
    table.validate(full=True)


def test_connections_are_tested_with_a_cheap_call(clients):
    """All four platforms take the sandbox's credentials."""
    for client in clients.values():
        client.check()


def test_money_is_decimal(clients):
    """No float comes near an amount."""
    account = load_nodes().account("linkedin_ads", "508000001")
    parsed = linkedin_ads.parse(clients["linkedin_ads"].fetch(account, WINDOW, now=NOW), account)
    rows = daily(parsed)
    assert rows
    for row in rows:
        assert isinstance(row["spend"], Decimal)
        assert row["spend"] == row["spend"].quantize(Decimal("0.000001"))
