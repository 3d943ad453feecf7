"""Totals of a page by columns are those of the same page row by row."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.errors import ConfigurationError, SchemaDrift
from include.sources import google_ads, google_ads_rows, meta, meta_totals
from include.sources.columns import NotPlain
from include.sources.replies import Account, Reply

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
COUNT = st.integers(0, 10**6).map(str) | st.sampled_from([None, "1O6", "", 7, "-3", "1.5", True])
DAY = st.sampled_from(["2026-11-05"] * 9 + ["2026-11-06", None, "5.11.2026"])
ID = st.sampled_from(["1", "2", "3", "4", 5, "", None])
EXTRA = st.fixed_dictionaries({}, optional={"novel": st.integers()})


def merged(*parts):
    """The parts as one object, without what is None."""
    told = {name: value for part in parts for name, value in part.items()}
    return {name: value for name, value in told.items() if value is not None}


def of_meta(campaign, day, numbers, extra):
    """A row of insights, level campaign."""
    names = ("impressions", "clicks", "spend", "account_currency")
    return merged(
        {"campaign_id": campaign, "date_start": day, "date_stop": day, "account_id": "101"},
        dict(zip(names, numbers, strict=True)),
        extra,
    )


def of_google(campaign, day, numbers, extra):
    """A row of a campaign query."""
    metrics = dict(zip(("impressions", "clicks", "costMicros"), numbers, strict=True))
    return {
        "campaign": merged({"resourceName": "customers/101/campaigns/1", "id": campaign}),
        "segments": merged({"date": day}, extra),
        "metrics": merged(metrics),
    }


SPEND = st.decimals(0, 10**6, places=2).map(str) | st.sampled_from([None, "x", 12, "1e400"])
CURRENCY = st.sampled_from(["COP", "COP", None, "USD"])
META = st.builds(of_meta, ID, DAY, st.tuples(COUNT, COUNT, SPEND, CURRENCY), EXTRA)
GOOGLE = st.builds(of_google, ID, DAY, st.tuples(COUNT, COUNT, COUNT), EXTRA)


def told(parse, platform, body):
    """The rows and what nobody mapped; or the error's text."""
    account = Account(platform, "101", "A", "COP", "America/Bogota", "c", 28)
    try:
        parsed = parse([Reply("totals", "https://x", 200, NOW, body)], account)
    except (SchemaDrift, ConfigurationError) as error:
        return str(error)
    return parsed.rows["totals_daily"], parsed.unknown


def refused(*args, **kwargs):
    """In place of the columns."""
    raise NotPlain("as the test wants it")


@settings(deadline=None)  # the first call loads what others use, too
@given(st.lists(META, max_size=4))
def test_metas(items):
    """Whatever the page holds."""
    quick = told(meta.parse, "meta", {"data": items})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(meta_totals, "_totals", refused)
        assert told(meta.parse, "meta", {"data": items}) == quick


@settings(deadline=None)
@given(st.lists(GOOGLE, max_size=4))
def test_googles(items):
    """Whatever the batch holds."""
    quick = told(google_ads.parse, "google_ads", [{"results": items}])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(google_ads_rows, "total_rows", refused)
        assert told(google_ads.parse, "google_ads", [{"results": items}]) == quick
