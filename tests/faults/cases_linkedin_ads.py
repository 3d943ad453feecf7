"""What can go wrong at LinkedIn, and how each must end."""

from collections.abc import Callable
from typing import Any

from include.sandbox.accounts import sandbox_account
from include.sandbox.faults import Edit, Fault
from include.sandbox.linkedin_limits import DATA_THROTTLE, DAY_QUOTA
from tests.faults.case import (
    ABSENT,
    COMPLETE,
    IMPATIENT_S,
    MARKED,
    QUARANTINED,
    REPORTED,
    RESIDUAL,
    Case,
    Setting,
    unfit_pictures,
)

REST = "/linkedin_ads/rest/"
ACCOUNT = r"/adAccounts/508000001\n"
CAMPAIGNS = r"/adCampaigns\?"
CREATIVES = r"/creatives\?"
POSTS = r"/rest/posts\?"
IMAGES = r"/rest/images\?"
NUMBERS = "adAnalytics.*pivot=CREATIVE"
TOTALS = "adAnalytics.*pivot=ACCOUNT"
TOKEN = "/oauth/v2/accessToken"
FILES = "/cdn/dms/image/"
ALWAYS = -1
SMALL_PAGES = {"page_size": 2, "concurrency": 1}


def refusal(status: int, code: str, message: str) -> dict[str, Any]:
    """Arguments of a fault that answers as LinkedIn refuses."""
    body = {"status": status, "code": code, "message": message}
    return {"kind": "status", "status": status, "body": body}


def changed(path: str, *edits: Edit, **options: Any) -> Fault:
    """A fault that edits the answer."""
    return Fault("edit", path, edits=edits, **options)


def as_html(path: str, status: int, **options: Any) -> Fault:
    """A web page where JSON is expected."""
    body = "<html><body>Bad Gateway</body></html>"
    return Fault("status", path, status=status, body=body, **options)


def moved_on(how_many: Callable[[int], int]) -> Callable[[Setting], tuple[Fault, ...]]:
    """Rows of the second page of creatives come with the third: none is lost."""

    def faults(setting: Setting) -> tuple[Fault, ...]:
        held: list[Any] = []

        def less(rows: list[Any]) -> list[Any]:
            kept = how_many(len(rows))
            held[:] = rows[kept:]
            return rows[:kept]

        return (
            changed(CREATIVES, Edit("/elements", value=less), skip=1),
            changed(CREATIVES, Edit("/elements", value=lambda rows: [*held, *rows]), skip=2),
        )

    return faults


def same_mark(setting: Setting) -> tuple[Fault, ...]:
    """The second page names itself as the next one."""
    seen: list[str] = []

    def note(mark: str) -> str:
        seen.append(mark)
        return mark

    return (
        changed(CREATIVES, Edit("/metadata/nextPageToken", value=note)),
        changed(CREATIVES, Edit("/metadata/nextPageToken", value=lambda _: seen[0]), skip=1),
    )


def on_another_day(setting: Setting) -> tuple[Fault, ...]:
    """A row of a day that was not asked for."""
    day = {"year": 2026, "month": 1, "day": 5}
    edit = Edit("/elements/0/dateRange", value={"start": day, "end": day})
    return (changed(NUMBERS, edit),)


def unlisted(setting: Setting) -> tuple[Fault, ...]:
    """The listing has forgotten an ad that has numbers."""
    account = sandbox_account("linkedin_ads", setting.account.account_id)
    assert account is not None
    seen = setting.world.daily(account, setting.since, setting.day, setting.now)
    urn = f"urn:li:sponsoredCreative:{seen.ads[seen.ad[0]].id}"

    def without(rows: list[Any]) -> list[Any]:
        return [row for row in rows if row["id"] != urn]

    return (changed(CREATIVES, Edit("/elements", value=without)),)


def only_a_logo(setting: Setting) -> tuple[Fault, ...]:
    """Each post with a picture has lost it, but for a company's logo."""

    def logo(content: dict[str, Any]) -> dict[str, Any]:
        media, article = content.get("media") or {}, content.get("article") or {}
        urn = media.get("id") or article.get("thumbnail") or ""
        if not urn.startswith("urn:li:image:"):
            return content
        title = media.get("title") or article.get("title")
        return {"spotlight": {"logo": urn, "headline": title}}

    return (changed(POSTS, Edit("/results/*/content", value=logo)),)


def same_urn_everywhere(rows: list[Any]) -> list[Any]:
    """Rows without what says whose they are."""
    return [{key: each for key, each in row.items() if key != "pivotValues"} for row in rows]


CASES = [
    # The network.
    Case("refused_once", (Fault("drop", NUMBERS, at=0),), COMPLETE),
    Case("dropped_midway_once", (Fault("drop", NUMBERS),), COMPLETE),
    Case(
        "dropped_always",
        (Fault("drop", NUMBERS, at=0, times=ALWAYS),),
        "SourceUnavailable",
        "no answer from",
    ),
    Case("timeout_once", (Fault("delay", CREATIVES, seconds=2 * IMPATIENT_S),), COMPLETE),
    Case("truncated_json_once", (Fault("truncate", NUMBERS),), COMPLETE),
    Case(
        "truncated_json_always",
        (Fault("truncate", NUMBERS, times=ALWAYS),),
        "SourceUnavailable",
        "cut short or not JSON",
    ),
    Case(
        "status_500_once",
        (Fault(path=CREATIVES, **refusal(500, "INTERNAL_SERVER_ERROR", "Internal")),),
        COMPLETE,
    ),
    Case(
        "status_500_always",
        (Fault(path=NUMBERS, times=ALWAYS, **refusal(500, "INTERNAL_SERVER_ERROR", "Internal")),),
        "SourceUnavailable",
        "tried 4 times",
    ),
    Case("html_502_once", (as_html(CAMPAIGNS, 502),), COMPLETE),
    Case(
        "retry_after_503_once",
        (Fault("status", NUMBERS, status=503, body={}, headers={"Retry-After": "5"}),),
        COMPLETE,
    ),
    Case(
        "gateway_504_always",
        (as_html(CREATIVES, 504, times=ALWAYS),),
        "SourceUnavailable",
        "status 504",
    ),
    Case("html_200", (as_html(REST, 200, times=ALWAYS),), "SourceUnavailable", "not JSON"),
    Case(
        "redirect_elsewhere",
        (Fault("status", REST, status=302, headers={"Location": "https://x/"}, times=ALWAYS),),
        "ConfigurationError",
        "redirect",
    ),
    Case("empty_body_once", (Fault("status", CREATIVES),), COMPLETE),
    Case(
        "bad_gzip_once",
        (Fault("headers", CREATIVES, headers={"Content-Encoding": "gzip"}),),
        COMPLETE,
    ),
    # Limits.
    Case(
        "limit_short",
        (
            Fault(
                path=NUMBERS,
                headers={"Retry-After": "20"},
                **refusal(429, "TOO_MANY_REQUESTS", DAY_QUOTA),
            ),
        ),
        COMPLETE,
    ),
    Case(
        "limit_long",
        (Fault(path=NUMBERS, times=ALWAYS, **refusal(429, "TOO_MANY_REQUESTS", DAY_QUOTA)),),
        "RateLimited",
        "too many calls",
    ),
    Case(
        "limit_untold",
        (Fault(path=NUMBERS, times=ALWAYS, **refusal(429, "TOO_MANY_REQUESTS", DATA_THROTTLE)),),
        "RateLimited",
        "5-minute window",
    ),
    Case(
        "usage_near_limit",
        (),
        ABSENT,
        "LinkedIn sends no usage headers; the client counts metric values itself",
    ),
    Case(
        "limit_on_first_call",
        (Fault(path=REST, times=ALWAYS, **refusal(429, "TOO_MANY_REQUESTS", DAY_QUOTA)),),
        "RateLimited",
        "too many calls",
    ),
    # Tokens, permissions, accounts, versions.
    Case(
        "token_expired",
        (Fault(path=REST, times=ALWAYS, **refusal(401, "EXPIRED_ACCESS_TOKEN", "expired")),),
        "AuthenticationExpired",
        "the access token was refused",
    ),
    Case(
        "token_refused_midway",
        (Fault(path=NUMBERS, **refusal(401, "INVALID_ACCESS_TOKEN", "Invalid access token")),),
        COMPLETE,
    ),
    Case("token_endpoint_500_once", (Fault("status", TOKEN, status=500, body={}),), COMPLETE),
    Case(
        "token_endpoint_refuses",
        (Fault("status", TOKEN, status=400, body={"error": "invalid_grant"}, times=ALWAYS),),
        "AuthenticationExpired",
        "the refresh token was refused",
    ),
    Case(
        "permission_missing",
        (Fault(path=ACCOUNT, **refusal(403, "ACCESS_DENIED", "Not enough permissions")),),
        "AccountUnreadable",
        "no permission",
    ),
    Case(
        "account_disabled",
        (),
        ABSENT,
        "LinkedIn keeps a cancelled account readable; its status stands in `accounts`",
    ),
    Case(
        "account_gone",
        (Fault(path=ACCOUNT, **refusal(404, "NOT_FOUND", "Could not find entity")),),
        "AccountUnreadable",
        "does not exist",
    ),
    Case(
        "version_sunset",
        (),
        "ConfigurationError",
        "202509 is not active",
        client={"version": "202509"},
    ),
    Case(
        "request_refused",
        (Fault(path=NUMBERS, **refusal(400, "ILLEGAL_ARGUMENT", "unknown field clicks")),),
        "SchemaDrift",
        "unknown field clicks",
    ),
    # Paging.
    Case("short_middle_page", moved_on(lambda rows: rows - 1), COMPLETE, client=SMALL_PAGES),
    Case("empty_middle_page", moved_on(lambda rows: 0), COMPLETE, client=SMALL_PAGES),
    Case(
        "cursor_expired",
        (Fault(path=f"{CREATIVES}.*pageToken", **refusal(400, "ILLEGAL_ARGUMENT", "pageToken")),),
        COMPLETE,
        client=SMALL_PAGES,
    ),
    Case("cursor_repeats", same_mark, "SchemaDrift", "repeats the token", client=SMALL_PAGES),
    Case(
        "duplicate_row_in_pages",
        (changed(CREATIVES, Edit("/elements/0", "duplicate")),),
        QUARANTINED,
        "duplicate_row",
    ),
    # What the answers say.
    Case(
        "field_added",
        (changed(NUMBERS, Edit("/elements/*/vibes", value=7)),),
        REPORTED,
        "adAnalytics.vibes",
    ),
    Case(
        "enum_added",
        (changed(CAMPAIGNS, Edit("/elements/0/type", value="HOLOGRAM")),),
        REPORTED,
        "adCampaigns.type=HOLOGRAM",
    ),
    Case(
        "id_missing",
        (changed(CREATIVES, Edit("/elements/0/id", "remove")),),
        "SchemaDrift",
        "has id = None",
    ),
    Case(
        "number_garbled",
        (changed(NUMBERS, Edit("/elements/0/clicks", value="1O6")),),
        QUARANTINED,
        "unparsed",
    ),
    Case(
        "negative_spend",
        (changed(NUMBERS, Edit("/elements/0/costInLocalCurrency", value="-5.00")),),
        QUARANTINED,
        "spend is -5",
    ),
    Case(
        "list_became_object",
        (changed(CREATIVES, Edit("/elements", value={})),),
        "SchemaDrift",
        "expected a list",
    ),
    Case(
        "currency_changed",
        (changed(ACCOUNT, Edit("/currency", value="EUR")),),
        "ConfigurationError",
        "currency",
    ),
    Case("timezone_changed", (), ABSENT, "LinkedIn's accounts have no time zone; days are UTC"),
    Case("day_outside_window", on_another_day, QUARANTINED, "day_outside_window"),
    Case("ad_unlisted", unlisted, COMPLETE),
    Case(
        "account_without_rows",
        (changed(NUMBERS, Edit("/elements", value=[]), times=ALWAYS),),
        RESIDUAL,
    ),
    Case(
        "rows_missing_silently",
        (changed(NUMBERS, Edit("/elements/0", "remove")),),
        RESIDUAL,
    ),
    Case(
        "too_much_data",
        (Fault("body", NUMBERS, body={"elements": [{}] * 15_000, "paging": {}}),),
        COMPLETE,
    ),
    # Pictures.
    Case("link_expired_once", (Fault("status", FILES, status=403, body="Forbidden"),), COMPLETE),
    Case(
        "link_expired_always",
        (Fault("status", FILES, status=403, body="Forbidden", times=ALWAYS),),
        MARKED,
        "answered 403",
    ),
    *unfit_pictures(FILES),
    Case("only_thumbnail", only_a_logo, MARKED, "is_thumbnail"),
    # LinkedIn's own.
    Case(
        "address_too_long",
        (Fault("status", r"^GET .*adAnalytics", status=414, body="<h1>414</h1>", times=ALWAYS),),
        COMPLETE,
        what="the address is too long for somebody on the way (414)",
    ),
    Case(
        "rows_without_pivot",
        (changed(NUMBERS, Edit("/elements", value=same_urn_everywhere)),),
        "SchemaDrift",
        "pivotValues is None",
        what="rows of numbers do not say whose they are",
    ),
    Case(
        "pictures_closed",
        (
            Fault(
                path="/rest/images",
                times=ALWAYS,
                **refusal(403, "ACCESS_DENIED", "Not enough permissions to access: images"),
            ),
        ),
        MARKED,
        "403: closed to this token",
        what="the token may read no picture",
        days=60,
    ),
    Case(
        "images_refused_together",
        (Fault(path=IMAGES, **refusal(404, "NOT_FOUND", "Could not find entity")),),
        COMPLETE,
        what="a batch of pictures is refused because of one of them",
    ),
    Case(
        "token_just_made",
        (Fault(path=ACCOUNT, times=2, **refusal(401, "INVALID_ACCESS_TOKEN", "Invalid")),),
        COMPLETE,
        what="a new token is refused for some seconds",
    ),
    Case(
        "token_answer_without_time",
        (changed(TOKEN, Edit("/expires_in", "remove"), times=ALWAYS),),
        "SchemaDrift",
        "expires_in",
        what="the answer to a refresh token does not say how long the token holds",
    ),
    Case(
        "refresh_token_dies_soon",
        (changed(TOKEN, Edit("/refresh_token_expires_in", value=86_400 * 3)),),
        REPORTED,
        "the refresh token dies in 3 days",
        what="the refresh token is nearly a year old",
    ),
]
