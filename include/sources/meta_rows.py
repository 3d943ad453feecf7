"""From Meta's replies to rows: objects, pictures, and numbers per ad and day.

The same event stands under several action types (one purchase was seen under six names
with one value each), so exactly one family is read and families are never added up.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from include.errors import SchemaDrift
from include.sources.http import listing
from include.sources.meta_creatives import creative_rows
from include.sources.replies import Account, Parsed, Reply
from include.sources.strict import (
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
    to_decimal,
    to_float,
    to_time,
)

OBJECTIVES = {
    "OUTCOME_AWARENESS": "awareness",
    "BRAND_AWARENESS": "awareness",
    "REACH": "awareness",
    "LOCAL_AWARENESS": "awareness",
    "STORE_VISITS": "awareness",
    "OUTCOME_TRAFFIC": "traffic",
    "LINK_CLICKS": "traffic",
    "OUTCOME_ENGAGEMENT": "engagement",
    "POST_ENGAGEMENT": "engagement",
    "PAGE_LIKES": "engagement",
    "EVENT_RESPONSES": "engagement",
    "MESSAGES": "engagement",
    "OFFER_CLAIMS": "engagement",
    "OUTCOME_LEADS": "leads",
    "LEAD_GENERATION": "leads",
    "OUTCOME_APP_PROMOTION": "app_promotion",
    "APP_INSTALLS": "app_promotion",
    "OUTCOME_SALES": "sales",
    "CONVERSIONS": "sales",
    "PRODUCT_CATALOG_SALES": "sales",
    "VIDEO_VIEWS": "video_views",
}
# The newer objectives have no video views; a campaign whose ad sets all want these is one.
REFINED = {
    "THRUPLAY": "video_views",
    "LEAD_GENERATION": "leads",
    "QUALITY_LEAD": "leads",
    "APP_INSTALLS": "app_promotion",
}
STATUSES = frozenset(
    {
        "ACTIVE",
        "PAUSED",
        "DELETED",
        "ARCHIVED",
        "IN_PROCESS",
        "WITH_ISSUES",
        "CAMPAIGN_PAUSED",
        "ADSET_PAUSED",
        "DISAPPROVED",
        "PENDING_BILLING_INFO",
        "PENDING_REVIEW",
        "PREAPPROVED",
    }
)
ACCOUNT_STATUSES = {
    1: "active",
    2: "disabled",
    3: "unsettled",
    7: "pending_risk_review",
    8: "pending_settlement",
    9: "in_grace_period",
    100: "pending_closure",
    101: "closed",
}
# Each line is one way to count; the first that is present is taken, and its parts added.
PURCHASES = (("omni_purchase",), ("purchase",), ("offsite_conversion.fb_pixel_purchase",))
LEADS = (("lead",), ("onsite_conversion.lead_grouped", "offsite_conversion.fb_pixel_lead"))
VIDEO_VIEWS = (("video_view",),)


def parse(replies: Iterable[Reply], account: Account) -> Parsed:
    """The rows of one reading; pure, so stored replies give the same rows years later.

    Raises:
        SchemaDrift: a reply lost its shape.
        ConfigurationError: `nodes.yaml` and Meta disagree on currency or time zone.
    """
    parsed = empty_parsed()
    bodies: dict[str, list[Any]] = defaultdict(list)
    for reply in replies:
        bodies[reply.entity].append(reply.body)
    goals: dict[str, set[str]] = defaultdict(set)
    for body in bodies["account"]:
        parsed.rows["accounts"].append(_account(body, account, parsed.unknown))
    for item in _items(bodies, "campaigns", account):
        parsed.rows["campaigns"].append(_campaign(item, account, parsed.unknown))
    for item in _items(bodies, "adsets", account):
        parsed.rows["ad_sets"].append(_ad_set(item, account, parsed.unknown, goals))
    for item in _items(bodies, "ads", account):
        parsed.rows["ads"].append(_ad(item, account, parsed.unknown))
    files = {
        image["hash"]: image
        for image in (
            _file(i, account, parsed.unknown) for i in _items(bodies, "adimages", account)
        )
    }
    for body in bodies["creatives"]:
        for item in body.values():
            creative, images = creative_rows(item, account, parsed.unknown, files)
            parsed.rows["creatives"].append(creative)
            parsed.rows["creative_images"].extend(images)
    for item in _items(bodies, "insights", account):
        parsed.rows["ad_daily"].append(_day(item, account, parsed.unknown))
    _refine(parsed.rows["campaigns"], goals)
    list_the_unlisted(parsed, account)
    return parsed


def _items(bodies: dict[str, list[Any]], entity: str, account: Account) -> Iterator[Any]:
    where = f"{account.platform} {account.account_id} {entity}"
    for body in bodies[entity]:
        yield from listing(body, "data", where)


def _account(body: Any, account: Account, unknown: Counter[str]) -> Row:
    fields = record(body, "account", account)
    currency, timezone = take_text(fields, "currency"), take_text(fields, "timezone_name")
    check_same(account, "currency", currency, account.currency)
    check_same(account, "time zone", timezone, account.timezone)
    status = fields.pop("account_status", None)
    if status not in ACCOUNT_STATUSES:
        unknown[f"account.account_status={status}"] += 1
    row = {
        **of_account(account),
        "name": take_text(fields, "name"),
        "currency": account.currency,
        "timezone": account.timezone,
        "status": ACCOUNT_STATUSES.get(status, str(status)),
    }
    leave(fields, ("id", "account_id", "disable_reason"))
    count_left(fields, "account", unknown)
    return row


def _campaign(item: Any, account: Account, unknown: Counter[str]) -> Row:
    fields = record(item, "campaigns", account)
    raw = count_value(take_text(fields, "objective"), OBJECTIVES, "campaigns.objective", unknown)
    row = {
        **of_account(account),
        "campaign_id": take_id(fields, "id", "campaigns", account),
        "objective": OBJECTIVES.get(raw or "", "unknown"),
        "objective_raw": raw,
        **_named(fields, "campaigns", unknown),
    }
    leave(fields, ("account_id",))
    count_left(fields, "campaigns", unknown)
    return row


def _ad_set(item: Any, account: Account, unknown: Counter[str], goals: dict[str, set[str]]) -> Row:
    fields = record(item, "adsets", account)
    campaign_id = take_id(fields, "campaign_id", "adsets", account)
    goals[campaign_id].add(take_text(fields, "optimization_goal") or "")
    row = {
        **of_account(account),
        "ad_set_id": take_id(fields, "id", "adsets", account),
        "campaign_id": campaign_id,
        **_named(fields, "adsets", unknown),
    }
    leave(fields, ("account_id",))
    count_left(fields, "adsets", unknown)
    return row


def _ad(item: Any, account: Account, unknown: Counter[str]) -> Row:
    fields = record(item, "ads", account)
    creative = take_object(fields, "creative")
    row = {
        **of_account(account),
        "ad_id": take_id(fields, "id", "ads", account),
        "ad_set_id": take_id(fields, "adset_id", "ads", account),
        "campaign_id": take_id(fields, "campaign_id", "ads", account),
        "creative_id": take_text(creative, "id"),
        **_named(fields, "ads", unknown),
    }
    leave(fields, ("account_id",))
    count_left(fields, "ads", unknown)
    return row


def _named(fields: Row, entity: str, unknown: Counter[str]) -> Row:
    """Name, status (the effective one, which knows about paused parents) and creation time."""
    configured = take_text(fields, "status")
    status = take_text(fields, "effective_status") or configured
    return {
        "name": take_text(fields, "name"),
        "status": count_value(
            configured if status is None else status,
            STATUSES,
            f"{entity}.effective_status",
            unknown,
        ),
        "created_at": to_time(fields.pop("created_time", None), f"{entity}.created_time", unknown),
    }


def _refine(campaigns: list[Row], goals: dict[str, set[str]]) -> None:
    for row in campaigns:
        wanted = {REFINED.get(goal) for goal in goals[row["campaign_id"]]}
        refined = wanted.pop() if len(wanted) == 1 else None
        if refined and (row["objective_raw"] or "").startswith("OUTCOME_"):
            row["objective"] = refined


def _file(item: Any, account: Account, unknown: Counter[str]) -> Row:
    fields = record(item, "adimages", account)
    image = {"hash": take_id(fields, "hash", "adimages", account), "url": take_text(fields, "url")}
    leave(
        fields,
        ("id", "name", "status", "width", "height", "original_width", "original_height"),
    )
    count_left(fields, "adimages", unknown)
    return image


def _day(item: Any, account: Account, unknown: Counter[str]) -> Row:
    fields = record(item, "insights", account)
    start, stop = take_text(fields, "date_start"), take_text(fields, "date_stop")
    if start is None or start != stop:
        raise SchemaDrift(
            f"meta {account.account_id} insights: a row covers {start} to {stop}, expected one "
            "day. A developer has to look at include/sources/meta.py."
        )
    check_same(account, "currency", take_text(fields, "account_currency"), account.currency)
    row: Row = {
        **of_account(account),
        "report_date": _date(start, account),
        "timezone": account.timezone,
        "currency": account.currency,
        "campaign_id": take_id(fields, "campaign_id", "insights", account),
        "ad_set_id": take_id(fields, "adset_id", "insights", account),
        "ad_id": take_id(fields, "ad_id", "insights", account),
        "attribution_setting": take_text(fields, "attribution_setting"),
    }
    put_count(row, "impressions", fields.pop("impressions", None))
    put_count(row, "reach", fields.pop("reach", None))
    put_count(row, "clicks", fields.pop("clicks", None))
    put_count(row, "link_clicks", fields.pop("inline_link_clicks", None))
    put_count(row, "engagements", fields.pop("inline_post_engagement", None))
    put_money(row, "spend", fields.pop("spend", None))
    actions = _by_type(fields.pop("actions", None))
    values = _by_type(fields.pop("action_values", None))
    purchase_family = _family(actions, PURCHASES)
    put_count(row, "video_views", _first_value(actions, _family(actions, VIDEO_VIEWS)))
    _put_sum(row, "purchases", actions, purchase_family)
    _put_sum(row, "leads", actions, _family(actions, LEADS))
    parts = [row[name] for name in ("purchases", "leads") if row[name] is not None]
    put_fraction(row, "conversions", sum(parts) if parts else None)
    # Values of another family than the counted one would be another event's money.
    _put_value(row, values, purchase_family or _family(values, PURCHASES))
    leave(fields, ("account_id",))
    count_left(fields, "insights", unknown)
    return row


def _date(text: str, account: Account) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SchemaDrift(
            f"meta {account.account_id} insights: date_start is {text!r:.40}, expected YYYY-MM-DD."
        ) from error


def _by_type(entries: Any) -> dict[str, Any]:
    """Action type to its `value`, which follows the ad set's own attribution setting."""
    return {entry["action_type"]: entry.get("value") for entry in entries or []}


def _family(actions: dict[str, Any], families: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The members that are present of the first family that has any."""
    for family in families:
        present = tuple(name for name in family if name in actions)
        if present:
            return present
    return ()


def _first_value(actions: dict[str, Any], family: tuple[str, ...]) -> Any:
    return actions[family[0]] if family else None


def _put_sum(row: Row, column: str, actions: dict[str, Any], family: tuple[str, ...]) -> None:
    numbers = [to_float(actions[name]) for name in family]
    if any(number is None for number in numbers):
        set_aside(row, column, " + ".join(str(actions[name]) for name in family))
    else:
        put_fraction(row, column, sum(n for n in numbers if n is not None) if numbers else None)


def _put_value(row: Row, values: dict[str, Any], family: tuple[str, ...]) -> None:
    found = [values[name] for name in family if name in values]
    amounts = [to_decimal(value) for value in found]
    if any(amount is None for amount in amounts):
        set_aside(row, "revenue", " + ".join(map(str, found)))
    else:
        total = sum((a for a in amounts if a is not None), Decimal(0))
        put_money(row, "revenue", str(total) if found else None)
