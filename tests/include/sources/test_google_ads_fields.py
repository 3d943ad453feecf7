"""Google Ads: every name we use is one of the API's own, and literals hold any text.

Checked against the newest protobuf classes of the package google-ads.
"""

from __future__ import annotations

import pkgutil
import re
from datetime import date
from importlib import import_module

import google.ads.googleads
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.sandbox import gaql
from include.sandbox.google_fields import EVERY
from include.sources import google_ads_asset_groups, google_ads_creatives, google_ads_errors
from include.sources import google_ads_numbers as numbers
from include.sources import google_ads_queries as queries
from include.sources.google_ads import VERSION
from include.sources.google_ads_rows import CUSTOMER_STATUSES, STATUSES

NEWEST = max(
    (each.name for each in pkgutil.iter_modules(google.ads.googleads.__path__)
     if re.fullmatch(r"v\d+", each.name)),
    key=lambda name: int(name[1:]),
)  # fmt: skip
SDK = f"google.ads.googleads.{NEWEST}"


def message(path):
    """The class of what a field path begins with."""
    first = path.split(".", 1)[0]
    name = "".join(word.capitalize() for word in first.split("_"))
    kind = "common" if first in {"metrics", "segments"} else "resources"
    return getattr(import_module(f"{SDK}.{kind}.types.{first}"), name)


def exists(path):
    """Whether the field is there, all the way down."""
    at = message(path)
    for word in path.split(".")[1:]:
        fields = at.meta.fields
        name = word if word in fields else f"{word}_"  # `type` is a word of Python's
        if name not in fields:
            return False
        at = fields[name].message
    return True


def enum_names(name):
    """The values of an enum of the API."""
    module = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    holder = getattr(import_module(f"{SDK}.enums.types.{module}"), f"{name}Enum")
    return {value.name for value in getattr(holder, name)}


def error_names():
    """Every code that an error may have."""
    package = import_module(f"{SDK}.errors.types")
    found = set()
    for module in pkgutil.iter_modules(package.__path__):
        for holder in vars(import_module(f"{package.__name__}.{module.name}")).values():
            if isinstance(holder, type) and holder.__name__.endswith("ErrorEnum"):
                inner = getattr(holder, holder.__name__.removesuffix("Enum"))
                found |= {value.name for value in inner}
    return found


def test_our_version_is_the_newest_of_the_package():
    """What is checked here is what is asked for."""
    assert NEWEST == VERSION == "v26"


@pytest.mark.parametrize("path", queries.fields_asked_for())
def test_every_field_asked_for_exists(path):
    """Selected or filtered on, in the newest protobuf classes."""
    assert exists(path)


def test_the_sandbox_knows_no_field_that_the_api_lacks():
    """And it has all that we ask for."""
    assert [path for path in sorted(EVERY) if not exists(path)] == []
    assert set(queries.fields_asked_for()) <= EVERY
    assert not exists("metrics.video_views")
    assert not exists("campaign.start_date")


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("CustomerStatus", CUSTOMER_STATUSES),
        ("CampaignStatus", STATUSES),
        ("AdGroupAdStatus", STATUSES),
        ("AssetGroupStatus", google_ads_asset_groups.STATUSES),
        ("ConversionActionCategory", numbers.CATEGORIES),
        ("AdType", set(google_ads_creatives.FORMATS)),
        ("AssetFieldType", google_ads_asset_groups.FIELD_TYPES),
        ("AssetType", {"IMAGE", "YOUTUBE_VIDEO", "DEMAND_GEN_CAROUSEL_CARD"}),
        ("AdvertisingChannelType", {"PERFORMANCE_MAX", "DEMAND_GEN", "DISPLAY"}),
    ],
)
def test_every_value_is_one_of_the_apis(name, ours):
    """A misspelt value would match nothing, silently."""
    assert set(ours) <= enum_names(name)


def test_every_category_of_conversions_has_its_place():
    """Two are no category, and a new one would be reported."""
    nothing = {"UNSPECIFIED", "UNKNOWN"}
    assert enum_names("ConversionActionCategory") - numbers.CATEGORIES == nothing


def test_every_error_code_is_one_of_the_apis():
    """Codes decide what an error means."""
    ours = google_ads_errors
    codes = {*ours.RENEWABLE, *ours.DEAD_GRANT, *ours.UNREADABLE, *ours.SETTINGS, *ours.PAGE_TOKEN}
    assert codes | ours.SHORT_TERM | ours.LONG_TERM <= error_names()


text = st.text(st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" '\"\\;,()"))


@given(st.lists(text, min_size=1, max_size=5))
def test_a_literal_gives_the_text_back(texts):
    """Whatever it holds, it ends no literal and adds no condition."""
    query = gaql.parse(queries.files_of(texts))
    (condition,) = query.where
    assert condition == gaql.Condition("asset.resource_name", "IN", tuple(texts))
    assert query.resource == "asset"


@pytest.mark.parametrize("broken", ["a\nb", "a\x00b", "a\u2028b"])
def test_a_literal_holds_no_control_character(broken):
    """The API refuses line breaks; nothing we name has one."""
    with pytest.raises(ValueError, match="control character"):
        queries.literal(broken)


def test_days_are_both_included():
    """As BETWEEN has them."""
    query = gaql.parse(queries.between(queries.TOTALS, date(2026, 11, 1), date(2026, 11, 7)))
    assert gaql.date_range(query, date(2026, 11, 20)) == (date(2026, 11, 1), date(2026, 11, 7))
