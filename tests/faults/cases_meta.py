"""Meta: how each kind of fault is made, and how it must end."""

from __future__ import annotations

from typing import Any

from include.sandbox.accounts import sandbox_account
from include.sandbox.entities import Creative
from include.sandbox.faults import Edit, Fault
from include.sandbox.meta_shapes import shape
from tests.faults.case import (
    ABSENT,
    COMPLETE,
    MARKED,
    QUARANTINED,
    REPORTED,
    RESIDUAL,
    Case,
    Setting,
    unfit_pictures,
)

ANY = r"(GET|POST) /meta/"
ACCOUNT = r"GET /meta/[^/]+/act_\d+\?"
CAMPAIGNS = r"GET /meta/.*/campaigns\?"
AD_SETS = r"GET /meta/.*/adsets\?"
ADS = r"GET /meta/.*/ads\?"
SECOND_ADS = r"GET /meta/.*/ads\?.*after="
CREATIVES = r"GET /meta/[^/]+/\?ids=.*object_type"
IMAGES = r"GET /meta/.*/adimages\?"
DAYS = r"GET /meta/.*/act_\d+/insights\?level=ad&"
START = r"POST /meta/.*/insights"
POLLS = r"GET /meta/[^/]+/\?ids=.*async_status"
RESULTS = r"GET /meta/[^/]+/6\d+/insights"
FILES = r"GET /cdn/"

REPORTS: dict[str, Any] = {"most_ads_asked_directly": -1}
SMALL_PAGES: dict[str, Any] = {"page_size": 10}
# The tenth object from the start, twice: Meta's cursors are opaque, the sandbox's are numbers.
SAME_PLACE = "MDkZD"


def refusal(
    code: int, subcode: int | None = None, message: str = "refused", **more: Any
) -> dict[str, Any]:
    """An error's body, as Meta writes it."""
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    return {"error": {**error, **({} if subcode is None else {"error_subcode": subcode}), **more}}


def refused(path: str, body: dict[str, Any], *, status: int = 400, **more: Any) -> Fault:
    """Meta refuses."""
    return Fault("status", path, status=status, body=body, **more)


def changed(path: str, *edits: Edit, **more: Any) -> Fault:
    """Meta says something else."""
    return Fault("edit", path, edits=edits, **more)


def usage(minutes: int = 0, share: int = 100) -> dict[str, str]:
    """The header that tells of the budget."""
    entry = f'"call_count":{share},"estimated_time_to_regain_access":{minutes}'
    return {"x-business-use-case-usage": f'{{"101":[{{"type":"ads_insights",{entry}}}]}}'}


def running_link(setting: Setting) -> Creative:
    """An ordinary creative of an ad that has numbers in the days read."""
    account = sandbox_account("meta", setting.account.account_id)
    assert account is not None
    seen = setting.world.daily(account, setting.since, setting.day, setting.now)
    ran = (seen.ads[int(index)].creative for index in seen.ad)
    return next(creative for creative in ran if shape(creative) == "link")


def without_a_file(setting: Setting) -> tuple[Fault, ...]:
    """One creative names an image that the account does not have, and no post."""
    name = running_link(setting).id
    lost = "0" * 32
    return (
        changed(
            CREATIVES,
            Edit(f"/{name}/image_hash", value=lost),
            Edit(f"/{name}/object_story_spec/link_data/image_hash", value=lost),
            Edit(f"/{name}/image_url", "remove"),
            Edit(f"/{name}/effective_object_story_id", "remove"),
        ),
    )


def story_unreadable(setting: Setting) -> tuple[Fault, ...]:
    """Wherever this creative's story is asked for, the whole group is refused."""
    name = running_link(setting).id
    path = rf"\?ids=[^&]*{name}[^&]*&.*object_story_spec"
    return (refused(path, refusal(100, 2446211, "Invalid parameter"), times=-1),)


def unlisted(setting: Setting) -> tuple[Fault, ...]:
    """The listing has forgotten an ad that has numbers; by its id it is still known."""
    account = sandbox_account("meta", setting.account.account_id)
    assert account is not None
    seen = setting.world.daily(account, setting.since, setting.day, setting.now)
    name = seen.ads[int(seen.ad[0])].id

    def without(ads: list[Any]) -> list[Any]:
        return [ad for ad in ads if ad["id"] != name]

    return (changed(ADS, Edit("/data", value=without)),)


TOO_MUCH = refusal(100, 1487534, "Invalid parameter", error_user_title="Too much data")
REDUCE = refusal(1, None, "Please reduce the amount of data you're asking for, then retry")
NO_RENEWAL = "a system user's token is made by a person and lasts; nothing renews it"

CASES: list[Case] = [
    # The network.
    Case("refused_once", (Fault("drop", ANY, at=0, skip=1),), COMPLETE),
    Case("dropped_midway_once", (Fault("drop", DAYS),), COMPLETE),
    Case(
        "dropped_always", (Fault("drop", ANY, skip=2, times=-1),), "SourceUnavailable", "no answer"
    ),
    Case("timeout_once", (Fault("delay", CAMPAIGNS, seconds=2),), COMPLETE),
    Case("truncated_json_once", (Fault("truncate", DAYS),), COMPLETE),
    Case(
        "truncated_json_always",
        (Fault("truncate", ADS, times=-1),),
        "SourceUnavailable",
        "cut short or not JSON",
    ),
    Case("status_500_once", (Fault("status", ADS, status=500),), COMPLETE),
    Case(
        "status_500_always",
        (Fault("status", ADS, status=500, times=-1),),
        "SourceUnavailable",
        "500",
    ),
    Case(
        "html_502_once", (Fault("status", ADS, status=502, body="<h1>Bad Gateway</h1>"),), COMPLETE
    ),
    Case(
        "retry_after_503_once",
        (Fault("status", ADS, status=503, headers={"Retry-After": "20"}),),
        COMPLETE,
    ),
    Case(
        "gateway_504_always",
        (Fault("status", ADS, status=504, body="<h1>504</h1>", times=-1),),
        "SourceUnavailable",
        "504",
    ),
    Case(
        "html_200",
        (Fault("status", ANY, body="<h1>Log in</h1>", times=-1),),
        "SourceUnavailable",
        "not JSON",
    ),
    Case(
        "redirect_elsewhere",
        (Fault("status", ANY, status=302, headers={"Location": "https://else.example.com/"}),),
        "ConfigurationError",
        "redirect",
    ),
    Case("empty_body_once", (Fault("status", CREATIVES),), COMPLETE),
    Case("bad_gzip_once", (Fault("headers", ADS, headers={"Content-Encoding": "gzip"}),), COMPLETE),
    # Limits.
    Case("limit_short", (refused(DAYS, refusal(80000, 2446079), headers=usage(2)),), COMPLETE),
    Case(
        "limit_long",
        (refused(DAYS, refusal(80000, 2446079), headers=usage(60)),),
        "RateLimited",
        "80000",
    ),
    Case(
        "limit_untold",
        (refused(DAYS, refusal(17, 2446079), times=-1),),
        "RateLimited",
        "17/2446079",
    ),
    Case("usage_near_limit", (Fault("headers", ADS, headers=usage(0, 90)),), COMPLETE),
    Case("limit_on_first_call", (refused(ACCOUNT, refusal(4), headers=usage(1)),), COMPLETE),
    # Tokens, permissions, accounts, versions.
    Case(
        "token_expired", (refused(ANY, refusal(190, 463)),), "AuthenticationExpired", "has expired"
    ),
    Case(
        "token_refused_midway",
        (refused(DAYS, refusal(190, 460)),),
        "AuthenticationExpired",
        "the password was changed",
    ),
    Case("token_endpoint_500_once", (), ABSENT, NO_RENEWAL),
    Case("token_endpoint_refuses", (), ABSENT, NO_RENEWAL),
    Case(
        "permission_missing",
        (refused(ACCOUNT, refusal(200, None, "(#200) has NOT grant ads_read"), status=403),),
        "AccountUnreadable",
        "no permission",
    ),
    Case(
        "account_disabled",
        (changed(ACCOUNT, Edit("/account_status", value=2)),),
        "AccountUnreadable",
        "the account is disabled",
    ),
    Case(
        "account_gone", (refused(ACCOUNT, refusal(100, 33)),), "AccountUnreadable", "does not exist"
    ),
    Case("version_sunset", (refused(ANY, refusal(2635)),), "ConfigurationError", "version"),
    Case(
        "request_refused",
        (refused(DAYS, refusal(100, None, "(#100) reach is not valid for fields param.")),),
        "SchemaDrift",
        "reach is not valid",
    ),
    # Paging. The sandbox itself cuts every third page short.
    Case("short_middle_page", (), COMPLETE, client=SMALL_PAGES),
    Case(
        "empty_middle_page",
        (
            Fault(
                "status",
                SECOND_ADS,
                body={"data": [], "paging": {"cursors": {"after": SAME_PLACE}, "next": "x"}},
            ),
        ),
        COMPLETE,
        client=SMALL_PAGES,
    ),
    Case(
        "cursor_expired",
        (refused(SECOND_ADS, refusal(100, None, "(#100) Invalid cursors values")),),
        COMPLETE,
        client=SMALL_PAGES,
    ),
    Case(
        "cursor_repeats",
        (changed(ADS, Edit("/paging/cursors/after", value="OQZD"), times=2),),
        "SchemaDrift",
        "its cursor is",
        client=SMALL_PAGES,
    ),
    Case(
        "duplicate_row_in_pages",
        (changed(DAYS, Edit("/data/0", "duplicate")),),
        QUARANTINED,
        "duplicate_row",
    ),
    # What the answers say.
    Case(
        "field_added",
        (changed(DAYS, Edit("/data/*/wish_bid", value="7")),),
        REPORTED,
        "insights.wish_bid",
    ),
    Case(
        "enum_added",
        (changed(AD_SETS, Edit("/data/0/optimization_goal", value="WISHES")),),
        REPORTED,
        "adsets.optimization_goal=WISHES",
    ),
    Case("id_missing", (changed(DAYS, Edit("/data/0/ad_id", "remove")),), "SchemaDrift", "ad_id"),
    Case(
        "number_garbled",
        (changed(DAYS, Edit("/data/0/impressions", value="1,8x")),),
        QUARANTINED,
        "1,8x",
    ),
    Case(
        "negative_spend",
        (changed(DAYS, Edit("/data/0/spend", value="-5.00")),),
        QUARANTINED,
        "spend is -5",
    ),
    Case(
        "list_became_object",
        (changed(DAYS, Edit("/data/0/actions", value={"lead": "1"})),),
        "SchemaDrift",
        "actions holds",
    ),
    Case(
        "currency_changed",
        (changed(ACCOUNT, Edit("/currency", value="EUR")),),
        "ConfigurationError",
        "EUR",
    ),
    Case(
        "timezone_changed",
        (changed(ACCOUNT, Edit("/timezone_name", value="UTC")),),
        "ConfigurationError",
        "time zone",
    ),
    Case(
        "day_outside_window",
        (
            changed(
                DAYS,
                Edit("/data/0/date_start", value="2026-10-01"),
                Edit("/data/0/date_stop", value="2026-10-01"),
            ),
        ),
        QUARANTINED,
        "day_outside_window",
    ),
    Case("ad_unlisted", unlisted, COMPLETE),
    Case("account_without_rows", (Fault("body", DAYS, body={"data": []}),), RESIDUAL),
    Case("rows_missing_silently", (changed(DAYS, Edit("/data/0", "remove")),), RESIDUAL),
    Case("too_much_data", (refused(DAYS, TOO_MUCH, times=-1),), COMPLETE),
    # Pictures.
    Case(
        "link_expired_once",
        (Fault("status", FILES, status=403, body="URL signature expired"),),
        COMPLETE,
    ),
    Case(
        "link_expired_always",
        (Fault("status", FILES, status=403, times=-1),),
        MARKED,
        "answered 403",
    ),
    *unfit_pictures(FILES),
    Case("only_thumbnail", without_a_file, MARKED, "is_thumbnail"),
    # Meta's own.
    Case(
        "report_failed",
        (changed(POLLS, Edit("/*/async_status", value="Job Failed")),),
        COMPLETE,
        what="a report fails, and is started again",
        client=REPORTS,
    ),
    Case(
        "report_skipped",
        (changed(POLLS, Edit("/*/async_status", value="Job Skipped")),),
        COMPLETE,
        what="a report is dropped by Meta, and is started again",
        client=REPORTS,
    ),
    Case(
        "report_failed_twice",
        (changed(POLLS, Edit("/*/async_status", value="Job Failed"), times=2),),
        COMPLETE,
        what="a report fails twice, and its days are read in halves",
        client=REPORTS,
    ),
    Case(
        "report_too_much",
        (refused(START, TOO_MUCH),),
        COMPLETE,
        what="a report is refused as too much, and its days are read in halves",
        client=REPORTS,
    ),
    Case(
        "report_never_ends",
        (changed(POLLS, Edit("/*/async_status", value="Job Running"), times=-1),),
        "SourceUnavailable",
        "does not end",
        what="a report runs for ever",
        client=REPORTS,
    ),
    Case(
        "report_gone",
        (refused(RESULTS, refusal(100, 33)),),
        COMPLETE,
        what="the rows of a complete report are gone, and it is started again",
        client=REPORTS,
    ),
    Case(
        "report_not_ready",
        (
            refused(
                RESULTS,
                refusal(
                    100,
                    None,
                    "(#100) Cannot include impressions in summary param because they weren't "
                    "there while creating the report run.",
                ),
            ),
        ),
        COMPLETE,
        what="a complete report cannot be read for a moment",
        client=REPORTS,
    ),
    Case(
        "report_without_number",
        (Fault("status", START, body={"success": True}),),
        "SchemaDrift",
        "report_run_id",
        what="Meta takes a report and does not say its number",
        client=REPORTS,
    ),
    Case(
        "reduce_the_amount",
        (refused(ADS, REDUCE, status=500),),
        COMPLETE,
        what="a page is too much, and half as many objects are asked for",
    ),
    Case(
        "reduce_always",
        (refused(ADS, REDUCE, status=500, times=-1),),
        "SourceUnavailable",
        "one object at a time",
        what="even a page of one object is too much",
    ),
    Case(
        "story_unreadable",
        story_unreadable,
        COMPLETE,
        what="one creative's story cannot be read, and fails the whole group",
    ),
    Case(
        "policy_block",
        (refused(DAYS, refusal(368)),),
        "RateLimited",
        "blocks the app or the user",
        what="Meta blocks the user for a while",
    ),
    Case(
        "version_warning",
        (
            Fault(
                "headers",
                ACCOUNT,
                headers={"x-ad-api-version-warning": "This version will be deprecated"},
            ),
        ),
        REPORTED,
        "will be deprecated",
        what="Meta warns that the version ends soon",
    ),
]
