"""What a Meta creative shows: its texts, and where each of its pictures lies."""

from __future__ import annotations

from collections import Counter
from typing import Any

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


def image_hashes(creative: Any) -> list[str]:
    """Every image hash a creative refers to, the main picture first."""
    return [image["hash"] for image in _images(creative) if image["hash"]]


def creative_rows(
    item: Any, account: Account, unknown: Counter[str], files: dict[str, Row]
) -> tuple[Row, list[Row]]:
    """The creative's row, and one reference per picture it shows, to be fetched later.

    Args:
        files: what `adimages` told, by image hash.
    """
    fields = record(item, "creatives", account)
    images = _images(fields)
    story = take_object(fields, "object_story_spec")
    feed = take_object(fields, "asset_feed_spec")
    link = take_object(story, "link_data")
    video = take_object(story, "video_data")
    button = take_object(link, "call_to_action") or take_object(video, "call_to_action")
    many = len([image for image in images if image["role"] == "image"]) > 1
    is_video = bool(take_text(fields, "video_id") or video.get("video_id"))
    creative_id = take_id(fields, "id", "creatives", account)
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
        "format": "video" if is_video else "carousel" if many else "image",
    }
    leave(fields, ("account_id", "object_type", "image_hash", "image_url"))
    count_left(fields, "creatives", unknown)
    same = {**of_account(account), "creative_id": creative_id}
    references = [
        {**same, "position": position, "role": image["role"], **_located(image, files)}
        for position, image in enumerate(images)
    ]
    return row, references


def _images(creative: Any) -> list[Row]:
    """What pictures a creative shows: hash or address, each once, the main one first."""
    if not isinstance(creative, dict):
        return []
    story = creative.get("object_story_spec") or {}
    link = story.get("link_data") or story.get("template_data") or {}
    photo, video = story.get("photo_data") or {}, story.get("video_data") or {}
    feed = creative.get("asset_feed_spec") or {}
    cards = link.get("child_attachments") or []
    is_video = creative.get("video_id") or video.get("video_id")
    main = "video_thumbnail" if is_video else "image"
    found = [
        (main, creative.get("image_hash"), creative.get("image_url")),
        # The picture of a carousel's link is the first card's, or a stand-in for the page.
        *([] if cards else [("image", link.get("image_hash"), link.get("picture"))]),
        *(("image", card.get("image_hash"), card.get("picture")) for card in cards),
        ("image", photo.get("image_hash"), photo.get("url")),
        ("video_thumbnail", video.get("image_hash"), video.get("image_url")),
        *(("image", image.get("hash"), image.get("url")) for image in feed.get("images") or []),
        *(
            ("video_thumbnail", clip.get("thumbnail_hash"), clip.get("thumbnail_url"))
            for clip in feed.get("videos") or []
        ),
    ]
    pictures: dict[str, Row] = {}
    for role, image_hash, url in found:
        # Signed links change with every call; without the signature they name the file.
        reference = image_hash or (url.split("?")[0] if url else None)
        if reference:
            pictures.setdefault(
                reference, {"role": role, "hash": image_hash, "url": url, "reference": reference}
            )
    if any(picture["hash"] for picture in pictures.values()):
        # `image_url` beside a hash is the same picture again, under another name.
        main_url = (creative.get("image_url") or "").split("?")[0]
        pictures.pop(main_url, None)
    return list(pictures.values())


def _located(image: Row, files: dict[str, Row]) -> Row:
    url = files[image["hash"]]["url"] if image["hash"] in files else image["url"]
    reason = None if url else f"Meta lists no file for image hash {image['hash']}"
    return {"source_ref": image["reference"], "url": url, "reason": reason}


def _first(*candidates: Any) -> str | None:
    """The first text that is there."""
    return next((text for text in candidates if isinstance(text, str) and text), None)


def _text(feed: Row, name: str) -> str | None:
    entries = feed.get(name) or [{}]
    return _first(entries[0].get("text"))
