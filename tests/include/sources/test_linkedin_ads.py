"""LinkedIn: raw Rest.li addresses, the silent cut, errors, and what becomes of a reply."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
    SourceUnavailable,
)
from include.sources import restli
from include.sources.linkedin_ads import FIELDS, Client, parse

DAY = {
    "dateRange": {
        "start": {"month": 11, "year": 2026, "day": 5},
        "end": {"month": 11, "year": 2026, "day": 5},
    },
    "pivotValues": ["urn:li:sponsoredCreative:3"],
    "impressions": 19464,
    "clicks": 106,
    "landingPageClicks": 104,
    "costInLocalCurrency": "99.99999999999996",
    "approximateMemberReach": 17392,
    "externalWebsiteConversions": 4,
    "conversionValueInLocalCurrency": "12.5",
    "oneClickLeads": 2,
    "totalEngagements": 110,
    "videoViews": 0,
}
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
UTC_ACCOUNT = {"timezone": "UTC"}


@pytest.fixture
def parsed_of(reply, account):
    """Parse lists of elements by entity; dicts are given as whole bodies."""

    def parsed(**entities):
        replies = [
            reply(name, {"elements": told} if isinstance(told, list) else told)
            for name, told in entities.items()
        ]
        return parse(replies, account("linkedin_ads", **UTC_ACCOUNT))

    return parsed


@pytest.fixture
def client(server):
    return Client(host=f"{server.url}/linkedin_ads", access_token="AQVtoken")


def test_a_day_of_an_ad(parsed_of):
    """Dust is rounded away, ids lose their URN, parents come from the listings."""
    parsed = parsed_of(adCampaigns=[CAMPAIGN], creatives=[CREATIVE], adAnalytics=[DAY])
    assert parsed.rows["ad_daily"] == [
        {
            "platform": "linkedin_ads",
            "account_id": "101",
            "report_date": date(2026, 11, 5),
            "timezone": "UTC",
            "currency": "COP",
            "campaign_id": "1",
            "ad_set_id": "2",
            "ad_id": "3",
            "impressions": 19464,
            "reach": 17392,
            "clicks": 106,
            "link_clicks": 104,
            "engagements": 110,
            "video_views": 0,
            "spend": Decimal("100.000000"),
            "conversions": 6.0,
            "leads": 2.0,
            "purchases": 4.0,
            "revenue": Decimal("12.5"),
            "attribution_setting": None,
        }
    ]
    assert not parsed.unknown


def test_absent_and_unparsable_numbers(parsed_of):
    """Tiny negatives are 0, absent optional numbers unknown, text is kept."""
    day = {key: DAY[key] for key in ("dateRange", "pivotValues")}
    parsed = parsed_of(adAnalytics=[day | {"costInLocalCurrency": "-2E-18", "clicks": "1.2e3"}])
    (row,) = parsed.rows["ad_daily"]
    assert (row["impressions"], row["spend"], row["reach"], row["conversions"]) == (
        0,
        Decimal(0),
        None,
        None,
    )
    assert row["_unparsed"] == {"clicks": "1.2e3"}
    assert row["campaign_id"] == "unlisted"


@pytest.mark.parametrize(
    "changes",
    [
        {"pivotValues": []},
        {"pivotValues": None},
        {"dateRange": None},
        {"dateRange": {"start": {"year": 2026, "month": 13, "day": 1}, "end": {}}},
        {"dateRange": DAY["dateRange"] | {"end": {"year": 2026, "month": 11, "day": 6}}},
    ],
)
def test_a_row_that_cannot_be_placed_stops_the_reading(parsed_of, changes):
    """Rows without pivotValues were once recorded; they belong to no ad."""
    with pytest.raises(SchemaDrift, match="linkedin_ads 101 adAnalytics"):
        parsed_of(adAnalytics=[DAY | changes])


def test_objects_become_rows(parsed_of):
    """Group, campaign, creative are our campaign, ad set, ad; the picture is the post's."""
    parsed = parsed_of(
        account={"id": 101, "name": "Marca", "currency": "COP", "status": "ACTIVE"},
        adCampaignGroups=[GROUP],
        adCampaigns=[CAMPAIGN],
        creatives=[CREATIVE, CREATIVE | {"id": "urn:li:sponsoredCreative:4"}],
        posts={"results": {"urn:li:share:9": POST}, "statuses": {}, "errors": {}},
        images={
            "results": {"urn:li:image:A": {"downloadUrl": "https://m/A", "status": "AVAILABLE"}}
        },
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
    assert [(r["ad_id"], r["creative_id"]) for r in parsed.rows["ads"]] == [
        ("3", "urn:li:share:9"),
        ("4", "urn:li:share:9"),
    ]
    (row,) = parsed.rows["creatives"]
    texts = ("headline", "body", "call_to_action", "link_url", "format")
    assert [row[t] for t in texts] == ["Head", "Text", "LEARN_MORE", "https://shop/", "image"]
    (row,) = parsed.rows["creative_images"]
    assert (row["source_ref"], row["url"]) == ("urn:li:image:A", "https://m/A")


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


def test_the_currency_must_be_the_one_that_was_reviewed(parsed_of):
    """LinkedIn tells the currency with the account."""
    with pytest.raises(ConfigurationError, match="currency"):
        parsed_of(account={"id": 101, "currency": "EUR", "status": "ACTIVE"})


def test_new_fields_are_counted(parsed_of):
    """In numbers and in objects; a new status too."""
    parsed = parsed_of(adAnalytics=[DAY | {"vibes": 1}], creatives=[CREATIVE | {"aura": 1}],
                       adCampaigns=[CAMPAIGN | {"status": "DREAMING"}])  # fmt: skip
    assert parsed.unknown == {
        "adAnalytics.vibes": 1,
        "creatives.aura": 1,
        "adCampaigns.status=DREAMING": 1,
    }


@pytest.mark.parametrize(
    ("posts", "reason"),
    [
        ({"results": {}, "errors": {"urn:li:share:9": {"status": 403}}},
         "LinkedIn did not show urn:li:share:9 (403)"),
        ({"status": 403, "code": "ACCESS_DENIED"}, "LinkedIn did not show urn:li:share:9"),
    ],
)  # fmt: skip
def test_a_post_that_is_closed_to_us_leaves_a_reason(parsed_of, posts, reason):
    """A member's post needs more rights; the ad and its numbers stay."""
    parsed = parsed_of(creatives=[CREATIVE], posts=posts, adAnalytics=[DAY])
    (image,) = parsed.rows["creative_images"]
    assert (image["url"], image["reason"]) == (None, reason)
    assert len(parsed.rows["ad_daily"]) == 1


@pytest.mark.parametrize(
    ("content", "urns", "kind"),
    [
        (
            {"article": {"thumbnail": "urn:li:image:B", "source": "https://s/"}},
            ["urn:li:image:B"],
            "image",
        ),
        (
            {"carousel": {"cards": [{"media": {"id": f"urn:li:image:{k}"}} for k in "CD"]}},
            ["urn:li:image:C", "urn:li:image:D"],
            "carousel",
        ),
        ({"multiImage": {"images": [{"id": "urn:li:image:E"}]}}, ["urn:li:image:E"], "image"),
        ({"media": {"id": "urn:li:digitalmediaAsset:F"}}, ["urn:li:image:F"], "image"),
        ({"media": {"id": "urn:li:video:G"}}, [], "video"),
        ({"media": {"id": "urn:li:document:H"}}, [], "document"),
        ({"poll": {}}, [], "poll"),
        ({}, [], "unknown"),
    ],
)
def test_pictures_of_a_post(parsed_of, content, urns, kind):
    """Every kind of content the reference names."""
    post = POST | {"content": content}
    parsed = parsed_of(
        creatives=[CREATIVE], posts={"results": {"urn:li:share:9": post}, "errors": {}}
    )
    assert [i["source_ref"] for i in parsed.rows["creative_images"]] == urns
    assert parsed.rows["creatives"][0]["format"] == kind


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
        images={
            "results": {"urn:li:image:T": {"status": "PROCESSING_FAILED"}},
            "errors": {"urn:li:image:U": {"status": 404}},
        },
    )  # fmt: skip
    (row,) = parsed.rows["creatives"]
    assert (row["creative_id"], row["headline"], row["body"], row["link_url"]) == (
        "3",
        "H",
        "D",
        "https://s/",
    )
    (image,) = parsed.rows["creative_images"]
    assert image["reason"] == "LinkedIn has no file for it (status PROCESSING_FAILED)"


def test_syntax_stays_raw_and_values_do_not():
    """As the reference spells it."""
    assert restli.days(date(2026, 11, 1), date(2026, 11, 7)) == (
        "(start:(year:2026,month:11,day:1),end:(year:2026,month:11,day:7))"
    )
    assert restli.items(["urn:li:sponsoredAccount:123", "urn:li:sponsoredAccount:456"]) == (
        "List(urn%3Ali%3AsponsoredAccount%3A123,urn%3Ali%3AsponsoredAccount%3A456)"
    )
    assert restli.query({"q": "search", "x": "a&b", "y": restli.Raw("List(1)")}) == (
        "q=search&x=a%26b&y=List(1)"
    )


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_any_value_survives_a_list(values):
    """Split at the raw commas and decode: the values come back, whatever they hold."""
    text = restli.items(values)
    assert [unquote(part) for part in text[len("List(") : -1].split(",")] == values


def answering(says, **special):
    """A platform without ads, except where `special` says otherwise."""

    def answer(asked):
        path = asked.path.rsplit("/", 1)[-1]
        if path in special:
            return special[path](asked)
        if path == "101":
            return says({"id": 101, "currency": "COP", "status": "ACTIVE"})
        return says({"elements": [], "metadata": {}})

    return answer


def test_what_is_asked(server, says, client, fetch):
    """Raw syntax on the wire, the two headers, all statuses, at most 20 fields, 7-day slices."""
    server.answer = answering(
        says,
        creatives=lambda asked: says({"elements": [CREATIVE], "metadata": {}}),
        posts=lambda asked: says({"results": {"urn:li:share:9": POST}, "errors": {}}),
        images=lambda asked: says({"results": {}, "errors": {}}),
    )
    replies = fetch(client, "linkedin_ads", **UTC_ACCOUNT)
    assert len(FIELDS) <= 20
    targets = [a.target.removeprefix("/linkedin_ads/rest/") for a in server.asked]
    assert "posts?ids=List(urn%3Ali%3Ashare%3A9)" in targets
    assert "images?ids=List(urn%3Ali%3Aimage%3AA)" in targets
    groups = next(t for t in targets if "adCampaignGroups" in t)
    assert "search=(status:(values:List(ACTIVE,ARCHIVED," in groups
    creatives = next(t for t in targets if "creatives?" in t)
    assert "REMOVED" in creatives
    numbers = [t for t in targets if t.startswith("adAnalytics")]
    assert len(numbers) == 2
    assert (
        "dateRange=(start:(year:2026,month:11,day:8),end:(year:2026,month:11,day:10))"
        in (numbers[1])
    )
    assert "accounts=List(urn%3Ali%3AsponsoredAccount%3A101)" in numbers[0]
    for asked in server.asked:
        assert asked.headers["linkedin-version"] == "202609"
        assert asked.headers["x-restli-protocol-version"] == "2.0.0"
        assert asked.headers["authorization"] == "Bearer AQVtoken"
    methods = {a.path.rsplit("/", 1)[-1]: a.headers.get("x-restli-method") for a in server.asked}
    assert methods["creatives"] == "FINDER"
    assert methods["posts"] == methods["images"] == "BATCH_GET"
    assert "AQVtoken" not in repr(replies)


def test_an_account_without_activity_gives_empty_lists(server, says, client, fetch, account):
    """No creatives, so no posts and no pictures, and no error."""
    server.answer = answering(says)
    there = account("linkedin_ads", **UTC_ACCOUNT)
    parsed = parse(fetch(client, "linkedin_ads", **UTC_ACCOUNT), there)
    assert {name: len(rows) for name, rows in parsed.rows.items() if rows} == {"accounts": 1}


def test_a_full_answer_is_halved(server, says, client, fetch):
    """15,000 elements are a silent cut: seven days are asked again as 4 + 3, and so on."""
    spans = []

    def numbers(asked):
        text = asked.query["dateRange"].replace("day:", "")
        first, last = (int(part.split(",")[2].split(")")[0]) for part in text.split("end:"))
        spans.append((first, last))
        return says({"elements": [0] * (15_000 if last - first > 1 else 1)})

    server.answer = answering(says, adAnalytics=numbers)
    days = {"since": date(2026, 11, 1), "until": date(2026, 11, 7)}
    replies = fetch(client, "linkedin_ads", **days, **UTC_ACCOUNT)
    assert spans == [(1, 7), (1, 4), (1, 2), (3, 4), (5, 7), (5, 6), (7, 7)]
    assert [len(r.body["elements"]) for r in replies if r.entity == "adAnalytics"] == [1] * 4


def test_a_day_that_is_cut_stops_the_reading(server, says, client, fetch):
    """One day cannot be halved, and half the ads would be missing."""
    full = says({"elements": [0] * 15_000})
    server.answer = answering(says, adAnalytics=lambda asked: full)
    days = {"since": date(2026, 11, 1), "until": date(2026, 11, 1)}
    with pytest.raises(SchemaDrift, match="15000 or more ads in one day"):
        fetch(client, "linkedin_ads", **days, **UTC_ACCOUNT)


def test_posts_that_are_all_closed_do_not_cost_the_numbers(server, says, client, fetch, account):
    """Without the right to read posts the pictures are missing, with a reason."""
    server.answer = answering(
        says,
        creatives=lambda asked: says({"elements": [CREATIVE], "metadata": {}}),
        posts=lambda asked: says({"status": 403, "code": "ACCESS_DENIED"}, 403),
        adAnalytics=lambda asked: says({"elements": [DAY] if "day:5" in asked.target else []}),
    )
    days = {"since": date(2026, 11, 5), "until": date(2026, 11, 5)}
    replies = fetch(client, "linkedin_ads", **days, **UTC_ACCOUNT)
    parsed = parse(replies, account("linkedin_ads", **UTC_ACCOUNT))
    assert len(parsed.rows["ad_daily"]) == 1
    assert parsed.rows["creative_images"][0]["reason"] == "LinkedIn did not show urn:li:share:9"


def test_pages_are_followed_and_not_for_ever(server, says, client, fetch, account):
    """Two pages are two pages; a token that comes back stops the reading."""

    def groups(tokens):
        def answer(asked):
            token = asked.query.get("pageToken")
            page = {"elements": [GROUP | {"id": token or "1"}]}
            return says(page | {"metadata": {"nextPageToken": tokens[token]}})

        return answer

    server.answer = answering(says, adCampaignGroups=groups({None: "2=", "2=": None}))
    replies = fetch(client, "linkedin_ads", **UTC_ACCOUNT)
    parsed = parse(replies, account("linkedin_ads", **UTC_ACCOUNT))
    assert [row["campaign_id"] for row in parsed.rows["campaigns"]] == ["1", "2="]
    server.answer = answering(says, adCampaignGroups=groups({None: "2", "2": "2"}))
    with pytest.raises(SchemaDrift, match="repeats the token"):
        fetch(client, "linkedin_ads", **UTC_ACCOUNT)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, AuthenticationExpired),
        (403, AccountUnreadable),
        (404, AccountUnreadable),
        (400, SchemaDrift),
        (426, ConfigurationError),
        (429, RateLimited),
        (500, SourceUnavailable),
        (504, SourceUnavailable),
    ],
)
def test_errors_are_told_apart(server, says, client, status, expected):
    """By status, with LinkedIn's words in the message."""
    server.says(says({"status": status, "code": "WHY", "message": "said"}, status))
    with pytest.raises(expected, match=r"linkedin_ads: test.*WHY: 'said'"):
        client.check()


@pytest.mark.parametrize(
    ("message", "date_header", "wait_s"),
    [
        ("More than 45 million metric values were requested in a 5-minute window.", None, 330),
        ("Resource level throttle limit", "Fri, 20 Nov 2026 22:30:00 GMT", 5400),
        ("Resource level throttle limit", "Fri, 20 Nov 2026 23:59:50 GMT", 60),
        ("Resource level throttle limit", "no date", 3600),
    ],
)
def test_the_wait_is_for_the_window_or_for_midnight(message, date_header, wait_s):
    """The data throttle ends after minutes, the day's quota at 00:00 UTC."""
    from include.sources.http import Answer
    from include.sources.linkedin_ads import _verdict

    body = {"status": 429, "message": message}
    headers = {} if date_header is None else {"date": date_header}
    error = _verdict(Answer(429, "https://x", headers, "", body), "linkedin_ads 101")
    assert isinstance(error, RateLimited)
    assert error.wait_s == wait_s


def renewing(server):
    return Client(
        host=f"{server.url}/linkedin_ads",
        access_token="AQVold",
        refresh_token="AQWrefresh",
        client_id="id",
        client_secret="client-secret",
        token_url=f"{server.url}/token",
    )


def test_an_expired_token_is_renewed(server, says):
    """Once, and the new one is used from then on."""

    def answer(asked):
        if asked.path == "/token":
            assert asked.form["refresh_token"] == "AQWrefresh"
            return says({"access_token": "AQVnew", "expires_in": 5184000})
        if asked.headers["authorization"] == "Bearer AQVnew":
            return says({"elements": []})
        return says({"status": 401, "code": "EXPIRED_ACCESS_TOKEN"}, 401)

    server.answer = answer
    client = renewing(server)
    client.check()
    client.check()
    assert [a.path for a in server.asked].count("/token") == 1


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "invalid_grant"}, AuthenticationExpired),
        (503, {}, SourceUnavailable),
        (200, {"token": "x"}, SchemaDrift),
    ],
)
def test_trouble_at_the_token_address(server, says, status, body, expected):
    """A dead refresh token needs a person; a server error does not."""
    refused = says({"status": 401, "code": "EXPIRED_ACCESS_TOKEN"}, 401)
    server.answer = lambda a: says(body, status) if a.path == "/token" else refused
    with pytest.raises(expected, match="token"):
        renewing(server).check()
