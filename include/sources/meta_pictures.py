"""Where the pictures of a Meta creative lie, best place first.

An image of the account's library is named by its hash; without one there may be an address,
a video whose thumbnail is the picture, or a post that was there before the ad. A preview of
the whole ad is the last resort, and marked. `reference/platform-apis.md` section 1.6.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from include.sources.strict import Row

Kind = Literal["videos", "posts", "media"]


@dataclass(frozen=True)
class File:
    """A file that was found: its address, and whether it is only a small preview."""

    url: str
    role: str = "image"
    is_thumbnail: bool = False


@dataclass
class Found:
    """What was told about pictures beside the creatives, by hash or id."""

    images: dict[str, str] = field(default_factory=dict)
    videos: dict[str, File] = field(default_factory=dict)
    posts: dict[str, File] = field(default_factory=dict)
    media: dict[str, list[File]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Place:
    """Where one picture of a creative may lie."""

    role: str
    hash: str | None
    url: str | None
    video: str | None

    @property
    def reference(self) -> str | None:
        """Names the picture from one reading to the next."""
        if self.hash:
            return self.hash
        if self.url:
            # Signed links change with every call; without the signature they name the file.
            return self.url.split("?")[0]
        return f"video:{self.video}" if self.video else None


def image_hashes(creative: Any) -> list[str]:
    """Every image hash a creative refers to, the main picture first."""
    return [place.hash for place in _places(creative) if place.hash]


def lacking(creative: Any, known: Collection[str]) -> Iterator[tuple[Kind, str]]:
    """What has to be read to find the creative's pictures, when `known` hashes have a file."""
    if not isinstance(creative, Mapping) or is_catalogue(creative):
        return
    places = _places(creative)
    for place in places:
        if place.video and place.hash not in known and not place.url:
            yield "videos", place.video
    if any(place.hash in known or place.url or place.video for place in places):
        return
    media = _text(creative, "effective_instagram_media_id")
    post = _text(creative, "effective_object_story_id")
    if media:
        yield "media", media
    elif post:
        yield "posts", post


def pictures(creative: Mapping[str, Any], found: Found) -> list[Row]:
    """Position, role, reference and address of every picture a creative shows.

    A picture without an address has a reason. When none has one, the post that is promoted is
    looked at, and at last Meta's preview of the ad, marked as a thumbnail.
    """
    places = [] if is_catalogue(creative) else _places(creative)
    files = [_file(place, found) for place in places]
    if not any(files):
        instead = _instead(creative, found)
        if instead:
            return [_row(n, file.role, ref, file) for n, (ref, file) in enumerate(instead)]
    return [
        _row(position, place.role, place.reference, file)
        for position, (place, file) in enumerate(zip(places, files, strict=True))
    ]


def is_catalogue(creative: Mapping[str, Any]) -> bool:
    """It shows products of a catalogue, others to everybody: there is no one picture."""
    return bool(_text(creative, "product_set_id"))


def is_carousel(creative: Mapping[str, Any]) -> bool:
    """It shows several pictures side by side."""
    return sum(place.role == "image" for place in _places(creative)) > 1


def video_file(video: Any) -> File | None:
    """The thumbnail that was preferred, else the largest, else the small icon."""
    thumbnails = _objects(_object(_object(video).get("thumbnails")).get("data"))
    usable = [t for t in thumbnails if _text(t, "uri")]
    if usable:
        best = max(usable, key=lambda t: (t.get("is_preferred") is True, _area(t)))
        return File(best["uri"], "video_thumbnail")
    icon = _text(_object(video), "picture")
    return None if icon is None else File(icon, "video_thumbnail", is_thumbnail=True)


def post_file(post: Any) -> File | None:
    """The picture of a post."""
    url = _text(_object(post), "full_picture")
    return None if url is None else File(url)


def media_files(media: Any) -> list[File]:
    """The pictures of an Instagram post: one, or one per card; of a film its thumbnail."""
    node = _object(media)
    cards = _objects(_object(node.get("children")).get("data")) or [node]
    files = []
    for card in cards:
        film = card.get("media_type") == "VIDEO"
        url = _text(card, "thumbnail_url" if film else "media_url")
        if url:
            files.append(File(url, "video_thumbnail" if film else "image"))
    return files


def _places(creative: Any) -> list[_Place]:
    """What pictures a creative names, each once, the main one first."""
    if not isinstance(creative, Mapping):
        return []
    story = _object(creative.get("object_story_spec"))
    link = _object(story.get("link_data")) or _object(story.get("template_data"))
    photo, film = _object(story.get("photo_data")), _object(story.get("video_data"))
    feed = _object(creative.get("asset_feed_spec"))
    cards = _objects(link.get("child_attachments"))
    video = _text(creative, "video_id") or _text(film, "video_id")
    found = [
        _place(creative, "image_hash", "image_url", video),
        # The picture of a carousel's link is the first card's, or a stand-in for the page.
        *([] if cards else [_place(link, "image_hash", "picture")]),
        *(_place(card, "image_hash", "picture", _text(card, "video_id")) for card in cards),
        _place(photo, "image_hash", "url"),
        _place(film, "image_hash", "image_url", video),
        *(_place(image, "hash", "url") for image in _objects(feed.get("images"))),
        *(
            _place(clip, "thumbnail_hash", "thumbnail_url", _text(clip, "video_id") or "")
            for clip in _objects(feed.get("videos"))
        ),
    ]
    pictured = {place.video for place in found if place.video and (place.hash or place.url)}
    places: dict[str, _Place] = {}
    for place in found:
        bare = place.video and not place.hash and not place.url
        if place.reference and not (bare and place.video in pictured):
            places.setdefault(place.reference, place)
    if any(place.hash for place in places.values()):
        # `image_url` beside a hash is the same picture again, under another name.
        places.pop((_text(creative, "image_url") or "").split("?")[0], None)
    return list(places.values())


def _place(holder: Mapping[str, Any], key: str, url: str, video: str | None = None) -> _Place:
    role = "image" if video is None else "video_thumbnail"
    return _Place(role, _text(holder, key), _text(holder, url), video or None)


def _file(place: _Place, found: Found) -> File | None:
    url = found.images.get(place.hash or "") or place.url
    if url:
        return File(url, place.role)
    return found.videos.get(place.video or "")


def _instead(creative: Mapping[str, Any], found: Found) -> list[tuple[str, File]]:
    """The promoted post's pictures, else Meta's preview of the ad."""
    media = _text(creative, "effective_instagram_media_id") or ""
    post = _text(creative, "effective_object_story_id") or ""
    if not is_catalogue(creative):
        if found.media.get(media):
            return [(f"media:{media}/{n}", file) for n, file in enumerate(found.media[media])]
        if post in found.posts:
            return [(f"post:{post}", found.posts[post])]
    preview = _text(creative, "thumbnail_url")
    if preview is None:
        return []
    film = _text(creative, "video_id") is not None
    file = File(preview, "video_thumbnail" if film else "image", is_thumbnail=True)
    return [(f"thumbnail:{creative.get('id')}", file)]


def _row(position: int, role: str, reference: str | None, file: File | None) -> Row:
    named = "a video" if (reference or "").startswith("video:") else f"image hash {reference}"
    return {
        "position": position,
        "role": role,
        "source_ref": reference,
        "url": None if file is None else file.url,
        "is_thumbnail": file is not None and file.is_thumbnail,
        "reason": f"Meta lists no file for {named}" if file is None else None,
    }


def _area(thumbnail: Mapping[str, Any]) -> int:
    sides = (thumbnail.get("width"), thumbnail.get("height"))
    return sides[0] * sides[1] if isinstance(sides[0], int) and isinstance(sides[1], int) else 0


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(holder: Mapping[str, Any], name: str) -> str | None:
    value = holder.get(name)
    return value if isinstance(value, str) and value else None
