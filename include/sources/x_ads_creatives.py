"""What a promoted tweet shows: its text, and the pictures of the tweet or of its card.

A picture's address is in the tweet, in its card, or only in the media library; which of them X
fills depends on the kind of post.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from include.sources.replies import Account
from include.sources.strict import Row, count_left, leave, of_account, take_object, take_text

TWEET_IGNORED = (
    "id", "id_str", "tweet_id", "created_at", "nullcast", "user", "lang", "scheduled_at",
    "tweet_type", "source", "truncated", "display_text_range", "in_reply_to_status_id",
    "in_reply_to_status_id_str", "in_reply_to_user_id", "in_reply_to_user_id_str",
    "in_reply_to_screen_name", "coordinates", "place", "contributors", "is_quote_status",
    "retweet_count", "favorite_count", "favorited", "retweeted", "possibly_sensitive", "geo",
    "scopes", "conversation_settings", "text",
)  # fmt: skip
CARD_IGNORED = (
    "id", "name", "card_uri", "card_type", "created_at", "updated_at", "deleted", "content_url",
    "preview_url", "account_id", "image_display_height", "image_display_width",
    "video_content_id", "video_hls_url", "video_url", "video_height", "video_width",
    "country_code", "iphone_app_id", "iphone_deep_link", "ipad_app_id", "ipad_deep_link",
    "googleplay_app_id", "googleplay_deep_link", "google_play_app_id", "media_key",
)  # fmt: skip
# What a component may say besides its pictures, title, button and link.
KNOWN_COMPONENTS = frozenset(
    {"MEDIA", "SWIPEABLE_MEDIA", "DETAILS", "BUTTON", "APP_STORE_DETAILS", "POLL"}
)
# X serves these in several sizes by name; `orig` is what was uploaded.
_SIZED = re.compile(
    r"(.*/(?:media|card_img|ext_tw_video_thumb|amplify_video_thumb|tweet_video_thumb|ad_img)"
    r"/[^.?:]+)(?:\.([a-z]+))?(?::[a-z]+)?"
)

# Sizes by name that are the whole picture, or as much of it as X shows.
_WHOLE = frozenset({"orig", "large", "4096x4096"})

Items = Mapping[str | None, Row]


@dataclass(frozen=True)
class Library:
    """What is known about the posts' cards and media, by card address and media key."""

    cards: Items
    media: Items


def creative_rows(
    tweet_id: str,
    tweet: Mapping[str, Any],
    library: Library,
    account: Account,
    unknown: Counter[str],
) -> tuple[Row, list[Row]]:
    """The creative's row, and one reference per picture it shows, to be fetched later."""
    fields = dict(tweet)
    entities = take_object(fields, "entities")
    card = dict(library.cards.get(take_text(fields, "card_uri"), {}))
    links = _listed(entities.get("urls"))
    shown = _Shown()
    for item in _tweet_media(fields, entities):
        shown.add(_of_tweet(item, library))
    _read_card(card, library, shown, unknown)
    full_text = take_text(fields, "full_text")
    row = {
        **of_account(account),
        "creative_id": tweet_id,
        "name": take_text(fields, "name"),
        "headline": shown.title,
        "body": full_text or take_text(fields, "text"),
        "call_to_action": shown.button,
        "link_url": shown.target or (links[0].get("expanded_url") if links else None),
        "format": shown.format,
    }
    leave(fields, TWEET_IGNORED)
    count_left(fields, "tweets", unknown)
    same = {**of_account(account), "creative_id": tweet_id}
    images = [{**same, "position": k, **picture} for k, picture in enumerate(shown.pictures)]
    return row, images


def full_size(url: str) -> str:
    """The address of a picture as it was uploaded; addresses without sizes stay as they are."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    found = _SIZED.fullmatch(parts.path)
    if found is None:
        return url
    path, kind = found.groups()
    kind = kind or parse_qs(parts.query).get("format", [None])[0]
    if kind is None:
        return url
    return f"{parts.scheme}://{parts.netloc}{path}?format={kind}&name=orig"


def address_of(item: Mapping[str, Any]) -> str | None:
    """The picture's address of an entry of the media library; of a film, that of its poster."""
    url = item.get("poster_media_url") if _moves(item) else item.get("media_url")
    return full_size(url) if isinstance(url, str) and url else None


def keys_without_address(
    tweets: Iterable[Mapping[str, Any]], cards: Iterable[Mapping[str, Any]]
) -> list[str]:
    """Media keys of pictures that only the media library can give, each once, in order."""
    keys: dict[str, None] = {}
    empty = Library({}, {})
    for tweet in tweets:
        fields = dict(tweet)
        for item in _tweet_media(fields, take_object(fields, "entities")):
            picture = _of_tweet(item, empty)
            if not picture["url"] and picture["source_ref"]:
                keys[picture["source_ref"]] = None
    for card in cards:
        shown = _Shown()
        _read_card(dict(card), empty, shown, Counter())
        for picture in shown.pictures:
            if not picture["url"] and picture["source_ref"]:
                keys[picture["source_ref"]] = None
    return list(keys)


class _Shown:
    """What a creative shows, put together from the tweet and its card."""

    def __init__(self) -> None:
        self.pictures: list[Row] = []
        self.title: str | None = None
        self.target: str | None = None
        self.button: str | None = None
        self.swiped = False

    def add(self, picture: Row) -> None:
        """One more picture, unless it is shown already."""
        named = (picture["source_ref"], picture["url"])
        if all(named != (each["source_ref"], each["url"]) for each in self.pictures):
            self.pictures.append(picture)

    @property
    def format(self) -> str:
        """`video`, `carousel` or `image`."""
        if self.swiped or len(self.pictures) > 1:
            return "carousel"
        is_video = any(picture["role"] == "video_thumbnail" for picture in self.pictures)
        return "video" if is_video else "image"


def _tweet_media(fields: Row, entities: Row) -> Iterator[Row]:
    """The tweet's pictures; the extended list has all of them, the plain one the first."""
    extended = take_object(fields, "extended_entities")
    keys = _plain(fields.pop("media_keys", None))
    media = _listed(extended.get("media")) or _listed(entities.get("media"))
    yield from media
    if not media:
        yield from ({"media_key": key} for key in keys)


def _of_tweet(item: Row, library: Library) -> Row:
    key = item.get("media_key")
    url = item.get("media_url_https") or item.get("media_url")
    if not url and key:
        return _of_library(str(key), {}, library)
    # For films and animations this is the still picture.
    role = "image" if item.get("type", "photo") == "photo" else "video_thumbnail"
    sides = take_object(item, "original_info")
    return _picture(role, key or item.get("id_str") or url, url, sides)


def _read_card(card: Row, library: Library, shown: _Shown, unknown: Counter[str]) -> None:
    """Headline, link, button and pictures of a card."""
    for component in _listed(card.pop("components", None)):
        kind = component.get("type")
        known = take_object(component, "media_metadata")
        destination = take_object(component, "destination")
        if kind not in KNOWN_COMPONENTS:
            unknown[f"cards.components.type={str(kind)[:40]}"] += 1
        keys = [component.get("media_key"), *_plain(component.get("media_keys"))]
        shown.swiped = shown.swiped or kind == "SWIPEABLE_MEDIA"
        for key in keys:
            if key:
                shown.add(_of_library(str(key), take_object(known, str(key)), library))
        if kind == "DETAILS":
            shown.title = shown.title or _text(component.get("title"))
        if kind == "BUTTON":
            shown.button = shown.button or _text(component.get("label"))
        shown.target = shown.target or _link(destination)
    # Cards from before components have flat fields.
    shown.title = shown.title or take_text(card, "title") or take_text(card, "website_title")
    shown.button = shown.button or take_text(card, "app_cta")
    target = take_text(card, "website_dest_url") or take_text(card, "website_url")
    shown.target = shown.target or target
    for name, role in (("media_url", "image"), ("image_url", "image"), ("image", "image"),
                       ("wide_app_image", "image"),
                       ("video_poster_url", "video_thumbnail")):  # fmt: skip
        url = take_text(card, name)
        if url:
            shown.add(_picture(role, url.split("?")[0], url, {}))
    for name in ("title", "website_title", "app_cta", "website_url", "website_display_url"):
        card.pop(name, None)
    leave(card, CARD_IGNORED)
    count_left(card, "cards", unknown)


def _of_library(key: str, told: Row, library: Library) -> Row:
    """A picture by its media key: as the card tells it, else as the media library does."""
    entry = library.media.get(key) or {}
    # Keys of pictures begin with 3_, those of films and animations with 7_, 13_ or 16_.
    moves = _moves(told or entry) if told or entry else not key.startswith("3_")
    role = "video_thumbnail" if moves else "image"
    url = told.get("poster_media_url") if moves else told.get("url") or told.get("media_url")
    if url:
        return _picture(role, key, url, told)
    url = address_of(entry)
    if url:
        return _picture(role, key, url, entry)
    reason = f"X tells no address for media {key[:60]}"
    return {**_picture(role, key, None, {}), "reason": reason}


def _picture(role: str, reference: Any, url: Any, sides: Mapping[str, Any]) -> Row:
    address = full_size(str(url)) if url else None
    told = {name: sides.get(name) for name in ("width", "height")}
    return {
        "role": role,
        "source_ref": None if reference is None else str(reference),
        "url": address,
        "reason": None if url else "X tells no address",
        **{name: side if isinstance(side, int) else None for name, side in told.items()},
        "is_thumbnail": address is not None and _is_smaller(address),
    }


def _is_smaller(address: str) -> bool:
    """Whether the address asks for a smaller copy, in a place where none is known to be whole."""
    try:
        sizes = parse_qs(urlsplit(address).query).get("name", [])
    except ValueError:
        return False
    return any(size not in _WHOLE for size in sizes)


def _moves(item: Mapping[str, Any]) -> bool:
    return item.get("type", item.get("media_type", "IMAGE")) not in {"IMAGE", "PHOTO", "photo"}


def _link(destination: Row) -> str | None:
    url = destination.get("url")
    return url if isinstance(url, str) else None


def _listed(value: Any) -> list[Row]:
    """The objects of a list; anything else is none."""
    return (
        [dict(item) for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    )


def _plain(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    """A card's text is plain, or an object that names it."""
    if isinstance(value, Mapping):
        value = value.get("value") or value.get("text")
    return value if isinstance(value, str) else None
