"""Google's assets: pictures, texts, videos and carousel cards, with their names and addresses."""

from __future__ import annotations

import hashlib
from typing import Any

from include.sandbox.pictures import Pictures, extension, size_of
from include.sandbox.plan import Picture

Values = dict[str, Any]

MIME = {"image/png": "IMAGE_PNG", "image/jpeg": "IMAGE_JPEG"}


class Assets:
    """Makes the assets of one customer.

    Args:
        name: the customer's resource name.
        same: what every row of the customer holds.
        base: address of the sandbox.
    """

    def __init__(self, name: str, same: Values, pictures: Pictures, base: str) -> None:
        self._name = name
        self._same = same
        self._pictures = pictures
        self._base = base

    def picture(self, picture: Picture) -> Values:
        """The picture's file."""
        width, height = size_of(picture)
        name = f"{picture.key}.{extension(picture)}"
        return self._asset(self.name_of(picture), name, "IMAGE") | {
            "asset.image_asset.full_size.url": self.address(picture),
            "asset.image_asset.full_size.width_pixels": str(width),
            "asset.image_asset.full_size.height_pixels": str(height),
            "asset.image_asset.mime_type": MIME[picture.mime],
        }

    def text(self, text: str) -> Values:
        """A headline or description."""
        return self._asset(self._made(f"text/{text}"), text, "TEXT") | {
            "asset.text_asset.text": text
        }

    def video(self, picture: Picture) -> Values:
        """A video that moves the picture."""
        return self._asset(self.video_name(picture), f"{picture.key}.mp4", "YOUTUBE_VIDEO") | {
            "asset.youtube_video_asset.youtube_video_id": video_id(picture)
        }

    def card(self, picture: Picture) -> Values:
        """A carousel's card, which names the picture's own asset."""
        at = "asset.demand_gen_carousel_card_asset"
        slot = f"{shape_of(picture)}marketing_image_asset"
        kind = "DEMAND_GEN_CAROUSEL_CARD"
        return self._asset(self.card_name(picture), picture.headline, kind) | {
            f"{at}.{slot}": self.name_of(picture),
            f"{at}.headline": picture.headline,
        }

    def name_of(self, picture: Picture) -> str:
        """Resource name of the picture's asset."""
        number = int(self._pictures.name("google_ads", picture)) % 10**11 + 10**11
        return f"{self._name}/assets/{number}"

    def card_name(self, picture: Picture) -> str:
        """Resource name of the card that shows it."""
        return self._made(f"card/{picture.key}")

    def video_name(self, picture: Picture) -> str:
        """Resource name of the video that moves it."""
        return self._made(f"video/{picture.key}")

    def address(self, picture: Picture) -> str:
        """Where the picture's file is; it needs no token and does not expire."""
        return f"{self._base}/cdn/simgad/{self._pictures.name('google_ads', picture)}"

    def _asset(self, resource_name: str, name: str, kind: str) -> Values:
        return self._same | {
            "asset.resource_name": resource_name,
            "asset.id": resource_name.rsplit("/", 1)[1],
            "asset.name": name,
            "asset.type": kind,
            "asset.source": "ADVERTISER",
        }

    def _made(self, text: str) -> str:
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        number = int.from_bytes(digest, "big") % 10**11 + 3 * 10**11
        return f"{self._name}/assets/{number}"


def shape_of(picture: Picture) -> str:
    """What the platform's names of slots begin with: ``, `square_` or `portrait_`."""
    width, height = size_of(picture)
    return "square_" if width == height else "portrait_" if height > width else ""


def video_id(picture: Picture) -> str:
    """The video that moves this picture, in eleven characters as YouTube has them."""
    return hashlib.blake2b(f"video/{picture.key}".encode(), digest_size=6).hexdigest()[:11]
