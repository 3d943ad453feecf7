"""What a promoted tweet shows: its text, and the pictures of the tweet or of its card."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from include.sources.replies import Account
from include.sources.strict import Row, count_left, leave, of_account, take_object, take_text

TWEET_IGNORED = (
    "id", "id_str", "tweet_id", "created_at", "nullcast", "user", "lang", "scheduled_at",
    "tweet_type", "source", "truncated", "display_text_range", "in_reply_to_status_id",
    "in_reply_to_status_id_str", "in_reply_to_user_id", "in_reply_to_user_id_str",
    "in_reply_to_screen_name", "coordinates", "place", "contributors", "is_quote_status",
    "retweet_count", "favorite_count", "favorited", "retweeted", "possibly_sensitive", "geo",
    "scopes", "conversation_settings", "media_keys",
)  # fmt: skip
CARD_IGNORED = (
    "id", "card_uri", "card_type", "created_at", "updated_at", "deleted", "content_url",
    "preview_url",
)  # fmt: skip
# Pictures of posts come in sizes by name; `orig` is what was uploaded.
_SIZED = re.compile(r"(.*/media/[^./?]+)\.([a-z]+)(?:\?.*)?")


def creative_rows(
    tweet_id: str,
    tweet: Mapping[str, Any],
    cards: Mapping[str | None, Row],
    account: Account,
    unknown: Counter[str],
) -> tuple[Row, list[Row]]:
    """The creative's row, and one reference per picture it shows, to be fetched later."""
    fields = dict(tweet)
    entities = take_object(fields, "entities")
    extended = take_object(fields, "extended_entities")
    card = dict(cards.get(take_text(fields, "card_uri"), {}))
    media = extended.get("media") or entities.get("media") or []
    links = entities.get("urls") or []
    title, target, button, card_pictures = _card(card, unknown)
    pictures = [*_media(media), *card_pictures]
    is_video = any(picture["role"] == "video_thumbnail" for picture in pictures)
    full_text = take_text(fields, "full_text")
    row = {
        **of_account(account),
        "creative_id": tweet_id,
        "name": take_text(fields, "name"),
        "headline": title,
        "body": full_text or take_text(fields, "text"),
        "call_to_action": button,
        "link_url": target or (links[0].get("expanded_url") if links else None),
        "format": "video" if is_video else "carousel" if len(pictures) > 1 else "image",
    }
    leave(fields, (*TWEET_IGNORED, "text"))
    count_left(fields, "tweets", unknown)
    same = {**of_account(account), "creative_id": tweet_id}
    images = [
        {**same, "position": position, **picture} for position, picture in enumerate(pictures)
    ]
    return row, images


def full_size(url: str) -> str:
    """The address of a post's picture as it was uploaded; addresses of cards stay as they are."""
    return _SIZED.sub(r"\1?format=\2&name=orig", url)


def _media(media: list[Any]) -> Iterator[Row]:
    for item in media:
        url = item.get("media_url_https") or item.get("media_url")
        # For videos and animations this is the still picture.
        role = "image" if item.get("type", "photo") == "photo" else "video_thumbnail"
        reference = item.get("media_key") or item.get("id_str") or url
        if url:
            yield _picture(role, reference, url)


def _card(card: Row, unknown: Counter[str]) -> tuple[str | None, str | None, str | None, list[Row]]:
    """Headline, link, button and pictures of a card."""
    title = target = button = None
    pictures: list[Row] = []
    for component in card.pop("components", None) or []:
        kind = component.get("type")
        known = component.get("media_metadata") or {}
        if kind == "MEDIA":
            pictures.append(_from_library(component.get("media_key"), known))
        elif kind == "SWIPEABLE_MEDIA":
            pictures += [_from_library(key, known) for key in component.get("media_keys") or []]
        elif kind == "DETAILS":
            title = _text(component.get("title"))
            target = (component.get("destination") or {}).get("url")
        elif kind == "BUTTON":
            button = _text(component.get("label"))
            target = target or (component.get("destination") or {}).get("url")
        else:
            unknown[f"cards.components.type={kind}"] += 1
    # Cards from before components have flat fields.
    title = title or take_text(card, "title")
    for name, role in (("media_url", "image"), ("image_url", "image"), ("wide_app_image", "image"),
                       ("video_poster_url", "video_thumbnail")):  # fmt: skip
        url = take_text(card, name)
        if url:
            pictures.append(_picture(role, url.split("?")[0], url))
    leave(card, (*CARD_IGNORED, "name"))
    count_left(card, "cards", unknown)
    return title, target, button, pictures


def _from_library(key: str | None, known: Mapping[str, Any]) -> Row:
    found = known.get(key or "") or {}
    role = "image" if found.get("type", "IMAGE") in {"IMAGE", "PHOTO"} else "video_thumbnail"
    url = found.get("url") if role == "image" else found.get("poster_media_url")
    if url:
        return _picture(role, key, url)
    reason = f"X tells no address for media {key}"
    return {"role": role, "source_ref": key, "url": None, "reason": reason}


def _picture(role: str, reference: str | None, url: str) -> Row:
    return {"role": role, "source_ref": reference, "url": full_size(url), "reason": None}


def _text(value: Any) -> str | None:
    """A card's text is plain, or an object that names it."""
    if isinstance(value, Mapping):
        value = value.get("value") or value.get("text")
    return value if isinstance(value, str) else None
