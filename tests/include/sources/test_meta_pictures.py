"""Meta: where the pictures of a creative lie, and what is said when they cannot be had."""

from __future__ import annotations

import pytest

from include.sources.meta import parse
from include.sources.meta_pictures import image_hashes, lacking


def images_of(reply, account, creative, files=()):
    parsed = parse(
        [
            reply("creatives", {"9": {"id": "9"} | creative}),
            reply("adimages", {"data": [{"hash": h, "url": u} for h, u in files]}),
        ],
        account("meta"),
    )
    images = parsed.rows["creative_images"]
    return [(i["position"], i["role"], i["source_ref"], i["url"]) for i in images], parsed


def test_pictures_are_found_by_hash(reply, account):
    """The same hash in two places is one picture, at full size."""
    link = {"image_hash": "aa", "link": "https://shop/", "name": "Head", "message": "Body"}
    creative = {
        "image_hash": "aa",
        "image_url": "https://x.fbcdn.net/small.jpg?oe=1",
        "object_story_spec": {"link_data": link | {"call_to_action": {"type": "SHOP_NOW"}}},
    }
    images, parsed = images_of(reply, account, creative, [("aa", "https://x.fbcdn.net/full")])
    assert images == [(0, "image", "aa", "https://x.fbcdn.net/full")]
    row = parsed.rows["creatives"][0]
    texts = ("headline", "body", "call_to_action", "link_url", "format")
    assert [row[t] for t in texts] == ["Head", "Body", "SHOP_NOW", "https://shop/", "image"]


def test_cards_keep_their_order(reply, account):
    """A carousel's cards follow each other; its own stand-in picture is left out."""
    cards = [{"image_hash": "b"}, {"picture": "https://x.fbcdn.net/c.jpg?oe=1"}]
    link = {"image_hash": "z", "child_attachments": cards}
    images, parsed = images_of(
        reply, account, {"object_story_spec": {"link_data": link}}, [("b", "https://b")]
    )
    assert images == [
        (0, "image", "b", "https://b"),
        (1, "image", "https://x.fbcdn.net/c.jpg", "https://x.fbcdn.net/c.jpg?oe=1"),
    ]
    assert parsed.rows["creatives"][0]["format"] == "carousel"


def test_a_video_shows_its_thumbnail(reply, account):
    """Its role says that it is one."""
    creative = {"video_id": "5", "object_story_spec": {"video_data": {"image_hash": "v"}}}
    images, parsed = images_of(reply, account, creative, [("v", "https://v")])
    assert images == [(0, "video_thumbnail", "v", "https://v")]
    assert parsed.rows["creatives"][0]["format"] == "video"


def test_asset_feeds_list_their_pictures(reply, account):
    """Pictures and thumbnails of a feed, and its first texts."""
    feed = {
        "images": [{"hash": "f"}],
        "videos": [{"thumbnail_hash": "t"}],
        "titles": [{"text": "T"}],
        "bodies": [{"text": "B"}],
    }
    images, parsed = images_of(reply, account, {"asset_feed_spec": feed})
    assert images == [(0, "image", "f", None), (1, "video_thumbnail", "t", None)]
    assert parsed.rows["creative_images"][0]["reason"] == "Meta lists no file for image hash f"
    assert parsed.rows["creatives"][0]["headline"] == "T"
    assert parsed.rows["creatives"][0]["body"] == "B"


def told(reply, account, creative, **replies):
    """What becomes of a creative and of what was read beside it."""
    parsed = parse(
        [reply("creatives", {"9": {"id": "9"} | creative})]
        + [reply(entity, body) for entity, body in replies.items()],
        account("meta"),
    )
    rows = parsed.rows["creative_images"]
    places = [(r["role"], r["source_ref"], r["url"], r["is_thumbnail"]) for r in rows]
    return places, parsed.rows["creatives"][0]["format"]


def test_a_video_knows_its_own_poster(reply, account):
    """The preferred thumbnail is taken, else the largest, else the small icon, marked."""
    film = {"video_id": "5", "object_story_spec": {"video_data": {"video_id": "5"}}}
    small = {"uri": "https://small", "width": 10, "height": 10}
    large = {"uri": "https://large", "width": 90, "height": 90}
    chosen = small | {"uri": "https://chosen", "is_preferred": True}
    for thumbnails, url, marked in (
        ([small, large, chosen], "https://chosen", False),
        ([small, large], "https://large", False),
        ([], "https://icon", True),
    ):
        video = {"picture": "https://icon", "thumbnails": {"data": thumbnails}}
        places, kind = told(reply, account, film, videos={"5": video})
        assert places == [("video_thumbnail", "video:5", url, marked)]
        assert kind == "video"
    assert list(lacking({"id": "9"} | film, set())) == [("videos", "5")]


def test_an_existing_post_shows_its_full_picture(reply, account):
    """A creative that only names a post has no hash; the post has the picture."""
    creative = {"effective_object_story_id": "1_2", "thumbnail_url": "https://preview"}
    posts = {"1_2": {"id": "1_2", "full_picture": "https://full"}}
    assert told(reply, account, creative, posts=posts)[0] == [
        ("image", "post:1_2", "https://full", False)
    ]
    assert list(lacking({"id": "9"} | creative, set())) == [("posts", "1_2")]


def test_an_instagram_post_shows_each_of_its_cards(reply, account):
    """Of a film the thumbnail; cards keep their order."""
    creative = {"effective_instagram_media_id": "7", "effective_object_story_id": "1_2"}
    cards = [
        {"media_type": "IMAGE", "media_url": "https://a"},
        {"media_type": "VIDEO", "media_url": "https://film", "thumbnail_url": "https://b"},
    ]
    places, _ = told(reply, account, creative, media={"7": {"children": {"data": cards}}})
    assert places == [
        ("image", "media:7/0", "https://a", False),
        ("video_thumbnail", "media:7/1", "https://b", False),
    ]
    assert list(lacking({"id": "9"} | creative, set())) == [("media", "7")]


def test_the_last_resort_is_marked(reply, account):
    """A preview is never passed off as the creative: no file for the hash, no post to read."""
    preview = {"thumbnail_url": "https://preview"}
    marked = [("image", "thumbnail:9", "https://preview", True)]
    assert told(reply, account, preview)[0] == marked
    assert told(reply, account, preview | {"image_hash": "aa"})[0] == marked
    assert told(reply, account, preview | {"image_hash": "aa", "image_url": "https://u"})[0] == [
        ("image", "aa", "https://u", False)
    ]


def test_catalogue_ads_have_no_picture_of_their_own(reply, account):
    """Everybody sees another product: only the preview is kept, and the format says why."""
    creative = {
        "product_set_id": "77",
        "image_hash": "aa",
        "thumbnail_url": "https://preview",
        "object_story_spec": {"template_data": {"link": "https://shop", "name": "Head"}},
    }
    files = {"data": [{"hash": "aa", "url": "https://any"}]}
    places, kind = told(reply, account, creative, adimages=files)
    assert places == [("image", "thumbnail:9", "https://preview", True)]
    assert kind == "catalogue"
    assert list(lacking({"id": "9"} | creative, set())) == []


@pytest.mark.parametrize("odd", [None, 7, "text", [], {"object_story_spec": []}])
def test_creatives_without_shape_show_nothing(odd):
    """Whatever comes in their place is no reason to fall over."""
    assert image_hashes(odd) == []
    assert list(lacking(odd, set())) == []
