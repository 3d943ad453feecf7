"""Performance Max: its asset groups, each read as an ad set with one ad that shows its assets.

Such a campaign has no ads in the API, and its spend would be missing. The ad's id is
`ag:<asset group id>`, its creative has the same id.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from include.sources.google_ads_creatives import Library, placed
from include.sources.google_ads_numbers import ASSET_GROUP
from include.sources.replies import Account, Parsed
from include.sources.strict import (
    Row,
    count_left,
    count_value,
    leave,
    of_account,
    record,
    take_id,
    take_object,
    take_text,
)

STATUSES = frozenset({"ENABLED", "PAUSED", "REMOVED"})
PICTURES = (
    "MARKETING_IMAGE",
    "SQUARE_MARKETING_IMAGE",
    "PORTRAIT_MARKETING_IMAGE",
    "TALL_PORTRAIT_MARKETING_IMAGE",
)
VIDEO = "YOUTUBE_VIDEO"
HEADLINES = ("HEADLINE", "LONG_HEADLINE")
BODY = "DESCRIPTION"
FIELD_TYPES = frozenset({*PICTURES, VIDEO, *HEADLINES, BODY})

# Asset group's resource name -> field type -> (asset's resource name, its text).
Links = dict[str, dict[str, list[tuple[str, str | None]]]]


def links_of(items: list[Any], account: Account, unknown: Counter[str]) -> Links:
    """Which assets each asset group shows; what was taken out of it is left out."""
    found: Links = defaultdict(lambda: defaultdict(list))
    for item in items:
        fields = record(item, "asset_group_asset", account)
        link, asset = take_object(fields, "assetGroupAsset"), take_object(fields, "asset")
        text = take_object(asset, "textAsset")
        group = take_id(link, "assetGroup", "asset_group_asset", account)
        name = take_id(link, "asset", "asset_group_asset", account)
        kind = take_text(link, "fieldType") or ""
        status = take_text(link, "status")
        count_value(kind, FIELD_TYPES, "asset_group_asset.field_type", unknown)
        count_value(status, STATUSES, "asset_group_asset.status", unknown)
        if status != "REMOVED":
            found[group][kind].append((name, take_text(text, "text")))
        leave(text, ("text",))
        leave(link, ("resourceName",))
        leave(asset, ("resourceName", "id"))
        for part in (link, text, asset, fields):
            count_left(part, "asset_group_asset", unknown)
    return found


def add_asset_group(
    item: Any, account: Account, parsed: Parsed, links: Links, library: Library
) -> None:
    """Add an asset group as ad set, ad, creative and pictures."""
    fields = record(item, "asset_group", account)
    group, campaign = take_object(fields, "assetGroup"), take_object(fields, "campaign")
    resource = take_text(group, "resourceName") or ""
    group_id = take_id(group, "id", "asset_group", account)
    status = take_text(group, "status")
    same: Row = {
        **of_account(account),
        "ad_set_id": group_id,
        "campaign_id": take_id(campaign, "id", "asset_group", account),
        "name": take_text(group, "name"),
        "status": count_value(status, STATUSES, "asset_group.status", parsed.unknown),
        "created_at": None,
    }
    ad_id = f"{ASSET_GROUP}{group_id}"
    shown = links.get(resource, {})
    headlines = [text for kind in HEADLINES for _, text in shown.get(kind, []) if text]
    bodies = [text for _, text in shown.get(BODY, []) if text]
    names = [name for kind in (*PICTURES, VIDEO) for name, _ in shown.get(kind, [])]
    parsed.rows["ad_sets"].append(same)
    parsed.rows["ads"].append({**same, "ad_id": ad_id, "creative_id": ad_id})
    parsed.rows["creatives"].append(
        {
            **of_account(account),
            "creative_id": ad_id,
            "name": same["name"],
            "headline": next(iter(headlines), None),
            "body": next(iter(bodies), None),
            "call_to_action": None,
            "link_url": next(iter(group.pop("finalUrls", None) or []), None),
            # One of many mixtures is shown: the pictures are what it is made of.
            "format": "image" if names else "PERFORMANCE_MAX",
        }
    )
    parsed.rows["creative_images"].extend(placed(library.pictures(names), ad_id, account))
    leave(campaign, ("resourceName",))
    for part in (group, campaign, fields):
        count_left(part, "asset_group", parsed.unknown)
