"""From Meta's replies to rows: objects, pictures, and numbers per ad and day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from include.errors import SchemaDrift
from include.sources.http import listing
from include.sources.meta_creatives import creative_rows
from include.sources.meta_daily import read_days
from include.sources.meta_pictures import Found, media_files, post_file, video_file
from include.sources.meta_totals import read_totals
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
GOALS = frozenset(
    {
        "ADVERTISER_SILOED_VALUE",
        "AD_RECALL_LIFT",
        "APP_INSTALLS",
        "APP_INSTALLS_AND_OFFSITE_CONVERSIONS",
        "AUTOMATIC_OBJECTIVE",
        "CONVERSATIONS",
        "DERIVED_EVENTS",
        "ENGAGED_PAGE_VIEWS",
        "ENGAGED_USERS",
        "EVENT_RESPONSES",
        "IMPRESSIONS",
        "IN_APP_VALUE",
        "LANDING_PAGE_VIEWS",
        "LEAD_GENERATION",
        "LINK_CLICKS",
        "MEANINGFUL_CALL_ATTEMPT",
        "MESSAGING_APPOINTMENT_CONVERSION",
        "MESSAGING_DEEP_CONVERSATION_AND_FOLLOW",
        "MESSAGING_PURCHASE_CONVERSION",
        "NONE",
        "OFFSITE_CONVERSIONS",
        "PAGE_LIKES",
        "POST_ENGAGEMENT",
        "PROFILE_AND_PAGE_ENGAGEMENT",
        "PROFILE_VISIT",
        "QUALITY_CALL",
        "QUALITY_LEAD",
        "REACH",
        "REMINDERS_SET",
        "SUBSCRIBERS",
        "THRUPLAY",
        "VALUE",
        "VISIT_INSTAGRAM_PROFILE",
    }
)
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


def parse(replies: Iterable[Reply], account: Account) -> Parsed:
    """The rows of one reading; pure, so stored replies give the same rows years later.

    The replies may come one by one and in any order of entities; pages of numbers are not
    kept once they are read.

    Raises:
        SchemaDrift: a reply lost its shape.
        ConfigurationError: `nodes.yaml` and Meta disagree on currency or time zone.
    """
    reading = _Reading(account)
    for reply in replies:
        reading.take(reply.entity, reply.body)
    return reading.parsed_whole()


class _Reading:
    """What one reading has told so far."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.parsed = empty_parsed()
        self.found = Found()
        self.goals: dict[str, set[str]] = defaultdict(set)
        self.creatives: list[Any] = []

    def take(self, entity: str, body: Any) -> None:
        """Read one reply."""
        account, rows, unknown = self.account, self.parsed.rows, self.parsed.unknown
        if entity == "account":
            rows["accounts"].append(_account(body, account, unknown))
        elif entity == "unlisted_ads":
            nodes = record(body, entity, account).values()
            rows["ads"] += [_ad(node, account, unknown) for node in nodes]
        elif entity in {"creatives", "videos", "posts", "media"}:
            self._take_nodes(entity, body)
        elif entity == "insights":
            read_days(self._items(body, entity), account, self.parsed)
        elif entity == "totals":
            read_totals(self._items(body, entity), account, self.parsed)
        else:
            for item in self._items(body, entity):
                self._take_item(entity, item)

    def _items(self, body: Any, entity: str) -> list[Any]:
        where = f"{self.account.platform} {self.account.account_id} {entity}"
        if not isinstance(body, dict):
            raise SchemaDrift(
                f"{where}: expected a JSON object, got {body!r:.80}. A developer has to look at "
                "include/sources/meta_rows.py."
            )
        return listing(body, "data", where)

    def _take_item(self, entity: str, item: Any) -> None:
        account, rows, unknown = self.account, self.parsed.rows, self.parsed.unknown
        if entity == "campaigns":
            rows["campaigns"].append(_campaign(item, account, unknown))
        elif entity == "adsets":
            rows["ad_sets"].append(_ad_set(item, account, unknown, self.goals))
        elif entity == "ads":
            rows["ads"].append(_ad(item, account, unknown))
        elif entity == "adimages":
            image = _image(item, account, unknown)
            if image["url"]:
                self.found.images[image["hash"]] = image["url"]
        else:
            unknown[f"replies.{entity}"] += 1

    def _take_nodes(self, entity: str, body: Any) -> None:
        """Objects by id. Creatives wait until all is known that may hold their pictures."""
        for name, node in record(body, entity, self.account).items():
            if entity == "creatives":
                self.creatives.append(node)
            elif entity == "media":
                self.found.media[name] = media_files(node)
            else:
                film = entity == "videos"
                file = video_file(node) if film else post_file(node)
                if file is not None:
                    (self.found.videos if film else self.found.posts)[name] = file

    def parsed_whole(self) -> Parsed:
        """The rows, once every reply was taken."""
        rows, unknown = self.parsed.rows, self.parsed.unknown
        for item in self.creatives:
            creative, images = creative_rows(item, self.account, unknown, self.found)
            rows["creatives"].append(creative)
            rows["creative_images"].extend(images)
        told = {row["creative_id"] for row in rows["creatives"]}
        silent = {row["creative_id"] for row in rows["ads"]} - told - {None}
        if silent:
            unknown["ads.creative (could not be read)"] += len(silent)
        _refine(rows["campaigns"], self.goals)
        list_the_unlisted(self.parsed, self.account)
        return self.parsed


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
        "status": status_word(status),
    }
    leave(fields, ("id", "account_id", "disable_reason"))
    count_left(fields, "account", unknown)
    return row


def status_word(status: Any) -> str:
    """The word for an `account_status`; the number itself when Meta invents one."""
    return ACCOUNT_STATUSES.get(status, str(status)) if isinstance(status, int) else str(status)


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
    goal = take_text(fields, "optimization_goal")
    goals[campaign_id].add(goal or "")
    count_value(goal, GOALS, "adsets.optimization_goal", unknown)
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


def _image(item: Any, account: Account, unknown: Counter[str]) -> Row:
    fields = record(item, "adimages", account)
    image = {"hash": take_id(fields, "hash", "adimages", account), "url": take_text(fields, "url")}
    leave(
        fields,
        ("id", "name", "status", "width", "height", "original_width", "original_height"),
    )
    count_left(fields, "adimages", unknown)
    return image
