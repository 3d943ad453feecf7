"""Pages of X's statistics, added up to one row per ad and day, and per account and day."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any

from include.errors import SchemaDrift
from include.sources.columns import NotPlain
from include.sources.http import listing
from include.sources.replies import Account, Parsed, Reply
from include.sources.strict import (
    MICROS,
    UNLISTED,
    Row,
    count_left,
    leave,
    of_account,
    put_count,
    put_money,
    record,
    set_aside,
    take_id,
)
from include.sources.x_ads_columns import Days
from include.sources.x_ads_numbers import Totals, add_series, day_row, days_of_points


class Numbers:
    """Pages of numbers, added up: by columns, or row by row where a page is unusual."""

    def __init__(self, account: Account, unknown: Counter[str]) -> None:
        self._account = account
        self._unknown = unknown
        self._where = f"x_ads {account.account_id} stats"
        self._days = Days()
        self._rest: dict[tuple[str, date], Totals] = defaultdict(Totals)
        self._account_days = Days()
        self._of_account: dict[tuple[str, date], Totals] = defaultdict(Totals)

    def add(self, reply: Reply) -> None:
        """One page; not kept.

        Raises:
            SchemaDrift: it does not say which hours it covers, or a series is none.
        """
        body = reply.body
        days = days_of_points(body, self._account)
        added_up, rest, unknown = self._days, self._rest, self._unknown
        if _is_total(reply):
            # What X offers for accounts is what it offers for ads: counted there.
            added_up, rest, unknown = self._account_days, self._of_account, Counter()
        try:
            added_up.add(body, reply.content, days, unknown)
        except NotPlain:
            self._add_rows(body, days, rest, unknown)

    def finish(self, parsed: Parsed) -> None:
        """Put the days with any activity where they belong; all-zero days have no row."""
        account = self._account
        ads = parsed.rows["ads"]
        parents = {row["ad_id"]: (row["campaign_id"], row["ad_set_id"]) for row in ads}
        parsed.batches.extend(self._days.finish(account, parents, self._rest))
        for (ad_id, day), total in sorted(self._rest.items()):
            if not total.any:
                continue
            campaign_id, ad_set_id = parents.get(ad_id, (UNLISTED, UNLISTED))
            parsed.rows["ad_daily"].append(
                {
                    **of_account(account),
                    "report_date": day,
                    "timezone": account.timezone,
                    "currency": account.currency,
                    "campaign_id": campaign_id,
                    "ad_set_id": ad_set_id,
                    "ad_id": ad_id,
                    "attribution_setting": None,
                    **day_row(total),
                }
            )
        self._account_days.empty_into(self._of_account)
        for (level_id, day), total in sorted(self._of_account.items()):
            if total.any:
                parsed.rows["totals_daily"].append(_total_row(level_id, day, total, account))

    def _add_rows(
        self,
        body: Any,
        days: tuple[date, ...],
        totals: dict[tuple[str, date], Totals],
        unknown: Counter[str],
    ) -> None:
        seen: dict[str, Any] = {}
        for item in listing(body, "data", self._where):
            fields = record(item, "stats", self._account)
            ad_id = take_id(fields, "id", "stats", self._account)
            if ad_id in seen:
                if seen[ad_id] != item:
                    raise SchemaDrift(
                        f"{self._where}: {ad_id} is in one reply twice, with different numbers. "
                        "A developer has to look at include/sources/x_ads.py."
                    )
                continue
            seen[ad_id] = item
            for entry in listing(fields, "id_data", self._where):
                parts = record(entry, "stats", self._account)
                metrics = record(parts.pop("metrics", None), "stats", self._account)
                add_series(totals, ad_id, metrics, days=days, unknown=unknown, where=self._where)
                leave(parts, ("segment",))
                count_left(parts, "stats", unknown)
            leave(fields, ("id_data",))
            count_left(fields, "stats", unknown)


def _is_total(reply: Reply) -> bool:
    """Whether a page is about the whole account."""
    params = reply.body["request"]["params"]
    return reply.entity == "totals" or params.get("entity") == "ACCOUNT"


def _total_row(level_id: str, day: date, total: Totals, account: Account) -> Row:
    """What X says the whole account did on a day."""
    row: Row = {
        **of_account(account),
        "level": "account",
        "level_id": level_id,
        "report_date": day,
        "currency": account.currency,
    }
    put_count(row, "impressions", total.sums.get("impressions"))
    put_count(row, "clicks", total.sums.get("clicks"))
    put_money(row, "spend", total.sums.get("spend"), divisor=MICROS)
    for column in row.keys() & total.unparsed.keys():
        set_aside(row, column, total.unparsed[column])
    return row
