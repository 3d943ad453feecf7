"""What a LinkedIn ad shows: a post, or content of its own, and the pictures of either."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from include.sources.linkedin_ads_objects import VIDEO, link_of
from include.sources.replies import Account
from include.sources.strict import Row, count_left, leave, of_account, take_object, take_text

IMAGE = "urn:li:image:"
DOCUMENT = "urn:li:document:"
OLD_IMAGE = "urn:li:digitalmediaAsset:"
POSTS = ("urn:li:share:", "urn:li:ugcPost:")
POST_IGNORED = (
    "id", "author", "lifecycleState", "visibility", "createdAt", "publishedAt", "lastModifiedAt",
    "adContext", "distribution", "isReshareDisabledByAuthor", "lifecycleStateInfo",
)  # fmt: skip
IMAGE_IGNORED = (
    "id", "owner", "downloadUrlExpiresAt", "altText", "aspectRatioWidth", "aspectRatioHeight",
)  # fmt: skip
VIDEO_IGNORED = (
    *IMAGE_IGNORED, "downloadUrl", "duration", "captions", "mediaLibrary",
)  # fmt: skip
# Content that stands in the creative itself: where its picture is, and where a mere logo.
INLINE_PICTURE = {"textAd": "image", "spotlight": "backgroundImage"}
INLINE_LOGO = {"spotlight": "logo", "follow": "logo", "jobs": "logo"}
NO_PICTURE = "a document; LinkedIn offers no picture of its pages"


@dataclass(frozen=True)
class File:
    """A picture that a creative shows; `is_thumbnail` is a company's logo instead of one."""

    urn: str
    is_thumbnail: bool = False

    @property
    def role(self) -> str:
        """As in `creative_images`."""
        return "video_thumbnail" if self.urn.startswith(VIDEO) else "image"


@dataclass(frozen=True)
class Shown:
    """What one post or creative shows."""

    texts: Mapping[str, str | None]
    format: str
    files: tuple[File, ...]


def post_urn(creative: Any) -> str | None:
    """The post a creative shows, if it shows one."""
    content = creative.get("content") if isinstance(creative, Mapping) else None
    reference = content.get("reference") if isinstance(content, Mapping) else None
    return reference if isinstance(reference, str) and reference.startswith(POSTS) else None


def files_of(content: Any) -> tuple[File, ...]:
    """The pictures in a post's or creative's content, in order, each once.

    A logo counts only where there is no other picture.
    """
    if not isinstance(content, Mapping):
        return ()
    found: list[Any] = [_at(content, "media", "id"), _at(content, "article", "thumbnail")]
    found += [_at(card, "media", "id") for card in _list(_at(content, "carousel", "cards"))]
    found += [_at(image, "id") for image in _list(_at(content, "multiImage", "images"))]
    found += [_at(content, kind, name) for kind, name in INLINE_PICTURE.items()]
    pictures = dict.fromkeys(_urns(found))
    if pictures:
        return tuple(File(urn) for urn in pictures)
    logos = dict.fromkeys(_urns(_at(content, kind, name) for kind, name in INLINE_LOGO.items()))
    return tuple(File(urn, is_thumbnail=True) for urn in logos)


def shown_by_post(item: Row, unknown: Counter[str]) -> Shown:
    """What a post shows; it is popped from `item`."""
    fields = dict(item)
    content = take_object(fields, "content")
    own = _texts(content)
    texts = {
        **own,
        "body": take_text(fields, "commentary") or own["body"],
        "call_to_action": take_text(fields, "contentCallToActionLabel") or own["call_to_action"],
        "link_url": take_text(fields, "contentLandingPage") or own["link_url"],
    }
    leave(fields, POST_IGNORED)
    count_left(fields, "posts", unknown)
    files = files_of(content)
    return Shown(texts, _format(content, files), files)


def shown_by_creative(content: Row) -> Shown:
    """What a creative with content of its own shows."""
    files = files_of(content)
    return Shown(_texts(content), _format(content, files), files)


def file_row(kind: str, item: Row, unknown: Counter[str]) -> Row:
    """`{"url", "reason"}` of a picture or a video's poster."""
    fields = dict(item)
    status = take_text(fields, "status")
    url = link_of(fields)
    leave(fields, ("downloadUrl", "thumbnail"))
    leave(fields, IMAGE_IGNORED if kind == "images" else VIDEO_IGNORED)
    count_left(fields, kind, unknown)
    return {"url": url, "reason": None if url else f"LinkedIn has no file for it (status {status})"}


def creative_rows(
    creative_id: str,
    shown: Shown | None,
    refusal: str | None,
    files: Mapping[str, Row],
    *,
    account: Account,
) -> tuple[Row, list[Row]]:
    """The creative's row, and one reference per picture it shows, to be fetched later.

    Args:
        shown: None when the post could not be read.
        refusal: why not.
        files: URN -> `{"url", "reason"}`.
    """
    texts = shown.texts if shown is not None else dict.fromkeys(_TEXTS)
    row = {
        **of_account(account),
        "creative_id": creative_id,
        "name": None,
        **texts,
        "format": shown.format if shown is not None else "unknown",
    }
    same = {**of_account(account), "creative_id": creative_id}
    if shown is None:
        closed = {"role": "image", "is_thumbnail": False, "source_ref": creative_id, "url": None}
        return row, [{**same, "position": 0, **closed, "reason": refusal}]
    return row, [
        {
            **same,
            "position": position,
            "role": file.role,
            "is_thumbnail": file.is_thumbnail,
            "source_ref": file.urn,
            **files.get(file.urn, _no_file(file.urn)),
        }
        for position, file in enumerate(shown.files)
    ]


_TEXTS = ("headline", "body", "call_to_action", "link_url")


def _no_file(urn: str) -> Row:
    if urn.startswith(DOCUMENT):
        return {"url": None, "reason": NO_PICTURE}
    return {"url": None, "reason": f"LinkedIn lists no file for {urn}"}


def _texts(content: Row) -> dict[str, str | None]:
    media, article = _at(content, "media") or {}, _at(content, "article") or {}
    cards = _list(_at(content, "carousel", "cards"))
    inline: Any = next(
        (content[k] for k in (*INLINE_PICTURE, *INLINE_LOGO) if isinstance(content.get(k), dict)),
        {},
    )
    first_card = _at(cards[0], "media", "title") if cards else None
    return {
        "headline": _text(_at(media, "title"))
        or _text(_at(article, "title"))
        or _text(first_card)
        or _text(inline.get("headline")),
        "body": _text(inline.get("description")),
        "call_to_action": _text(inline.get("callToAction")),
        "link_url": _text(_at(article, "source"))
        or _text(_at(cards[0], "landingPage") if cards else None)
        or _text(inline.get("landingPage")),
    }


def _format(content: Row, files: tuple[File, ...]) -> str:
    media = str(_at(content, "media", "id") or "")
    if media.startswith(VIDEO):
        return "video"
    if media.startswith(DOCUMENT):
        return "document"
    if content.get("carousel") or len(files) > 1:
        return "carousel"
    return "image" if files else str(next(iter(content), "unknown"))


def _urns(found: Iterable[Any]) -> list[str]:
    """The URNs of files; creatives from before 2022 name pictures by another kind of URN."""
    urns = (
        urn.replace(OLD_IMAGE, IMAGE, 1) if urn.startswith(OLD_IMAGE) else urn
        for urn in found
        if isinstance(urn, str)
    )
    return [urn for urn in urns if urn.startswith((IMAGE, VIDEO, DOCUMENT))]


def _at(value: Any, *names: str) -> Any:
    """What lies under nested names, or None."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
