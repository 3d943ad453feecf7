"""What is counted twice is found, and what only looks alike is left alone."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from include.tables import RESIDUAL

DAY = date(2026, 11, 20)
FOUND = "SELECT rule, id, twin, days, counted FROM double_counts ORDER BY ALL"


def back(number):
    """So many days before the reading."""
    return DAY - timedelta(days=number)


@pytest.fixture
def series(ad_day):
    """The days of one ad, newest first: impressions 300, 301, ... unless told otherwise."""

    def make(ad_id, *, days=5, start=300, **changes):
        return [
            ad_day(ad_id=ad_id, report_date=back(n), impressions=start + n, **changes)
            for n in range(days)
        ]

    return make


def test_an_ad_under_two_ids_is_found_once(lake, series):
    """a1 and a2 tell the same five days, 1,510 impressions; a3 had one more on each."""
    rows = [*series("a1"), *series("a2"), *series("a3", start=301)]
    lake.write(ad_daily=rows)
    lake.build()
    account = lake.account.account_id
    assert lake.ask(FOUND) == [("same_series", "a2", f"{account} a1", 5, 1510.0)]


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("fewer days than five", {"days": 4}),
        ("fewer impressions than 1,000", {"start": 100}),
        ("other spend on the same days", {"spend": Decimal("12.51")}),
    ],
)
def test_ads_that_only_look_alike_are_no_double_count(what, other, lake, series):
    """Small numbers are equal by chance; ads that cost otherwise are two."""
    first = {key: value for key, value in other.items() if key != "spend"}
    lake.write(ad_daily=[*series("a1", **first), *series("a2", **other)])
    lake.build()
    assert lake.ask(FOUND) == [], what


def test_an_older_twin_and_residual_rows_are_left_alone(lake, series):
    """Of residuals nothing is known but sums; what ended 62 days ago was looked at then."""
    rows = [*series(f"{RESIDUAL}c1"), *series(f"{RESIDUAL}c2")]
    old = [
        {**row, "report_date": row["report_date"] - timedelta(days=70)}
        for row in [*series("a1"), *series("a2")]
    ]
    lake.write(back(70), ad_daily=old)
    lake.write(ad_daily=rows)
    lake.build()
    assert lake.ask(FOUND) == []


def test_one_event_under_two_action_types_is_found(lake, series):
    """Each of seven days has 5 leads and 5 purchases: 35 events, told twice."""
    rows = series("a1", days=7, leads=5.0, purchases=5.0, conversions=10.0)
    lake.write(ad_daily=rows)
    lake.build()
    assert lake.ask(FOUND) == [("same_result", "c1", "leads purchases", 7, 35.0)]


def test_results_that_differ_on_one_day_are_two(lake, series, ad_day):
    """Six days agree, on the seventh there were 6 leads and 5 purchases."""
    rows = series("a1", days=7, leads=5.0, purchases=5.0)
    rows[3]["leads"] = 6.0
    lake.write(ad_daily=rows)
    lake.build()
    assert lake.ask(FOUND) == []


def test_a_picture_of_many_ads_is_one_piece_and_counts_each_ad_once(lake, listing, series):
    """Three ads show the picture, one of them twice in its carousel: 3 x 1,510 impressions."""
    picture = listing["creative_images"][0]
    images = [
        {**picture, "creative_id": creative, "position": position}
        for creative, position in (("k1", 0), ("k1", 1), ("k2", 0))
    ]
    creatives = [{**listing["creatives"][0], "creative_id": name} for name in ("k1", "k2")]
    ad = listing["ads"][0]
    ads = [{**ad, "ad_id": "a1"}, {**ad, "ad_id": "a2"}, {**ad, "ad_id": "a3", "creative_id": "k2"}]
    rows = [row for name, cost in (("a1", 1), ("a2", 2), ("a3", 3))
            for row in series(name, spend=Decimal(cost))]  # fmt: skip
    told = {**listing, "ads": ads, "creatives": creatives, "creative_images": images}
    lake.write(**told, ad_daily=rows)
    lake.build()
    assert lake.ask("SELECT picture, ads, impressions FROM picture_results") == [
        ("aa" * 32, 3, 4530)
    ]
    assert lake.ask("SELECT impressions FROM account_results") == [(4530,)]
    assert lake.ask(FOUND) == []


def test_an_account_s_difference_is_published(lake, ad_day, money):
    """Two campaigns whose differences of 10 and -10 hide each other in the day's sum.

    Of two days one has no total; the twin ad of the account is counted beside it.
    """
    total = {
        "platform": "meta",
        "account_id": lake.account.account_id,
        "level": "campaign",
        "report_date": DAY,
        "currency": "COP",
        "clicks": 20,
        "spend": Decimal("12.50"),
    }
    totals = [
        {**total, "level_id": "c1", "impressions": 1010},
        {**total, "level_id": "c2", "impressions": 990},
    ]
    rows = [ad_day(), ad_day(ad_id="a2", campaign_id="c2"), ad_day(report_date=back(1))]
    lake.write(ad_daily=rows, totals_daily=totals)
    lake.build()
    told = """
        SELECT days, days_without_total, days_off, campaigns, campaigns_off, total_impressions,
            impressions_difference, total_spend, spend_difference, double_counts
        FROM account_reconciliation
    """
    assert lake.ask(told) == [(2, 1, 0, 2, 2, 2000, 0, money("25"), money("0"), 0)]
