"""How much of its hourly budget an app has used, as Meta's headers tell it.

The headers hold JSON; numbers are per cent. `reference/platform-apis.md` section 1.10 says
what to do: rest from 85 % on, rest longer from 95 % on, and what Meta itself asks for.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from include.sources.http import Answer
from include.sources.limits import Pause

log = logging.getLogger(__name__)

BUSY, BUSY_WAIT_S = 85.0, 120.0
FULL, FULL_WAIT_S = 95.0, 600.0
# When blocked and no header says for how long.
UNTOLD_WAIT_S = 300.0
POLICY_WAIT_S = 3600.0
# Other kinds of calls of the same app (pages, leads, ...) have budgets of their own.
_OUR_CALLS = {"ads_insights", "ads_management"}
_SHARES = ("call_count", "total_cputime", "total_time", "acc_id_util_pct", "app_id_util_pct")
_HEADERS = (
    "x-business-use-case-usage",
    "x-app-usage",
    "x-ad-account-usage",
    "x-fb-ads-insights-throttle",
)


def usage(answer: Answer) -> Pause | None:
    """The rest that everybody should take after this answer, if any."""
    share, told_s, fullest = 0.0, 0.0, ""
    for name, entry in _entries(answer.headers):
        told_s = max(told_s, _regain_s(entry))
        for key in _SHARES:
            if _number(entry, key) > share:
                share, fullest = _number(entry, key), f"{name} {key}"
    if told_s > 0 or share >= BUSY:
        own_s = FULL_WAIT_S if share >= FULL else BUSY_WAIT_S
        return Pause(told_s or own_s, f"Meta's budget is used to {share:.0f} % ({fullest})")
    return None


def wait_s(answer: Answer) -> float:
    """How long Meta says it takes to regain access; five minutes when it does not say."""
    waits = [_regain_s(entry) for _, entry in _entries(answer.headers)]
    return max(waits, default=0.0) or UNTOLD_WAIT_S


def _entries(headers: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every budget the headers tell of; a header that is no such JSON tells of none."""
    for name in _HEADERS:
        text = headers.get(name)
        if text is None:
            continue
        try:
            told = json.loads(text)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            log.warning("meta: header %s is %.80r, expected a JSON object; not used.", name, text)
            continue
        if name != "x-business-use-case-usage":
            yield name, told
            continue
        for entries in told.values():
            for entry in entries if isinstance(entries, list) else []:
                if isinstance(entry, dict) and entry.get("type", "ads_insights") in _OUR_CALLS:
                    yield name, entry


def _regain_s(entry: Mapping[str, Any]) -> float:
    """Seconds until the budget is whole again, when it is spent."""
    minutes = _number(entry, "estimated_time_to_regain_access")
    spent = _number(entry, "acc_id_util_pct") >= 100
    return 60 * minutes or (_number(entry, "reset_time_duration") if spent else 0.0)


def _number(entry: Mapping[str, Any], key: str) -> float:
    value = entry.get(key, 0)
    return float(value) if isinstance(value, int | float) and 0 <= value < 1e9 else 0.0
