"""Meta's hourly budgets per ad account, and the headers that tell how much is used."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from include.sandbox.meta_fields import MetaError


@dataclass(frozen=True)
class Budgets:
    """Calls per hour and account; those of an app with full access unless told."""

    ads_insights: int = 190_000
    ads_management: int = 100_000


_CODES = {"ads_insights": 80000, "ads_management": 80004}


class Meter:
    """Counts the calls of every account and hour."""

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets
        self._counts: Counter[tuple[str, str, int]] = Counter()

    def count(self, account_id: str, kind: str, now: datetime) -> dict[str, str]:
        """Count one call; gives the headers of its answer.

        Raises:
            BudgetSpent: the hour's calls are used up.
        """
        hour = int(now.timestamp() // 3600)
        key = (account_id, kind, hour)
        self._counts[key] += 1
        budget: int = getattr(self._budgets, kind)
        used = min(100 * self._counts[key] // budget, 100)
        spent = self._counts[key] > budget
        minutes = 60 - now.minute if spent else 0
        business = {
            "type": kind,
            "call_count": used,
            "total_cputime": used // 2,
            "total_time": used // 2,
            "estimated_time_to_regain_access": minutes,
            "ads_api_access_tier": "standard_access",
        }
        share = {"app_id_util_pct": 0.0, "acc_id_util_pct": float(used)}
        headers = {
            "x-business-use-case-usage": json.dumps({account_id: [business]}),
            "x-app-usage": json.dumps({"call_count": 1, "total_cputime": 0, "total_time": 0}),
            "x-ad-account-usage": json.dumps(
                {"acc_id_util_pct": float(used), "reset_time_duration": 60 * (60 - now.minute)}
            ),
        }
        if kind == "ads_insights":
            headers["x-fb-ads-insights-throttle"] = json.dumps(share)
        if spent:
            raise BudgetSpent(_CODES[kind], headers)
        return headers


class BudgetSpent(MetaError):
    """The refusal of a call beyond the budget, with the headers that go with it."""

    def __init__(self, code: int, headers: dict[str, str]) -> None:
        super().__init__(
            f"(#{code}) There have been too many calls to this ad-account. Wait a bit and try "
            "again. For more info, please refer to https://developers.facebook.com/docs/"
            "graph-api/overview/rate-limiting.",
            code=code,
            subcode=2446079,
        )
        self.headers = headers
