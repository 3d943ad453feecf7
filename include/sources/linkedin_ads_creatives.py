"""What a LinkedIn ad shows: a post, or content of its own, and the pictures of either."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from include.sources.replies import Account
from include.sources.strict import Row, count_left, leave, of_account, take_object, take_text

IMAGE = "urn:li:image:"
OLD_IMAGE = "urn:li:digitalmediaAsset:"
POSTS = ("urn:li:share:", "urn:li:ugcPost:")
POST_IGNORED = (
    "id", "author", "lifecycleState", "visibility", "createdAt", "publishedAt", "lastModifiedAt",
    "adContext", "distribution", "isReshareDisabledByAuthor", "lifecycleStateInfo",
)  # fmt: skip
# Content that stands in the creative itself, and where its picture is.
INLINE = {
    "textAd": "image",
    "spotlight": "logo",
    "follow": "logo",
    "jobs": "logo",
}


def post_urn(creative: Any) -> str | None:
    """The post a creative shows, if it shows one."""
    content = creative.get("content") if isinstance(creative, Mapping) else None
    reference = content.get("reference") if isinstance(content, Mapping) else None
    return reference if isinstance(reference, str) and reference.startswith(POSTS) else None


def image_urns(content: Any) -> list[str]:
    """The pictures in a post's or creative's content, in order, each once."""
    if not isinstance(content, Mapping):
        return []
    cards = (content.get("carousel") or {}).get("cards") or []
    found = [
        (content.get("media") or {}).get("id"),
        (content.get("article") or {}).get("thumbnail"),
        *((card.get("media") or {}).get("id") for card in cards),
        *(image.get("id") for image in (content.get("multiImage") or {}).get("images") or []),
        *((content.get(kind) or {}).get(name) for kind, name in INLINE.items()),
    ]
    urns = (_modern(urn) for urn in found if isinstance(urn, str))
    return list(dict.fromkeys(urn for urn in urns if urn.startswith(IMAGE)))


def creative_rows(
    creative_id: str,
    content: Row,
    post: Row | None,
    refusal: str | None,
    images: Mapping[str, Row],
    *,
    account: Account,
    unknown: Counter[str],
) -> tuple[Row, list[Row]]:
    """The creative's row, and one reference per picture it shows, to be fetched later.

    Args:
        content: the creative's own content.
        post: the post it shows; None when it shows none or none could be read.
        refusal: why the post could not be read.
        images: picture URN -> `{"url", "reason"}`.
    """
    fields = {} if post is None else dict(post)
    shown = take_object(fields, "content") if post is not None else content
    urns = image_urns(shown)
    inline = _inline(content)
    article = shown.get("article") or {}
    media = shown.get("media") or {}
    row = {
        **of_account(account),
        "creative_id": creative_id,
        "name": None,
        "headline": media.get("title") or article.get("title") or inline.get("headline"),
        "body": take_text(fields, "commentary") or inline.get("description"),
        "call_to_action": take_text(fields, "contentCallToActionLabel")
        or inline.get("callToAction"),
        "link_url": take_text(fields, "contentLandingPage")
        or article.get("source")
        or inline.get("landingPage"),
        "format": _format(shown, urns),
    }
    leave(fields, POST_IGNORED)
    count_left(fields, "posts", unknown)
    same = {**of_account(account), "creative_id": creative_id, "role": "image"}
    references = [
        {
            **same,
            "position": position,
            "source_ref": urn,
            **images.get(urn, {"url": None, "reason": f"LinkedIn lists no file for {urn}"}),
        }
        for position, urn in enumerate(urns)
    ]
    if refusal is not None:
        references = [
            {**same, "position": 0, "source_ref": creative_id, "url": None, "reason": refusal}
        ]
    return row, references


def _modern(urn: str) -> str:
    """Creatives from before 2022 name a picture by another kind of URN with the same id."""
    return urn.replace(OLD_IMAGE, IMAGE, 1) if urn.startswith(OLD_IMAGE) else urn


def _inline(content: Row) -> Row:
    return next((content[kind] for kind in INLINE if isinstance(content.get(kind), dict)), {})


def _format(content: Row, urns: list[str]) -> str:
    media = str((content.get("media") or {}).get("id") or "")
    if media.startswith("urn:li:video:"):
        return "video"
    if media.startswith("urn:li:document:"):
        return "document"
    if content.get("carousel") or len(urns) > 1:
        return "carousel"
    return "image" if urns else next(iter(content), "unknown")
