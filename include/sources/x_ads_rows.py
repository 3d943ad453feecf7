"""From X Ads' replies to rows: objects, pictures, and numbers per ad and day.

Our ad set is the line item, our ad the promoted tweet, our creative the tweet. Hours in UTC
are added up to the account's days, over all placements.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from include.sources.http import listing
from include.sources.replies import Account, Parsed, Reply
from include.sources.strict import (
    UNLISTED,
    Row,
    check_same,
    count_left,
    count_value,
    empty_parsed,
    leave,
    list_the_unlisted,
    of_account,
    record,
    take_id,
    take_text,
    to_time,
)
from include.sources.x_ads_creatives import Library, creative_rows
from include.sources.x_ads_days import Numbers

OBJECTIVES = {
    "REACH": "awareness",
    "ENGAGEMENTS": "engagement",
    "FOLLOWERS": "engagement",
    "LEAD_GENERATION": "leads",
    "APP_INSTALLS": "app_promotion",
    "APP_ENGAGEMENTS": "app_promotion",
    "WEBSITE_CONVERSIONS": "sales",
    "VIDEO_VIEWS": "video_views",
    "PREROLL_VIEWS": "video_views",
    "CUSTOM": "other",
}
# The objective WEBSITE_CLICKS is sold for visits and for conversions; the goal tells which.
CLICK_GOALS = {"LINK_CLICKS": "traffic", "SITE_VISITS": "traffic", "WEBSITE_CONVERSIONS": "sales"}
ENTITY_STATUSES = frozenset({"ACTIVE", "PAUSED", "DRAFT"})
APPROVAL_STATUSES = frozenset({"ACCEPTED", "REJECTED", "UNDER_REVIEW", "PENDING", "CANCELED"})

CAMPAIGN_IGNORED = (
    "funding_instrument_id",
    "effective_status",
    "servable",
    "reasons_not_servable",
    "budget_optimization",
    "daily_budget_amount_local_micro",
    "total_budget_amount_local_micro",
    "standard_delivery",
    "frequency_cap",
    "duration_in_days",
    "purchase_order_number",
    "currency",
    "start_time",
    "end_time",
    "updated_at",
)
LINE_ITEM_IGNORED = (
    *CAMPAIGN_IGNORED,
    "product_type",
    "placements",
    "bid_strategy",
    "bid_amount_local_micro",
    "pay_by",
    "target_cpa_local_micro",
    "creative_source",
    "automatic_tweet_promotion",
    "advertiser_user_id",
    "advertiser_domain",
    "primary_web_event_tag",
    "categories",
    "android_app_store_identifier",
    "ios_app_store_identifier",
    "audience_expansion",
    "tracking_tags",
)
ACCOUNT_IGNORED = (
    "id",
    "business_name",
    "business_id",
    "timezone_switch_at",
    "industry_type",
    "salt",
    "created_at",
    "updated_at",
    "deleted",
)


def parse(replies: Iterable[Reply], account: Account) -> Parsed:
    """The rows of one reading; pure, so stored replies give the same rows years later.

    Replies may come in any order; pages of numbers are added up as they come and not kept.

    Raises:
        SchemaDrift: a reply lost its shape.
        ConfigurationError: `nodes.yaml` and X disagree on currency or time zone.
    """
    parsed = empty_parsed()
    unknown = parsed.unknown
    bodies: dict[str, list[Any]] = defaultdict(list)
    numbers = Numbers(account, unknown)
    for reply in replies:
        if reply.entity in {"stats", "totals"}:
            numbers.add(reply)
        else:
            bodies[reply.entity].append(reply.body)
    for body in bodies["account"]:
        parsed.rows["accounts"].append(_account(body, account, unknown))
    listed = _Listed(bodies, account)
    campaigns = listed.by_id("campaigns")
    line_item_records = listed.by_id("line_items")
    _check_currency(listed, [*campaigns, *line_item_records], account)
    line_items = [_line_item(item, account, unknown) for item in line_item_records]
    parsed.rows["ad_sets"].extend(row for row, _, _ in line_items)
    objectives: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row, raw, common in line_items:
        objectives[row["campaign_id"]].append((raw, common))
    for item in campaigns:
        parsed.rows["campaigns"].append(_campaign(item, account, unknown, objectives))
    parents = {row["ad_set_id"]: row["campaign_id"] for row, _, _ in line_items}
    tweets = {str(t.get("tweet_id") or t.get("id_str")): t for t in listed.all("tweets")}
    for item in listed.by_id("promoted_tweets"):
        parsed.rows["ads"].append(_ad(item, account, unknown, parents, tweets))
    library = Library(
        {card.get("card_uri"): card for card in listed.all("cards")},
        {item.get("media_key"): item for item in listed.all("media_library")},
    )
    for tweet_id, tweet in tweets.items():
        creative, images = creative_rows(tweet_id, tweet, library, account, unknown)
        parsed.rows["creatives"].append(creative)
        parsed.rows["creative_images"].extend(images)
    numbers.finish(parsed)
    list_the_unlisted(parsed, account)
    return parsed


class _Listed:
    """The objects of the listings."""

    def __init__(self, bodies: dict[str, list[Any]], account: Account) -> None:
        self._bodies = bodies
        self._account = account

    def all(self, entity: str) -> Iterator[Row]:
        """Every record of all pages, copied; a reply about one object has it under `data`."""
        where = f"x_ads {self._account.account_id} {entity}"
        for body in self._bodies[entity]:
            data = body.get("data") if isinstance(body, dict) else None
            for item in (
                [data]
                if isinstance(data, dict)
                else listing(record(body, entity, self._account), "data", where)
            ):
                yield record(item, entity, self._account)

    def by_id(self, entity: str) -> list[Row]:
        """Every record once: an object that moved to the next page while we read is on both."""
        found: dict[Any, Row] = {}
        for item in self.all(entity):
            found[str(item.get("id", id(item)))] = item
        return list(found.values())


def _check_currency(listed: _Listed, spenders: Iterable[Row], account: Account) -> None:
    """Refuse money in another currency than the reviewed one: an account has none of its own.

    Campaigns and line items say theirs; where they do not, their funding instrument does. One
    that funds nothing may have any.
    """
    funds = {
        str(fund.get("id")): fund.get("currency") for fund in listed.all("funding_instruments")
    }
    for spender in spenders:
        told = spender.get("currency") or funds.get(str(spender.get("funding_instrument_id")))
        check_same(account, "currency", told, account.currency)


def _account(body: Any, account: Account, unknown: Counter[str]) -> Row:
    fields = record(body.get("data") if isinstance(body, dict) else body, "account", account)
    timezone = take_text(fields, "timezone")
    check_same(account, "time zone", timezone, account.timezone)
    status = take_text(fields, "approval_status")
    row = {
        **of_account(account),
        "name": take_text(fields, "name"),
        "currency": account.currency,
        "timezone": account.timezone,
        "status": count_value(status, APPROVAL_STATUSES, "account.approval_status", unknown),
    }
    leave(fields, ACCOUNT_IGNORED)
    count_left(fields, "account", unknown)
    return row


def _status(fields: Row, entity: str, unknown: Counter[str]) -> str | None:
    """The entity's own status, or DELETED: deletion is a flag beside it."""
    status = take_text(fields, "entity_status")
    count_value(status, ENTITY_STATUSES, f"{entity}.entity_status", unknown)
    return "DELETED" if fields.pop("deleted", False) is True else status


def _campaign(
    fields: Row,
    account: Account,
    unknown: Counter[str],
    objectives: dict[str, list[tuple[str, str]]],
) -> Row:
    campaign_id = take_id(fields, "id", "campaigns", account)
    told = objectives[campaign_id]
    # All line items of a campaign share an objective; where they do not, nothing is guessed.
    common = {common for _, common in told}
    row = {
        **of_account(account),
        "campaign_id": campaign_id,
        "name": take_text(fields, "name"),
        "status": _status(fields, "campaigns", unknown),
        "objective": common.pop() if len(common) == 1 else "unknown",
        "objective_raw": ", ".join(sorted({raw for raw, _ in told})) or None,
        "created_at": to_time(fields.pop("created_at", None), "campaigns.created_at", unknown),
    }
    leave(fields, CAMPAIGN_IGNORED)
    count_left(fields, "campaigns", unknown)
    return row


def _line_item(fields: Row, account: Account, unknown: Counter[str]) -> tuple[Row, str, str]:
    """The row, the objective and goal as they came, and the common objective."""
    objective = take_text(fields, "objective") or ""
    goal = take_text(fields, "goal") or ""
    common = CLICK_GOALS.get(goal) if objective == "WEBSITE_CLICKS" else OBJECTIVES.get(objective)
    if common is None:
        unknown[f"line_items.objective={objective}/{goal}"] += 1
    row = {
        **of_account(account),
        "ad_set_id": take_id(fields, "id", "line_items", account),
        "campaign_id": take_id(fields, "campaign_id", "line_items", account),
        "name": take_text(fields, "name"),
        "status": _status(fields, "line_items", unknown),
        "created_at": to_time(fields.pop("created_at", None), "line_items.created_at", unknown),
    }
    leave(fields, LINE_ITEM_IGNORED)
    count_left(fields, "line_items", unknown)
    return row, f"{objective}/{goal}" if goal else objective, common or "unknown"


def _ad(
    fields: Row,
    account: Account,
    unknown: Counter[str],
    parents: dict[str, str],
    tweets: dict[str, Row],
) -> Row:
    line_item = take_id(fields, "line_item_id", "promoted_tweets", account)
    tweet_id = take_text(fields, "tweet_id")
    tweet = tweets.get(tweet_id or "", {})
    row = {
        **of_account(account),
        "ad_id": take_id(fields, "id", "promoted_tweets", account),
        "ad_set_id": line_item,
        "campaign_id": parents.get(line_item, UNLISTED),
        # A tweet that is gone leaves the ad without a creative.
        "creative_id": tweet_id if tweet else None,
        "name": tweet.get("name") or (tweet.get("full_text") or "")[:80] or None,
        "status": _status(fields, "promoted_tweets", unknown),
        "created_at": to_time(
            fields.pop("created_at", None), "promoted_tweets.created_at", unknown
        ),
    }
    approval = take_text(fields, "approval_status")
    count_value(approval, APPROVAL_STATUSES, "promoted_tweets.approval_status", unknown)
    leave(fields, ("updated_at",))
    count_left(fields, "promoted_tweets", unknown)
    return row
