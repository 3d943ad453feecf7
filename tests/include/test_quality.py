"""What happens to good, bad and doubled rows on their way into the lake."""

import json
import random
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.config.nodes import load_nodes
from include.errors import QualityFailed, SchemaDrift
from include.lake import Partition, read_table, write_partition
from include.quality import (
    QUARANTINE,
    Split,
    check_limits,
    rows_to_table,
    write_quality_report,
    write_quarantine,
)
from include.tables import TABLES

FAULTS = {
    "a count that is a float": ({"impressions": 1000.0}, "wrong_type"),
    "a count that is a truth value": ({"clicks": True}, "wrong_type"),
    "a count beyond 64 bits": ({"impressions": 2**63}, "too_large"),
    "money that is a float": ({"spend": 12.5}, "wrong_type"),
    "money that is no number": ({"spend": Decimal("NaN")}, "not_a_number"),
    "money beyond 12 digits": ({"spend": Decimal(10) ** 12}, "too_large"),
    "conversions that are no number": ({"conversions": float("nan")}, "not_a_number"),
    "conversions without end": ({"leads": float("inf")}, "not_a_number"),
    "conversions beyond a double": ({"leads": 10**400}, "too_large"),
    "conversions in words": ({"leads": "three"}, "wrong_type"),
    "an id that is a float": ({"ad_id": 12345.0}, "wrong_type"),
    "an id that is an integer": ({"ad_id": 12345}, "wrong_type"),
    "half a character": ({"campaign_id": "\ud83d"}, "wrong_type"),
    "no id": ({"ad_id": None}, "missing"),
    "an empty id": ({"ad_id": ""}, "missing"),
    "no day": ({"report_date": ...}, "missing"),
    "a day with a time": ({"report_date": datetime(2026, 11, 20, tzinfo=UTC)}, "wrong_type"),
    "a time without a zone": ({"fetched_at": datetime(2026, 11, 21)}, "wrong_type"),  # noqa: DTZ001
    "a truth value in words": ({"is_final": "no"}, "wrong_type"),
    "negative impressions": ({"impressions": -1, "clicks": 0, "link_clicks": 0}, "negative"),
    "negative spend": ({"spend": Decimal("-0.01")}, "negative"),
    "negative leads": ({"leads": -0.5}, "negative"),
    "more link clicks than clicks": ({"link_clicks": 21}, "more_link_clicks_than_clicks"),
    "a currency that is none": ({"currency": "PSO"}, "unknown_currency"),
    "another currency than the account's": ({"currency": "USD"}, "other_currency"),
    "a day after the last complete one": ({"report_date": date(2026, 11, 21)}, "day_in_future"),
    "a day before the window": ({"report_date": date(2026, 10, 23)}, "day_outside_window"),
    "another account": ({"account_id": "1010000000000002"}, "wrong_account"),
    "another platform": ({"platform": "x_ads"}, "wrong_account"),
    "a number that did not parse": (
        {"spend": None, "_unparsed": {"spend": "1,234.5"}},
        "unparsed",
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_bad_row_is_set_aside_with_its_rule_and_the_good_one_stays(what, ad_day, split):
    """The quarantined row names the rule, the run, what was seen, and holds the row as JSON."""
    changes, rule = FAULTS[what]
    result = split("ad_daily", [ad_day(ad_id="good"), ad_day(**changes)])
    assert result.accepted["ad_id"].to_pylist() == ["good"]
    (aside,) = result.quarantined.to_pylist()
    assert aside["rule"] == rule
    assert aside["run_id"] == "run-1"
    assert json.loads(aside["row"])["raw_sha256"] == "0" * 64
    assert result.quarantined.schema == QUARANTINE


def test_the_reason_says_what_was_seen_and_what_was_expected(ad_day, split):
    """All broken rules stand in the reason, the first of them is the rule."""
    result = split("ad_daily", [ad_day(spend=Decimal(-3), currency="USD")])
    (aside,) = result.quarantined.to_pylist()
    assert aside["rule"] == "negative"
    assert aside["reason"] == (
        "spend is -3.000000, 0 or more allowed; "
        "currency is 'USD', nodes.yaml says 'COP' for this account"
    )


def test_absent_values_follow_the_rule_of_their_column(ad_day, split):
    """Absent impressions are 0, absent reach stays null; null and absent are one."""
    row = ad_day(impressions=..., clicks=..., link_clicks=None, engagements=..., spend=...)
    (got,) = split("ad_daily", [row]).accepted.to_pylist()
    assert (got["impressions"], got["clicks"], got["link_clicks"]) == (0, 0, 0)
    assert got["spend"] == Decimal(0)
    assert got["reach"] is None
    assert got["leads"] is None


def test_dust_in_money_is_rounded_away(ad_day, split):
    """LinkedIn sends -2E-18 for nothing and 99.99999999999996 for a hundred."""
    rows = [
        ad_day(ad_id="dust", spend=Decimal("-2E-18")),
        ad_day(ad_id="near", spend=Decimal("99.99999999999996")),
    ]
    result = split("ad_daily", rows)
    assert result.accepted["spend"].to_pylist() == [Decimal("0.000000"), Decimal("100.000000")]


def test_x_may_have_more_link_clicks_than_clicks(ad_day, reading):
    """X counts link clicks on shared copies, so the row stays and the rule is a warning."""
    account = load_nodes().account("x_ads", "18ce54co")
    row = ad_day(platform="x_ads", account_id="18ce54co", clicks=3, link_clicks=4)
    result = rows_to_table("ad_daily", [row], account=account, landing=reading())
    assert result.accepted.num_rows == 1
    assert result.warnings == {"more_link_clicks_than_clicks": 1}


def test_more_clicks_than_impressions_is_a_warning(ad_day, split, caplog):
    """A click may come a day after its impression."""
    result = split("ad_daily", [ad_day(impressions=5, clicks=6, link_clicks=1), ad_day(ad_id="a2")])
    assert result.warnings == {"more_clicks_than_impressions": 1}
    assert "more_clicks_than_impressions in 1 of 2 rows; kept" in caplog.text


def test_value_taken_back_is_a_warning(ad_day, split):
    """Google lets an advertiser restate the value of a conversion below zero."""
    result = split("ad_daily", [ad_day(revenue=Decimal(-5))])
    assert result.accepted["revenue"].to_pylist() == [Decimal("-5.000000")]
    assert result.warnings == {"negative_revenue": 1}


def test_of_equal_rows_one_is_kept(ad_day, split):
    """Three equal rows: one accepted, two set aside."""
    result = split("ad_daily", [ad_day(), ad_day(), ad_day()])
    assert result.accepted.num_rows == 1
    assert result.quarantined["rule"].to_pylist() == ["duplicate_row"] * 2


def test_of_different_rows_with_one_key_none_is_kept(ad_day, split):
    """Nobody can tell whether 1000 or 2000 impressions are right."""
    result = split("ad_daily", [ad_day(), ad_day(impressions=2000), ad_day(ad_id="a2")])
    assert result.accepted["ad_id"].to_pylist() == ["a2"]
    assert result.quarantined["rule"].to_pylist() == ["duplicate_key"] * 2


def test_a_key_that_is_no_column_stops_the_run(ad_day, split):
    """A parser that says more than the table knows was changed alone."""
    with pytest.raises(SchemaDrift, match=r"ad_daily: rows hold \['wish_bid'\], which are no"):
        split("ad_daily", [ad_day(wish_bid=3)])


def image(**changes):
    """One stored picture."""
    return {
        "platform": "meta",
        "account_id": "1010000000000001",
        "creative_id": "k1",
        "position": 0,
        "role": "image",
        "source_ref": "hash",
        "picture": "ab" * 32,
        "mime": "image/png",
        "width": 640,
        "height": 640,
        "bytes": 1234,
        "is_thumbnail": False,
        "status": "stored",
        "reason": None,
        **changes,
    }


def test_a_picture_address_is_read_and_not_kept(split):
    """Addresses expire within days and may hold signatures."""
    result = split("creative_images", [image(url="https://cdn.example/x?sig=1")])
    assert result.accepted.column_names == TABLES["creative_images"].schema.names
    assert result.accepted.num_rows == 1


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"status": "lost"}, "unknown_status"),
        ({"role": "logo"}, "unknown_role"),
        ({"position": -1}, "negative"),
        ({"position": 2**31}, "too_large"),
        ({"picture": "ABCD"}, "image_incomplete"),
        ({"picture": None}, "image_incomplete"),
        ({"width": 0}, "image_incomplete"),
        ({"bytes": None}, "image_incomplete"),
        ({"mime": None}, "image_incomplete"),
        ({"status": "broken"}, "image_incomplete"),
    ],
)
def test_a_picture_row_that_cannot_be(changes, rule, split):
    """A stored picture has its sha256, type and size; one that is not stored names none."""
    result = split("creative_images", [image(**changes)])
    assert result.quarantined["rule"].to_pylist() == [rule]


def test_dimension_rows_are_held_against_their_lists(split):
    """An objective is one of the common words; an account has the currency of nodes.yaml."""
    base = {"platform": "meta", "account_id": "1010000000000001", "name": ""}
    campaigns = [
        {**base, "campaign_id": "1", "objective": "traffic"},
        {**base, "campaign_id": "2", "objective": "OUTCOME_TRAFFIC"},
    ]
    result = split("campaigns", campaigns)
    assert result.accepted["campaign_id"].to_pylist() == ["1"]
    assert result.accepted["name"].to_pylist() == [""]
    assert result.quarantined["rule"].to_pylist() == ["unknown_objective"]
    account = {**base, "currency": "USD", "timezone": "America/Bogota"}
    assert split("accounts", [account]).quarantined["rule"].to_pylist() == ["other_currency"]


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(st.characters(), max_size=8),
    st.dates(),
    st.datetimes(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.floats(), max_size=2),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_accepted_and_quarantined_are_what_was_read(data, ad_day, split):
    """Whatever stands in a row, it is either published or set aside, and can be written."""
    columns = st.sampled_from(TABLES["ad_daily"].schema.names)
    changes = data.draw(st.lists(st.dictionaries(columns, ANYTHING, max_size=3), max_size=6))
    ids = data.draw(st.lists(st.sampled_from(["a1", "a2"]), min_size=6, max_size=6))
    rows = [ad_day(**{"ad_id": i, **c}) for i, c in zip(ids, changes, strict=False)]
    result = split("ad_daily", rows)
    assert result.accepted.num_rows + result.quarantined.num_rows == len(rows)
    assert result.accepted.schema == TABLES["ad_daily"].schema
    assert all(json.loads(text) for text in result.quarantined["row"].to_pylist())


def test_the_order_of_arrival_does_not_matter(ad_day, split):
    """Good, doubled and bad rows in any order give the same tables."""
    rows = [ad_day(ad_id=f"a{n}") for n in range(5)]
    rows += [ad_day(ad_id="a0"), ad_day(ad_id="a1", clicks=11), ad_day(ad_id="b", spend=1.5)]
    rows += [ad_day(ad_id="c", currency="USD")]
    first = split("ad_daily", rows)
    shuffled = random.Random(7).sample(rows, len(rows))
    second = split("ad_daily", shuffled)
    assert first.accepted.equals(second.accepted)
    assert first.quarantined.equals(second.quarantined)
    assert first.accepted["ad_id"].to_pylist() == ["a0", "a2", "a3", "a4"]


def test_a_split_that_lost_a_row_is_refused():
    """accepted + quarantined = read, or there is no split."""
    with pytest.raises(QualityFailed, match="read 3 rows, but 0 accepted \\+ 0 quarantined are 0"):
        Split(
            table="ads",
            since=date(2026, 11, 1),
            day=date(2026, 11, 20),
            read=3,
            accepted=TABLES["ads"].schema.empty_table(),
            quarantined=QUARANTINE.empty_table(),
        )


def test_more_than_five_percent_set_aside_stops(ad_day, split, peso_account, store):
    """2 of 40 rows are 5 % and pass; 3 of 40 are more."""

    def with_bad(count):
        good = [ad_day(ad_id=f"a{n}") for n in range(40 - count)]
        return split("ad_daily", good + [ad_day(ad_id=f"b{n}", spend=1.0) for n in range(count)])

    check_limits("ad_daily", with_bad(2), account=peso_account, store=store)
    with pytest.raises(QualityFailed, match=r"3 of 40 rows were set aside \(wrong_type 3\)"):
        check_limits("ad_daily", with_bad(3), account=peso_account, store=store)


def test_one_bad_row_of_ten_does_not_stop_an_account(ad_day, split, peso_account, store):
    """One row alone is a bad row; but when it is the only row, nothing is left to publish."""
    rows = [ad_day(ad_id=f"a{n}") for n in range(9)] + [ad_day(ad_id="b", spend=1.0)]
    check_limits("ad_daily", split("ad_daily", rows), account=peso_account, store=store)
    with pytest.raises(QualityFailed, match="1 of 1 rows were set aside"):
        check_limits("ad_daily", split("ad_daily", rows[9:]), account=peso_account, store=store)


def test_an_empty_table_that_had_rows_stops(ad_day, split, peso_account, store, reading):
    """Yesterday's reading has rows for days read today again; so no rows at all is no answer."""
    earlier = rows_to_table(
        "ad_daily",
        [ad_day(report_date=date(2026, 11, 1)), ad_day(ad_id="a2", report_date=date(2026, 11, 2))],
        account=peso_account,
        landing=reading(date(2026, 11, 19)),
    )
    partition = Partition("ad_daily", date(2026, 11, 19), "meta", peso_account.account_id)
    empty = split("ad_daily", [])
    check_limits("ad_daily", empty, account=peso_account, store=store)
    write_partition(store, partition, earlier.accepted)
    with pytest.raises(QualityFailed, match="no rows were read, the reading before has 2"):
        check_limits("ad_daily", empty, account=peso_account, store=store)


def test_an_empty_table_is_fine_when_the_old_rows_left_the_window(
    ad_day, split, peso_account, store, reading
):
    """An account that rests for a month has nothing to tell."""
    long_ago = ad_day(report_date=date(2026, 10, 1))
    earlier = rows_to_table(
        "ad_daily", [long_ago], account=peso_account, landing=reading(date(2026, 10, 2))
    )
    partition = Partition("ad_daily", date(2026, 10, 2), "meta", peso_account.account_id)
    write_partition(store, partition, earlier.accepted)
    check_limits("ad_daily", split("ad_daily", []), account=peso_account, store=store)


def test_an_empty_listing_that_had_rows_stops(split, peso_account, store, reading):
    """Creatives have no report day; yesterday's are held against today's as they are."""
    row = {"platform": "meta", "account_id": peso_account.account_id, "creative_id": "k1"}
    earlier = rows_to_table(
        "creatives", [row], account=peso_account, landing=reading(date(2026, 11, 19))
    )
    partition = Partition("creatives", date(2026, 11, 19), "meta", peso_account.account_id)
    write_partition(store, partition, earlier.accepted)
    with pytest.raises(QualityFailed, match="creatives: no rows were read"):
        check_limits("creatives", split("creatives", []), account=peso_account, store=store)


def test_quarantine_is_kept_per_run_and_a_clean_rerun_removes_it(
    ad_day, split, peso_account, any_store
):
    """Airflow's run id holds colons, which the key spells as hyphens."""
    run = "scheduled__2026-11-20T12:00:00+00:00"
    bad = split("ad_daily", [ad_day(spend=1.0)])
    key = write_quarantine(any_store, "ad_daily", peso_account, bad, run_id=run)
    assert key == (
        "quarantine/ad_daily/run=scheduled__2026-11-20T12-00-00+00-00/day=2026-11-20"
        "/platform=meta/account=1010000000000001/part-0.parquet"
    )
    assert read_table(any_store, key).equals(bad.quarantined)
    good = split("ad_daily", [ad_day()])
    assert write_quarantine(any_store, "ad_daily", peso_account, good, run_id=run) is None
    assert any_store.keys("quarantine") == []


def test_a_report_that_does_not_add_up_is_refused(peso_account, store):
    """1 accepted and 1 quarantined are not 3 read."""
    counts = {"ads": {"read": 3, "accepted": 1, "quarantined": 1}}
    with pytest.raises(QualityFailed, match="1 accepted \\+ 1 quarantined are not the 3 read"):
        write_quality_report(store, peso_account, date(2026, 11, 20), run_id="r", counts=counts)
    assert store.keys() == []


def test_the_row_set_aside_is_readable_text(ad_day, split):
    """Spanish letters stay letters; half a character is spelled out."""
    result = split("ad_daily", [ad_day(campaign_id="Año", ad_set_id="\ud83d")])
    text = result.quarantined["row"][0].as_py()
    assert '"Año"' in text
    assert '"\\ud83d"' in text
