"""From LinkedIn's replies to rows: objects, pictures, and numbers per ad and day.

Ids are whole numbers in their own resource and URNs elsewhere; rows hold the digits. The
campaign group is our campaign, the campaign our ad set, the creative our ad.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from include.errors import SchemaDrift
from include.sources.http import listing
from include.sources.linkedin_ads_creatives import creative_rows, post_urn
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
    put_count,
    put_fraction,
    put_money,
    record,
    take_id,
    take_object,
    take_text,
    to_time,
)

OBJECTIVES = {
    "BRAND_AWARENESS": "awareness",
    "WEBSITE_VISIT": "traffic",
    "WEBSITE_TRAFFIC": "traffic",
    "ENGAGEMENT": "engagement",
    "CREATIVE_ENGAGEMENT": "engagement",
    "CONVERSATION_STARTER": "engagement",
    "LEAD_GENERATION": "leads",
    "TALENT_LEAD": "leads",
    "WEBSITE_CONVERSION": "sales",
    "VIDEO_VIEW": "video_views",
    "JOB_APPLICANT": "other",
}
STATUSES = frozenset(
    {
        "ACTIVE",
        "ARCHIVED",
        "CANCELED",
        "COMPLETED",
        "DRAFT",
        "PAUSED",
        "PENDING_DELETION",
        "REMOVED",
    }
)
ACCOUNT_IGNORED = (
    "id", "type", "servingStatuses", "reference", "test", "version", "totalBudget",
    "changeAuditStamps", "notifiedOnCampaignOptimization", "notifiedOnCreativeApproval",
    "notifiedOnCreativeRejection", "notifiedOnEndOfCampaign", "notifiedOnNewFeaturesEnabled",
)  # fmt: skip
GROUP_IGNORED = (
    "account", "servingStatuses", "runSchedule", "totalBudget", "dailyBudget", "backfilled",
    "test", "allowedCampaignTypes", "version",
)  # fmt: skip
CAMPAIGN_IGNORED = (
    "account", "type", "format", "costType", "optimizationTargetType", "dailyBudget",
    "totalBudget", "unitCost", "runSchedule", "locale", "targetingCriteria", "targeting",
    "associatedEntity", "audienceExpansionEnabled", "offsiteDeliveryEnabled",
    "offsitePreferences", "storyDeliveryEnabled", "creativeSelection", "pacingStrategy",
    "servingStatuses", "version", "test", "connectedTelevisionOnly",
    "politicalIntent",
)  # fmt: skip
CREATIVE_IGNORED = (
    "account", "isServing", "servingHoldReasons", "review", "isTest", "createdBy",
    "lastModifiedAt", "lastModifiedBy", "leadgenCallToAction", "changeAuditStamps",
)  # fmt: skip
IMAGE_IGNORED = (
    "id", "owner", "downloadUrlExpiresAt", "altText", "aspectRatioWidth", "aspectRatioHeight",
)  # fmt: skip


def parse(replies: Iterable[Reply], account: Account) -> Parsed:
    """The rows of one reading; pure, so stored replies give the same rows years later.

    Raises:
        SchemaDrift: a reply lost its shape.
        ConfigurationError: `nodes.yaml` and LinkedIn disagree on the currency.
    """
    parsed = empty_parsed()
    unknown = parsed.unknown
    bodies: dict[str, list[Any]] = defaultdict(list)
    for reply in replies:
        bodies[reply.entity].append(reply.body)
    for body in bodies["account"]:
        parsed.rows["accounts"].append(_account(body, account, unknown))
    objectives: dict[str, set[str]] = defaultdict(set)
    for fields in _elements(bodies, "adCampaigns", account):
        parsed.rows["ad_sets"].append(_campaign(fields, account, unknown, objectives))
    for fields in _elements(bodies, "adCampaignGroups", account):
        parsed.rows["campaigns"].append(_group(fields, account, unknown, objectives))
    parents = {row["ad_set_id"]: row["campaign_id"] for row in parsed.rows["ad_sets"]}
    posts, refusals = _by_urn(bodies["posts"])
    images = _files(bodies["images"], account, unknown)
    seen: set[str] = set()
    for fields in _elements(bodies, "creatives", account):
        post = post_urn(fields)
        content = take_object(fields, "content")
        ad = _ad(fields, account, unknown, parents, post)
        parsed.rows["ads"].append(ad)
        if ad["creative_id"] in seen:
            continue
        seen.add(ad["creative_id"])
        creative, references = creative_rows(
            ad["creative_id"],
            content,
            posts.get(post or ""),
            refusals.get(post, f"LinkedIn did not show {post}")
            if post is not None and post not in posts
            else None,
            images,
            account=account,
            unknown=unknown,
        )
        parsed.rows["creatives"].append(creative)
        parsed.rows["creative_images"].extend(references)
    places = {row["ad_id"]: (row["campaign_id"], row["ad_set_id"]) for row in parsed.rows["ads"]}
    for fields in _elements(bodies, "adAnalytics", account):
        parsed.rows["ad_daily"].append(_day(fields, account, unknown, places))
    list_the_unlisted(parsed, account)
    return parsed


def _elements(bodies: dict[str, list[Any]], entity: str, account: Account) -> Iterator[Row]:
    where = f"linkedin_ads {account.account_id} {entity}"
    for body in bodies[entity]:
        for item in listing(body, "elements", where):
            yield record(item, entity, account)


def _digits(urn: str) -> str:
    """`urn:li:sponsoredCreative:287513206` -> `287513206`."""
    return urn.rsplit(":", 1)[-1]


def _by_urn(bodies: list[Any]) -> tuple[dict[str, Row], dict[str, str]]:
    """What a batch read gave per URN, and why it gave nothing for others."""
    found: dict[str, Row] = {}
    refusals: dict[str, str] = {}
    for body in bodies:
        found.update(body.get("results") or {})
        for urn, error in (body.get("errors") or {}).items():
            refusals[urn] = f"LinkedIn did not show {urn} ({error.get('status')})"
    return found, refusals


def _account(body: Any, account: Account, unknown: Counter[str]) -> Row:
    fields = record(body, "account", account)
    check_same(account, "currency", take_text(fields, "currency"), account.currency)
    status = take_text(fields, "status")
    row = {
        **of_account(account),
        "name": take_text(fields, "name"),
        "currency": account.currency,
        "timezone": account.timezone,
        "status": count_value(status, STATUSES, "account.status", unknown),
    }
    leave(fields, ACCOUNT_IGNORED)
    count_left(fields, "account", unknown)
    return row


def _created(fields: Row, entity: str, unknown: Counter[str]) -> Any:
    stamps = take_object(fields, "changeAuditStamps")
    return to_time((stamps.get("created") or {}).get("time"), f"{entity}.created", unknown)


def _campaign(
    fields: Row, account: Account, unknown: Counter[str], objectives: dict[str, set[str]]
) -> Row:
    group = _digits(take_id(fields, "campaignGroup", "adCampaigns", account))
    objective = take_text(fields, "objectiveType")
    if count_value(objective, OBJECTIVES, "adCampaigns.objectiveType", unknown) is not None:
        objectives[group].add(objective or "")
    status = take_text(fields, "status")
    row = {
        **of_account(account),
        "ad_set_id": take_id(fields, "id", "adCampaigns", account),
        "campaign_id": group,
        "name": take_text(fields, "name"),
        "status": count_value(status, STATUSES, "adCampaigns.status", unknown),
        "created_at": _created(fields, "adCampaigns", unknown),
    }
    leave(fields, CAMPAIGN_IGNORED)
    count_left(fields, "adCampaigns", unknown)
    return row


def _group(
    fields: Row, account: Account, unknown: Counter[str], objectives: dict[str, set[str]]
) -> Row:
    """A campaign group; its objective is its own, else that of all its campaigns."""
    group = take_id(fields, "id", "adCampaignGroups", account)
    own = take_text(fields, "objectiveType")
    raw = {own} if own else objectives[group]
    common = {OBJECTIVES.get(word, "unknown") for word in raw}
    status = take_text(fields, "status")
    row = {
        **of_account(account),
        "campaign_id": group,
        "name": take_text(fields, "name"),
        "status": count_value(status, STATUSES, "adCampaignGroups.status", unknown),
        "objective": common.pop() if len(common) == 1 else "unknown",
        "objective_raw": ", ".join(sorted(raw)) or None,
        "created_at": _created(fields, "adCampaignGroups", unknown),
    }
    leave(fields, GROUP_IGNORED)
    count_left(fields, "adCampaignGroups", unknown)
    return row


def _ad(
    fields: Row,
    account: Account,
    unknown: Counter[str],
    parents: dict[str, str],
    post: str | None,
) -> Row:
    ad_id = _digits(take_id(fields, "id", "creatives", account))
    campaign = _digits(take_id(fields, "campaign", "creatives", account))
    status = take_text(fields, "intendedStatus")
    row = {
        **of_account(account),
        "ad_id": ad_id,
        "ad_set_id": campaign,
        "campaign_id": parents.get(campaign, UNLISTED),
        # Several ads may show one post; content of its own belongs to this ad alone.
        "creative_id": post or ad_id,
        "name": take_text(fields, "name"),
        "status": count_value(status, STATUSES, "creatives.intendedStatus", unknown),
        "created_at": to_time(fields.pop("createdAt", None), "creatives.createdAt", unknown),
    }
    leave(fields, CREATIVE_IGNORED)
    count_left(fields, "creatives", unknown)
    return row


def _files(bodies: list[Any], account: Account, unknown: Counter[str]) -> dict[str, Row]:
    found, refusals = _by_urn(bodies)
    images = {urn: {"url": None, "reason": reason} for urn, reason in refusals.items()}
    for urn, item in found.items():
        fields = record(item, "images", account)
        url, status = take_text(fields, "downloadUrl"), take_text(fields, "status")
        reason = None if url else f"LinkedIn has no file for it (status {status})"
        images[urn] = {"url": url, "reason": reason}
        leave(fields, IMAGE_IGNORED)
        count_left(fields, "images", unknown)
    return images


def _day(
    fields: Row, account: Account, unknown: Counter[str], places: dict[str, tuple[str, str]]
) -> Row:
    pivots = fields.pop("pivotValues", None)
    if not isinstance(pivots, list) or len(pivots) != 1:
        raise SchemaDrift(
            f"linkedin_ads {account.account_id} adAnalytics: pivotValues is {pivots!r:.80}, "
            "expected one creative. A developer has to look at include/sources/linkedin_ads.py."
        )
    ad_id = _digits(str(pivots[0]))
    campaign_id, ad_set_id = places.get(ad_id, (UNLISTED, UNLISTED))
    row: Row = {
        **of_account(account),
        "report_date": _date(fields.pop("dateRange", None), account),
        "timezone": account.timezone,
        "currency": account.currency,
        "campaign_id": campaign_id,
        "ad_set_id": ad_set_id,
        "ad_id": ad_id,
        "attribution_setting": None,
    }
    put_count(row, "impressions", fields.pop("impressions", None))
    put_count(row, "reach", fields.pop("approximateMemberReach", None))
    put_count(row, "clicks", fields.pop("clicks", None))
    put_count(row, "link_clicks", fields.pop("landingPageClicks", None))
    put_count(row, "engagements", fields.pop("totalEngagements", None))
    put_count(row, "video_views", fields.pop("videoViews", None))
    put_money(row, "spend", fields.pop("costInLocalCurrency", None))
    put_fraction(row, "leads", fields.pop("oneClickLeads", None))
    put_fraction(row, "purchases", fields.pop("externalWebsiteConversions", None))
    put_money(row, "revenue", fields.pop("conversionValueInLocalCurrency", None))
    parts = [row[name] for name in ("leads", "purchases") if row[name] is not None]
    put_fraction(row, "conversions", sum(parts) if parts else None)
    leave(fields, ("costInUsd",))
    count_left(fields, "adAnalytics", unknown)
    return row


def _date(value: Any, account: Account) -> date:
    try:
        start, end = value["start"], value["end"]
        day = date(start["year"], start["month"], start["day"])
        last = date(end["year"], end["month"], end["day"])
    except (KeyError, TypeError, ValueError) as error:
        raise SchemaDrift(
            f"linkedin_ads {account.account_id} adAnalytics: dateRange is {value!r:.120}, expected "
            "start and end with year, month and day."
        ) from error
    if day != last:
        raise SchemaDrift(
            f"linkedin_ads {account.account_id} adAnalytics: a row covers {day} to {last}, "
            "expected one day."
        )
    return day
