"""LinkedIn's objects become rows: groups, campaigns, creatives, posts, pictures, totals."""

from __future__ import annotations

import gc
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from include.errors import ConfigurationError, SchemaDrift
from include.sources.linkedin_ads import parse
from include.sources.replies import Reply

GROUP = {"id": 1, "account": "urn:li:sponsoredAccount:101", "name": "WMP | x", "status": "ACTIVE"}
CAMPAIGN = {
    "id": 2,
    "campaignGroup": "urn:li:sponsoredCampaignGroup:1",
    "name": "Set",
    "status": "PAUSED",
    "objectiveType": "WEBSITE_VISIT",
    "changeAuditStamps": {"created": {"time": 1767225600000}, "lastModified": {"time": 1}},
}
CREATIVE = {
    "id": "urn:li:sponsoredCreative:3",
    "campaign": "urn:li:sponsoredCampaign:2",
    "account": "urn:li:sponsoredAccount:101",
    "intendedStatus": "ACTIVE",
    "isServing": False,
    "content": {"reference": "urn:li:share:9"},
    "name": "Ad",
    "createdAt": 1767225600000,
}
POST = {
    "id": "urn:li:share:9",
    "commentary": "Text",
    "contentLandingPage": "https://shop/",
    "contentCallToActionLabel": "LEARN_MORE",
    "content": {"media": {"id": "urn:li:image:A", "title": "Head"}},
}
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def there(account):
    return account("linkedin_ads", timezone="UTC")


@pytest.fixture
def parsed_of(reply, there):
    """Parse lists of elements by entity; dicts are given as whole bodies."""

    def parsed(**entities):
        replies = [
            reply(name, {"elements": told} if isinstance(told, list) else told)
            for name, told in entities.items()
        ]
        return parse(iter(replies), there)

    return parsed


def found(**items):
    return {"results": items, "statuses": {}, "errors": {}}


def test_objects_become_rows(parsed_of):
    """Group, campaign, creative are our campaign, ad set, ad; the picture is the post's."""
    parsed = parsed_of(
        account={"id": 101, "name": "Marca", "currency": "COP", "status": "ACTIVE"},
        adCampaignGroups=[GROUP],
        adCampaigns=[CAMPAIGN],
        creatives=[CREATIVE, CREATIVE | {"id": "urn:li:sponsoredCreative:4"}],
        images=found(**{"urn:li:image:A": {"downloadUrl": "https://m/A", "status": "AVAILABLE"}}),
        posts=found(**{"urn:li:share:9": POST}),
    )
    assert not parsed.unknown
    (row,) = parsed.rows["campaigns"]
    assert (row["campaign_id"], row["objective"], row["objective_raw"]) == (
        "1",
        "traffic",
        "WEBSITE_VISIT",
    )
    (row,) = parsed.rows["ad_sets"]
    assert (row["ad_set_id"], row["campaign_id"]) == ("2", "1")
    assert row["created_at"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert [(r["ad_id"], r["campaign_id"], r["creative_id"]) for r in parsed.rows["ads"]] == [
        ("3", "1", "urn:li:share:9"),
        ("4", "1", "urn:li:share:9"),
    ]
    (row,) = parsed.rows["creatives"]
    texts = ("headline", "body", "call_to_action", "link_url", "format")
    assert [row[t] for t in texts] == ["Head", "Text", "LEARN_MORE", "https://shop/", "image"]
    (row,) = parsed.rows["creative_images"]
    assert (row["source_ref"], row["url"], row["role"]) == (
        "urn:li:image:A",
        "https://m/A",
        "image",
    )
    assert row["is_thumbnail"] is False


def test_the_accounts_totals_are_rows_of_their_own(parsed_of):
    """One per day, of the whole account, for the ads to be held to."""
    day = {"year": 2026, "month": 11, "day": 5}
    total = {
        "dateRange": {"start": day, "end": day},
        "pivotValues": ["urn:li:sponsoredAccount:101"],
        "impressions": 7,
        "clicks": 2,
        "costInLocalCurrency": "99.99999999999996",
    }
    parsed = parsed_of(adAnalyticsTotals=[total])
    assert parsed.rows["totals_daily"] == [
        {
            "platform": "linkedin_ads",
            "account_id": "101",
            "level": "account",
            "level_id": "101",
            "report_date": date(2026, 11, 5),
            "currency": "COP",
            "impressions": 7,
            "clicks": 2,
            "spend": Decimal(100),
        }
    ]
    assert not parsed.unknown


@pytest.mark.parametrize(
    ("own", "campaigns", "expected"),
    [
        ("LEAD_GENERATION", ["WEBSITE_VISIT"], "leads"),
        (None, ["WEBSITE_VISIT", "WEBSITE_TRAFFIC"], "traffic"),
        (None, ["WEBSITE_VISIT", "VIDEO_VIEW"], "unknown"),
        (None, [], "unknown"),
        ("LEVITATION", [], "unknown"),
    ],
)
def test_a_groups_objective(parsed_of, own, campaigns, expected):
    """Its own when it has one, else that of all its campaigns; mixed ones are not guessed."""
    told = [CAMPAIGN | {"id": k, "objectiveType": o} for k, o in enumerate(campaigns)]
    group = GROUP if own is None else GROUP | {"objectiveType": own}
    parsed = parsed_of(adCampaignGroups=[group], adCampaigns=told)
    assert parsed.rows["campaigns"][0]["objective"] == expected
    news = {"adCampaignGroups.objectiveType=LEVITATION": 1} if own == "LEVITATION" else {}
    assert parsed.unknown == news


def test_the_currency_must_be_the_one_that_was_reviewed(parsed_of):
    """LinkedIn tells the currency with the account."""
    with pytest.raises(ConfigurationError, match="currency"):
        parsed_of(account={"id": 101, "currency": "EUR", "status": "ACTIVE"})


def test_new_fields_and_values_are_counted(parsed_of):
    """In objects, posts and pictures; a new status too; a new kind of reply too."""
    parsed = parsed_of(
        creatives=[CREATIVE | {"aura": 1}],
        adCampaigns=[CAMPAIGN | {"status": "DREAMING"}],
        images=found(**{"urn:li:image:A": {"downloadUrl": "https://m/A", "mood": 1}}),
        posts=found(**{"urn:li:share:9": POST | {"scent": 1}}),
        adDreams=[],
    )
    assert parsed.unknown == {
        "creatives.aura": 1,
        "adCampaigns.status=DREAMING": 1,
        "images.mood": 1,
        "posts.scent": 1,
        "adDreams (a kind of reply that nobody reads)": 1,
    }


def test_numbers_that_are_missing_though_ads_serve_are_said(parsed_of):
    """An empty answer does not prove the right to read: without the scope it looks the same."""
    serving = CREATIVE | {"isServing": True}
    parsed = parsed_of(creatives=[serving], adAnalytics=[], adCampaigns=[CAMPAIGN])
    (said,) = parsed.unknown
    assert said.startswith("adAnalytics (no number in the window, though 1 creatives serve")
    assert not parsed_of(creatives=[CREATIVE], adAnalytics=[]).unknown


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, {"results": {}, "errors": {"urn:li:share:9": {"status": 403}}},
         "LinkedIn did not show urn:li:share:9 (403: closed to this token)"),
        (403, {"status": 403, "code": "ACCESS_DENIED"},
         "LinkedIn did not show urn:li:share:9 (403: closed to this token)"),
        (404, {"status": 404},
         "LinkedIn did not show urn:li:share:9 (404: deleted, or never there)"),
        (200, {"results": {}}, "LinkedIn did not show urn:li:share:9"),
    ],
)  # fmt: skip
def test_a_post_that_is_closed_to_us_leaves_a_reason(there, status, body, reason):
    """Asked for with others or alone; the ad stays."""
    url = "https://l/rest/posts?ids=List(urn%3Ali%3Ashare%3A9,urn%3Ali%3Ashare%3A10)"
    replies = [
        Reply("creatives", "https://l", 200, NOW, {"elements": [CREATIVE]}),
        Reply("posts", url, status, NOW, body),
    ]
    parsed = parse(replies, there)
    (image,) = parsed.rows["creative_images"]
    assert (image["url"], image["reason"]) == (None, reason)
    assert parsed.rows["creatives"][0]["format"] == "unknown"


def test_objects_may_come_one_by_one(there):
    """A post and a picture that were asked for alone."""
    replies = [
        Reply("creatives", "https://l", 200, NOW, {"elements": [CREATIVE]}),
        Reply("posts", "https://l/rest/posts/urn%3Ali%3Ashare%3A9", 200, NOW, POST),
        Reply("images", "https://l/rest/images/urn%3Ali%3Aimage%3AA", 404, NOW, {"status": 404}),
    ]
    (image,) = parse(replies, there).rows["creative_images"]
    assert image["reason"] == "LinkedIn did not show urn:li:image:A (404: deleted, or never there)"


@pytest.mark.parametrize(
    ("content", "shown", "kind"),
    [
        (
            {"article": {"thumbnail": "urn:li:image:B", "source": "https://s/"}},
            [("urn:li:image:B", "image")],
            "image",
        ),
        (
            {"carousel": {"cards": [{"media": {"id": f"urn:li:image:{k}"}} for k in "CD"]}},
            [("urn:li:image:C", "image"), ("urn:li:image:D", "image")],
            "carousel",
        ),
        (
            {"multiImage": {"images": [{"id": "urn:li:image:E"}]}},
            [("urn:li:image:E", "image")],
            "image",
        ),
        ({"media": {"id": "urn:li:digitalmediaAsset:F"}}, [("urn:li:image:F", "image")], "image"),
        ({"media": {"id": "urn:li:video:G"}}, [("urn:li:video:G", "video_thumbnail")], "video"),
        ({"media": {"id": "urn:li:document:H"}}, [("urn:li:document:H", "image")], "document"),
        ({"poll": {}}, [], "poll"),
        ({"media": 7, "carousel": {"cards": "none"}}, [], "carousel"),
        ({}, [], "unknown"),
    ],
)
def test_pictures_of_a_post(parsed_of, content, shown, kind):
    """Every kind of content the reference names, and what has lost its shape."""
    post = POST | {"content": content}
    parsed = parsed_of(creatives=[CREATIVE], posts=found(**{"urn:li:share:9": post}))
    pictures = [(i["source_ref"], i["role"]) for i in parsed.rows["creative_images"]]
    assert pictures == shown
    assert parsed.rows["creatives"][0]["format"] == kind
    for image in parsed.rows["creative_images"]:
        assert image["url"] is None
        assert image["reason"]


def test_a_videos_poster_is_its_picture(parsed_of):
    """The link of the video's own file is none."""
    post = POST | {"content": {"media": {"id": "urn:li:video:G", "title": "T"}}}
    video = {
        "id": "urn:li:video:G",
        "thumbnail": "https://m/poster",
        "downloadUrl": "https://m/mp4",
        "duration": 15000,
        "status": "AVAILABLE",
    }
    parsed = parsed_of(
        creatives=[CREATIVE],
        posts=found(**{"urn:li:share:9": post}),
        videos=found(**{"urn:li:video:G": video}),
    )
    (image,) = parsed.rows["creative_images"]
    assert (image["url"], image["role"]) == ("https://m/poster", "video_thumbnail")
    assert not parsed.unknown
    alone = {k: v for k, v in video.items() if k != "thumbnail"}
    parsed = parsed_of(
        creatives=[CREATIVE],
        posts=found(**{"urn:li:share:9": post}),
        videos=found(**{"urn:li:video:G": alone}),
    )
    assert parsed.rows["creative_images"][0]["url"] is None


def test_creatives_with_content_of_their_own(parsed_of):
    """A text ad stands in the creative; a picture LinkedIn does not have says why."""
    text_ad = {
        "headline": "H",
        "description": "D",
        "landingPage": "https://s/",
        "image": "urn:li:image:T",
    }
    parsed = parsed_of(
        creatives=[CREATIVE | {"content": {"textAd": text_ad}}],
        images=found(**{"urn:li:image:T": {"status": "PROCESSING_FAILED"}}),
    )
    (row,) = parsed.rows["creatives"]
    assert (row["creative_id"], row["headline"], row["body"], row["link_url"]) == (
        "3",
        "H",
        "D",
        "https://s/",
    )
    (image,) = parsed.rows["creative_images"]
    assert image["reason"] == "LinkedIn has no file for it (status PROCESSING_FAILED)"


def test_a_logo_is_not_passed_off_as_the_creative(parsed_of):
    """It is the picture only where there is no other, and marked as a mere preview."""
    spot = {"headline": "H", "logo": "urn:li:image:L", "backgroundImage": "urn:li:image:P"}
    shown = {}
    for name, content in {"both": spot, "logo": {"logo": "urn:li:image:L"}}.items():
        parsed = parsed_of(creatives=[CREATIVE | {"content": {"spotlight": content}}])
        shown[name] = [(i["source_ref"], i["is_thumbnail"]) for i in parsed.rows["creative_images"]]
    assert shown == {"both": [("urn:li:image:P", False)], "logo": [("urn:li:image:L", True)]}


@pytest.mark.parametrize("entity", ["adCampaigns", "creatives", "adAnalytics", "adCampaignGroups"])
@pytest.mark.parametrize("body", [{"elements": {}}, {"values": []}, {}])
def test_a_listing_that_lost_its_list_stops_the_reading(parsed_of, entity, body):
    """An absent list is never taken for an empty one."""
    with pytest.raises(SchemaDrift, match="expected a list under 'elements'"):
        parsed_of(**{entity: body or {}})


@pytest.mark.parametrize("entity", ["adCampaigns", "creatives", "adCampaignGroups"])
def test_an_object_without_id_stops_the_reading(parsed_of, entity):
    """Nobody could say what it is."""
    item = {"adCampaigns": CAMPAIGN, "creatives": CREATIVE, "adCampaignGroups": GROUP}[entity]
    with pytest.raises(SchemaDrift, match=f"{entity} has id = None"):
        parsed_of(**{entity: [{name: each for name, each in item.items() if name != "id"}]})


def test_pythons_collector_goes_on_afterwards(parsed_of):
    """It is off while JSON is read, and only then, also when the reading fails."""
    parsed_of(creatives=[CREATIVE])
    with pytest.raises(SchemaDrift):
        parsed_of(creatives={})
    assert gc.isenabled()
