"""Every kind of fault that each platform answers for, and what happens in it, in plain words."""

from collections.abc import Mapping
from types import MappingProxyType

GROUPS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "The network": {
            "refused_once": "the connection is dropped before an answer, once",
            "dropped_midway_once": "the connection is dropped in the middle of an answer, once",
            "dropped_always": "every connection is dropped",
            "timeout_once": "one answer does not come in time",
            "truncated_json_once": "one answer ends early, with status 200",
            "truncated_json_always": "every answer of one kind ends early, with status 200",
            "status_500_once": "one server error",
            "status_500_always": "server errors without end",
            "html_502_once": "a web page with status 502, once",
            "retry_after_503_once": "status 503 with Retry-After, once",
            "gateway_504_always": "gateway time-outs without end",
            "html_200": "a proxy's web page with status 200 in place of every answer",
            "redirect_elsewhere": "the API's address redirects to another host",
            "empty_body_once": "one answer with status 200 and no body",
            "bad_gzip_once": "one answer says it is gzipped and is not",
        },
        "Limits": {
            "limit_short": "too many calls; a wait of seconds is asked for",
            "limit_long": "too many calls; a wait of an hour is asked for",
            "limit_untold": "too many calls, and no word of how long to wait",
            "usage_near_limit": "the usage headers say that the limit is near",
            "limit_on_first_call": "too many calls, said to the very first one",
        },
        "Tokens, permissions, accounts, versions": {
            "token_expired": "the token or signature is refused",
            "token_refused_midway": "the token is refused in the middle of the reading",
            "token_endpoint_500_once": "the place that renews tokens has a server error, once",
            "token_endpoint_refuses": "the place that renews tokens refuses",
            "permission_missing": "the token may not read the account",
            "account_disabled": "the account is disabled",
            "account_gone": "the account does not exist",
            "version_sunset": "the API's version is switched off",
            "request_refused": "a field or parameter that we ask for is refused",
        },
        "Paging": {
            "short_middle_page": "a page in the middle holds fewer rows than asked for",
            "empty_middle_page": "a page in the middle holds no rows and names a next one",
            "cursor_expired": "the mark of the next page is no longer taken",
            "cursor_repeats": "a page names itself as the next one",
            "duplicate_row_in_pages": "the same row comes on two pages",
        },
        "What the answers say": {
            "field_added": "rows have a field that we do not know",
            "enum_added": "a status has a value that we do not know",
            "id_missing": "a row has no id",
            "number_garbled": "a number is no number",
            "negative_spend": "a cost is below zero",
            "list_became_object": "what was a list is an object",
            "currency_changed": "the account's currency is not the one in nodes.yaml",
            "timezone_changed": "the account's time zone is not the one in nodes.yaml",
            "day_outside_window": "a row is of a day that was not asked for",
            "ad_unlisted": "there are numbers of an ad that no listing has",
            "account_without_rows": "there is not one row of numbers",
            "rows_missing_silently": "numbers of an ad are left out, which the totals hold",
            "too_much_data": "the platform says that we ask for too much at once",
        },
        "Pictures": {
            "link_expired_once": "a picture's link has expired; a fresh one works",
            "link_expired_always": "a picture's link has expired, and so have the fresh ones",
            "picture_is_html": "a web page comes in place of a picture",
            "picture_too_large": "a picture is larger than we take",
            "picture_truncated": "a picture's file ends early",
            "picture_redirect_private": "a picture's link leads into a private network",
            "only_thumbnail": "only a small preview of a picture can be had",
        },
    }
)
KINDS: Mapping[str, str] = MappingProxyType(
    {kind: what for kinds in GROUPS.values() for kind, what in kinds.items()}
)
