"""X Ads: how each kind of fault is made, and how it must end."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

from PIL import Image

from include.sandbox.accounts import sandbox_account
from include.sandbox.faults import Edit, Fault
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

ANY = r"(GET|POST) /x_ads/"
AT = r"GET /x_ads/12/accounts/18ce54co"
ACCOUNT = AT + r"\?"
FUNDING = AT + r"/funding_instruments\?"
CAMPAIGNS = AT + r"/campaigns\?"
LINE_ITEMS = AT + r"/line_items\?"
ADS = AT + r"/promoted_tweets\?"
TWEETS = AT + r"/tweets\?"
CARDS = AT + r"/cards/all\?"
LIBRARY = AT + r"/media_library/"
ACTIVE = r"GET /x_ads/12/stats/accounts/18ce54co/active_entities\?"
ALL_NUMBERS = r"GET /x_ads/12/stats/accounts/18ce54co\?entity=PROMOTED_TWEET.*"
NUMBERS = ALL_NUMBERS + "ALL_ON_TWITTER"
SEVERAL_ADS = r"entity=PROMOTED_TWEET&entity_ids=[^&]*(%2C|,)"
BEGIN = r"POST /x_ads/12/stats/jobs/"
POLLS = r"GET /x_ads/12/stats/jobs/"
RESULTS = r"GET /x_ads/ton/"
FILES = r"GET /cdn/media/"
ALWAYS = -1

# The sandbox's cursors for the first object and the second.
FIRST, SECOND = "c-1000000", "c-1000001"
SMALL_PAGES: dict[str, Any] = {"page_size": 2}
JOBS: dict[str, Any] = {"most_calls": 0}


def refused(path: str, status: int, code: str, **more: Any) -> Fault:
    """X refuses, in its own form."""
    parameter = {"parameter": more.pop("parameter")} if "parameter" in more else {}
    body = {"errors": [{"code": code, "message": "refused", **parameter}], "request": {}}
    return Fault("status", path, status=status, body=body, **more)


def changed(path: str, *edits: Edit, **more: Any) -> Fault:
    """X says something else."""
    return Fault("edit", path, edits=edits, **more)


def limited(
    path: str, wait_s: int | None, scope: str = "account-"
) -> Callable[[Setting], tuple[Fault, ...]]:
    """Too many calls, until so many seconds from now."""

    def faults(setting: Setting) -> tuple[Fault, ...]:
        reset = str(int(time.time()) + (wait_s or 0))
        headers = {} if wait_s is None else {f"x-{scope}rate-limit-reset": reset}
        return (refused(path, 429, "TOO_MANY_REQUESTS", headers=headers),)

    return faults


def used_up(setting: Setting) -> tuple[Fault, ...]:
    """A good answer says that it was the last one of this quarter of an hour."""
    headers = {
        "x-account-rate-limit-remaining": "0",
        "x-account-rate-limit-reset": str(int(time.time()) + 60),
    }
    return (Fault("headers", CAMPAIGNS, headers=headers),)


def in_first_series(metric: str, change: Callable[[list[Any]], Any]) -> Edit:
    """Changes the first series of a metric that is not null."""

    def on(items: list[Any]) -> list[Any]:
        for item in items:
            metrics = item["id_data"][0]["metrics"]
            if metrics[metric] is not None:
                metrics[metric] = change(metrics[metric])
                return items
        raise AssertionError(f"no ad has {metric}")

    return Edit("/data", value=on)


def unlisted(setting: Setting) -> tuple[Fault, ...]:
    """The listing has forgotten an ad that has numbers."""
    account = sandbox_account("x_ads", setting.account.account_id)
    assert account is not None
    seen = setting.world.daily(account, setting.since, setting.day, setting.now)
    lost = seen.ads[seen.ad[0]].id

    def without(rows: list[Any]) -> list[Any]:
        return [row for row in rows if row["id"] != lost]

    return (changed(ADS, Edit("/data", value=without)),)


def without_placement(items: list[Any]) -> list[Any]:
    """The ad that was active last is said to have been so where it was not."""
    last = max(items, key=lambda item: str(item["activity_end_time"]))
    return [{**item, "placements": ["TREND"]} if item is last else item for item in items]


def small_picture() -> bytes:
    """A preview of 64 pixels."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, "PNG")
    return out.getvalue()


HTML = "<html><body>Bad Gateway</body></html>"

CASES: list[Case] = [
    # The network.
    Case("refused_once", (Fault("drop", ADS, at=0),), COMPLETE),
    Case("dropped_midway_once", (Fault("drop", NUMBERS),), COMPLETE),
    Case(
        "dropped_always",
        (Fault("drop", ANY, at=0, times=ALWAYS),),
        "SourceUnavailable",
        "no answer from",
    ),
    Case("timeout_once", (Fault("delay", CAMPAIGNS, seconds=2 * IMPATIENT_S),), COMPLETE),
    Case("truncated_json_once", (Fault("truncate", NUMBERS),), COMPLETE),
    Case(
        "truncated_json_always",
        (Fault("truncate", NUMBERS, times=ALWAYS),),
        "SourceUnavailable",
        "cut short or not JSON",
    ),
    Case("status_500_once", (refused(LINE_ITEMS, 500, "INTERNAL_ERROR"),), COMPLETE),
    Case(
        "status_500_always",
        (refused(NUMBERS, 500, "INTERNAL_ERROR", times=ALWAYS),),
        "SourceUnavailable",
        "status 500",
    ),
    Case("html_502_once", (Fault("status", TWEETS, status=502, body=HTML),), COMPLETE),
    Case(
        "retry_after_503_once",
        (refused(NUMBERS, 503, "SERVICE_UNAVAILABLE", headers={"retry-after": "30"}),),
        COMPLETE,
    ),
    Case(
        "gateway_504_always",
        (Fault("status", ACTIVE, status=504, body=HTML, times=ALWAYS),),
        "SourceUnavailable",
        "status 504",
    ),
    Case(
        "html_200",
        (Fault("status", ANY, status=200, body=HTML, times=ALWAYS),),
        "SourceUnavailable",
        "not JSON",
    ),
    Case(
        "redirect_elsewhere",
        (Fault("status", ANY, status=302, headers={"Location": "https://example.com/"}),),
        "ConfigurationError",
        "redirect",
    ),
    Case("empty_body_once", (Fault("body", ADS, body=b""),), COMPLETE),
    Case(
        "bad_gzip_once",
        (Fault("headers", CAMPAIGNS, headers={"Content-Encoding": "gzip"}),),
        COMPLETE,
    ),
    # Limits.
    Case("limit_short", limited(NUMBERS, 60), COMPLETE),
    Case("limit_long", limited(NUMBERS, 900), "RateLimited", "too many calls"),
    Case("limit_untold", limited(NUMBERS, None), "RateLimited", "too many calls"),
    Case("usage_near_limit", used_up, REPORTED, "used up"),
    Case("limit_on_first_call", limited(ACCOUNT, 60, scope=""), COMPLETE),
    # Tokens, permissions, accounts, versions.
    Case(
        "token_expired",
        (refused(ANY, 401, "UNAUTHORIZED_ACCESS", times=ALWAYS),),
        "AuthenticationExpired",
        "the keys were refused",
    ),
    Case(
        "token_refused_midway",
        (refused(NUMBERS, 401, "UNAUTHORIZED_ACCESS"),),
        "AuthenticationExpired",
        "the keys were refused",
    ),
    Case(
        "token_endpoint_500_once",
        (),
        ABSENT,
        "OAuth 1.0a keys do not expire, so there is no place that renews them",
    ),
    Case(
        "token_endpoint_refuses",
        (),
        ABSENT,
        "OAuth 1.0a keys do not expire, so there is no place that renews them",
    ),
    Case(
        "permission_missing",
        (refused(ANY, 403, "USER_NOT_FOUND", times=ALWAYS),),
        "AccountUnreadable",
        "USER_NOT_FOUND",
    ),
    Case(
        "account_disabled",
        (refused(ANY, 403, "ACCOUNT_LOCKED_OUT", times=ALWAYS),),
        "AccountUnreadable",
        "ACCOUNT_LOCKED_OUT",
    ),
    Case(
        "account_gone",
        (refused(ANY, 403, "ACCOUNT_NOT_FOUND", times=ALWAYS),),
        "AccountUnreadable",
        "ACCOUNT_NOT_FOUND",
    ),
    Case(
        "version_sunset",
        (refused(ANY, 404, "ROUTE_NOT_FOUND", times=ALWAYS),),
        "ConfigurationError",
        "API version",
    ),
    Case(
        "request_refused",
        (refused(NUMBERS, 400, "INVALID_PARAMETER", parameter="metric_groups"),),
        "SchemaDrift",
        "the request was refused",
    ),
    # Paging.
    Case(
        "short_middle_page",
        (changed(ADS, Edit("/data/1", "remove"), Edit("/next_cursor", value=SECOND)),),
        COMPLETE,
        client=SMALL_PAGES,
    ),
    Case(
        "empty_middle_page",
        (Fault("body", ADS, body={"data": [], "next_cursor": FIRST}),),
        COMPLETE,
    ),
    Case(
        "cursor_expired",
        (refused(ADS + ".*cursor=", 400, "INVALID_PARAMETER", parameter="cursor"),),
        COMPLETE,
        client=SMALL_PAGES,
    ),
    Case(
        "cursor_repeats",
        (changed(CAMPAIGNS, Edit("/next_cursor", value=FIRST), times=2),),
        "SchemaDrift",
        "repeats the cursor",
    ),
    Case(
        "duplicate_row_in_pages",
        (
            changed(ADS, Edit("/next_cursor", value=SECOND)),
            changed(NUMBERS, Edit("/data/0", "duplicate")),
        ),
        COMPLETE,
        client=SMALL_PAGES,
    ),
    # What the answers say.
    Case(
        "field_added",
        (changed(ADS, Edit("/data/0/mood", value="blue")),),
        REPORTED,
        "promoted_tweets.mood",
    ),
    Case(
        "enum_added",
        (changed(ADS, Edit("/data/0/approval_status", value="PONDERED")),),
        REPORTED,
        "promoted_tweets.approval_status=PONDERED",
    ),
    Case(
        "id_missing",
        (changed(ADS, Edit("/data/0/id", "remove")),),
        "SchemaDrift",
        "expected an id",
    ),
    Case(
        "number_garbled",
        (changed(NUMBERS, in_first_series("impressions", lambda s: [*s[:-1], "many"])),),
        QUARANTINED,
        "many",
    ),
    Case(
        "negative_spend",
        (
            changed(
                NUMBERS,
                in_first_series("billed_charge_local_micro", lambda s: [-(10**15), *s[1:]]),
            ),
        ),
        QUARANTINED,
        "spend is -",
    ),
    Case(
        "list_became_object",
        (changed(NUMBERS, in_first_series("clicks", lambda s: {"total": sum(s)})),),
        "SchemaDrift",
        "expected 72 numbers",
    ),
    Case(
        "currency_changed",
        (changed(CAMPAIGNS, Edit("/data/0/currency", value="USD")),),
        "ConfigurationError",
        "currency",
    ),
    Case(
        "timezone_changed",
        (changed(ACCOUNT, Edit("/data/timezone", value="America/Lima")),),
        "ConfigurationError",
        "time zone",
    ),
    Case(
        "day_outside_window",
        (changed(NUMBERS, Edit("/request/params/start_time", value="2026-10-01T05:00:00Z")),),
        "SchemaDrift",
        "asked for start_time",
    ),
    Case("ad_unlisted", unlisted, COMPLETE),
    Case(
        "account_without_rows",
        (changed(ALL_NUMBERS, Edit("/data", value=[]), times=ALWAYS),),
        RESIDUAL,
    ),
    Case("rows_missing_silently", (changed(NUMBERS, Edit("/data/0", "remove")),), RESIDUAL),
    Case(
        "too_much_data",
        (refused(SEVERAL_ADS, 400, "REQUEST_TOO_COMPLEX", times=ALWAYS),),
        COMPLETE,
    ),
    # Pictures.
    Case("link_expired_once", (Fault("status", FILES, status=404),), COMPLETE),
    Case(
        "link_expired_always",
        (Fault("status", FILES, status=404, times=ALWAYS),),
        MARKED,
        "answered 404",
    ),
    *unfit_pictures(FILES),
    Case(
        "only_thumbnail",
        (Fault("body", FILES, body=small_picture(), times=ALWAYS),),
        MARKED,
        "is_thumbnail",
    ),
    # X's own: jobs.
    Case(
        "job_failed_once",
        (changed(POLLS, Edit("/data/0/status", value="FAILED")),),
        COMPLETE,
        what="a job fails, and is begun once more",
        client=JOBS,
    ),
    Case(
        "job_failed_always",
        (changed(POLLS, Edit("/data/*/status", value="FAILED"), times=ALWAYS),),
        "SourceUnavailable",
        "begun 2 times",
        what="every job fails",
        client=JOBS,
    ),
    Case(
        "job_never_ends",
        (
            changed(
                POLLS,
                Edit("/data/*/status", value="PROCESSING"),
                Edit("/data/*/url", value=None),
                times=ALWAYS,
            ),
        ),
        "SourceUnavailable",
        "still under way",
        what="jobs are computed for ever",
        client=JOBS,
    ),
    Case(
        "job_forgotten",
        (changed(POLLS, Edit("/data/0", "remove")),),
        COMPLETE,
        what="a job that was begun is not known any more",
        client=JOBS,
    ),
    Case(
        "job_state_unknown",
        (changed(POLLS, Edit("/data/0/status", value="PONDERING")),),
        REPORTED,
        "PONDERING",
        what="a job has a state that we do not know",
        client=JOBS,
    ),
    Case(
        "job_without_address",
        (changed(POLLS, Edit("/data/*/url", value=None)),),
        COMPLETE,
        what="jobs are done before X knows where their files are",
        client=JOBS,
    ),
    Case(
        "too_many_jobs_once",
        (refused(BEGIN, 400, "TOO_MANY_JOBS"),),
        COMPLETE,
        what="no more jobs may be begun while others of ours are computed",
        client=JOBS,
    ),
    Case(
        "too_many_jobs_always",
        (refused(BEGIN, 400, "TOO_MANY_JOBS", times=ALWAYS),),
        "RateLimited",
        "other programs",
        what="other programs have all jobs of the account",
        client=JOBS,
    ),
    Case(
        "job_id_missing",
        (changed(BEGIN, Edit("/data/id_str", "remove")),),
        "SchemaDrift",
        "no id_str",
        what="a job's id is told as a number only, which has lost digits",
        client=JOBS,
    ),
    Case(
        "result_gone_once",
        (Fault("status", RESULTS, status=404),),
        COMPLETE,
        what="a job's file is gone, and is computed once more",
        client=JOBS,
    ),
    Case(
        "result_426_once",
        (Fault("status", RESULTS, status=426),),
        COMPLETE,
        what="a job's file answers 426, and is computed once more",
        client=JOBS,
    ),
    Case(
        "result_gone_always",
        (Fault("status", RESULTS, status=404, times=ALWAYS),),
        "SourceUnavailable",
        "gone twice",
        what="no job has a file",
        client=JOBS,
    ),
    Case(
        "result_cut_once",
        (Fault("truncate", RESULTS),),
        COMPLETE,
        what="a job's file ends early",
        client=JOBS,
    ),
    Case(
        "result_garbled_once",
        (Fault("garble", RESULTS),),
        COMPLETE,
        what="a job's file is damaged on the way",
        client=JOBS,
    ),
    Case(
        "result_elsewhere",
        (changed(POLLS, Edit("/data/*/url", value="https://ton.example.com/x.json.gz")),),
        "ConfigurationError",
        "ton.example.com",
        what="a job's file lies on a host that is not X's",
        client=JOBS,
    ),
    # X's own: the rest.
    Case(
        "nothing_active",
        (changed(ACTIVE, Edit("/data", value=[])),),
        RESIDUAL,
        what="X says that no ad was active, though the account was",
    ),
    Case(
        "placement_left_out",
        (changed(ACTIVE, Edit("/data", value=without_placement)),),
        RESIDUAL,
        what="X leaves out a placement in which an ad was shown",
    ),
    Case(
        "account_closed",
        (changed(ACCOUNT, Edit("/data/deleted", value=True)),),
        "AccountUnreadable",
        "closed",
        what="the account was deleted",
    ),
    Case(
        "version_warning",
        (Fault("headers", ACCOUNT, headers={"x-api-warn": "version 12 ends soon"}),),
        REPORTED,
        "version 12 ends soon",
        what="X warns that the API's version will be switched off",
    ),
    Case(
        "lock_timeout_once",
        (refused(CAMPAIGNS, 423, "LOCK_ACQUISITION_TIMEOUT"),),
        COMPLETE,
        what="X could not lock something, once",
    ),
]
