"""What becomes of each kind of fault on Google Ads."""

from collections.abc import Callable
from typing import Any

from include.sandbox.faults import Edit, Fault
from include.sandbox.google_office import GoogleError, quota_error
from tests.faults.case import (
    ABSENT,
    COMPLETE,
    MARKED,
    QUARANTINED,
    REPORTED,
    RESIDUAL,
    Case,
    unfit_pictures,
)

API = "/google_ads/v26/"
TOKEN = "POST /google_ads/token"
STREAM = "googleAds:searchStream"
CUSTOMER = f"{STREAM}\n.*FROM customer\\b"
CAMPAIGNS = f"{STREAM}\n.*campaign.name.*FROM campaign\\b"
GOALS = f"{STREAM}\n.*FROM campaign_conversion_goal"
ASSETS = f"{STREAM}\n.*FROM asset WHERE asset.type"
METRICS = f"{STREAM}\n.*metrics.engagements.*FROM ad_group_ad"
CONVERSIONS = f"{STREAM}\n.*conversion_action_category.*FROM ad_group_ad"
ASSET_GROUP_NUMBERS = f"{STREAM}\n.*FROM asset_group WHERE segments.date"
TOTALS = f"{STREAM}\n.*metrics.cost_micros FROM campaign\\b"
PAGES = "googleAds:search\n.*metrics.engagements.*FROM ad_group_ad"
FIRST_PAGE = "googleAds:search\n(?!.*pageToken).*metrics.engagements.*FROM ad_group_ad"
PICTURES = "/cdn/simgad/"
ROW = "/0/results/0"
ALWAYS = -1


def refusal(http: int, family: str, reason: str, message: str = "said") -> dict[str, Any]:
    """How a stream refuses, in an array."""
    return {"status": http, "body": [GoogleError(http, family, reason, message).body("v26")]}


def refused(path: str, *error: Any) -> tuple[Fault, ...]:
    """The first request of this kind is refused."""
    return (Fault("status", path, **refusal(*error)),)


def quota(wait_s: int) -> dict[str, Any]:
    """A used-up quota of the whole project."""
    return {"status": 429, "body": [quota_error(wait_s).body("v26")]}


def without_delay(reason: str) -> dict[str, Any]:
    """A quota error that does not say how long to wait."""
    return refusal(429, "quotaError", reason, "Too many requests.")


def server_error(http: int, status: str) -> dict[str, Any]:
    """An error of the server, as a stream tells it."""
    return {"error": {"code": http, "message": "Something broke.", "status": status}}


def edit(path: str, pointer: str, value: Any = None, *, op: Any = "set", times: int = 1) -> Fault:
    """One change of an answer."""
    return Fault("edit", path, edits=(Edit(pointer, op, value),), times=times)


def whole(path: str, change: Callable[[Any], Any]) -> Fault:
    """A change of the whole answer."""
    return edit(path, "", change)


def rows_of(batches: Any) -> list[Any]:
    return [row for batch in batches for row in batch.get("results", [])]


def in_short_batches(batches: Any) -> Any:
    """The first row alone, then the others."""
    rows = rows_of(batches)
    return [{"results": rows[:1]}, {"results": rows[1:2]}, {"results": rows[2:]}]


def with_an_empty_batch(batches: Any) -> Any:
    rows = rows_of(batches)
    return [{"results": rows[:1]}, {"fieldMask": "x", "requestId": "r"}, {"results": rows[1:]}]


def cut_by_an_error(batches: Any) -> Any:
    return [{"results": rows_of(batches)[:1]}, server_error(500, "INTERNAL")]


def new_goal(batches: Any) -> Any:
    """A goal nobody bids for, of a kind nobody knows."""
    goal = next(
        row for row in rows_of(batches) if not row["campaignConversionGoal"].get("biddable")
    )
    goal["campaignConversionGoal"]["category"] = "TELEPATHY"
    return batches


def a_video(batches: Any) -> Any:
    """The picture files turn out to be videos."""
    for row in rows_of(batches):
        if row["asset"]["type"] == "IMAGE":
            number = row["asset"]["resourceName"][-11:]
            row["asset"] |= {"type": "YOUTUBE_VIDEO"}
            row["asset"]["youtubeVideoAsset"] = {"youtubeVideoId": number}
    return batches


CASES: list[Case] = [
    # The network.
    Case("refused_once", (Fault("drop", METRICS, at=0),), COMPLETE),
    Case("dropped_midway_once", (Fault("drop", METRICS),), COMPLETE),
    Case(
        "dropped_always",
        (Fault("drop", API, at=0, skip=2, times=ALWAYS),),
        "SourceUnavailable",
        "no answer",
    ),
    Case("timeout_once", (Fault("delay", METRICS, seconds=1.5),), COMPLETE),
    Case("truncated_json_once", (Fault("truncate", METRICS),), COMPLETE),
    # Streams that break every time are read in pages.
    Case("truncated_json_always", (Fault("truncate", METRICS, times=ALWAYS),), COMPLETE),
    Case(
        "status_500_once",
        (Fault("status", METRICS, status=500, body=[server_error(500, "INTERNAL")]),),
        COMPLETE,
    ),
    Case(
        "status_500_always",
        (
            Fault(
                "status", API, skip=2, status=500, times=ALWAYS, body=server_error(500, "INTERNAL")
            ),
        ),
        "SourceUnavailable",
        "INTERNAL",
    ),
    Case("html_502_once", (Fault("status", METRICS, status=502, body="<h1>502</h1>"),), COMPLETE),
    Case(
        "retry_after_503_once",
        (
            Fault(
                "status",
                METRICS,
                status=503,
                headers={"Retry-After": "20"},
                body=[server_error(503, "UNAVAILABLE")],
            ),
        ),
        COMPLETE,
    ),
    Case(
        "gateway_504_always",
        (Fault("status", API, skip=2, status=504, times=ALWAYS, body="<h1>504</h1>"),),
        "SourceUnavailable",
        "504",
    ),
    Case(
        "html_200",
        (Fault("status", API, times=ALWAYS, body="<h1>Please log in</h1>"),),
        "SourceUnavailable",
        "not JSON",
    ),
    Case(
        "redirect_elsewhere",
        (
            Fault(
                "status",
                API,
                status=302,
                times=ALWAYS,
                headers={"Location": "https://elsewhere.example.com/"},
            ),
        ),
        "ConfigurationError",
        "redirect",
    ),
    Case("empty_body_once", (Fault("status", METRICS),), COMPLETE),
    Case(
        "bad_gzip_once",
        (Fault("headers", METRICS, headers={"Content-Encoding": "gzip"}),),
        COMPLETE,
    ),
    # Limits.
    Case("limit_short", (Fault("status", METRICS, **quota(30)),), COMPLETE),
    Case("limit_long", (Fault("status", METRICS, **quota(17941)),), "RateLimited", "17941 s"),
    Case(
        "limit_untold",
        (Fault("status", METRICS, **without_delay("RESOURCE_EXHAUSTED")),),
        COMPLETE,
    ),
    Case("usage_near_limit", (), ABSENT, "Google's good answers say nothing of the quota."),
    Case("limit_on_first_call", (Fault("status", CUSTOMER, **quota(3600)),), "RateLimited", "3600"),
    # Tokens, permissions, accounts, versions.
    Case(
        "token_expired",
        (
            Fault(
                "status",
                API,
                times=ALWAYS,
                **refusal(401, "authenticationError", "OAUTH_TOKEN_EXPIRED"),
            ),
        ),
        "AuthenticationExpired",
        "OAUTH_TOKEN_EXPIRED",
    ),
    # The wait makes the token old: one that was refused at once would not be renewed.
    Case(
        "token_refused_midway",
        (
            Fault("status", CAMPAIGNS, **quota(120)),
            Fault("status", METRICS, **refusal(401, "authenticationError", "OAUTH_TOKEN_EXPIRED")),
        ),
        COMPLETE,
    ),
    Case(
        "token_endpoint_500_once",
        (Fault("status", TOKEN, status=500, body={"error": "internal_failure"}),),
        COMPLETE,
    ),
    Case(
        "token_endpoint_refuses",
        (
            Fault(
                "status",
                TOKEN,
                status=400,
                body={"error": "invalid_grant", "error_description": "Token revoked."},
            ),
        ),
        "AuthenticationExpired",
        "invalid_grant",
    ),
    Case(
        "permission_missing",
        refused(CUSTOMER, 403, "authorizationError", "USER_PERMISSION_DENIED"),
        "AccountUnreadable",
        "USER_PERMISSION_DENIED",
    ),
    Case(
        "account_disabled",
        refused(CUSTOMER, 403, "authorizationError", "CUSTOMER_NOT_ENABLED"),
        "AccountUnreadable",
        "CUSTOMER_NOT_ENABLED",
    ),
    Case(
        "account_gone",
        refused(CUSTOMER, 401, "authenticationError", "CUSTOMER_NOT_FOUND"),
        "AccountUnreadable",
        "CUSTOMER_NOT_FOUND",
    ),
    Case(
        "version_sunset",
        (),
        "ConfigurationError",
        "UNSUPPORTED_VERSION",
        client={"version": "v21"},
    ),
    Case(
        "request_refused",
        refused(METRICS, 400, "queryError", "UNRECOGNIZED_FIELD", "Unrecognized 'metrics.foo'."),
        "SchemaDrift",
        "metrics.foo",
    ),
    # Paging: batches of a stream, and pages where a stream broke.
    Case("short_middle_page", (whole(METRICS, in_short_batches),), COMPLETE),
    Case("empty_middle_page", (whole(METRICS, with_an_empty_batch),), COMPLETE),
    Case(
        "cursor_expired",
        (
            Fault("truncate", METRICS, times=ALWAYS),
            edit(PAGES, "/nextPageToken", "b2xk"),
            Fault(
                "status",
                f'{PAGES}.*"pageToken"',
                status=400,
                body=GoogleError(400, "requestError", "EXPIRED_PAGE_TOKEN", "expired").body("v26"),
            ),
        ),
        COMPLETE,
    ),
    Case(
        "cursor_repeats",
        (
            Fault("truncate", METRICS, times=ALWAYS),
            Fault("status", PAGES, times=ALWAYS, body={"nextPageToken": "again"}),
        ),
        "SchemaDrift",
        "page token that came before",
    ),
    Case(
        "duplicate_row_in_pages",
        (edit(METRICS, ROW, op="duplicate"),),
        QUARANTINED,
        "duplicate_row",
    ),
    # What the answers say.
    Case(
        "field_added",
        (edit(METRICS, "/*/results/*/metrics/brandNew", "1"),),
        REPORTED,
        "metrics.brandNew",
    ),
    Case("enum_added", (whole(GOALS, new_goal),), REPORTED, "TELEPATHY"),
    Case(
        "id_missing",
        (edit(METRICS, f"{ROW}/campaign/id", op="remove"),),
        "SchemaDrift",
        "expected an id",
    ),
    Case(
        "number_garbled",
        (edit(METRICS, f"{ROW}/metrics/impressions", "12O"),),
        QUARANTINED,
        "unparsed",
    ),
    Case(
        "negative_spend",
        (edit(METRICS, f"{ROW}/metrics/costMicros", "-5000000"),),
        QUARANTINED,
        "negative",
    ),
    Case("list_became_object", (edit(METRICS, "/0/results", {}),), "SchemaDrift", "a batch is"),
    Case(
        "currency_changed",
        (edit(CUSTOMER, f"{ROW}/customer/currencyCode", "MXN"),),
        "ConfigurationError",
        "currency",
    ),
    Case(
        "timezone_changed",
        (edit(CUSTOMER, f"{ROW}/customer/timeZone", "Europe/Vienna"),),
        "ConfigurationError",
        "time zone",
    ),
    Case(
        "day_outside_window",
        (edit(METRICS, f"{ROW}/segments/date", "2026-10-01"),),
        QUARANTINED,
        "day_outside_window",
    ),
    Case(
        "ad_unlisted",
        (),
        ABSENT,
        "Google lists removed ads too. If one were missing, its numbers are kept and it gets a row "
        "with status `unlisted`.",
    ),
    Case(
        "account_without_rows",
        tuple(
            Fault("edit", path, times=ALWAYS, edits=(Edit("", value=[{"fieldMask": "x"}]),))
            for path in (METRICS, CONVERSIONS, ASSET_GROUP_NUMBERS)
        ),
        RESIDUAL,
    ),
    Case("rows_missing_silently", (edit(METRICS, ROW, op="remove"),), RESIDUAL),
    # Google gives up on a query of many days, and answers one of fewer.
    Case(
        "too_much_data",
        (Fault("status", METRICS, status=504, body=[server_error(504, "DEADLINE_EXCEEDED")]),),
        COMPLETE,
    ),
    # Pictures.
    Case("link_expired_once", (Fault("status", PICTURES, status=403, body="expired"),), COMPLETE),
    Case(
        "link_expired_always",
        (Fault("status", PICTURES, status=403, times=ALWAYS, body="expired"),),
        MARKED,
        "answered 403",
    ),
    *unfit_pictures(PICTURES),
    Case("only_thumbnail", (whole(ASSETS, a_video),), MARKED, "is_thumbnail"),
    # Google's own.
    Case(
        "stream_cut_by_error",
        (whole(METRICS, cut_by_an_error),),
        COMPLETE,
        what="a stream begins with rows and ends with an error, with status 200",
    ),
    Case(
        "pages_break_too",
        (
            Fault("truncate", METRICS, times=ALWAYS),
            Fault("truncate", PAGES, times=ALWAYS),
        ),
        "SourceUnavailable",
        "cut short or not JSON",
        what="the stream ends early each time, and so do the pages",
    ),
    Case(
        "page_token_always_expired",
        (
            Fault("truncate", METRICS, times=ALWAYS),
            edit(FIRST_PAGE, "/nextPageToken", "b2xk", times=ALWAYS),
        ),
        "SourceUnavailable",
        "page token ended",
        what="each page names a next one that is not taken",
    ),
    Case(
        "quota_short_term",
        (
            Fault(
                "status",
                METRICS,
                times=3,
                **without_delay("EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION"),
            ),
        ),
        COMPLETE,
        what="queries are too dear for now, three times; no word of how long to wait",
    ),
    Case(
        "manager_account",
        (edit(CUSTOMER, f"{ROW}/customer/manager", value=True),),
        "AccountUnreadable",
        "manager account",
        what="the account is a manager account",
    ),
    Case(
        "metrics_of_manager",
        refused(METRICS, 400, "queryError", "REQUESTED_METRICS_FOR_MANAGER"),
        "AccountUnreadable",
        "manager account",
        what="numbers are refused, as of a manager account",
    ),
    Case(
        "login_customer_wrong",
        (),
        "AccountUnreadable",
        "manager account of the connection",
        what="the connection names a manager account that does not lead to this one",
        client={"login_customer_id": "123-456-7802"},
    ),
    Case(
        "access_withdrawn",
        refused(CUSTOMER, 401, "authenticationError", "OAUTH_TOKEN_REVOKED"),
        "AuthenticationExpired",
        "withdrawn",
        what="the user has taken the access back",
    ),
    Case(
        "project_not_approved",
        refused(CUSTOMER, 403, "authorizationError", "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION"),
        "ConfigurationError",
        "production access",
        what="the OAuth client's project may read test accounts only",
    ),
    Case(
        "conversions_garbled",
        (edit(CONVERSIONS, f"{ROW}/metrics/conversions", "one and a half"),),
        QUARANTINED,
        "unparsed",
        what="a number of conversions, which come apart from the rest, is no number",
    ),
    Case(
        "total_garbled",
        (edit(TOTALS, f"{ROW}/metrics/clicks", "nine"),),
        QUARANTINED,
        "unparsed",
        what="a number in a campaign's total is no number",
    ),
    Case(
        "asset_without_file",
        (edit(ASSETS, "/*/results/*/asset/imageAsset/fullSize/url", op="remove"),),
        MARKED,
        "lists no picture file",
        what="assets are listed without the address of their file",
    ),
]
