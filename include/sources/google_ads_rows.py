"""From Google Ads' replies to rows: objects, pictures, and numbers per ad and day.

Google's ad group is our ad set. The key of an ad is `<ad group id>~<ad id>`. Money comes in
micros, whole numbers as text, names in lowerCamelCase.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from include.errors import AccountUnreadable, SchemaDrift
from include.sources.columns import NotPlain
from include.sources.google_ads_asset_groups import add_asset_group, links_of
from include.sources.google_ads_columns import daily_batch, read_results, total_rows
from include.sources.google_ads_creatives import POSTERS, Library, asset_of, creative_rows
from include.sources.google_ads_numbers import (
    CATEGORIES,
    Results,
    daily_row,
    late_rows,
    put_results,
    total_row,
)
from include.sources.google_ads_objectives import objective_of
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
    record,
    take_id,
    take_object,
    take_text,
)

STATUSES = frozenset({"ENABLED", "PAUSED", "REMOVED"})
CUSTOMER_STATUSES = frozenset({"ENABLED", "CANCELED", "SUSPENDED", "CLOSED"})
METRICS = frozenset({"metrics", "metrics_asset_group"})
CONVERSIONS = frozenset({"conversions", "conversions_asset_group"})


def parse(replies: Iterable[Reply], account: Account) -> Parsed:
    """The rows of one reading; pure, so stored replies give the same rows years later.

    Args:
        replies: read once, one after the other; the conversions of a day must come before
            its other numbers, as they do when entities are in alphabetical order.

    Raises:
        SchemaDrift: a reply lost its shape.
        AccountUnreadable: it is a manager account, which has no ads of its own.
        ConfigurationError: `nodes.yaml` and Google disagree on currency or time zone.
    """
    parsed = empty_parsed()
    objects: dict[str, list[Any]] = defaultdict(list)
    results: Results = {}
    posters = POSTERS
    for reply in replies:
        if reply.entity == "posters":
            posters = str(reply.body["address"])
            continue
        where = f"google_ads {account.account_id} {reply.entity}"
        for batch in batches_of(reply.body, where):
            if reply.entity in METRICS:
                _read_days(batch, reply.entity, account, results, parsed)
            elif reply.entity in CONVERSIONS:
                _read_conversions(batch, reply.entity, account, results, parsed.unknown)
            elif reply.entity == "totals":
                _read_totals(batch, account, parsed)
            else:
                objects[reply.entity].extend(batch)
    _read_objects(objects, account, parsed, posters)
    parsed.rows["ad_daily"].extend(late_rows(results, account))
    list_the_unlisted(parsed, account)
    return parsed


def batches_of(body: Any, where: str) -> Iterator[list[Any]]:
    """The rows of each batch of a stream, or of a page; one without rows has no `results`.

    Raises:
        SchemaDrift: a batch is no object, or its results are no list.
    """
    for batch in body if isinstance(body, list) else [body]:
        rows = batch.get("results", []) if isinstance(batch, dict) else None
        if not isinstance(rows, list):
            raise SchemaDrift(
                f"{where}: a batch is {batch!r:.80}, expected an object with results. A developer "
                "has to look at include/sources/google_ads_rows.py."
            )
        if rows:
            yield rows


def rows_in(body: Any, where: str) -> Iterator[dict[str, Any]]:
    """The rows that are objects, of all batches."""
    for batch in batches_of(body, where):
        yield from (row for row in batch if isinstance(row, dict))


def _read_days(
    rows: list[Any], entity: str, account: Account, results: Results, parsed: Parsed
) -> None:
    try:
        parsed.batches.append(daily_batch(rows, entity, account, results, parsed.unknown))
    except NotPlain:
        parsed.rows["ad_daily"].extend(
            daily_row(item, entity, account, results, parsed.unknown) for item in rows
        )


def _read_totals(rows: list[Any], account: Account, parsed: Parsed) -> None:
    totals = parsed.rows["totals_daily"]
    try:
        totals.extend(total_rows(rows, account, parsed.unknown))
    except NotPlain:
        totals.extend(total_row(item, account, parsed.unknown) for item in rows)


def _read_conversions(
    rows: list[Any],
    entity: str,
    account: Account,
    results: Results,
    unknown: Counter[str],
) -> None:
    try:
        read_results(rows, entity, results, unknown)
    except NotPlain:
        for item in rows:
            unknown.update(put_results(results, item, entity, account))


def _read_objects(
    objects: dict[str, list[Any]], account: Account, parsed: Parsed, posters: str
) -> None:
    unknown, rows = parsed.unknown, parsed.rows
    for item in objects["customer"]:
        rows["accounts"].append(_customer(item, account, unknown))
    goals = _biddable_goals(objects["campaign_conversion_goal"], account, unknown)
    for item in objects["campaign"]:
        rows["campaigns"].append(_campaign(item, account, unknown, goals))
    for item in objects["ad_group"]:
        rows["ad_sets"].append(_ad_group(item, account, unknown))
    assets = dict(asset_of(item, account, unknown) for item in objects["asset"])
    library = Library(assets, posters)
    seen: set[str] = set()
    for item in objects["ad_group_ad"]:
        ad, fields = _ad(item, account, unknown)
        rows["ads"].append(ad)
        if ad["creative_id"] not in seen:
            seen.add(ad["creative_id"])
            creative, images = creative_rows(fields, ad, account, unknown, library)
            rows["creatives"].append(creative)
            rows["creative_images"].extend(images)
    links = links_of(objects["asset_group_asset"], account, unknown)
    for item in objects["asset_group"]:
        add_asset_group(item, account, parsed, links, library)


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
            "its client accounts in nodes.yaml.",
            kind="not_enabled",
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
