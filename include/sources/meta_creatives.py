"""What a Meta creative says and shows, as rows."""

from __future__ import annotations

from collections import Counter
from typing import Any

from include.sources.meta_pictures import Found, is_carousel, is_catalogue, pictures
from include.sources.replies import Account
from include.sources.strict import (
    Row,
    count_left,
    leave,
    of_account,
    record,
    take_id,
    take_object,
    take_text,
)

_KNOWN = (
    "account_id",
    "object_type",
    "image_hash",
    "image_url",
    "thumbnail_url",
    "product_set_id",
    "effective_object_story_id",
    "effective_instagram_media_id",
)


def creative_rows(
    item: Any, account: Account, unknown: Counter[str], found: Found
) -> tuple[Row, list[Row]]:
    """The creative's row, and one reference per picture it shows, to be fetched later."""
    fields = record(item, "creatives", account)
    creative_id = take_id(fields, "id", "creatives", account)
    images = pictures(item, found)
    for name in ("object_story_spec", "asset_feed_spec"):
        if not isinstance(fields.get(name, {}), dict):
            unknown[f"creatives.{name} (not an object)"] += 1
    story = take_object(fields, "object_story_spec")
    feed = take_object(fields, "asset_feed_spec")
    link = take_object(story, "link_data") or take_object(story, "template_data")
    video = take_object(story, "video_data")
    button = take_object(link, "call_to_action") or take_object(video, "call_to_action")
    is_video = bool(take_text(fields, "video_id") or video.get("video_id"))
    headline = take_text(fields, "title")
    body = take_text(fields, "body")
    action = take_text(fields, "call_to_action_type")
    link_url = take_text(fields, "link_url")
    row = {
        **of_account(account),
        "creative_id": creative_id,
        "name": take_text(fields, "name"),
        "headline": _first(headline, link.get("name"), video.get("title"), _text(feed, "titles")),
        "body": _first(body, link.get("message"), video.get("message"), _text(feed, "bodies")),
        "call_to_action": _first(action, button.get("type")),
        "link_url": _first(link_url, link.get("link")),
        "format": _format(item, is_video),
    }
    leave(fields, _KNOWN)
    count_left(fields, "creatives", unknown)
    same = {**of_account(account), "creative_id": creative_id}
    return row, [{**same, **image} for image in images]


def _format(item: Any, is_video: bool) -> str:
    if is_catalogue(item):
        return "catalogue"
    if is_video:
        return "video"
    return "carousel" if is_carousel(item) else "image"


def _first(*candidates: Any) -> str | None:
    """The first text that is there."""
    return next((text for text in candidates if isinstance(text, str) and text), None)


def _text(feed: Row, name: str) -> str | None:
    entries = feed.get(name)
    first = entries[0] if isinstance(entries, list) and entries else {}
    return _first(first.get("text")) if isinstance(first, dict) else None
