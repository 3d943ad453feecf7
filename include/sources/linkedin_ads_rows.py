"""From LinkedIn's replies to rows: objects, pictures, and numbers per ad and day.

Ids are whole numbers in their own resource and URNs elsewhere; rows hold the digits. The
campaign group is our campaign, the campaign our ad set, the creative our ad.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from include.sources.http import listing
from include.sources.linkedin_ads_creatives import (
    Shown,
    creative_rows,
    file_row,
    post_urn,
    shown_by_creative,
    shown_by_post,
)
from include.sources.linkedin_ads_fields import (
    ACCOUNT_STATUSES,
    CAMPAIGN_STATUSES,
    GROUP_STATUSES,
    PLACE,
)
from include.sources.linkedin_ads_numbers import Numbers, day_of
from include.sources.linkedin_ads_objects import found_in, refused_in
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
ACCOUNT_IGNORED = (
    "id", "type", "servingStatuses", "reference", "test", "version", "totalBudget",
    "changeAuditStamps", "notifiedOnCampaignOptimization", "notifiedOnCreativeApproval",
    "notifiedOnCreativeRejection", "notifiedOnEndOfCampaign", "notifiedOnNewFeaturesEnabled",
)  # fmt: skip
GROUP_IGNORED = (
    "account", "servingStatuses", "runSchedule", "totalBudget", "dailyBudget", "backfilled",
    "test", "allowedCampaignTypes", "version",
)  # fmt: skip
# What a campaign sells; another one may show its ads in a way we do not read.
CAMPAIGN_TYPES = frozenset({"SPONSORED_UPDATES", "TEXT_AD", "SPONSORED_INMAILS", "DYNAMIC"})
CAMPAIGN_IGNORED = (
    "account", "format", "costType", "optimizationTargetType", "dailyBudget",
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
EMPTY = "adAnalytics (no number in the window, though {} creatives serve; r_ads_reporting given?)"


@dataclass
class _Seen:
    """What one kind of reply tells, until the kinds it belongs with have come."""

    objectives: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    groups: list[tuple[Row, str | None]] = field(default_factory=list)
    creatives: dict[str, tuple[str | None, Shown]] = field(default_factory=dict)
    posts: dict[str, Shown] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    files: dict[str, Row] = field(default_factory=dict)
    serving: int = 0


def parse(replies: Iterable[Reply], account: Account) -> Parsed:
    """The rows of one reading; pure, so stored replies give the same rows years later.

    The replies may come in any order of kinds, those of a kind in the order of reading.

    Raises:
        SchemaDrift: a reply lost its shape.
        ConfigurationError: `nodes.yaml` and LinkedIn disagree on the currency.
    """
    parsed = empty_parsed()
    seen = _Seen()
    numbers = Numbers(parsed, account)
    for reply in replies:
        _take(reply, account, parsed, seen, numbers)
    for row, own in seen.groups:
        parsed.rows["campaigns"].append(_with_objective(row, own, seen.objectives))
    parents = {row["ad_set_id"]: row["campaign_id"] for row in parsed.rows["ad_sets"]}
    for ad in parsed.rows["ads"]:
        ad["campaign_id"] = parents.get(ad["ad_set_id"], UNLISTED)
    _join_creatives(parsed, seen, account)
    places = {row["ad_id"]: (row["campaign_id"], row["ad_set_id"]) for row in parsed.rows["ads"]}
    numbers.place(places)
    if seen.serving and not parsed.batches and not parsed.rows["ad_daily"]:
        parsed.unknown[EMPTY.format(seen.serving)] += 1
    list_the_unlisted(parsed, account)
    return parsed


def _take(reply: Reply, account: Account, parsed: Parsed, seen: _Seen, numbers: Numbers) -> None:
    unknown, rows = parsed.unknown, parsed.rows
    if reply.entity == "account":
        rows["accounts"].append(_account(reply.body, account, unknown))
    elif reply.entity == "adAnalytics":
        numbers.take(_listed(reply, account))
    elif reply.entity in {"posts", "images", "videos"}:
        _take_objects(reply, seen, unknown)
    elif reply.entity in _LISTINGS:
        for fields in _records(reply, account):
            _LISTINGS[reply.entity](fields, account, parsed, seen)
    else:
        unknown[f"{reply.entity} (a kind of reply that nobody reads)"] += 1


def _take_objects(reply: Reply, seen: _Seen, unknown: Counter[str]) -> None:
    seen.refusals.update(refused_in(reply.url, reply.status, reply.body))
    if reply.status >= 400:
        return
    for urn, item in found_in(reply.body).items():
        if reply.entity == "posts":
            seen.posts[urn] = shown_by_post(item, unknown)
        else:
            seen.files[urn] = file_row(reply.entity, item, unknown)


def _listed(reply: Reply, account: Account) -> list[Any]:
    body = reply.body
    where = f"linkedin_ads {account.account_id} {reply.entity}"
    return listing(body if isinstance(body, dict) else {}, "elements", where)


def _records(reply: Reply, account: Account) -> Iterator[Row]:
    for item in _listed(reply, account):
        yield record(item, reply.entity, account)


def _digits(urn: str) -> str:
    """`urn:li:sponsoredCreative:287513206` -> `287513206`."""
    return urn.rsplit(":", 1)[-1]


def _join_creatives(parsed: Parsed, seen: _Seen, account: Account) -> None:
    """What each creative shows, once per post, with the files of its pictures."""
    files = {urn: {"url": None, "reason": reason} for urn, reason in seen.refusals.items()}
    files.update(seen.files)
    for creative_id, (post, own) in seen.creatives.items():
        shown = own if post is None else seen.posts.get(post)
        refusal = seen.refusals.get(post or "", f"LinkedIn did not show {post}")
        row, references = creative_rows(creative_id, shown, refusal, files, account=account)
        parsed.rows["creatives"].append(row)
        parsed.rows["creative_images"].extend(references)


def _account(body: Any, account: Account, unknown: Counter[str]) -> Row:
    fields = record(body, "account", account)
    check_same(account, "currency", take_text(fields, "currency"), account.currency)
    status = take_text(fields, "status")
    row = {
        **of_account(account),
        "name": take_text(fields, "name"),
        "currency": account.currency,
        "timezone": account.timezone,
        "status": count_value(status, ACCOUNT_STATUSES, "account.status", unknown),
    }
    leave(fields, ACCOUNT_IGNORED)
    count_left(fields, "account", unknown)
    return row


def _created(fields: Row, entity: str, unknown: Counter[str]) -> Any:
    stamps = take_object(fields, "changeAuditStamps")
    return to_time((stamps.get("created") or {}).get("time"), f"{entity}.created", unknown)


def _campaign(fields: Row, account: Account, parsed: Parsed, seen: _Seen) -> None:
    unknown = parsed.unknown
    group = _digits(take_id(fields, "campaignGroup", "adCampaigns", account))
    objective = take_text(fields, "objectiveType")
    if count_value(objective, OBJECTIVES, "adCampaigns.objectiveType", unknown) is not None:
        seen.objectives[group].add(objective or "")
    count_value(take_text(fields, "type"), CAMPAIGN_TYPES, "adCampaigns.type", unknown)
    status = take_text(fields, "status")
    row = {
        **of_account(account),
        "ad_set_id": take_id(fields, "id", "adCampaigns", account),
        "campaign_id": group,
        "name": take_text(fields, "name"),
        "status": count_value(status, CAMPAIGN_STATUSES, "adCampaigns.status", unknown),
        "created_at": _created(fields, "adCampaigns", unknown),
    }
    leave(fields, CAMPAIGN_IGNORED)
    count_left(fields, "adCampaigns", unknown)
    parsed.rows["ad_sets"].append(row)


def _group(fields: Row, account: Account, parsed: Parsed, seen: _Seen) -> None:
    """A campaign group without its objective, and the objective it names itself."""
    unknown = parsed.unknown
    own = take_text(fields, "objectiveType")
    status = take_text(fields, "status")
    row = {
        **of_account(account),
        "campaign_id": take_id(fields, "id", "adCampaignGroups", account),
        "name": take_text(fields, "name"),
        "status": count_value(status, GROUP_STATUSES, "adCampaignGroups.status", unknown),
        "created_at": _created(fields, "adCampaignGroups", unknown),
    }
    count_value(own, OBJECTIVES, "adCampaignGroups.objectiveType", unknown)
    leave(fields, GROUP_IGNORED)
    count_left(fields, "adCampaignGroups", unknown)
    seen.groups.append((row, own))


def _with_objective(row: Row, own: str | None, objectives: dict[str, set[str]]) -> Row:
    """The group's objective is its own, else that of all its campaigns."""
    raw = {own} if own else objectives.get(row["campaign_id"], set())
    common = {OBJECTIVES.get(word, "unknown") for word in raw}
    return {
        **row,
        "objective": common.pop() if len(common) == 1 else "unknown",
        "objective_raw": ", ".join(sorted(raw)) or None,
    }


def _ad(fields: Row, account: Account, parsed: Parsed, seen: _Seen) -> None:
    """A creative in LinkedIn's sense; its campaign is known when all campaigns are."""
    unknown = parsed.unknown
    post = post_urn(fields)
    own = shown_by_creative(take_object(fields, "content"))
    ad_id = _digits(take_id(fields, "id", "creatives", account))
    # Several ads may show one post; content of its own belongs to this ad alone.
    creative_id = post or ad_id
    seen.creatives.setdefault(creative_id, (post, own))
    seen.serving += fields.get("isServing") is True
    status = take_text(fields, "intendedStatus")
    row = {
        **of_account(account),
        "ad_id": ad_id,
        "ad_set_id": _digits(take_id(fields, "campaign", "creatives", account)),
        "campaign_id": UNLISTED,
        "creative_id": creative_id,
        "name": take_text(fields, "name"),
        "status": count_value(status, GROUP_STATUSES, "creatives.intendedStatus", unknown),
        "created_at": to_time(fields.pop("createdAt", None), "creatives.createdAt", unknown),
    }
    leave(fields, CREATIVE_IGNORED)
    count_left(fields, "creatives", unknown)
    parsed.rows["ads"].append(row)


def _total(fields: Row, account: Account, parsed: Parsed, seen: _Seen) -> None:
    """What the whole account did on a day.

    Of the account, not of its campaign groups: it is what LinkedIn bills, a removed group is
    in it, and one row a day can never reach the silent cut.
    """
    row: Row = {
        **of_account(account),
        "level": "account",
        "level_id": account.account_id,
        "report_date": day_of(
            fields.pop("dateRange", None), f"linkedin_ads {account.account_id} adAnalyticsTotals"
        ),
        "currency": account.currency,
    }
    put_count(row, "impressions", fields.pop("impressions", None))
    put_count(row, "clicks", fields.pop("clicks", None))
    put_money(row, "spend", fields.pop("costInLocalCurrency", None))
    leave(fields, PLACE)
    count_left(fields, "adAnalyticsTotals", parsed.unknown)
    parsed.rows["totals_daily"].append(row)


_LISTINGS = {
    "adAnalyticsTotals": _total,
    "adCampaignGroups": _group,
    "adCampaigns": _campaign,
    "creatives": _ad,
}
