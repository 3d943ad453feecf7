"""What LinkedIn ads show: posts of several kinds, text ads, images and videos with dying links.

Most posts show one picture. A few, chosen by their number, are what makes a client stumble.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from include.sandbox.accounts import SandboxAccount
from include.sandbox.entities import Creative
from include.sandbox.pictures import Pictures, expiry, signature
from include.sandbox.plan import Picture
from include.sandbox.wording import BODIES, LANDING

ORGANIZATION = "urn:li:organization:2414183"

Kind = Literal["picture", "carousel", "video", "document", "old", "closed", "deleted", "text ad"]
# Thousandths of all creatives; less than a tenth together.
_SHARES: tuple[tuple[Kind, int], ...] = (
    ("carousel", 25),
    ("video", 20),
    ("document", 8),
    ("old", 15),  # a picture named by the URN of before 2022
    ("closed", 10),  # a member's post (thought leader ad): 403
    ("deleted", 5),  # 404
    ("text ad", 12),  # content of its own, no post
)


def kind_of(creative: Creative) -> Kind:
    """What kind of ad a creative is."""
    digest = hashlib.blake2b(creative.post_id.encode(), digest_size=4, person=b"linkedin").digest()
    number = int.from_bytes(digest, "big") % 1000
    for kind, share in _SHARES:
        if number < share:
            return kind
        number -= share
    return "picture"


def milliseconds(instant: datetime) -> int:
    """As LinkedIn tells times."""
    return int(instant.timestamp()) * 1000


def image_urn(pictures: Pictures, picture: Picture) -> str:
    """The image as posts name it."""
    return f"urn:li:image:{pictures.name('linkedin_ads', picture)}"


def creative_content(creative: Creative, pictures: Pictures) -> dict[str, Any]:
    """The content of a creative in LinkedIn's sense."""
    if kind_of(creative) != "text ad":
        return {"reference": f"urn:li:share:{creative.post_id}"}
    node = creative.campaign.node
    return {
        "textAd": {
            "headline": creative.picture.headline,
            "description": BODIES[node],
            "landingPage": f"{LANDING[node]}{creative.campaign.objective}",
            "image": image_urn(pictures, creative.picture),
        }
    }


def post(
    creative: Creative, account: SandboxAccount, pictures: Pictures, others: Sequence[Picture]
) -> dict[str, Any]:
    """The share behind a creative.

    Args:
        others: pictures that a carousel may show beside its own.
    """
    node, picture = creative.campaign.node, creative.picture
    link = f"{LANDING[node]}{creative.campaign.objective}"
    made = milliseconds(creative.created_at)
    return {
        "id": f"urn:li:share:{creative.post_id}",
        "author": ORGANIZATION,
        "commentary": f"{picture.headline}. {BODIES[node]}",
        "lifecycleState": "PUBLISHED",
        "visibility": "PUBLIC",
        "createdAt": made,
        "publishedAt": made,
        "lastModifiedAt": made,
        "isReshareDisabledByAuthor": False,
        "contentLandingPage": link,
        "contentCallToActionLabel": "LEARN_MORE",
        "adContext": {
            "dscAdAccount": f"urn:li:sponsoredAccount:{account.account_id}",
            "dscStatus": "ACTIVE",
            "dscAdType": "STANDARD",
            "isDsc": True,
        },
        "content": _content(creative, pictures, others, link),
    }


def _content(
    creative: Creative, pictures: Pictures, others: Sequence[Picture], link: str
) -> dict[str, Any]:
    """An article where a click leads to the site, else media."""
    picture, kind = creative.picture, kind_of(creative)
    urn = image_urn(pictures, picture)
    words = {"title": picture.headline, "altText": picture.headline}
    if kind == "carousel":
        shown = [picture, *others[:2]]
        return {
            "carousel": {
                "cards": [
                    {
                        "landingPage": link,
                        "media": {"id": image_urn(pictures, each), "title": each.headline},
                    }
                    for each in shown
                ]
            }
        }
    if kind in {"video", "document", "old"}:
        of_kind = {"old": "digitalmediaAsset"}.get(kind, kind)
        return {"media": {"id": urn.replace(":image:", f":{of_kind}:"), **words}}
    if creative.campaign.objective in {"traffic", "sales"}:
        return {
            "article": {
                "source": link,
                "thumbnail": urn,
                "title": picture.headline,
                "description": BODIES[creative.campaign.node],
            }
        }
    return {"media": {"id": urn, **words}}


def image(pictures: Pictures, picture: Picture, now: datetime, base: str) -> dict[str, Any]:
    """An image with a signed link that dies, said beside it or not."""
    link, dies = _link(pictures, picture, now, base)
    told = {} if picture.number % 10 == 0 else {"downloadUrlExpiresAt": dies * 1000}
    return {
        "id": image_urn(pictures, picture),
        "owner": ORGANIZATION,
        "status": "AVAILABLE",
        "downloadUrl": link,
        **told,
        "altText": picture.headline,
    }


def video(pictures: Pictures, picture: Picture, now: datetime, base: str) -> dict[str, Any]:
    """A video; of its links the poster's works here."""
    link, dies = _link(pictures, picture, now, base)
    return {
        "id": image_urn(pictures, picture).replace(":image:", ":video:"),
        "owner": ORGANIZATION,
        "status": "AVAILABLE",
        "duration": 15_000,
        "thumbnail": link,
        "downloadUrl": link.replace("/image/", "/video/"),
        "downloadUrlExpiresAt": dies * 1000,
    }


def _link(pictures: Pictures, picture: Picture, now: datetime, base: str) -> tuple[str, int]:
    name = pictures.name("linkedin_ads", picture)
    dies = expiry("linkedin_ads", now)
    return f"{base}/cdn/dms/image/{name}?e={dies}&v=beta&t={signature(name, dies)}", dies
