"""The runner itself: it passes what is true and fails what a case only claims."""

import re

import pytest

from include.sandbox.faults import Edit, Fault
from tests.faults.case import Case
from tests.faults.runner import check
from tests.faults.stage import Stage

INSIGHTS = "level=ad"
LIMIT = {"error": {"code": 17, "error_subcode": 2446079, "message": "User request limit reached"}}
HOUR = '{"1": [{"type": "ads_insights", "call_count": 100, "total_cputime": 5, "total_time": 5, '
HOUR += '"estimated_time_to_regain_access": 60}]}'
LONG = Fault(
    "status",
    INSIGHTS,
    status=400,
    times=-1,
    body=LIMIT,
    headers={"x-business-use-case-usage": HOUR},
)
NEGATIVE = Fault("edit", INSIGHTS, edits=(Edit("/data/0/spend", value="-1.00"),), times=-1)
UNKNOWN = Fault("edit", INSIGHTS, edits=(Edit("/data/0/wish_bid", value="1"),), times=-1)

TRUE = [
    Case("status_500_once", (Fault("status", INSIGHTS, status=500),), "complete"),
    Case("refused_once", (Fault("drop", INSIGHTS, at=0),), "complete"),
    Case("timeout_once", (Fault("delay", INSIGHTS, seconds=30),), "complete"),
    Case("field_added", (UNKNOWN,), "complete, reported", "wish_bid"),
    Case("negative_spend", (NEGATIVE,), "quarantined", "spend"),
    Case(
        "rows_missing_silently",
        (Fault("edit", INSIGHTS, edits=(Edit("/data/0", "remove"),), times=-1),),
        "residual",
    ),
    Case("limit_long", (LONG,), "RateLimited", "too many calls"),
    Case("dropped_always", (Fault("drop", INSIGHTS, times=-1),), "SourceUnavailable", "no answer"),
    Case("picture_is_html", (Fault("body", "/cdn/", body="<html>"),), "marked", "broken"),
]


@pytest.mark.parametrize("case", TRUE, ids=lambda case: case.kind)
def test_what_is_true_passes(faulty: Stage, case: Case) -> None:
    """One case of each kind of ending, on Meta."""
    check(case, "meta", faulty)


@pytest.mark.parametrize(
    ("case", "complaint"),
    [
        (Case("x", (UNKNOWN,), "complete, reported", "no_such_field"), "no_such_field"),
        (Case("x", (NEGATIVE,), "complete"), "missing"),
        (Case("x", (NEGATIVE,), "quarantined", "some other rule"), "no row was set aside"),
        (Case("x", (NEGATIVE,), "SchemaDrift", "spend"), "but the run went through"),
        (Case("x", (LONG,), "complete"), "but it stopped"),
        (Case("x", (LONG,), "SourceUnavailable", "x"), "RateLimited"),
        (Case("x", (LONG,), "RateLimited", "something else"), "'something else' is not in"),
        (Case("x", (Fault("drop", "/no/such/path"),), "complete"), "never struck"),
        (Case("x", (UNKNOWN,), "residual"), "no row is missing"),
        (Case("x", (UNKNOWN,), "marked", "broken"), "no picture is marked"),
        (
            Case("x", (Fault("edit", INSIGHTS, edits=(Edit("/rows", "remove"),)),), "complete"),
            "nothing to remove",
        ),
        (
            Case(
                "x",
                (Fault("edit", INSIGHTS, edits=(Edit("/data/0/reach", value="1"),)),),
                "complete",
            ),
            "ad_daily: 1 missing",
        ),
    ],
)
def test_what_is_only_claimed_fails(faulty: Stage, case: Case, complaint: str) -> None:
    """Silent loss, another error, a fault that never struck: each is told."""
    with pytest.raises(AssertionError, match=re.escape(complaint)):
        check(case, "meta", faulty)


def test_a_secret_in_a_stored_reply_is_found(faulty: Stage) -> None:
    """A platform that echoes another form of the token than ours would be noticed."""
    echo = Fault("edit", INSIGHTS, edits=(Edit("/echo", value="https://x/?access_token=EAAother"),))
    with pytest.raises(AssertionError, match=r"insights.* holds .*access_token=EAAother"):
        check(Case("x", (echo,), "complete"), "meta", faulty)


@pytest.mark.parametrize(
    "fields", [{"outcome": "fine"}, {"outcome": "marked"}, {"outcome": "RateLimited"}]
)
def test_a_case_that_says_nothing_is_refused(fields: dict[str, str]) -> None:
    """An unknown outcome, or one that has to be told apart by a word."""
    with pytest.raises(ValueError, match="outcome"):
        Case("x", (), **fields)
