"""Numbers, ids and times as they come over the wire."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import ConfigurationError, SchemaDrift
from include.sources.strict import (
    MICROS,
    UNPARSED,
    check_same,
    count_value,
    empty_parsed,
    list_the_unlisted,
    put_count,
    put_fraction,
    put_money,
    record,
    take_id,
    take_text,
    to_time,
)


def put(function, column, value, **options):
    row = {}
    function(row, column, value, **options)
    return row


def test_absent_counts_follow_the_table():
    """Impressions left out are 0; reach left out is unknown."""
    assert put(put_count, "impressions", None) == {"impressions": 0}
    assert put(put_count, "reach", None) == {"reach": None}
    assert put(put_money, "spend", None) == {"spend": Decimal(0)}
    assert put(put_money, "revenue", None) == {"revenue": None}
    assert put(put_fraction, "leads", None) == {"leads": None}


@pytest.mark.parametrize("value", ["1,853", "12.5", "", "abc", 3.7, True, [], "9" * 19, 10**18])
def test_a_count_that_does_not_parse_is_kept_as_text(value):
    """It is never 0, and the row says what came."""
    row = put(put_count, "impressions", value)
    assert row["impressions"] is None
    assert row[UNPARSED] == {"impressions": value if isinstance(value, str) else repr(value)}


@pytest.mark.parametrize("value", ["1.234,50", "N/A", "NaN", "Infinity", "1e30", False, {}])
def test_money_that_does_not_parse_is_kept_as_text(value):
    """Nor does an amount that no account ever spent pass as one."""
    row = put(put_money, "spend", value)
    assert row["spend"] is None
    assert list(row[UNPARSED]) == ["spend"]


@pytest.mark.parametrize("value", ["nan", "inf", "x", True, None])
def test_fractions_are_finite_numbers(value):
    """NaN would spread into every sum."""
    assert put(put_fraction, "leads", value)["leads"] is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("14.35", "14.35"),
        ("-2E-18", "0"),
        ("99.99999999999996", "100"),
        (30.25, "30.25"),
        (0.1, "0.1"),
        ("-1.5", "-1.5"),
    ],
)
def test_money_is_exact_to_six_places(value, expected):
    """Float dust disappears, and no minus sign is left on a zero."""
    amount = put(put_money, "spend", value)["spend"]
    assert amount == Decimal(expected)
    assert str(amount) != "-0.000000"


@given(st.integers(min_value=0, max_value=10**15))
def test_micros_keep_every_digit(micros):
    """Dividing by a million and multiplying again gives what came."""
    spend = put(put_money, "spend", str(micros), divisor=MICROS)["spend"]
    assert spend * 1_000_000 == micros


@pytest.mark.parametrize(
    ("value", "text"), [("0012", "0012"), (120210000000000001, "120210000000000001")]
)
def test_ids_are_text(account, value, text):
    """18 digits survive, and so do leading zeros."""
    assert take_id({"id": value}, "id", "ads", account("meta")) == text


@pytest.mark.parametrize("value", [None, "", 1.2e17, True, {}])
def test_an_id_that_lost_digits_or_is_missing_stops_the_reading(account, value):
    """A float has already forgotten the last digits."""
    with pytest.raises(SchemaDrift, match="meta 101: a record of ads has id"):
        take_id({"id": value}, "id", "ads", account("meta"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2016-12-02T10:50:57-0800", datetime(2016, 12, 2, 18, 50, 57, tzinfo=UTC)),
        ("2026-03-05T00:00:00Z", datetime(2026, 3, 5, tzinfo=UTC)),
        (1767225600000, datetime(2026, 1, 1, tzinfo=UTC)),
        ("1969-12-31T15:59:59-0800", None),
        (None, None),
    ],
)
def test_times_are_utc_and_placeholders_are_null(value, expected):
    """Meta has sent 1969 for a start that was never set."""
    unknown = Counter()
    assert to_time(value, "campaigns.created_time", unknown) == expected
    assert not unknown


@pytest.mark.parametrize("value", ["yesterday", {}, "x" * 5, 10**30])
def test_a_time_that_does_not_parse_is_counted(value):
    """No number hangs on it, so the row stays."""
    unknown = Counter()
    assert to_time(value, "ads.created_at", unknown) is None
    assert unknown == {"ads.created_at (not a time)": 1}


def test_unknown_values_are_kept_and_counted():
    """A status nobody mapped is news."""
    unknown = Counter()
    assert count_value("NEW_ONE", {"ACTIVE"}, "ads.status", unknown) == "NEW_ONE"
    assert count_value("a b", {"ACTIVE"}, "ads.status", unknown) == "a b"
    assert count_value("ACTIVE", {"ACTIVE"}, "ads.status", unknown) == "ACTIVE"
    assert count_value(None, {"ACTIVE"}, "ads.status", unknown) is None
    assert unknown == {"ads.status=NEW_ONE": 1, "ads.status='a b'": 1}


def test_text_that_is_not_text_is_shown():
    """A name that became a number stays visible."""
    assert take_text({"name": 7}, "name") == "7"


def test_a_record_that_is_no_object_stops_the_reading(account):
    """And the original stays as it was stored."""
    original = {"id": "1"}
    record(original, "ads", account("meta")).pop("id")
    assert original == {"id": "1"}
    with pytest.raises(SchemaDrift, match="ads holds 'x', expected an object"):
        record("x", "ads", account("meta"))


def test_a_contradiction_with_the_reviewed_file_stops_the_reading(account):
    """Amounts in another currency, under our label, would be wrong for ever."""
    check_same(account("meta"), "currency", None, "COP")
    check_same(account("meta"), "currency", "COP", "COP")
    with pytest.raises(ConfigurationError, match=r"nodes\.yaml says currency COP"):
        check_same(account("meta"), "currency", "USD", "COP")


def test_what_only_the_numbers_mention_gets_a_placeholder(account):
    """One forgotten ad brings its ad set and campaign with it, each once."""
    parsed = empty_parsed()
    key = {"platform": "meta", "account_id": "101"}
    day = {**key, "ad_id": "3", "ad_set_id": "2", "campaign_id": "1"}
    parsed.rows["ad_daily"] = [day, {**day}]
    list_the_unlisted(parsed, account("meta"))
    gone = {"name": None, "status": "unlisted", "created_at": None}
    assert parsed.rows["ads"] == [{**day, "creative_id": None, **gone}]
    assert parsed.rows["ad_sets"] == [{**key, "ad_set_id": "2", "campaign_id": "1", **gone}]
    objective = {"objective": "unknown", "objective_raw": None}
    assert parsed.rows["campaigns"] == [{**key, "campaign_id": "1", **objective, **gone}]


def test_placeholders_are_the_same_by_rows_and_by_columns(account):
    """Of an ad that changed its ad set, the newest day counts, in whatever order days come."""

    def day(ad_id, ad_set_id, on):
        return {"ad_id": ad_id, "ad_set_id": ad_set_id, "campaign_id": "1", "report_date": on}

    first, second = date(2026, 11, 19), date(2026, 11, 20)
    told = [day("3", "new", second), day("3", "old", first), day("4", "old", first)]
    names = ["ad_id", "ad_set_id", "campaign_id", "report_date"]
    seen = []
    for cut in range(4):
        parsed = empty_parsed()
        parsed.rows["ad_daily"] = [{**row} for row in told[:cut]]
        if told[cut:]:
            columns = {name: [row[name] for row in told[cut:]] for name in names}
            parsed.batches = [pa.RecordBatch.from_pydict(columns)]
        list_the_unlisted(parsed, account("meta"))
        seen.append({name: parsed.rows[name] for name in ("ads", "ad_sets", "campaigns")})
    assert all(found == seen[0] for found in seen)
    assert [(ad["ad_id"], ad["ad_set_id"]) for ad in seen[0]["ads"]] == [("3", "new"), ("4", "old")]
