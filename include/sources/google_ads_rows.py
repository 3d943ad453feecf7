"""From Google Ads' replies to rows: objects, pictures, and numbers per ad and day.

Google's ad group is our ad set. The key of an ad is `<ad group id>~<ad id>`. Money comes in
micros, whole numbers as text, names in lowerCamelCase.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from include.errors import AccountUnreadable, SchemaDrift
from include.sources.google_ads_creatives import creative_rows
from include.sources.google_ads_objectives import objective_of
from include.sources.replies import Account, Parsed, Reply
from include.sources.strict import (
    MICROS,
    UNPARSED,
    Row,
    check_same,
    count_left,
    count_value,
    empty_parsed,
    leave,
    list_the_unlisted,
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

STATUSES = frozenset({"ENABLED", "PAUSED", "REMOVED"})
CUSTOMER_STATUSES = frozenset({"ENABLED", "CANCELED", "SUSPENDED", "CLOSED"})
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
OTHER_CATEGORIES = frozenset(
    {
        "DEFAULT",
        "PAGE_VIEW",
        "SIGNUP",
        "DOWNLOAD",
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
CATEGORIES = LEAD_CATEGORIES | PURCHASE_CATEGORIES | OTHER_CATEGORIES
COLUMN_OF = dict.fromkeys(LEAD_CATEGORIES, "leads") | dict.fromkeys(
    PURCHASE_CATEGORIES, "purchases"
)


def parse(replies: Iterable[Reply], account: Account) -> Parsed:
    """The rows of one reading; pure, so stored replies give the same rows years later.

    Raises:
        SchemaDrift: a reply lost its shape.
        AccountUnreadable: it is a manager account, which has no ads of its own.
        ConfigurationError: `nodes.yaml` and Google disagree on currency or time zone.
    """
    parsed = empty_parsed()
    unknown = parsed.unknown
    rows: dict[str, list[Any]] = defaultdict(list)
    for reply in replies:
        rows[reply.entity].extend(_results(reply, account))
    for item in rows["customer"]:
        parsed.rows["accounts"].append(_customer(item, account, unknown))
    goals = _biddable_goals(rows["campaign_conversion_goal"], account, unknown)
    for item in rows["campaign"]:
        parsed.rows["campaigns"].append(_campaign(item, account, unknown, goals))
    for item in rows["ad_group"]:
        parsed.rows["ad_sets"].append(_ad_group(item, account, unknown))
    files = dict(_file(item, account, unknown) for item in rows["asset"])
    seen: set[str] = set()
    for item in rows["ad_group_ad"]:
        ad, fields = _ad(item, account, unknown)
        parsed.rows["ads"].append(ad)
        if ad["creative_id"] not in seen:
            seen.add(ad["creative_id"])
            creative, images = creative_rows(fields, ad, account, unknown, files)
            parsed.rows["creatives"].append(creative)
            parsed.rows["creative_images"].extend(images)
    results = _results_by_ad(rows["conversions"], account, unknown)
    for item in rows["metrics"]:
        parsed.rows["ad_daily"].append(_day(item, account, unknown, results))
    parsed.rows["ad_daily"].extend(_days_of_late_results(results, account))
    list_the_unlisted(parsed, account)
    return parsed


def _results(reply: Reply, account: Account) -> Iterator[Any]:
    """The rows of all batches. A batch without rows has no `results` at all."""
    for batch in reply.body:
        if not isinstance(batch, dict) or not isinstance(batch.get("results", []), list):
            raise SchemaDrift(
                f"google_ads {account.account_id} {reply.entity}: a batch is {batch!r:.80}, "
                "expected an object with results. A developer has to look at include/sources/."
            )
        yield from batch.get("results", [])


def _part(fields: Row, name: str) -> Row:
    """One resource of a row; its resource name is always there and repeats the ids."""
    part = take_object(fields, name)
    part.pop("resourceName", None)
    return part


def _customer(item: Any, account: Account, unknown: Counter[str]) -> Row:
    fields = record(item, "customer", account)
    customer = _part(fields, "customer")
    if customer.pop("manager", False) is True:
        raise AccountUnreadable(
            f"google_ads {account.account_id}: this is a manager account, which has no ads. Name "
            "its client accounts in nodes.yaml."
        )
    currency, timezone = take_text(customer, "currencyCode"), take_text(customer, "timeZone")
    check_same(account, "currency", currency, account.currency)
    check_same(account, "time zone", timezone, account.timezone)
    status = take_text(customer, "status")
    row = {
        **of_account(account),
        "name": take_text(customer, "descriptiveName"),
        "currency": account.currency,
        "timezone": account.timezone,
        "status": count_value(status, CUSTOMER_STATUSES, "customer.status", unknown),
    }
    leave(customer, ("id", "testAccount"))
    count_left(customer, "customer", unknown)
    count_left(fields, "customer", unknown)
    return row


def _biddable_goals(
    items: list[Any], account: Account, unknown: Counter[str]
) -> dict[str, set[str]]:
    """Campaign id -> categories of conversion it bids for."""
    goals: dict[str, set[str]] = defaultdict(set)
    for item in items:
        fields = record(item, "campaign_conversion_goal", account)
        goal = _part(fields, "campaignConversionGoal")
        campaign = take_id(goal, "campaign", "campaign_conversion_goal", account)
        category = take_text(goal, "category") or ""
        if goal.pop("biddable", False) is True:
            goals[campaign.rsplit("/", 1)[-1]].add(category)
        count_value(category, CATEGORIES, "campaign_conversion_goal.category", unknown)
        leave(goal, ("origin",))
        fields.pop("campaign", None)
        count_left(goal, "campaign_conversion_goal", unknown)
        count_left(fields, "campaign_conversion_goal", unknown)
    return goals


def _campaign(
    item: Any, account: Account, unknown: Counter[str], goals: dict[str, set[str]]
) -> Row:
    fields = record(item, "campaign", account)
    campaign = _part(fields, "campaign")
    campaign_id = take_id(campaign, "id", "campaign", account)
    channel = take_text(campaign, "advertisingChannelType") or "UNSPECIFIED"
    subtype = take_text(campaign, "advertisingChannelSubType") or "UNSPECIFIED"
    bidding = take_text(campaign, "biddingStrategyType") or "UNSPECIFIED"
    status = take_text(campaign, "status")
    row = {
        **of_account(account),
        "campaign_id": campaign_id,
        "name": take_text(campaign, "name"),
        "status": count_value(status, STATUSES, "campaign.status", unknown),
        "objective": objective_of(
            channel=channel, subtype=subtype, bidding=bidding, goals=goals.get(campaign_id, set())
        ),
        # What the objective was derived from, since Google has no word of its own for it.
        "objective_raw": "/".join(
            [channel, subtype, bidding, *sorted(goals.get(campaign_id, set()))]
        ),
        "created_at": None,
    }
    if row["objective"] == "unknown":
        unknown[f"campaign.objective={row['objective_raw']}"] += 1
    count_left(campaign, "campaign", unknown)
    count_left(fields, "campaign", unknown)
    return row


def _ad_group(item: Any, account: Account, unknown: Counter[str]) -> Row:
    fields = record(item, "ad_group", account)
    group, campaign = _part(fields, "adGroup"), _part(fields, "campaign")
    status = take_text(group, "status")
    row = {
        **of_account(account),
        "ad_set_id": take_id(group, "id", "ad_group", account),
        "campaign_id": take_id(campaign, "id", "ad_group", account),
        "name": take_text(group, "name"),
        "status": count_value(status, STATUSES, "ad_group.status", unknown),
        "created_at": None,
    }
    leave(group, ("type",))
    for part in (group, campaign, fields):
        count_left(part, "ad_group", unknown)
    return row


def _file(item: Any, account: Account, unknown: Counter[str]) -> tuple[str, str | None]:
    """Resource name of an asset and the address of its picture at full size."""
    fields = record(item, "asset", account)
    asset = take_object(fields, "asset")
    name = take_id(asset, "resourceName", "asset", account)
    image = take_object(asset, "imageAsset")
    size = take_object(image, "fullSize")
    url = take_text(size, "url")
    leave(asset, ("id", "name", "type", "source"))
    leave(image, ("fileSize", "mimeType"))
    leave(size, ("widthPixels", "heightPixels"))
    for part in (size, image, asset, fields):
        count_left(part, "asset", unknown)
    return name, url


def _ad(item: Any, account: Account, unknown: Counter[str]) -> tuple[Row, Row]:
    """The ad's row, and what is left of its `ad` object: the creative."""
    fields = record(item, "ad_group_ad", account)
    group_ad = _part(fields, "adGroupAd")
    group, campaign = _part(fields, "adGroup"), _part(fields, "campaign")
    creative = _part(group_ad, "ad")
    status = take_text(group_ad, "status")
    ad_id = take_id(creative, "id", "ad_group_ad", account)
    group_id = take_id(group, "id", "ad_group_ad", account)
    row = {
        **of_account(account),
        "ad_id": f"{group_id}~{ad_id}",
        "ad_set_id": group_id,
        "campaign_id": take_id(campaign, "id", "ad_group_ad", account),
        "creative_id": ad_id,
        "name": take_text(creative, "name"),
        "status": count_value(status, STATUSES, "ad_group_ad.status", unknown),
        "created_at": None,
    }
    for part in (group_ad, group, campaign, fields):
        count_left(part, "ad_group_ad", unknown)
    return row, creative


def _key(fields: Row, entity: str, account: Account) -> tuple[Row, Row]:
    """The columns that say which ad and day, and what is left of `segments`."""
    group, campaign = _part(fields, "adGroup"), _part(fields, "campaign")
    ad = _part(_part(fields, "adGroupAd"), "ad")
    segments = take_object(fields, "segments")
    group_id = take_id(group, "id", entity, account)
    row = {
        **of_account(account),
        "campaign_id": take_id(campaign, "id", entity, account),
        "ad_set_id": group_id,
        "ad_id": f"{group_id}~{take_id(ad, 'id', entity, account)}",
        "report_date": _date(take_text(segments, "date"), entity, account),
        "timezone": account.timezone,
        "currency": account.currency,
    }
    return row, segments


def _date(text: str | None, entity: str, account: Account) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError as error:
        raise SchemaDrift(
            f"google_ads {account.account_id} {entity}: segments.date is {text!r:.40}, expected "
            "YYYY-MM-DD."
        ) from error


def _results_by_ad(
    items: list[Any], account: Account, unknown: Counter[str]
) -> dict[tuple[str, date], Row]:
    """Leads and purchases per ad and day, added up over the conversion actions."""
    found: dict[tuple[str, date], Row] = {}
    for item in items:
        fields = record(item, "conversions", account)
        row, segments = _key(fields, "conversions", account)
        metrics = take_object(fields, "metrics")
        category = take_text(segments, "conversionActionCategory") or ""
        value = metrics.pop("conversions", None)
        count_value(category, CATEGORIES, "conversions.conversion_action_category", unknown)
        column = COLUMN_OF.get(category)
        entry = found.setdefault((row["ad_id"], row["report_date"]), row)
        number = to_float(value)
        if column is not None and number is None:
            set_aside(entry, column, value)
        elif column is not None and number is not None and column not in entry.get(UNPARSED, {}):
            entry[column] = entry.get(column, 0.0) + number
        leave(segments, ("conversionAction", "conversionActionName"))
        leave(metrics, ("conversionsValue", "allConversions"))
        for part in (segments, metrics, fields):
            count_left(part, "conversions", unknown)
    return found


def _day(
    item: Any, account: Account, unknown: Counter[str], results: dict[tuple[str, date], Row]
) -> Row:
    fields = record(item, "metrics", account)
    customer = _part(fields, "customer")
    check_same(account, "currency", take_text(customer, "currencyCode"), account.currency)
    check_same(account, "time zone", take_text(customer, "timeZone"), account.timezone)
    row, segments = _key(fields, "metrics", account)
    metrics = take_object(fields, "metrics")
    clicks = metrics.pop("clicks", None)
    put_count(row, "impressions", metrics.pop("impressions", None))
    put_count(row, "reach", None)
    put_count(row, "clicks", clicks)
    put_count(row, "link_clicks", clicks)
    put_count(row, "engagements", metrics.pop("engagements", None))
    put_count(row, "video_views", metrics.pop("videoTrueviewViews", None))
    put_money(row, "spend", metrics.pop("costMicros", None), divisor=MICROS)
    put_fraction(row, "conversions", metrics.pop("conversions", None))
    put_money(row, "revenue", metrics.pop("conversionsValue", None))
    _add_results(row, results.pop((row["ad_id"], row["report_date"]), {}))
    leave(customer, ("id",))
    for part in (customer, segments, metrics, fields):
        count_left(part, "metrics", unknown)
    return row


def _add_results(row: Row, found: Row) -> None:
    row["leads"] = found.get("leads")
    row["purchases"] = found.get("purchases")
    row["attribution_setting"] = "conversion action settings"
    for column, text in found.get(UNPARSED, {}).items():
        set_aside(row, column, text)


def _days_of_late_results(results: dict[tuple[str, date], Row], account: Account) -> Iterator[Row]:
    """Days that have conversions and nothing else: the two queries do not have to agree."""
    for found in results.values():
        row = {name: found[name] for name in found if name not in {"leads", "purchases"}}
        row.pop(UNPARSED, None)
        for column in ("impressions", "reach", "clicks", "link_clicks", "engagements"):
            put_count(row, column, None)
        put_count(row, "video_views", None)
        put_money(row, "spend", None)
        put_fraction(row, "conversions", None)
        put_money(row, "revenue", None)
        _add_results(row, found)
        yield row
