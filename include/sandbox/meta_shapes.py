"""Which of Meta's many kinds of creative each creative of the world is.

Most are a link with one image, some a video. A small share, chosen by a hash of the id, is
of a kind that clients find hard: carousels, posts that were there before the ad, products
of a catalogue, stories that cannot be read.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from include.sandbox.entities import Campaign, Creative

Shape = Literal[
    "link",  # one image, named by its hash
    "untold",  # the same, but asking for its story is an error
    "carousel",  # two or three cards
    "feed",  # a feed of assets, from which Meta makes the ads
    "post",  # an existing post of the page
    "media",  # an existing Instagram post
    "preview",  # an existing post that the token may not read: only a preview is left
    "catalogue",  # products of a catalogue: only a preview exists
    "video",  # a video whose thumbnail is an image of the account
    "poster",  # a video whose thumbnail only the video knows
]

# Thousandths of the creatives without video; 8.5 % altogether.
_SHARES: tuple[tuple[Shape, int], ...] = (
    ("carousel", 20),
    ("feed", 15),
    ("post", 15),
    ("media", 10),
    ("preview", 10),
    ("catalogue", 10),
    ("untold", 5),
)
# One campaign in so many has lost an ad that Meta no longer tells about.
_CAMPAIGNS_PER_LOSS = 12


def shape(creative: Creative) -> Shape:
    """The creative's kind; the same in every run."""
    number = draw(creative.id, 1000)
    if creative.video_id is not None:
        return "poster" if number < 300 else "video"
    for name, share in _SHARES:
        if number < share:
            return name
        number -= share
    return "link"


def has_lost_ads(campaign: Campaign) -> bool:
    """It had an ad that was deleted and forgotten: the campaign's numbers still hold it."""
    return draw(campaign.id, _CAMPAIGNS_PER_LOSS) == 0


def draw(name: str, sides: int) -> int:
    """A number below `sides` that depends on the name alone."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % sides
