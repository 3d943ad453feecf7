"""adAnalytics: numbers become rows, by columns or row by row, with equal values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import SchemaDrift
from include.sources import linkedin_ads_numbers
from include.sources.columns import NotPlain
from include.sources.linkedin_ads import parse
from include.sources.linkedin_ads_fields import (
    MAPPED,
    MOST_FIELDS,
    NUMBERS,
    PLACE,
    TOTALS,
)
from include.sources.linkedin_ads_numbers import Numbers
from include.sources.replies import Account, Reply
from include.sources.strict import empty_parsed
from include.tables import DAILY_PARSED

ACCOUNT = Account("linkedin_ads", "101", "Marca", "COP", "UTC", "linkedin_ads_default", 30)
# Section 4.5 of the reference: the default field plan and what it lists as further fields.
LISTED = """
dateRange, pivotValues, impressions, clicks, landingPageClicks, costInLocalCurrency, costInUsd,
approximateMemberReach, externalWebsiteConversions, externalWebsitePostClickConversions,
externalWebsitePostViewConversions, conversionValueInLocalCurrency, oneClickLeads,
oneClickLeadFormOpens, qualifiedLeads, totalEngagements, likes, comments, shares, reactions,
follows, companyPageClicks, otherEngagements, videoStarts, videoViews,
videoFirstQuartileCompletions, videoMidpointCompletions, videoThirdQuartileCompletions,
videoCompletions, fullScreenPlays, sends, opens, actionClicks, adUnitClicks, textUrlClicks,
cardClicks, cardImpressions, documentCompletions, jobApplications, registrations, talentLeads,
validWorkEmailLeads, averageDwellTime, audiencePenetration
"""


def place(ad="3", day=5):
    day = {"year": 2026, "month": 11, "day": day}
    return {
        "dateRange": {"start": day, "end": dict(day)},
        "pivotValues": [f"urn:li:sponsoredCreative:{ad}"],
    }


ELEMENT = place() | {
    "impressions": 19464,
    "clicks": 106,
    "landingPageClicks": 104,
    "costInLocalCurrency": "99.99999999999996",
    "approximateMemberReach": 17392,
    "externalWebsiteConversions": 4,
    "externalWebsitePostViewConversions": 1,
    "conversionValueInLocalCurrency": "4.5E+2",
    "oneClickLeads": 2,
    "totalEngagements": 110,
    "reactions": 5,
    "comments": 1,
    "shares": 2,
    "follows": 3,
    "videoViews": 8,
    "videoCompletions": 4,
}
ROW = {
    "platform": "linkedin_ads",
    "account_id": "101",
    "report_date": date(2026, 11, 5),
    "timezone": "UTC",
    "currency": "COP",
    "campaign_id": "unlisted",
    "ad_set_id": "unlisted",
    "ad_id": "3",
    "impressions": 19464,
    "reach": 17392,
    "clicks": 106,
    "link_clicks": 104,
    "engagements": 110,
    "video_views": 8,
    "spend": Decimal("100.000000"),
    "conversions": 6.0,
    "leads": 2.0,
    "purchases": 4.0,
    "revenue": Decimal("450.000000"),
    "landing_page_views": None,
    "app_installs": None,
    "view_through_conversions": 1.0,
    "video_completions": 4,
    "reactions": 5,
    "comments": 1,
    "shares": 2,
    "follows": 3,
    "attribution_setting": None,
}


def taken(*pages):
    """Pages, read."""
    parsed = empty_parsed()
    numbers = Numbers(parsed, ACCOUNT)
    for page in pages:
        numbers.take(page)
    return parsed


def by_rows(*pages):
    """The same, row by row."""
    with pytest.MonkeyPatch.context() as patched:

        def refuse(*args):
            raise NotPlain("as the test wants it")

        patched.setattr(linkedin_ads_numbers, "_batch", refuse)
        return taken(*pages)


def rows_of(parsed):
    """All rows as the lake will hold them."""
    batches = [row for batch in parsed.batches for row in batch.to_pylist()]
    plain = pa.Table.from_pylist(parsed.rows["ad_daily"], schema=DAILY_PARSED).to_pylist()
    return batches + plain


def test_the_fields_are_linkedins():
    """All asked names are in the reference's list; at most 20 a question, each with its place."""
    listed = {name.strip() for name in LISTED.split(",")}
    for fields in (NUMBERS, TOTALS):
        assert set(fields) <= listed
        assert len(fields) == len(set(fields)) <= MOST_FIELDS
        assert fields[:2] == PLACE
    assert set(MAPPED.values()) <= {*NUMBERS}


def test_an_element_is_a_row():
    """Dust is rounded away, exponents are read, ids lose their URN."""
    parsed = taken([ELEMENT])
    assert rows_of(parsed) == [ROW]
    assert not parsed.rows["ad_daily"]
    assert not parsed.unknown
    assert parsed.batches[0].schema == DAILY_PARSED
    assert rows_of(by_rows([ELEMENT])) == [ROW]


def test_what_is_not_told_is_unknown():
    """Not zero, but for the counts that every row has."""
    [row] = rows_of(taken([place() | {"impressions": 19464}]))
    zero = ["clicks", "link_clicks", "engagements", "spend"]
    told = ["platform", "account_id", "report_date", "timezone", "currency", "campaign_id",
            "ad_set_id", "ad_id", "impressions"]  # fmt: skip
    assert row == dict.fromkeys(ROW) | {name: ROW[name] for name in told} | dict.fromkeys(zero, 0)


def test_every_page_is_a_batch():
    """An empty one is none."""
    parsed = taken([ELEMENT], [], [ELEMENT | place("4")])
    assert [batch.num_rows for batch in parsed.batches] == [1, 1]
    assert rows_of(parsed) == [ROW, ROW | {"ad_id": "4"}]


def test_a_repeated_row_stays_twice():
    """Quality sets it aside; here nothing is dropped without a word."""
    assert rows_of(taken([ELEMENT, ELEMENT])) == [ROW, ROW]


@pytest.mark.parametrize(
    ("changes", "column", "text"),
    [
        ({"clicks": "1.2e3"}, "clicks", "1.2e3"),
        ({"clicks": 1.5}, "clicks", "1.5"),
        ({"impressions": 10**18}, "impressions", str(10**18)),
        ({"clicks": "0x10"}, "clicks", "0x10"),
        ({"costInLocalCurrency": "n/a"}, "spend", "n/a"),
        ({"costInLocalCurrency": "1E+13"}, "spend", "1E+13"),
        ({"oneClickLeads": "many"}, "leads", "many"),
    ],
)
def test_a_number_that_does_not_parse_is_kept_as_text(changes, column, text):
    """Its row is read row by row, and goes to quarantine from there."""
    parsed = taken([ELEMENT | changes])
    (row,) = parsed.rows["ad_daily"]
    assert row["_unparsed"] == {column: text}
    assert row[column] is None
    assert row["reach"] == 17392


@pytest.mark.parametrize(
    ("told", "amount"),
    [
        ("-2E-18", "0"),
        ("99.99999999999996", "100"),
        ("1.1102230246251565E-16", "0"),
        ("4.5E+2", "450"),
        ("0.0000005", "0"),  # half to even
        ("0.0000015", "0.000002"),
        ("-0.01", "-0.01"),
        ("1E-60", "0"),
        (" 7 ", "7"),
        (12.5, "12.5"),
    ],
)
def test_costs_are_exact(told, amount):
    """Both ways, whatever the platform's floats have left on them."""
    page = [ELEMENT | {"costInLocalCurrency": told}]
    for parsed in (taken(page), by_rows(page)):
        (row,) = rows_of(parsed)
        assert row["spend"] == Decimal(amount)
        assert not row["spend"].is_signed() or row["spend"] < 0


@pytest.mark.parametrize(
    "changes",
    [
        {"pivotValues": []},
        {"pivotValues": None},
        {"pivotValues": ["a", "b"]},
        {"pivotValues": [7]},
        {"dateRange": None},
        {"dateRange": {"start": {"year": 2026, "month": 13, "day": 1}, "end": {}}},
        {"dateRange": place()["dateRange"] | {"end": {"year": 2026, "month": 11, "day": 6}}},
    ],
)
def test_a_row_that_cannot_be_placed_stops_the_reading(changes):
    """Rows without pivotValues were once recorded; they belong to no ad."""
    with pytest.raises(SchemaDrift, match="linkedin_ads 101 adAnalytics"):
        taken([ELEMENT | changes])


@pytest.mark.parametrize("page", [[7], [ELEMENT, None], [{}], [ELEMENT, []]])
def test_what_is_no_row_stops_the_reading(page):
    """An element must be an object."""
    with pytest.raises(SchemaDrift, match="linkedin_ads 101"):
        taken(page)


def test_new_fields_are_counted_and_the_page_stays_fast():
    """In every row or in one."""
    parsed = taken([ELEMENT | {"vibes": 1}, ELEMENT | place("4")], [ELEMENT | {"vibes": 1}])
    assert parsed.unknown["adAnalytics.vibes"] == 2
    assert len(parsed.batches) == 2


def test_places_come_from_the_listings():
    """Whichever reply comes first; an ad that no listing has is unlisted."""
    now = datetime(2026, 11, 20, tzinfo=UTC)
    campaign = {"id": 2, "campaignGroup": "urn:li:sponsoredCampaignGroup:1", "status": "ACTIVE"}
    creative = {
        "id": "urn:li:sponsoredCreative:3",
        "campaign": "urn:li:sponsoredCampaign:2",
        "intendedStatus": "ACTIVE",
        "content": {"textAd": {"headline": "H"}},
    }
    told = {"adAnalytics": [ELEMENT, ELEMENT | place("9")], "adCampaigns": [campaign],
            "creatives": [creative]}  # fmt: skip
    replies = [Reply(n, "https://l", 200, now, {"elements": told[n]}) for n in told]
    for order in (replies, replies[::-1]):
        parsed = parse(iter(order), ACCOUNT)
        assert [(r["ad_id"], r["ad_set_id"], r["campaign_id"]) for r in rows_of(parsed)] == [
            ("3", "2", "1"),
            ("9", "unlisted", "unlisted"),
        ]
        assert [row["status"] for row in parsed.rows["ads"]] == ["ACTIVE", "unlisted"]


COUNT = st.integers(0, 10**6) | st.none() | st.sampled_from(["7", "x", 2.5, True, 10**19])
AMOUNT = (
    st.floats(0, 1e9).map(repr)
    | st.none()
    | st.sampled_from(["-2E-18", "0", "4.5E+2", "NaN", "abc", "1_0", "1e400", 5, "12.3456785"])
)


def element(fields):
    """A row of these fields, some of them left out or strange."""
    kinds = {name: AMOUNT if name.startswith(("cost", "conversionValue")) else COUNT
             for name in fields if name not in PLACE}  # fmt: skip
    where = st.builds(place, st.sampled_from("345"), st.integers(1, 3))
    usual = st.fixed_dictionaries(
        {
            name: st.integers(0, 99) if kind is COUNT else st.floats(0, 1e6).map(repr)
            for name, kind in kinds.items()
        }
    )
    strange = st.fixed_dictionaries({}, optional={**kinds, "vibes": st.integers()})
    lacking = st.sets(st.sampled_from(sorted(kinds)), max_size=2)
    return (
        st.builds(lambda w, u: {**w, **u}, where, usual)
        | st.builds(lambda w, u, s: {**w, **u, **s}, where, usual, strange)
        | st.builds(
            lambda w, u, off: {**w, **{n: v for n, v in u.items() if n not in off}},
            where,
            usual,
            lacking,
        )
    )


@given(st.lists(element(NUMBERS), max_size=5))
def test_both_ways_give_the_same(page):
    """Whatever the page holds: it is either read by columns or falls back as a whole."""
    quick, slow = taken(page), by_rows(page)
    assert quick.unknown == slow.unknown
    if quick.batches:
        assert rows_of(quick) == rows_of(slow)
        assert not any("_unparsed" in row for row in slow.rows["ad_daily"])
    else:
        assert quick.rows == slow.rows
