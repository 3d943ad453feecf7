"""Google Ads: a batch read by columns gives what the same batch gives row by row."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.sources import google_ads_rows
from include.sources.columns import NotPlain
from include.sources.google_ads_columns import daily_batch, money_of_numbers
from include.sources.google_ads_numbers import Result
from include.sources.google_ads_rows import parse
from include.sources.replies import Account, Reply
from include.sources.strict import six_places
from include.tables import DAILY_PARSED

ACCOUNT = Account("google_ads", "101", "Marca", "COP", "America/Bogota", "google_ads_default", 30)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

TEXTS = ["0x1F", " 5", "+5", "1_0", "-3", "1000000000000000000", "9" * 30, "", "five", "1e3"]
odd = st.sampled_from([*TEXTS, None, 7, -7, 2.5, True, 10**30, [], {"a": 1}])
counts = st.integers(0, 10**12).map(str) | st.integers(0, 99).map(str)
numbers = st.integers(0, 10**7) | st.floats(0, 1e9, allow_nan=False)
rates = st.just(0) | st.floats(0, 1)


def mostly(usual):
    """Nearly always what Google sends."""
    return st.integers(0, 30).flatmap(lambda lot: odd if lot == 0 else usual)


metrics = st.fixed_dictionaries(
    {},
    optional={
        "impressions": mostly(counts),
        "clicks": mostly(counts),
        "costMicros": mostly(counts),
        "conversions": mostly(numbers),
        "conversionsValue": mostly(numbers),
        "viewThroughConversions": mostly(counts),
        "engagements": mostly(counts),
        "videoTrueviewViews": mostly(counts),
        "videoQuartileP100Rate": mostly(rates),
        "brandNew": st.just(1),
    },
)
day = st.integers(1, 9).map(lambda number: f"2026-11-0{number}")
ad_key = st.builds(
    lambda group, ad, news: {
        "campaign": {"resourceName": "customers/101/campaigns/1", "id": "1"} | news,
        "adGroupAd": {"resourceName": f"customers/101/adGroupAds/{group}~{ad}"} | news,
    },
    st.integers(1, 2),
    st.integers(1, 3),
    st.sampled_from([{}, {}, {}, {"strange": 1}]),
)
group_key = st.integers(1, 5).map(
    lambda group: {
        "campaign": {"resourceName": "customers/101/campaigns/1", "id": "1"},
        "assetGroup": {"resourceName": f"customers/101/assetGroups/{group}", "id": str(group)},
    }
)
category = st.sampled_from(
    ["PURCHASE", "SUBMIT_LEAD_FORM", "DOWNLOAD", "SIGNUP", "BRAND_NEW", "two words"]
)


def rows_of(key):
    return st.builds(
        lambda key, day, metrics: key | {"segments": {"date": day}, "metrics": metrics},
        key,
        day,
        metrics,
    )


def conversions_of(key):
    return st.builds(
        lambda key, day, category, value: (
            key
            | {"segments": {"date": day, "conversionActionCategory": category}}
            | {"metrics": {"conversions": value}}
        ),
        key,
        day,
        category,
        mostly(numbers),
    )


def batches_of(rows):
    return st.lists(st.lists(rows, max_size=8), min_size=1, max_size=3)


pages = st.fixed_dictionaries(
    {
        "conversions": batches_of(conversions_of(ad_key)),
        "conversions_asset_group": batches_of(conversions_of(group_key)),
        "metrics": batches_of(rows_of(ad_key)),
        "metrics_asset_group": batches_of(rows_of(group_key)),
    }
)


def read(told):
    replies = [
        Reply(entity, "https://example.com", 200, NOW, [{"results": rows} for rows in batches])
        for entity, batches in sorted(told.items())
    ]
    parsed = parse(iter(replies), ACCOUNT)
    table = pa.Table.from_batches(parsed.batches, DAILY_PARSED).to_pylist()
    days = [*parsed.rows["ad_daily"], *table]
    days.sort(
        key=lambda row: (row["ad_id"], row["report_date"], repr(sorted(row.items(), key=str)))
    )
    return days, parsed.unknown, parsed.rows["ads"]


@given(pages)
@settings(deadline=None)
def test_columns_and_rows_give_the_same(told):
    """Numbers, what is set aside, what is unknown, and the ads that only numbers mention."""
    mixed = read(told)
    unusual = NotPlain("read it row by row")
    with (
        patch.object(google_ads_rows, "daily_batch", side_effect=unusual),
        patch.object(google_ads_rows, "read_results", side_effect=unusual),
    ):
        slow = read(told)
    assert mixed == slow


KEY = {
    "campaign": {"resourceName": "customers/101/campaigns/1", "id": "1"},
    "adGroupAd": {"resourceName": "customers/101/adGroupAds/2~3"},
    "segments": {"date": "2026-11-05"},
}
PLAIN = KEY | {"metrics": {"impressions": "10", "clicks": "1", "costMicros": "1000000"}}


def test_an_ordinary_batch_is_read_by_columns():
    """A test of two equal ways proves nothing when one of them is never taken."""
    batch = daily_batch([PLAIN, PLAIN], "metrics", ACCOUNT, {}, Counter())
    assert (batch.num_rows, batch.schema) == (2, DAILY_PARSED)
    assert batch.column("spend").to_pylist() == [Decimal(1), Decimal(1)]
    batch.validate(full=True)


@pytest.mark.parametrize(
    "row",
    [
        7,
        {},
        PLAIN | {"metrics": [1]},
        PLAIN | {"segments": {"date": None}},
        PLAIN | {"campaign": {"id": ""}},
        PLAIN | {"campaign": {"id": 5}},
        PLAIN | {"adGroupAd": {"resourceName": 5}},
        PLAIN | {"adGroupAd": {"resourceName": "customers/101/adGroupAds/2"}},
        PLAIN | {"metrics": {"impressions": "ten"}},
        PLAIN | {"metrics": {"conversionsValue": "1.5"}},
        PLAIN | {"metrics": {"conversionsValue": 1e300}},
        PLAIN | {"metrics": {"impressions": "900000000000", "videoQuartileP100Rate": 1e9}},
    ],
)
def test_a_batch_with_something_unusual_is_left_alone(row):
    """Nothing is taken out of the results, nothing is counted."""
    results, unknown = {"9~9 2026-11-05": Result("1", "9")}, Counter()
    known = dict(results)
    with pytest.raises(NotPlain):
        daily_batch([PLAIN | {"new": 1}, row], "metrics", ACCOUNT, results, unknown)
    assert (results, unknown) == (known, Counter())


amounts = st.none() | st.integers(-(10**9), 10**9) | st.floats(-1e11, 1e11, allow_nan=False)


@given(st.lists(amounts))
@settings(deadline=None)
def test_amounts_are_rounded_as_decimals_are(values):
    """Though they are rounded as floats: what is near a half is rounded as a decimal."""
    expected = [None if v is None else six_places(Decimal(repr(v))) for v in values]
    assert money_of_numbers(values).to_pylist() == expected


def test_an_amount_between_two_micros_goes_to_the_even_one():
    """0.0000005 to 0, 1.0000015 to 1.000002, and the largest double still exact."""
    found = money_of_numbers([5e-7, 1.0000015, 123456789.123457]).to_pylist()
    assert found == [Decimal(0), Decimal("1.000002"), Decimal("123456789.123457")]
