"""What a Google ad shows: its texts, and the assets that are its pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from include.sources.replies import Account
from include.sources.strict import Row, count_left, leave, of_account, take_object, take_text

# Where each kind of ad keeps its pictures, the main format first.
PICTURES = (
    ("responsiveDisplayAd", ("marketingImages", "squareMarketingImages")),
    ("appAd", ("images",)),
    (
        "demandGenMultiAssetAd",
        ("marketingImages", "squareMarketingImages", "portraitMarketingImages"),
    ),
    ("localAd", ("marketingImages",)),
)
TEXTS = ("responsiveDisplayAd", "responsiveSearchAd", "appAd")
VIDEO_TYPES = frozenset({"VIDEO_AD", "VIDEO_RESPONSIVE_AD", "DEMAND_GEN_VIDEO_RESPONSIVE_AD"})
WITH_PICTURE = frozenset(
    {"IMAGE_AD", "RESPONSIVE_DISPLAY_AD", "APP_AD", "DEMAND_GEN_MULTI_ASSET_AD", "LOCAL_AD"}
)


def creative_rows(
    fields: Row,
    ad: Row,
    account: Account,
    unknown: Counter[str],
    files: dict[str, str | None],
) -> tuple[Row, list[Row]]:
    """The creative's row, and one reference per picture it shows, to be fetched later.

    Args:
        fields: the `ad` object of the reply; popped from.
        ad: the ad's own row.
        files: asset resource name -> address of the picture at full size.
    """
    kind = take_text(fields, "type") or "UNSPECIFIED"
    parts = {name: take_object(fields, name) for name in dict(PICTURES) | dict.fromkeys(TEXTS)}
    image_ad = take_object(fields, "imageAd")
    references = list(_references(image_ad, parts, files))
    headline, body = _texts(parts)
    row = {
        **of_account(account),
        "creative_id": ad["creative_id"],
        "name": ad["name"],
        "headline": headline,
        "body": body,
        "call_to_action": None,
        "link_url": next(iter(fields.pop("finalUrls", None) or []), None),
        "format": "video" if kind in VIDEO_TYPES else "image" if kind in WITH_PICTURE else kind,
    }
    leave(image_ad, ("pixelWidth", "pixelHeight", "mimeType", "name", "previewImageUrl"))
    for part in (image_ad, *parts.values(), fields):
        count_left(part, "ad_group_ad.ad", unknown)
    same = {**of_account(account), "creative_id": ad["creative_id"]}
    images = [
        {**same, "position": position, "role": "image", **reference}
        for position, reference in enumerate(references)
    ]
    return row, images


def _references(
    image_ad: Row, parts: dict[str, Row], files: dict[str, str | None]
) -> Iterator[Row]:
    seen: set[str] = set()
    asset = take_text(take_object(image_ad, "imageAsset"), "asset")
    address = take_text(image_ad, "imageUrl")
    if address and not files.get(asset or ""):
        # Uploaded before there were assets: the address is the original file's own.
        yield {"source_ref": asset or address, "url": address, "reason": None}
    elif asset:
        yield _asset(asset, files)
    for part, names in PICTURES:
        for name in names:
            for entry in parts[part].pop(name, None) or []:
                resource = entry.get("asset")
                if resource and resource not in seen:
                    seen.add(resource)
                    yield _asset(resource, files)


def _asset(resource: str, files: dict[str, str | None]) -> Row:
    url = files.get(resource)
    reason = None if url else f"Google lists no picture file for {resource}"
    return {"source_ref": resource, "url": url, "reason": reason}


def _texts(parts: dict[str, Row]) -> tuple[str | None, str | None]:
    """Headline and body of whichever part has them; the first of several variants."""
    headline = body = None
    for name in TEXTS:
        part = parts[name]
        lines = [part.pop("longHeadline", None), *(part.pop("headlines", None) or [])]
        headline = headline or _first(lines[1:]) or _first(lines[:1])
        body = body or _first(part.pop("descriptions", None) or [])
    return headline, body


def _first(entries: list[Any]) -> str | None:
    texts = (entry.get("text") for entry in entries if isinstance(entry, dict))
    return next((text for text in texts if text), None)
