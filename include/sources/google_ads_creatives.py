"""What a Google ad shows: its texts, and the assets that are its pictures.

An ad names assets; an asset is a picture file, a video, or a carousel's card, which names
pictures in its turn. A video has no picture of its own in the API: its still picture comes
from YouTube and is marked as a thumbnail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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

# Where YouTube keeps the largest still picture of a video; not every video has that size, so
# `SMALL_POSTER` says how the address of the one that each has is made from it.
POSTERS = "https://i.ytimg.com/vi/{video_id}/maxresdefault.jpg"
SMALL_POSTER = ("/maxresdefault.", "/hqdefault.")
# What the reference of such a picture starts with; the video's id follows.
VIDEO = "youtube:"

# Where each kind of ad keeps its pictures, the main format first.
PICTURES = {
    "responsiveDisplayAd": ("marketingImages", "squareMarketingImages"),
    "appAd": ("images",),
    "demandGenMultiAssetAd": (
        "marketingImages",
        "squareMarketingImages",
        "portraitMarketingImages",
        "tallPortraitMarketingImages",
    ),
    "demandGenCarouselAd": ("carouselCards",),
    "localAd": ("marketingImages",),
}
VIDEOS = {
    "demandGenVideoResponsiveAd": "videos",
    "videoResponsiveAd": "videos",
    "responsiveDisplayAd": "youtubeVideos",
    "appAd": "youtubeVideos",
}
WITH_TEXT = ("responsiveSearchAd",)
PARTS = tuple(dict.fromkeys((*PICTURES, *VIDEOS, *WITH_TEXT)))
FORMATS = {
    **dict.fromkeys(
        ("IMAGE_AD", "RESPONSIVE_DISPLAY_AD", "APP_AD", "DEMAND_GEN_MULTI_ASSET_AD", "LOCAL_AD"),
        "image",
    ),
    **dict.fromkeys(
        (
            "VIDEO_AD",
            "VIDEO_RESPONSIVE_AD",
            "DEMAND_GEN_VIDEO_RESPONSIVE_AD",
            "VIDEO_BUMPER_AD",
            "VIDEO_NON_SKIPPABLE_IN_STREAM_AD",
            "VIDEO_TRUEVIEW_IN_STREAM_AD",
            "IN_FEED_VIDEO_AD",
        ),
        "video",
    ),
    "DEMAND_GEN_CAROUSEL_AD": "carousel",
}


@dataclass(frozen=True)
class Asset:
    """One asset: where its picture file is, which video it is, or which pictures a card names."""

    url: str | None = None
    video_id: str | None = None
    cards: tuple[str, ...] = ()


@dataclass(frozen=True)
class Library:
    """The account's assets by resource name, and where still pictures of videos are."""

    assets: Mapping[str, Asset]
    posters: str

    def pictures(self, resources: Iterable[str]) -> Iterator[Row]:
        """A reference per picture, each once, in the order in which the assets are named."""
        seen: set[str] = set()
        for resource in resources:
            asset = self.assets.get(resource, Asset())
            # Of a card's formats one is enough: they show the same thing in other shapes.
            name = next(iter(asset.cards), resource)
            if asset.video_id is not None:
                name = VIDEO + asset.video_id
            if name in seen:
                continue
            seen.add(name)
            if asset.video_id is not None:
                yield {
                    "role": "video_thumbnail",
                    "source_ref": name,
                    "url": self.posters.format(video_id=asset.video_id),
                    "reason": None,
                    "is_thumbnail": True,
                }
            else:
                url = self.assets.get(name, Asset()).url
                reason = None if url else f"Google lists no picture file for {name}"
                yield _image(name, url, reason)


def asset_of(item: Any, account: Account, unknown: Counter[str]) -> tuple[str, Asset]:
    """An asset and its resource name."""
    fields = record(item, "asset", account)
    asset = take_object(fields, "asset")
    name = take_id(asset, "resourceName", "asset", account)
    image, video = take_object(asset, "imageAsset"), take_object(asset, "youtubeVideoAsset")
    card = take_object(asset, "demandGenCarouselCardAsset")
    size = take_object(image, "fullSize")
    formats = ("marketingImageAsset", "squareMarketingImageAsset", "portraitMarketingImageAsset")
    cards = [take_text(card, each) for each in formats]
    found = Asset(
        url=take_text(size, "url"),
        video_id=take_text(video, "youtubeVideoId"),
        cards=tuple(each for each in cards if each),
    )
    leave(asset, ("id", "name", "type", "source"))
    leave(image, ("fileSize", "mimeType"))
    leave(size, ("widthPixels", "heightPixels"))
    for part in (size, image, video, card, asset, fields):
        count_left(part, "asset", unknown)
    return name, found


def creative_rows(
    fields: Row, ad: Row, account: Account, unknown: Counter[str], library: Library
) -> tuple[Row, list[Row]]:
    """The creative's row, and one reference per picture it shows, to be fetched later.

    Args:
        fields: the `ad` object of the reply; popped from.
        ad: the ad's own row.
    """
    kind = take_text(fields, "type") or "UNSPECIFIED"
    parts = {name: take_object(fields, name) for name in PARTS}
    image_ad, video_ad = take_object(fields, "imageAd"), take_object(fields, "videoAd")
    references = list(_references(image_ad, video_ad, parts, library))
    headline, body = _texts(parts)
    row = {
        **of_account(account),
        "creative_id": ad["creative_id"],
        "name": ad["name"],
        "headline": headline,
        "body": body,
        "call_to_action": None,
        "link_url": next(iter(fields.pop("finalUrls", None) or []), None),
        "format": FORMATS.get(kind, kind),
    }
    leave(image_ad, ("pixelWidth", "pixelHeight", "mimeType", "name", "previewImageUrl"))
    for part in (image_ad, video_ad, *parts.values(), fields):
        count_left(part, "ad_group_ad.ad", unknown)
    return row, placed(references, ad["creative_id"], account)


def placed(references: Iterable[Row], creative_id: str, account: Account) -> list[Row]:
    """The references as rows of `creative_images`, numbered from 0."""
    same = {**of_account(account), "creative_id": creative_id}
    return [
        {**same, "position": position, **reference} for position, reference in enumerate(references)
    ]


def _references(
    image_ad: Row, video_ad: Row, parts: dict[str, Row], library: Library
) -> Iterator[Row]:
    asset = take_text(take_object(image_ad, "imageAsset"), "asset")
    address = take_text(image_ad, "imageUrl")
    if address and not library.assets.get(asset or "", Asset()).url:
        # Uploaded before there were assets: the address is the original file's own.
        yield _image(asset or address, address, None)
        asset = None
    names = [asset] if asset else []
    for part, slots in PICTURES.items():
        for slot in slots:
            names += _named(parts[part].pop(slot, None))
    video = take_object(video_ad, "video")
    names += _named([video])
    for part, slot in VIDEOS.items():
        names += _named(parts[part].pop(slot, None))
    yield from library.pictures(names)


def _image(reference: str, url: str | None, reason: str | None) -> Row:
    return {
        "role": "image",
        "source_ref": reference,
        "url": url,
        "reason": reason,
        "is_thumbnail": False,
    }


def _named(entries: Any) -> list[str]:
    """Resource names of a list such as `[{"asset": "customers/1/assets/2"}]`."""
    found = [entry.get("asset") for entry in entries or [] if isinstance(entry, dict)]
    return [name for name in found if isinstance(name, str) and name]


def _texts(parts: dict[str, Row]) -> tuple[str | None, str | None]:
    """Headline and body of whichever part has them; the first of several variants."""
    headline = body = None
    for part in parts.values():
        long, single = part.pop("longHeadline", None), part.pop("headline", None)
        headline = headline or _first([single, *(part.pop("headlines", None) or []), long])
        one = part.pop("description", None)
        body = body or _first([one, *(part.pop("descriptions", None) or [])])
    return headline, body


def _first(entries: list[Any]) -> str | None:
    """The first text; most are objects, a carousel's own are objects too."""
    texts = (entry.get("text") for entry in entries if isinstance(entry, dict))
    return next((text for text in texts if text), None)
