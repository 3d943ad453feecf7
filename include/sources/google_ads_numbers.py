"""Google Ads' numbers, row by row: per ad and day, per asset group, per campaign.

A page of numbers comes here when `include.sources.google_ads_columns` finds something
unusual in it; both ways give the same values. Leads, purchases and installs arrive in a
query of their own and are joined to the day they belong to.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from include.errors import SchemaDrift
from include.sources.replies import Account
from include.sources.strict import (
    MICROS,
    Row,
    count_left,
    count_value,
    leave,
    of_account,
    put_count,
    put_fraction,
    put_money,
    record,
    set_aside,
    take_id,
    take_object,
    take_text,
    to_float,
)

# A qualified or converted lead may be the same person as a submitted form; Google offers no
# way to tell them apart, so an account should count one of them.
LEAD_CATEGORIES = frozenset(
    {
        "SUBMIT_LEAD_FORM",
        "IMPORTED_LEAD",
        "PHONE_CALL_LEAD",
        "QUALIFIED_LEAD",
        "CONVERTED_LEAD",
        "MESSAGE_LEAD",
    }
)
PURCHASE_CATEGORIES = frozenset({"PURCHASE", "STORE_SALE"})
INSTALL_CATEGORIES = frozenset({"DOWNLOAD"})
OTHER_CATEGORIES = frozenset(
    {
        "DEFAULT",
        "PAGE_VIEW",
        "SIGNUP",
        "ADD_TO_CART",
        "BEGIN_CHECKOUT",
        "SUBSCRIBE_PAID",
        "BOOK_APPOINTMENT",
        "REQUEST_QUOTE",
        "GET_DIRECTIONS",
        "OUTBOUND_CLICK",
        "CONTACT",
        "ENGAGEMENT",
        "STORE_VISIT",
        "YOUTUBE_FOLLOW_ON_VIEWS",
        "IN_APP_AD_REVENUE",
    }
)
CATEGORIES = LEAD_CATEGORIES | PURCHASE_CATEGORIES | INSTALL_CATEGORIES | OTHER_CATEGORIES
RESULTS = ("leads", "purchases", "app_installs")
COLUMN_OF = (
    dict.fromkeys(LEAD_CATEGORIES, "leads")
    | dict.fromkeys(PURCHASE_CATEGORIES, "purchases")
    | dict.fromkeys(INSTALL_CATEGORIES, "app_installs")
)
ATTRIBUTION = "conversion action settings"
# A Performance Max campaign has no ads; its asset group stands for one under this name.
ASSET_GROUP = "ag:"
# No page, reaction or follower numbers per ad; reach only per campaign and for some kinds.
NOT_OFFERED = ("reach", "landing_page_views", "reactions", "comments", "shares", "follows")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(slots=True)
class Result:
    """What an ad achieved on a day, by kind; None where no conversion of the kind came."""

    campaign_id: str
    ad_set_id: str
    leads: float | None = None
    purchases: float | None = None
    app_installs: float | None = None
    unparsed: dict[str, str] = field(default_factory=dict)


# By `<ad id> <day>`: a text costs less than a pair, and there is one for every ad and day.
Results = dict[str, Result]


def put_results(found: Results, item: Any, entity: str, account: Account) -> Counter[str]:
    """Add one row of conversions to what its ad and day have; gives what nobody mapped."""
    unknown: Counter[str] = Counter()
    fields = record(item, entity, account)
    row, segments = _key(fields, entity, account, unknown)
    metrics = take_object(fields, "metrics")
    category = take_text(segments, "conversionActionCategory") or ""
    count_value(category, CATEGORIES, f"{entity}.conversion_action_category", unknown)
    key = f"{row['ad_id']} {row['report_date'].isoformat()}"
    if key not in found:
        found[key] = Result(row["campaign_id"], row["ad_set_id"])
    result = found[key]
    value = metrics.pop("conversions", None)
    column = COLUMN_OF.get(category)
    if column is not None:
        number = to_float(value)
        if number is None:
            result.unparsed[column] = value if isinstance(value, str) else repr(value)
        else:
            setattr(result, column, (getattr(result, column) or 0.0) + number)
    leave(segments, ("conversionAction", "conversionActionName"))
    leave(metrics, ("conversionsValue", "allConversions"))
    for part in (segments, metrics, fields):
        count_left(part, entity, unknown)
    return unknown


def daily_row(
    item: Any, entity: str, account: Account, results: Results, unknown: Counter[str]
) -> Row:
    """One ad on one day; takes what it achieved out of `results`."""
    fields = record(item, entity, account)
    row, segments = _key(fields, entity, account, unknown)
    metrics = take_object(fields, "metrics")
    clicks = metrics.pop("clicks", None)
    put_count(row, "impressions", metrics.pop("impressions", None))
    put_count(row, "clicks", clicks)
    put_count(row, "link_clicks", clicks)
    put_count(row, "engagements", metrics.pop("engagements", None))
    put_count(row, "video_views", metrics.pop("videoTrueviewViews", None))
    _put_completions(row, metrics.pop("videoQuartileP100Rate", None))
    put_money(row, "spend", metrics.pop("costMicros", None), divisor=MICROS)
    put_fraction(row, "conversions", metrics.pop("conversions", None))
    put_fraction(row, "view_through_conversions", metrics.pop("viewThroughConversions", None))
    put_money(row, "revenue", metrics.pop("conversionsValue", None))
    row |= dict.fromkeys(NOT_OFFERED)
    row["attribution_setting"] = ATTRIBUTION
    _add_results(row, results.pop(f"{row['ad_id']} {row['report_date'].isoformat()}", None))
    for part in (segments, metrics, fields):
        count_left(part, entity, unknown)
    return row


def late_rows(results: Results, account: Account) -> Iterator[Row]:
    """Days that have conversions and nothing else: the two queries do not have to agree."""
    for key, result in results.items():
        ad_id, _, day = key.rpartition(" ")
        row = {
            **of_account(account),
            "campaign_id": result.campaign_id,
            "ad_set_id": result.ad_set_id,
            "ad_id": ad_id,
            "report_date": date.fromisoformat(day),
            "timezone": account.timezone,
            "currency": account.currency,
            **dict.fromkeys(NOT_OFFERED),
            **dict.fromkeys(("conversions", "view_through_conversions", "video_completions")),
            "attribution_setting": ATTRIBUTION,
        }
        for column in ("impressions", "clicks", "link_clicks", "engagements", "video_views"):
            put_count(row, column, None)
        put_money(row, "spend", None)
        put_money(row, "revenue", None)
        _add_results(row, result)
        yield row


def total_row(item: Any, account: Account, unknown: Counter[str]) -> Row:
    """One campaign on one day, as the platform adds it up."""
    fields = record(item, "totals", account)
    campaign = take_object(fields, "campaign")
    campaign.pop("resourceName", None)
    segments, metrics = take_object(fields, "segments"), take_object(fields, "metrics")
    row = {
        **of_account(account),
        "level": "campaign",
        "level_id": take_id(campaign, "id", "totals", account),
        "report_date": _date(take_text(segments, "date"), "totals", account),
        "currency": account.currency,
    }
    put_count(row, "impressions", metrics.pop("impressions", None))
    put_count(row, "clicks", metrics.pop("clicks", None))
    put_money(row, "spend", metrics.pop("costMicros", None), divisor=MICROS)
    for part in (campaign, segments, metrics, fields):
        count_left(part, "totals", unknown)
    return row


def _key(fields: Row, entity: str, account: Account, unknown: Counter[str]) -> tuple[Row, Row]:
    """The columns that say which ad and day, and what is left of `segments`."""
    segments = take_object(fields, "segments")
    parts = [take_object(fields, "campaign")]
    if entity.endswith("asset_group"):
        parts.append(take_object(fields, "assetGroup"))
        ad_set_id = take_id(parts[1], "id", entity, account)
        ad_id = f"{ASSET_GROUP}{ad_set_id}"
    else:
        parts.append(take_object(fields, "adGroupAd"))
        name = take_id(parts[1], "resourceName", entity, account)
        ad_id = name.rpartition("/")[2]
        ad_set_id, tilde, own = ad_id.partition("~")
        if not (tilde and ad_set_id and own):
            raise SchemaDrift(
                f"google_ads {account.account_id} {entity}: an ad's name is {name!r:.80}, expected "
                "customers/…/adGroupAds/<ad group id>~<ad id>. A developer has to look at "
                "include/sources/google_ads_numbers.py."
            )
    row = {
        **of_account(account),
        "campaign_id": take_id(parts[0], "id", entity, account),
        "ad_set_id": ad_set_id,
        "ad_id": ad_id,
        "report_date": _date(take_text(segments, "date"), entity, account),
        "timezone": account.timezone,
        "currency": account.currency,
    }
    for part in parts:
        # A resource's name is always there and repeats the ids.
        part.pop("resourceName", None)
        count_left(part, entity, unknown)
    return row, segments


def _date(text: str | None, entity: str, account: Account) -> date:
    try:
        if text is not None and _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # a day that no calendar has is said below, like any other text
    raise SchemaDrift(
        f"google_ads {account.account_id} {entity}: segments.date is {text!r:.40}, expected "
        "YYYY-MM-DD. A developer has to look at include/sources/google_ads_numbers.py."
    )


def _put_completions(row: Row, rate: Any) -> None:
    """Videos seen to the end; Google tells the share of the impressions."""
    number = to_float(rate)
    impressions = row["impressions"]
    if rate is not None and number is None:
        set_aside(row, "video_completions", rate)
    elif number is None or impressions is None:
        row["video_completions"] = None
    else:
        seen = number * impressions
        if math.isfinite(seen) and abs(seen) < 2**53:
            row["video_completions"] = round(seen)
        else:
            set_aside(row, "video_completions", rate)


def _add_results(row: Row, result: Result | None) -> None:
    for column in RESULTS:
        row[column] = None if result is None else getattr(result, column)
    for column, text in ({} if result is None else result.unparsed).items():
        set_aside(row, column, text)
