"""Insights reports that Meta prepares: started, polled several times, then read.

Few fail or are skipped when they are first started, chosen by what is asked; started again
they complete. The same question has the same report, so that two readings agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from include.sandbox.accounts import SandboxAccount
from include.sandbox.meta_shapes import draw

# The third poll tells that a report is complete; the second says 100 per cent, and running.
_LIFE = (("Job Not Started", 0), ("Job Running", 100), ("Job Completed", 100))
# One report in so many fails, and as many are skipped.
_REPORTS_PER_MISHAP = 40


@dataclass
class Report:
    """One report. `end` is the state it comes to."""

    id: str
    account: SandboxAccount
    node: str | None
    asked: Mapping[str, str]
    started: datetime
    end: str = "Job Completed"
    polls: int = 0
    error: Mapping[str, Any] | None = None

    @property
    def question(self) -> str:
        """What is asked, whoever asks."""
        return f"{self.account.account_id}/{self.node}?{sorted(self.asked.items())}"

    @property
    def complete(self) -> bool:
        """It can be read."""
        return self.end == "Job Completed" and self.polls >= len(_LIFE)

    def poll(self, now: datetime) -> dict[str, Any]:
        """The report's state, one step further at every call."""
        self.polls += 1
        status, percent = _LIFE[min(self.polls, len(_LIFE)) - 1]
        if status == "Job Completed":
            status, percent = self.end, 100 if self.end == "Job Completed" else 17
        told = {
            "id": self.id,
            "account_id": self.account.account_id,
            "time_ref": int(self.started.timestamp()),
            "async_status": status,
            "async_percent_completion": percent,
            "is_running": status in {"Job Not Started", "Job Running"},
        }
        if status in {"Job Failed", "Job Skipped"}:
            told |= self.error or {}
        if status == "Job Completed":
            told["time_completed"] = int(now.timestamp())
        return told


class Reports:
    """All reports of one server."""

    def __init__(self) -> None:
        self._reports: dict[str, Report] = {}
        self._mishaps: set[str] = set()

    def start(
        self,
        account: SandboxAccount,
        node: str | None,
        asked: Mapping[str, str],
        now: datetime,
        *,
        too_much: bool,
    ) -> str:
        """The id of a report that was started."""
        report = Report("", account, node, dict(asked), now)
        question = report.question
        report.id = _number(question)
        if too_much:
            report.end = "Job Failed"
            report.error = {
                "error_code": 100,
                "error_subcode": 1487534,
                "error_message": "Invalid parameter",
                "error_user_title": "Too much data",
            }
        else:
            lot = draw(question, _REPORTS_PER_MISHAP)
            if lot < 2 and question not in self._mishaps:
                self._mishaps.add(question)
                report.id = _number(f"{question} first")
                report.end = ("Job Failed", "Job Skipped")[lot]
                if lot == 0:
                    report.error = {
                        "error_code": 2,
                        "error_message": "An unexpected error has occurred.",
                    }
        self._reports[report.id] = report
        return report.id

    def get(self, name: str) -> Report | None:
        """The report with this id."""
        return self._reports.get(name)

    def was_read(self, report: Report) -> None:
        """The next time the same is asked, it goes as it went the first time."""
        self._mishaps.discard(report.question)


def _number(text: str) -> str:
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return f"6{int.from_bytes(digest, 'big') % 10**15:015d}"
