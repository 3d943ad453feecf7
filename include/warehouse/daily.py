"""The numbers of all readings: made once, then renewed only where files changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from include.lake import compacted_schema
from include.tables import AD_DAILY
from include.warehouse.footers import columns_file
from include.warehouse.inputs import Inputs, Source
from include.warehouse.statements import statement

if TYPE_CHECKING:
    import duckdb

NAME = "ad_daily_readings"


@dataclass(frozen=True)
class Block:
    """Some report days of one calendar month, of some accounts; None means all."""

    first: date
    last: date
    accounts: tuple[tuple[str, str], ...] | None = None


def renew_readings(
    warehouse: duckdb.DuckDBPyConnection, inputs: Inputs, *, anew: bool
) -> list[Block]:
    """Fill `ad_daily_readings`; returns the blocks that were written.

    Args:
        anew: the table is empty. Otherwise it holds what `inputs.before` told.
    """
    daily = [source for source in inputs.of(AD_DAILY.name) if source.rows]
    if anew:
        settled, blocks = _settled(daily)
        if settled:
            _name_files(warehouse, inputs, settled, (date.min, date.max))
            warehouse.execute(statement("ad_daily_settled"))
        done = {source.key for source in settled}
        for block in blocks:
            _insert(warehouse, inputs, block, [s for s in daily if s.key not in done])
        return _months(daily)
    touched = chain(inputs.changed(AD_DAILY.name), inputs.gone(AD_DAILY.name))
    blocks = _blocks(touched)
    nights = _nights(inputs)
    if nights is not None:
        for sources in nights:
            days = min(map(_first, sources)), max(map(_last, sources))
            _name_files(warehouse, inputs, sources, days)
            warehouse.execute(statement("ad_daily_superseded"))
            warehouse.execute(statement(NAME))
        return blocks
    for block in blocks:
        warehouse.execute(_DELETE, [block.first, block.last, _names(block.accounts or ())])
        own = [source for source in daily if source.account in (block.accounts or ())]
        _insert(warehouse, inputs, block, own)
    return blocks


_DELETE = """
DELETE FROM ad_daily_readings
WHERE report_date BETWEEN ? AND ? AND list_contains(?, platform || ' ' || account_id)
"""


def _nights(inputs: Inputs) -> list[list[Source]] | None:
    """The new readings by day, oldest first; None when other files changed, or older days came."""
    name = AD_DAILY.name
    changed = [source for source in inputs.changed(name) if source.rows]
    if inputs.gone(name) or not all(source.whole for source in changed):
        return None
    newest: dict[tuple[str, str], date] = {}
    for source in inputs.before.values():
        if source.table == name and source.readings:
            as_of = max(reading.as_of for reading in source.readings)
            newest[source.account] = max(as_of, newest.get(source.account, as_of))
    nights: dict[date, list[Source]] = defaultdict(list)
    for source in changed:
        as_of = source.readings[0].as_of
        if as_of <= newest.get(source.account, date.min):
            return None
        nights[as_of].append(source)
    return [nights[as_of] for as_of in sorted(nights)]


def _insert(
    warehouse: duckdb.DuckDBPyConnection, inputs: Inputs, block: Block, sources: Iterable[Source]
) -> None:
    files = [s for s in sources if _first(s) <= block.last and _last(s) >= block.first]
    if not files:
        return
    _name_files(warehouse, inputs, files, (block.first, block.last))
    warehouse.execute(statement(NAME))


def _name_files(
    warehouse: duckdb.DuckDBPyConnection,
    inputs: Inputs,
    sources: Sequence[Source],
    days: tuple[date, date],
) -> None:
    """Tell the statements which files and days to read; the first file of a list has no rows."""
    for name, day in zip(("first_day", "last_day"), days, strict=True):
        warehouse.execute(f"SET VARIABLE {name} = ?::DATE", [day])
    whole = [source for source in sources if source.whole]
    compacted = [source for source in sources if not source.whole]
    empty = columns_file(AD_DAILY.schema, AD_DAILY.name, inputs.folder)
    spanned = columns_file(compacted_schema(AD_DAILY.name), "ad_daily_compacted", inputs.folder)
    told_on = [None, *(source.readings[0].as_of for source in whole)]
    warehouse.execute("SET VARIABLE ad_daily_whole = ?", [[empty, *map(inputs.path, whole)]])
    warehouse.execute("SET VARIABLE ad_daily_days = ?::DATE[]", [told_on])
    paths = [spanned, *map(inputs.path, compacted)]
    warehouse.execute("SET VARIABLE ad_daily_compacted = ?", [paths])


def _settled(daily: Sequence[Source]) -> tuple[list[Source], list[Block]]:
    """Files of months that no reading in a file of its own tells of, and the other months."""
    whole = [source for source in daily if source.whole]
    hidden = {_month(_first(source)) for source in daily if source.hidden}
    months = {block.first: block for block in _months(daily)}
    open_months = {
        first
        for first, block in months.items()
        if first in hidden or any(_first(s) <= block.last and _last(s) >= first for s in whole)
    }
    settled = [s for s in daily if not s.whole and _month(_first(s)) not in open_months]
    return settled, [months[first] for first in sorted(open_months)]


def _months(daily: Iterable[Source]) -> list[Block]:
    """Whole months, from the first report day to the last."""
    months = set()
    for source in daily:
        month = _month(_first(source))
        while month <= _last(source):
            months.add(month)
            month = _following(month)
    return [Block(first, _following(first) - timedelta(days=1)) for first in sorted(months)]


def _blocks(touched: Iterable[Source]) -> list[Block]:
    """Month by month the days between the first and the last that a changed file tells of."""
    found: dict[date, list[Source]] = defaultdict(list)
    for source in touched:
        if source.first is not None:
            for block in _months([source]):
                found[block.first].append(source)
    return [
        Block(
            max(month, min(map(_first, sources))),
            min(_following(month) - timedelta(days=1), max(map(_last, sources))),
            tuple(sorted({source.account for source in sources})),
        )
        for month, sources in sorted(found.items())
    ]


def _names(accounts: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{platform} {account_id}" for platform, account_id in accounts]


def _first(source: Source) -> date:
    return source.first or date.max


def _last(source: Source) -> date:
    return source.last or date.min


def _month(day: date) -> date:
    return day.replace(day=1)


def _following(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)
