"""X Ads: the pictures and words of a promoted tweet."""

from __future__ import annotations

import pytest

from include.sources.x_ads import parse
from include.sources.x_ads_creatives import address_of, full_size, keys_without_address


def pictures_of(reply, account, tweet, cards=(), media=()):
    """Position, role, reference and address of each picture of a tweet, and all that was parsed."""
    tweet = {"tweet_id": "77", "full_text": "Text", "created_at": "x"} | tweet
    parsed = parse(
        [
            reply("tweets", {"data": [tweet]}),
            reply("cards", {"data": list(cards)}),
            *(reply("media_library", {"data": item}) for item in media),
        ],
        account("x_ads"),
    )
    images = parsed.rows["creative_images"]
    return [(i["position"], i["role"], i["source_ref"], i["url"]) for i in images], parsed


def test_pictures_of_a_post_are_fetched_as_uploaded(reply, account):
    """The extended list wins; names of sizes become `orig`."""
    first = {"media_key": "3_1", "media_url_https": "https://pbs.twimg.com/media/A.jpg"}
    second = {
        "id_str": "9",
        "media_url_https": "https://pbs.twimg.com/media/B.png?name=small",
        "type": "video",
    }
    tweet = {
        "entities": {"media": [first], "urls": [{"expanded_url": "https://shop/"}]},
        "extended_entities": {"media": [first, second]},
    }
    images, parsed = pictures_of(reply, account, tweet)
    assert images == [
        (0, "image", "3_1", "https://pbs.twimg.com/media/A?format=jpg&name=orig"),
        (1, "video_thumbnail", "9", "https://pbs.twimg.com/media/B?format=png&name=orig"),
    ]
    (row,) = parsed.rows["creatives"]
    assert (row["body"], row["link_url"], row["format"]) == ("Text", "https://shop/", "carousel")
    assert not parsed.unknown


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("https://pbs.twimg.com/media/A.jpg", "https://pbs.twimg.com/media/A?format=jpg&name=orig"),
        (
            "http://127.0.0.1:1/cdn/media/A.png?x=1",
            "http://127.0.0.1:1/cdn/media/A?format=png&name=orig",
        ),
        (
            "https://pbs.twimg.com/media/A?format=png&name=small",
            "https://pbs.twimg.com/media/A?format=png&name=orig",
        ),
        (
            "https://pbs.twimg.com/media/A.jpg:small",
            "https://pbs.twimg.com/media/A?format=jpg&name=orig",
        ),
        (
            "https://pbs.twimg.com/card_img/1/A?format=jpg&name=280x150",
            "https://pbs.twimg.com/card_img/1/A?format=jpg&name=orig",
        ),
        (
            "https://pbs.twimg.com/ext_tw_video_thumb/1/pu/img/A.jpg",
            "https://pbs.twimg.com/ext_tw_video_thumb/1/pu/img/A?format=jpg&name=orig",
        ),
        ("https://pbs.twimg.com/profile/1/A.jpg", "https://pbs.twimg.com/profile/1/A.jpg"),
        ("https://pbs.twimg.com/media/A", "https://pbs.twimg.com/media/A"),
        ("http://[", "http://["),
    ],
)
def test_pictures_are_asked_for_as_they_were_uploaded(url, full):
    """The default size is a medium one; where X has no sizes, the address stays."""
    assert full_size(url) == full


def test_cards_bring_pictures_texts_and_buttons(reply, account):
    """Components in their order; a medium without an address says so."""
    known = {"3_1": {"type": "IMAGE", "url": "https://pbs.twimg.com/x/A.jpg"}}
    video = {"13_2": {"type": "VIDEO", "poster_media_url": "https://pbs.twimg.com/x/P.jpg"}}
    card = {
        "card_uri": "card://1",
        "components": [
            {"type": "MEDIA", "media_key": "3_1", "media_metadata": known},
            {"type": "SWIPEABLE_MEDIA", "media_keys": ["13_2", "3_9"], "media_metadata": video},
            {"type": "DETAILS", "title": {"value": "Head"}, "destination": {"url": "https://s/"}},
            {"type": "BUTTON", "label": {"value": "SHOP"}},
            {"type": "HOLOGRAM"},
        ],
    }
    images, parsed = pictures_of(reply, account, {"card_uri": "card://1"}, [card])
    assert images == [
        (0, "image", "3_1", "https://pbs.twimg.com/x/A.jpg"),
        (1, "video_thumbnail", "13_2", "https://pbs.twimg.com/x/P.jpg"),
        (2, "image", "3_9", None),
    ]
    assert parsed.rows["creative_images"][2]["reason"] == "X tells no address for media 3_9"
    (row,) = parsed.rows["creatives"]
    texts = (row["headline"], row["call_to_action"], row["link_url"])
    assert texts == ("Head", "SHOP", "https://s/")
    assert parsed.unknown == {"cards.components.type=HOLOGRAM": 1}


def test_older_cards_have_flat_fields(reply, account):
    """Their picture is named by its address without the query."""
    card = {"card_uri": "card://1", "title": "Old", "image_url": "https://pbs.twimg.com/c/1?x=2"}
    images, parsed = pictures_of(reply, account, {"card_uri": "card://1"}, [card])
    assert images == [(0, "image", "https://pbs.twimg.com/c/1", "https://pbs.twimg.com/c/1?x=2")]
    assert parsed.rows["creatives"][0]["headline"] == "Old"


def test_films_show_their_poster_from_the_library(reply, account):
    """A card tells a film's file, which is no picture; the library tells the poster."""
    told = {"13_5": {"type": "VIDEO", "url": "https://video.twimg.com/5.mp4"}}
    component = {"type": "MEDIA", "media_key": "13_5", "media_metadata": told}
    card = {"card_uri": "card://1", "components": [component]}
    poster = "https://pbs.twimg.com/amplify_video_thumb/5/img/P.jpg"
    entry = {"media_key": "13_5", "media_type": "VIDEO", "poster_media_url": poster}
    images, parsed = pictures_of(reply, account, {"card_uri": "card://1"}, [card], [entry])
    whole = "https://pbs.twimg.com/amplify_video_thumb/5/img/P?format=jpg&name=orig"
    assert images == [(0, "video_thumbnail", "13_5", whole)]
    assert parsed.rows["creatives"][0]["format"] == "video"
    assert keys_without_address([], [card]) == ["13_5"]


def test_app_cards_name_their_button(reply, account):
    """An app has no page to lead to, and its store is no unknown component."""
    card = {
        "card_uri": "card://1",
        "card_type": "IMAGE_APP",
        "components": [
            {"type": "MEDIA", "media_key": "3_1"},
            {"type": "APP_STORE_DETAILS", "destination": {"type": "APP_STORE"}},
            {"type": "BUTTON", "label": {"type": "ENUM", "value": "INSTALL"}},
        ],
    }
    entry = {"media_key": "3_1", "media_type": "IMAGE", "media_url": "https://p/media/A.png"}
    images, parsed = pictures_of(reply, account, {"card_uri": "card://1"}, [card], [entry])
    assert images == [(0, "image", "3_1", "https://p/media/A?format=png&name=orig")]
    (row,) = parsed.rows["creatives"]
    assert (row["call_to_action"], row["link_url"]) == ("INSTALL", None)
    assert not parsed.unknown


def test_a_tweet_that_only_names_its_media_is_looked_up(reply, account):
    """Whether the Ads API repeats a tweet's media is not sure; the library knows them anyway."""
    tweet = {"media_keys": ["3_1", "3_2"]}
    entry = {"media_key": "3_2", "media_url": "https://p/media/B.png"}
    images, parsed = pictures_of(reply, account, tweet, media=[entry])
    assert images == [
        (0, "image", "3_1", None),
        (1, "image", "3_2", "https://p/media/B?format=png&name=orig"),
    ]
    assert parsed.rows["creatives"][0]["format"] == "carousel"
    assert keys_without_address([tweet], []) == ["3_1", "3_2"]


def test_the_same_picture_is_listed_once(reply, account):
    """A tweet and its card may show the same medium."""
    url = "https://p/media/A.png"
    tweet = {
        "card_uri": "card://1",
        "entities": {"media": [{"media_key": "3_1", "media_url_https": url}]},
    }
    component = {"type": "MEDIA", "media_key": "3_1", "media_metadata": {"3_1": {"url": url}}}
    card = {"card_uri": "card://1", "components": [component]}
    images, _ = pictures_of(reply, account, tweet, [card])
    assert len(images) == 1


def test_sizes_told_go_with_the_picture(reply, account):
    """So that whoever fetches it sees when less comes; a size by name elsewhere is a preview."""
    item = {
        "media_key": "3_1",
        "media_url_https": "https://p/semantic/A?format=jpg&name=120x120",
        "original_info": {"width": 1200, "height": 628},
    }
    _, parsed = pictures_of(reply, account, {"entities": {"media": [item]}})
    (row,) = parsed.rows["creative_images"]
    assert (row["width"], row["height"], row["is_thumbnail"]) == (1200, 628, True)


def test_an_entry_of_the_library_has_an_address_or_none():
    """Films have posters; what has neither is not guessed."""
    assert address_of({"media_url": "https://p/x.png"}) == "https://p/x.png"
    assert address_of({"media_type": "VIDEO", "media_url": "https://p/x.mp4"}) is None
    assert address_of({}) is None
