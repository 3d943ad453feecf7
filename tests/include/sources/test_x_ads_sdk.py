"""X Ads: every name that we ask for, held against the official SDK.

The SDK (twitter-ads 11) is made for version 11 of the API. Where version 12 differs, the
reference says so, and the difference is listed here.
"""

from __future__ import annotations

import re

import pytest
from twitter_ads import enum
from twitter_ads.account import Account
from twitter_ads.analytics import Analytics
from twitter_ads.campaign import Campaign, FundingInstrument, LineItem
from twitter_ads.creative import Card, CardsFetch, MediaLibrary, PromotedTweet, Tweets
from twitter_ads.utils import validate_whole_hours

from include.sources import x_ads_plan
from include.sources.x_ads_jobs import Jobs
from include.sources.x_ads_objects import OBJECTS
from include.sources.x_ads_rows import (
    ACCOUNT_IGNORED,
    CAMPAIGN_IGNORED,
    CLICK_GOALS,
    ENTITY_STATUSES,
    LINE_ITEM_IGNORED,
    OBJECTIVES,
)

NEW_IN_12 = {"SPOTLIGHT", "TREND"}  # placements; the SDK still has those of before 2020
NOT_IN_SDK = {"SITE_VISITS"}  # goal, version 12
ONLY_IN_SDK = {"to_delete", "name"}  # `to_delete` is a parameter; instruments' `name` is not sent


def values(name):
    return {v for k, v in vars(getattr(enum, name)).items() if not k.startswith("_")}


@pytest.mark.parametrize(
    ("ours", "theirs", "apart"),
    [
        (set(x_ads_plan.AD_GROUPS.split(",")), "METRIC_GROUP", set()),
        ({x_ads_plan.APP_GROUPS}, "METRIC_GROUP", set()),
        (set(x_ads_plan.TOTAL_GROUPS.split(",")), "METRIC_GROUP", set()),
        (set(x_ads_plan.PLACEMENTS), "PLACEMENT", NEW_IN_12),
        ({"PROMOTED_TWEET", "ACCOUNT"}, "ENTITY", set()),
        ({"HOUR"}, "GRANULARITY", set()),
        ({"PUBLISHED"}, "TWEET_TYPE", set()),
        ({"ALL"}, "TIMELINE_TYPE", set()),
        (set(ENTITY_STATUSES), "ENTITY_STATUS", set()),
        (set(OBJECTIVES) | {"WEBSITE_CLICKS"}, "OBJECTIVE", {"CUSTOM"}),
        (set(x_ads_plan.APP_OBJECTIVES), "OBJECTIVE", set()),
        (set(CLICK_GOALS), "GOAL", NOT_IN_SDK),
    ],
)
def test_values_are_the_sdks(ours, theirs, apart):
    """All of them, but for what the reference says is newer."""
    assert ours - values(theirs) == apart


def test_no_objective_of_the_sdk_is_unmapped():
    """A campaign of each becomes one of our objectives."""
    assert values("OBJECTIVE") <= set(OBJECTIVES) | {"WEBSITE_CLICKS"}


def path_of(resource):
    return re.sub(r"^/\d+/", "", resource).format(account_id="ID", id="KEY")


def test_addresses_are_the_sdks():
    """Below the version."""
    listed = {
        "campaigns": Campaign,
        "funding_instruments": FundingInstrument,
        "line_items": LineItem,
        "promoted_tweets": PromotedTweet,
    }
    assert set(OBJECTS) == set(listed)
    for name, kind in listed.items():
        assert path_of(kind.RESOURCE_COLLECTION) == f"accounts/ID/{name}"
    assert path_of(Account.RESOURCE_COLLECTION) == "accounts"
    assert path_of(Account.RESOURCE) == "accounts/KEY"
    assert path_of(Tweets.RESOURCE_COLLECTION) == "accounts/ID/tweets"
    assert path_of(Card.RESOURCE_COLLECTION) == "accounts/ID/cards"
    assert path_of(CardsFetch.FETCH_URI) == "accounts/ID/cards/all"
    assert path_of(MediaLibrary.RESOURCE) == "accounts/ID/media_library/KEY"
    assert path_of(Analytics.RESOURCE_SYNC) == "stats/accounts/ID"
    assert path_of(Analytics.RESOURCE_ASYNC) == "stats/jobs/accounts/ID"
    active = path_of(Analytics.RESOURCE_ACTIVE_ENTITIES)
    assert active == "stats/accounts/ID/active_entities"
    assert Jobs.__module__ == "include.sources.x_ads_jobs"


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        (Account, {*ACCOUNT_IGNORED, "name", "timezone", "approval_status", "account_name"}),
        (Campaign, {*CAMPAIGN_IGNORED, "id", "entity_status", "created_at", "deleted"}),
        (
            LineItem,
            {*LINE_ITEM_IGNORED, "id", "campaign_id", "objective", "goal", "entity_status",
             "created_at", "deleted"},
        ),
        (
            PromotedTweet,
            {"id", "line_item_id", "tweet_id", "entity_status", "approval_status", "created_at",
             "updated_at", "deleted"},
        ),
    ],
)  # fmt: skip
def test_every_field_of_the_sdk_is_mapped_or_left_on_purpose(kind, known):
    """So that none of them is reported as unknown every night."""
    assert set(kind.PROPERTIES) - known - ONLY_IN_SDK == set()


def test_fields_that_we_read_exist_in_the_sdk():
    """Of the objects it describes; it has no fields of tweets and cards."""
    assert {"currency", "id"} <= set(FundingInstrument.PROPERTIES)
    assert {"id", "name", "currency", "funding_instrument_id", "entity_status"} <= set(
        Campaign.PROPERTIES
    )
    assert {"campaign_id", "objective", "goal", "currency"} <= set(LineItem.PROPERTIES)
    library = {"media_key", "media_url", "poster_media_url", "media_type"}
    assert library <= set(MediaLibrary.PROPERTIES)


def test_windows_pass_the_sdks_own_check():
    """It refuses times that are not whole hours."""
    from datetime import date
    from zoneinfo import ZoneInfo

    from include.sources.replies import Window

    window = Window(date(2026, 10, 20), date(2026, 11, 10))
    for zone in ("Asia/Kolkata", "America/New_York"):
        for start, end in x_ads_plan.slices(window, ZoneInfo(zone), hours=168):
            validate_whole_hours(start)
            validate_whole_hours(end)
