"""Meta's usage headers: when to rest, and for how long."""

from __future__ import annotations

import json

import pytest

from include.sources.answers import Answer
from include.sources.meta_usage import usage, wait_s


def answer(**headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(200, "https://example.com", named, b"{}")


def business(**entry):
    return json.dumps({"101": [{"type": "ads_insights"} | entry]})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"x_business_use_case_usage": business(call_count=84)}, None),
        ({"x_business_use_case_usage": business(call_count=85)}, 120),
        ({"x_business_use_case_usage": business(total_time=95)}, 600),
        ({"x_business_use_case_usage": business(total_cputime=100)}, 600),
        ({"x_business_use_case_usage": business(estimated_time_to_regain_access=7)}, 420),
        # Another kind of calls, with a budget of its own.
        ({"x_business_use_case_usage": business(type="pages", call_count=100)}, None),
        ({"x_app_usage": '{"call_count": 90, "total_time": 3}'}, 120),
        ({"x_ad_account_usage": '{"acc_id_util_pct": 96.5, "reset_time_duration": 50}'}, 600),
        ({"x_ad_account_usage": '{"acc_id_util_pct": 100, "reset_time_duration": 50}'}, 50),
        ({"x_fb_ads_insights_throttle": '{"app_id_util_pct": 1, "acc_id_util_pct": 86.2}'}, 120),
        ({"x_app_usage": "not json"}, None),
        ({"x_app_usage": "[]"}, None),
        ({"x_app_usage": '{"call_count": "99"}'}, None),
        ({"x_business_use_case_usage": '{"101": 7}'}, None),
    ],
)
def test_the_fullest_budget_decides(headers, seconds):
    """Two minutes from 85 %, ten from 95 %, and what Meta asks for before both."""
    pause = usage(answer(**headers))
    assert (None if pause is None else pause.seconds) == seconds


def test_a_blocked_account_waits_five_minutes_unless_told():
    """Five minutes; the header's minutes when there are any."""
    assert wait_s(answer()) == 300
    told = business(estimated_time_to_regain_access=12)
    assert wait_s(answer(x_business_use_case_usage=told)) == 720
