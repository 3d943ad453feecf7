"""What the health page shows: how far each account is read, what was set aside, what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from include.catalogue.account_notes import Odd, Place, State, oddities, states
from include.catalogue.rows import ask
from include.config.nodes import Nodes
from include.store import Store

NIGHTS = 14
PAGE = 50  # rows set aside on one page

# Numbers older than this are compared no more: their window of restatement is over.
COMPARED_DAYS = 28
# At seven in the morning of Bogota yesterday is read; before that the newest day is the day before.
LATE_AFTER = 2
# Money that ads and totals disagree on; rounding stays far below it.
DIFFERENCE = 0.005
RESIDUAL = 0.05

Severity = Literal["bad", "warn"]

_ACCOUNTS = """
WITH compared AS (
    SELECT
        platform, account_id, any_value(currency) AS currency,
        sum(total_spend) AS total_spend,
        sum(residual_spend) AS residual_spend,
        sum(spend_difference) AS spend_difference,
        sum(total_impressions) AS total_impressions,
        sum(impressions_difference) AS impressions_difference
    FROM reconciliation
    JOIN freshness USING (platform, account_id)
    WHERE report_date > newest_as_of - CAST($compared_days AS INTEGER)
    GROUP BY platform, account_id
),
doubled AS (
    SELECT platform, account_id, count(*) AS double_counts
    FROM double_counts
    GROUP BY platform, account_id
),
runs AS (
    SELECT platform, account_id, sum(read) AS read
    FROM (
        SELECT *
        FROM quality_runs
        JOIN freshness USING (platform, account_id)
        WHERE as_of = newest_as_of
        QUALIFY row_number() OVER (
            PARTITION BY platform, account_id, table_name ORDER BY run_id DESC
        ) = 1
    )
    GROUP BY platform, account_id
)
SELECT
    freshness.*, compared.* EXCLUDE (platform, account_id), coalesce(runs.read, 0) AS read,
    coalesce(doubled.double_counts, 0) AS double_counts
FROM freshness
LEFT JOIN compared USING (platform, account_id)
LEFT JOIN runs USING (platform, account_id)
LEFT JOIN doubled USING (platform, account_id)
ORDER BY freshness.name IS NULL, platform, account_id
"""
_READINGS = """
SELECT DISTINCT platform, account_id, as_of
FROM quality_runs
WHERE as_of > CAST($since AS DATE) AND table_name = 'ad_daily'
"""
_QUARANTINED = """
SELECT *
FROM quarantined
WHERE ($platform = '' OR platform = $platform)
    AND ($account_id = '' OR account_id = $account_id)
    AND ($table = '' OR table_name = $table)
ORDER BY as_of DESC, platform, account_id, table_name, rule, "row"
LIMIT CAST($limit AS INTEGER) OFFSET CAST($offset AS INTEGER)
"""
_QUARANTINED_COUNTS = """
SELECT platform, account_id, table_name, rule, count(*) AS rows, max(as_of) AS newest
FROM quarantined
GROUP BY ALL
ORDER BY newest DESC, rows DESC, platform, account_id, table_name, rule
"""


@dataclass(frozen=True)
class AccountHealth:
    """One account; a figure is None where nothing is known of it."""

    row: Mapping[str, Any]
    nights: Sequence[bool]  # whether each of the last `NIGHTS` days was read, oldest first
    today: date

    @property
    def label(self) -> str:
        """What people call it; its id when `nodes.yaml` no longer names it."""
        return str(self.row["name"] or self.row["account_id"])

    @property
    def days_behind(self) -> int | None:
        """Days since the newest day read; 1 is yesterday."""
        newest = self.row["newest_as_of"]
        return None if newest is None else (self.today - newest).days

    @property
    def is_read(self) -> bool:
        """Whether anybody still collects it."""
        return self.row["name"] is not None

    @property
    def is_late(self) -> bool:
        """Whether it is behind or was never read, though it should be."""
        behind = self.days_behind
        return self.is_read and (behind is None or behind > LATE_AFTER)

    @property
    def quarantined_share(self) -> float | None:
        """Of the newest reading's rows, those set aside."""
        return self.row["quarantined"] / self.row["read"] if self.row["read"] else None

    @property
    def difference(self) -> float | None:
        """Of the platform's total spend, what neither ads nor residuals hold; 28 days."""
        return self._share("spend_difference")

    @property
    def residual(self) -> float | None:
        """Of the platform's total spend, what no ad holds; 28 days."""
        return self._share("residual_spend")

    def _share(self, column: str) -> float | None:
        total: Decimal | None = self.row["total_spend"]
        return float(self.row[column] / total) if total else None


@dataclass(frozen=True)
class Notice:
    """Something to look at; the template has the words for each `kind`.

    Args:
        label: what people call the account.
        account: what the warehouse knows of it; `state` and `odd` what the runs noted.
    """

    severity: Severity
    kind: str
    platform: str
    account_id: str
    label: str
    account: AccountHealth | None = None
    state: State | None = None
    odd: Odd | None = None


@dataclass(frozen=True)
class Health:
    """The whole page."""

    accounts: Sequence[AccountHealth]
    notices: Sequence[Notice]
    days: Sequence[date]

    @property
    def read_to(self) -> date | None:
        """The day that every account of `nodes.yaml` is read to."""
        days = [a.row["newest_as_of"] for a in self.accounts if a.row["name"]]
        return None if not days or None in days else min(days)

    @property
    def late(self) -> int:
        """Accounts that are behind or were never read."""
        return sum(account.is_late for account in self.accounts)

    @property
    def quarantined(self) -> int:
        """Rows of the newest readings that were set aside."""
        return sum(a.row["quarantined"] for a in self.accounts)

    @property
    def worst_difference(self) -> float | None:
        """The largest share of an account's spend that ads and total disagree on."""
        found = [abs(a.difference) for a in self.accounts if a.difference is not None]
        return max(found, default=None)


def health(store: Store, nodes: Nodes, *, today: date) -> Health:
    """How the data are, as of the newest warehouse and the notes of the newest runs."""
    since = today - timedelta(days=NIGHTS + 1)
    days = [since + timedelta(days=n) for n in range(1, NIGHTS + 1)]
    found = ask(store, {"accounts": _ACCOUNTS}, {"compared_days": COMPARED_DAYS})
    read = {
        (row["platform"], row["account_id"], row["as_of"])
        for row in ask(store, {"readings": _READINGS}, {"since": since})["readings"]
    }
    accounts = [
        AccountHealth(
            row, [(row["platform"], row["account_id"], day) in read for day in days], today
        )
        for row in found["accounts"]
    ]
    collected = {(a.platform, a.account_id): a.name for a in nodes.accounts}
    unreadable = {place: told for place, told in states(store).items() if place in collected}
    notices = [_unreadable(place, collected[place], told) for place, told in unreadable.items()]
    odd = oddities(store)
    for account in accounts:
        place = (account.row["platform"], account.row["account_id"])
        notices += notices_of(account, odd.get(place), told=place in unreadable)
    return Health(accounts, sorted(notices, key=lambda n: n.severity), days)


def notices_of(
    account: AccountHealth, odd: Odd | None = None, *, told: bool = False
) -> list[Notice]:
    """What to look at in one account, worst first.

    Args:
        told: another notice says already why the account is not read.
    """
    if not account.is_read:
        return []
    seen: list[tuple[Severity, str, bool]] = [
        ("bad", "never", account.days_behind is None and not told),
        ("bad", "late", account.days_behind is not None and account.is_late and not told),
        ("warn", "difference", abs(account.difference or 0.0) > DIFFERENCE),
        ("warn", "residual", (account.residual or 0.0) > RESIDUAL),
        ("warn", "doubled", account.row["double_counts"] > 0),
        ("warn", "quarantined", account.row["quarantined"] > 0),
        ("warn", "vanished", account.row["vanished_rows"] > 0),
        ("warn", "unknown", odd is not None and bool(odd.unknown)),
        ("warn", "odd", odd is not None and bool(odd.warnings)),
    ]
    row = account.row
    return [
        Notice(severity, kind, row["platform"], row["account_id"], account.label, account, odd=odd)
        for severity, kind, there in seen
        if there
    ]


def _unreadable(place: Place, name: str, told: State) -> Notice:
    return Notice("bad", "unreadable", *place, name, state=told)


def quarantined(
    store: Store, *, platform: str, account_id: str, table: str, page: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """One page of the rows set aside, newest reading first, and how many there are of each rule."""
    which = {
        "platform": platform,
        "account_id": account_id,
        "table": table,
        "limit": PAGE,
        "offset": PAGE * (page - 1),
    }
    rows = ask(store, {"rows": _QUARANTINED}, which)["rows"]
    return rows, ask(store, {"counts": _QUARANTINED_COUNTS}, {})["counts"]
