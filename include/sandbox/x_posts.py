"""Tweets, cards and the media library as X writes them.

Most posts are plain. A small share, by a hash of the post's id, is what makes clients stumble:
carousels, cards whose picture only the media library tells, films with nothing but a poster,
and organic posts that were promoted later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from include.sandbox.entities import Creative
from include.sandbox.ids import base36
from include.sandbox.pictures import Pictures, extension, size_of
from include.sandbox.plan import Picture
from include.sandbox.wording import BODIES, LANDING
from include.sandbox.x_entities import USER_ID, time_text

_CARD_OBJECTIVES = {"traffic", "sales"}


def share_of(creative: Creative, situation: str) -> float:
    """A number from 0 to 1 that decides whether a situation befalls this post."""
    text = f"{situation}/{creative.post_id}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest()) / 2**32


def is_organic(creative: Creative) -> bool:
    """The post was there before somebody promoted it: the default timeline leaves it out."""
    return share_of(creative, "organic") < 0.05


def has_card(creative: Creative) -> bool:
    """Ads that lead to the site carry a card; the others show their media in the tweet."""
    if creative.video_id is not None:
        return share_of(creative, "film card") < 0.5
    return creative.campaign.objective in _CARD_OBJECTIVES


def swiped(creative: Creative) -> bool:
    """The card is a carousel of two pictures."""
    return has_card(creative) and creative.video_id is None and share_of(creative, "swipe") < 0.08


def untold(creative: Creative) -> bool:
    """The card names its media and says nothing else about them."""
    return share_of(creative, "untold") < 0.08


def media_key(creative: Creative) -> str:
    """`3_...` for pictures, `13_...` for films of cards, `7_...` for other films."""
    if creative.video_id is None:
        return f"3_{creative.post_id}"
    return f"{13 if has_card(creative) else 7}_{creative.post_id}"


def card_uri(creative: Creative) -> str:
    """The card of a creative that has one."""
    return f"card://{creative.post_id}"


class PostWriter:
    """Writes the posts of one account.

    Args:
        creatives: all of the account, so that a carousel finds its second picture.
    """

    def __init__(self, creatives: Sequence[Creative], pictures: Pictures, base: str) -> None:
        self._creatives = creatives
        self._places = {creative.post_id: k for k, creative in enumerate(creatives)}
        self._pictures = pictures
        self._base = base

    def media_url(self, picture: Picture) -> str:
        """The permanent address of a picture; without a size it is a medium one."""
        name = self._pictures.name("x_ads", picture)
        return f"{self._base}/cdn/media/{name}.{extension(picture)}"

    def tweet(self, creative: Creative) -> dict[str, Any]:
        """The tweet that an ad promotes; `id` is a number beyond 2**53, use `id_str`."""
        node = creative.campaign.node
        entities: dict[str, Any] = {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []}
        tweet: dict[str, Any] = {
            "id": int(creative.post_id),
            "id_str": creative.post_id,
            "tweet_id": creative.post_id,
            "name": creative.name,
            "full_text": f"{creative.picture.headline}. {BODIES[node]}",
            "created_at": _weekday_time(creative.created_at),
            "nullcast": not is_organic(creative),
            "lang": "es",
            "tweet_type": "PUBLISHED",
            "scheduled_at": None,
            "user": {"id": int(USER_ID), "id_str": USER_ID},
            "entities": entities,
        }
        if has_card(creative):
            tweet["card_uri"] = card_uri(creative)
            return tweet
        width, height = size_of(creative.picture)
        media = {
            "id": int(creative.post_id) + 1,
            "id_str": str(int(creative.post_id) + 1),
            "media_key": media_key(creative),
            "type": "photo" if creative.video_id is None else "video",
            "media_url": self.media_url(creative.picture),
            "media_url_https": self.media_url(creative.picture),
            "sizes": {"large": {"w": width, "h": height, "resize": "fit"}},
        }
        entities["media"] = [media]
        tweet["extended_entities"] = {"media": [media]}
        return tweet

    def card(self, creative: Creative) -> dict[str, Any]:
        """A website card: its media, its title and where it leads."""
        shown = [creative]
        if swiped(creative):
            shown += self._neighbour(creative)
        link = f"{LANDING[creative.campaign.node]}{creative.campaign.objective}"
        details = {
            "type": "DETAILS",
            "title": creative.picture.headline,
            "destination": {"type": "WEBSITE", "url": link},
        }
        kind = "VIDEO" if creative.video_id is not None else "IMAGE"
        return {
            "id": base36(int(creative.post_id)),
            "name": creative.name,
            "card_uri": card_uri(creative),
            "card_type": f"{kind}_CAROUSEL_WEBSITE" if len(shown) > 1 else f"{kind}_WEBSITE",
            "components": [self._shown(shown, told=not untold(creative)), details],
            "created_at": time_text(creative.created_at),
            "updated_at": time_text(creative.created_at),
            "deleted": False,
        }

    def _shown(self, shown: Sequence[Creative], *, told: bool) -> dict[str, Any]:
        """The component with the pictures."""
        component: dict[str, Any] = {"type": "MEDIA", "media_key": media_key(shown[0])}
        if len(shown) > 1:
            keys = [media_key(each) for each in shown]
            component = {"type": "SWIPEABLE_MEDIA", "media_keys": keys}
        if told:
            component["media_metadata"] = {media_key(each): self._metadata(each) for each in shown}
        return component

    def _metadata(self, creative: Creative) -> dict[str, Any]:
        """What a card tells about a medium: of a film its file, which is no picture."""
        width, height = size_of(creative.picture)
        if creative.video_id is not None:
            url = f"{self._base}/cdn/media/{creative.video_id}.mp4"
            return {"type": "VIDEO", "url": url, "width": width, "height": height}
        url = self.media_url(creative.picture)
        return {"type": "IMAGE", "url": url, "width": width, "height": height}

    def _neighbour(self, creative: Creative) -> list[Creative]:
        """Another picture of the account: the nearest older still one with another picture."""
        for place in range(self._places[creative.post_id] - 1, -1, -1):
            other = self._creatives[place]
            if other.video_id is None and other.picture.key != creative.picture.key:
                return [other]
        return []

    def media(self, creative: Creative) -> dict[str, Any]:
        """An entry of the media library."""
        url = self.media_url(creative.picture)
        film = creative.video_id is not None
        return {
            "media_key": media_key(creative),
            "media_url": None if film else url,
            "poster_media_url": url if film else None,
            "media_type": "VIDEO" if film else "IMAGE",
            "media_category": "AMPLIFY_VIDEO" if film else "TWEET_IMAGE",
            "media_status": "TRANSCODE_COMPLETED",
            "file_name": f"{creative.picture.key}.{extension(creative.picture)}",
            "name": creative.name,
            "tweeted": True,
            "created_at": time_text(creative.created_at),
            "updated_at": time_text(creative.created_at),
            "deleted": False,
        }


def _weekday_time(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%a %b %d %H:%M:%S +0000 %Y")
