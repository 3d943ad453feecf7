"""From the cells of one export to the ads in it and their days."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import date

from include.errors import ConfigurationError
from include.sources.exports import dates, numbers
from include.sources.exports.daily import Cells, Days, check_ids, days_of, id_of
from include.sources.exports.inbox import plain_name
from include.sources.exports.names import COUNTS, FRACTIONS, IDS, MONEY, TEXTS
from include.sources.exports.settings import Settings
from include.sources.exports.sheet import Sheet
from include.sources.replies import Account
from include.sources.strict import Row, check_same

# What stands in the day of a row that adds up days.
_ALL_DAYS = frozenset({"all", "todos", "todo", "todas", "total", "totals", "totales"})
# The one total of Google's several ("Total: Search", "Total: Ads") that is the account's.
_ACCOUNT_TOTAL = frozenset({"total account", "total cuenta", "total"})
_IN_UTC = re.compile(r"\((in|en) utc\)", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """The rows of a file, read: the same position in every list is the same row.

    Args:
        kinds: `ad`, `account` or `campaign` (a total), or `other` (a total of something else).
        days: of each row of an ad, and of each total that has one.
        cells: texts and plain numbers of every field.
    """

    kinds: list[str]
    days: list[date | None]
    cells: Cells


@dataclass
class Export:
    """What one file holds.

    Args:
        ads: ad id -> ids, names and texts, as its last day tells them.
        totals: rows of `totals_daily`, by level.
        unknown: what was seen and not understood.
    """

    where: str
    days: Days
    ads: dict[str, Row]
    unknown: Counter[str]
    totals: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    @property
    def last_day(self) -> date:
        """The last day the file tells of; a later one makes it the newer file."""
        return max(self.days.days, default=date.min)


def read(sheet: Sheet, account: Account, settings: Settings) -> Table:
    """Texts, numbers and days of one file.

    Raises:
        ConfigurationError: the file is of another account, currency or time zone, or its days
            or numbers can be read in two ways.
    """
    _check_account(sheet, account)
    cells = _cells(sheet, account, settings)
    day_cells = _texts(sheet, _day_field(sheet))
    sums = {text for text in set(day_cells) if text and plain_name(text) in _ALL_DAYS}
    kinds = [
        _kind(at, cells, f"{sheet.where}: line {line}", adds_up=day_cells[at] in sums)
        for at, (line, _) in enumerate(sheet.rows)
    ]
    return Table(kinds, _days(sheet, account, settings, kinds, sums=sums), cells)


def ads_of(sheet: Sheet, table: Table, account: Account) -> Export:
    """The days of the file's ads, and the ads themselves.

    Raises:
        ConfigurationError: rows add up several days, or an id is none any more.
    """
    of_ads = [
        (at, day)
        for at, (kind, day) in enumerate(zip(table.kinds, table.days, strict=True))
        if kind == "ad" and day is not None
    ]
    at, days = [at for at, _ in of_ads], [day for _, day in of_ads]
    found = days_of(table.cells, at, days, account)
    _check_period(sheet, set(days))
    check_ids(found, sheet.where)
    newest: dict[str, tuple[date, int]] = {}
    for number, (ad_id, day) in enumerate(found.keys):
        if ad_id is not None and (ad_id not in newest or day >= newest[ad_id][0]):
            newest[ad_id] = (day, number)
    ads = {
        ad_id: dict(zip(("campaign_id", "ad_set_id", "ad_id"), found.ids[number], strict=True))
        | {name: table.cells[name][at[number]] for name in TEXTS}
        for ad_id, (_, number) in newest.items()
    }
    return Export(sheet.where, found, ads, sheet.unknown.copy())


def _check_account(sheet: Sheet, account: Account) -> None:
    """Account, currency and time zone, as far as the file tells them."""
    told = (text for text in _texts(sheet, "currency") if text)
    for code in dict.fromkeys((*sheet.currencies, *told)):
        check_same(account, f"currency (against {sheet.where})", code.upper(), account.currency)
    if _IN_UTC.search(sheet.headers[_day_field(sheet)]):
        check_same(account, f"time zone (against {sheet.where})", "UTC", account.timezone)
    for text in dict.fromkeys(_texts(sheet, "account_id")):
        plain = (id_of(text) or "").removeprefix("act_").replace("-", "")
        if plain and plain.casefold() != account.account_id.casefold():
            raise ConfigurationError(
                f"{sheet.where}: the file is of account {plain!r:.40}, and lies in the folder of "
                f"{account.platform} {account.account_id}. Move it to its own account's folder."
            )


def _texts(sheet: Sheet, name: str) -> list[str | None]:
    return [
        None if cell is None or numbers.absent(cell) else cell.strip()
        for cell in sheet.column(name)
    ]


def _day_field(sheet: Sheet) -> str:
    return "day" if "day" in sheet.columns else "period_start"


def _cells(sheet: Sheet, account: Account, settings: Settings) -> Cells:
    """Every field's cells, numbers plain; a field without a column is None in every row."""
    nothing: list[str | None] = [None] * len(sheet.rows)
    found = dict.fromkeys((*IDS, *TEXTS, *COUNTS, *FRACTIONS, *MONEY), nothing)
    told = set(sheet.columns)
    found |= {name: _texts(sheet, name) for name in told & {*IDS, *TEXTS}}
    for name in told & set(COUNTS):
        found[name] = numbers.counts(sheet.column(name), sheet.place(name))
    for name in told & {*FRACTIONS, *MONEY}:
        found[name] = numbers.amounts(
            sheet.column(name),
            sheet.place(name),
            decimal=settings.decimal,
            currency=account.currency,
        )
    if account.platform == "google_ads":
        found["link_clicks"] = found["clicks"]  # Google's clicks all lead off the ad
    return found


def _kind(at: int, cells: Cells, where: str, *, adds_up: bool) -> str:
    """What a row is about; see `Table`."""
    if cells["ad_id"][at] or cells["tweet_id"][at]:
        return "other" if adds_up else "ad"
    if cells["ad_set_id"][at]:
        return "other" if adds_up else "ad"  # without an ad's id: on its way to quarantine
    if cells["campaign_id"][at]:
        return "other" if adds_up else "campaign"
    said = [plain_name(text) for name in TEXTS if (text := cells[name][at])]
    labels = [text for text in said if text.startswith("total")]
    if labels:
        return "account" if labels[0] in _ACCOUNT_TOTAL else "other"
    names = [
        text for name in ("campaign_name", "ad_set_name", "ad_name") if (text := cells[name][at])
    ]
    if names:
        raise ConfigurationError(
            f"{where} names {names!r:.80} and no ids, and is no total. Export with the ids of "
            "campaign, ad set and ad in every row, as a table and not as a pivot."
        )
    return "account"


def _days(
    sheet: Sheet,
    account: Account,
    settings: Settings,
    kinds: Sequence[str],
    *,
    sums: Container[str | None],
) -> list[date | None]:
    """The day of each row; a total over several days has none."""
    name = _day_field(sheet)
    cells = _texts(sheet, name)
    ends = _texts(sheet, "period_end") if name == "period_start" else cells
    wanted: dict[int, str] = {}
    for at, kind in enumerate(kinds):
        text, end = cells[at], ends[at]
        if kind == "ad" and (text is None or text != end):
            raise ConfigurationError(
                f"{sheet.where}: line {sheet.rows[at][0]} is of the days {text!r:.40} to "
                f"{end!r:.40}; expected one day per row. {sheet.layout.ask}."
            )
        if text is not None and text == end and text not in sums:
            wanted[at] = text
    read_days = dates.days(
        list(wanted.values()),
        sheet.place(name),
        timezone=account.timezone,
        date_format=settings.date_format,
    )
    found: list[date | None] = [None] * len(kinds)
    for at, day in zip(wanted, read_days, strict=True):
        found[at] = day
    return found


def _check_period(sheet: Sheet, seen: set[date]) -> None:
    """A report that adds up a period carries its first day in every row.

    LinkedIn writes one without a word when no daily breakdown was chosen.
    """
    period = dates.period_in(sheet.above)
    if period is not None and period[0] < period[1] and seen == {period[0]}:
        raise ConfigurationError(
            f"{sheet.where}: every row says {period[0]}, and the lines above the header say "
            f"{period[0]} to {period[1]}: the rows add up the whole period. {sheet.layout.ask}."
        )
