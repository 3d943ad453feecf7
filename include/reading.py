"""A landed reading, judged and published: partitions, quarantine, quality reports."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from include.lake import Partition, write_partition
from include.landing import Landing, parse_landing, read_landing
from include.quality import (
    Split,
    check_limits,
    rows_to_table,
    write_quality_report,
    write_quarantine,
)
from include.residuals import Residuals, placeholders, residual_rows
from include.rules import typed
from include.sources.replies import Account, Parsed
from include.store import LocalStore, Store
from include.tables import RESTATEMENT_DAYS, TABLES

log = logging.getLogger(__name__)

Row = dict[str, Any]

# Dimensions first: whoever sees a number can then always look up its ad. The pictures' table
# waits for the files themselves.
LISTED = ("accounts", "campaigns", "ad_sets", "ads", "creatives", "totals_daily", "ad_daily")


@dataclass(frozen=True)
class _Staged:
    """What was judged and lies ready to be published.

    Args:
        counts: table -> read, accepted, quarantined; residual rows are in none of them.
        notes: table -> what else the quality report tells of it.
    """

    counts: dict[str, dict[str, int]]
    notes: dict[str, dict[str, Any]]
    residuals: Residuals


def load_reading(store: Store, account: Account, day: date) -> dict[str, dict[str, int]]:
    """Check a landed reading and publish its partitions; bad rows go to quarantine.

    Where ads say less than the platform's own totals, `ad_daily` gets residual rows.

    Returns:
        per table: read, accepted, quarantined; residual rows are in none of them.

    Raises:
        QualityFailed: too many rows were set aside, or a check of the whole partition
            failed; the partitions published before stay as they were.
    """
    from include.expectations import validate_files

    landing = read_landing(store, account, day)
    with tempfile.TemporaryDirectory(prefix="pauta-reading-") as folder:
        ready = LocalStore(Path(folder))
        staged = _stage(store, ready, account, landing)
        pa.default_memory_pool().release_unused()
        paths = {
            name: ready.path / Partition(name, day, account.platform, account.account_id).key
            for name in LISTED
        }
        judged = {name: paths[name] for name in ("ads", "ad_daily")}
        validate_files(store, judged, account=account, day=day)
        for path in paths.values():
            store.write_file(path.relative_to(ready.path).as_posix(), path)
    _tell(staged.residuals, account, day)
    write_quality_report(
        store,
        account,
        day,
        run_id=landing.run_id,
        counts=staged.counts,
        notes=staged.notes,
    )
    return staged.counts


def daily_split(parsed: Parsed, account: Account, landing: Landing) -> Split:
    """The numbers of a reading with their lineage; `parsed` no longer holds them afterwards."""
    batches = [_with_final(batch, landing) for batch in parsed.batches]
    parsed.batches.clear()
    rows = [
        {**row, "is_final": is_final(landing.platform, row.get("report_date"), landing.day)}
        for row in parsed.rows.pop("ad_daily", [])
    ]
    return rows_to_table(
        "ad_daily", rows, batches, account=account, landing=landing, constants=_lineage(landing)
    )


def _stage(store: Store, ready: Store, account: Account, landing: Landing) -> _Staged:
    """Judge every table, put it into `ready`, and keep what was set aside in `store`."""
    parsed = parse_landing(store, account, landing)
    counts: dict[str, dict[str, int]] = {}
    notes: dict[str, dict[str, Any]] = {}
    tables: dict[str, pa.Table] = {}
    for name in LISTED:
        if name == "ad_daily":
            split = daily_split(parsed, account, landing)
        else:
            rows = parsed.rows.pop(name, [])
            split = rows_to_table(name, rows, account=account, landing=landing)
        write_quarantine(store, name, account, split, run_id=landing.run_id)
        check_limits(name, split, account=account, store=store)
        counts[name] = counted(split)
        notes[name] = {"warnings": dict(sorted(split.warnings.items()))}
        tables[name] = split.accepted
    del split
    for what, count in sorted(parsed.unknown.items()):
        log.warning("%s: unknown %s in %d places; kept in raw.", account.platform, what, count)
    residuals = residual_rows(tables["ad_daily"], tables["totals_daily"], account)
    for name, more in _residual_tables(residuals, tables, account, landing).items():
        tables[name] = pa.concat_tables([tables[name], more])
    notes["ad_daily"]["unknown"] = dict(sorted(parsed.unknown.items()))
    notes["ad_daily"]["residual_rows"] = len(residuals.rows)
    notes["totals_daily"]["reconciliation"] = residuals.reconciliation
    for name, table in tables.items():
        partition = Partition(name, landing.day, account.platform, account.account_id)
        write_partition(ready, partition, table)
    return _Staged(counts, notes, residuals)


def _with_final(batch: pa.RecordBatch, landing: Landing) -> pa.RecordBatch:
    first_open = landing.day - timedelta(days=RESTATEMENT_DAYS[landing.platform])
    final = pc.less(batch["report_date"], pa.scalar(first_open))
    decided = cast("pa.BooleanArray", pc.fill_null(final, pa.scalar(value=False)))
    return batch.append_column("is_final", decided)


def _lineage(landing: Landing) -> Row:
    """The same in every row of the reading."""
    return {
        "run_id": landing.run_id,
        "fetched_at": landing.fetched_at,
        "raw_sha256": landing.sha256,
    }


def _residual_tables(
    residuals: Residuals, tables: Mapping[str, pa.Table], account: Account, landing: Landing
) -> dict[str, pa.Table]:
    """Residual rows, and the ads, ad sets and campaigns that they need."""
    if not residuals.rows:
        return {}
    campaigns = {str(campaign) for campaign in tables["campaigns"]["campaign_id"].to_pylist()}
    added = placeholders(residuals.rows, campaigns, account)
    lineage = _lineage(landing)
    added["ad_daily"] = [
        {**row, **lineage, "is_final": is_final(account.platform, row["report_date"], landing.day)}
        for row in residuals.rows
    ]
    return {name: _table(name, rows) for name, rows in added.items()}


def _table(name: str, rows: Iterable[Row]) -> pa.Table:
    """Rows of our own making, with the table's types."""
    return pa.Table.from_pylist([typed(name, row)[0] for row in rows], schema=TABLES[name].schema)


def _tell(residuals: Residuals, account: Account, day: date) -> None:
    """Log what ads lack of the totals, or say beyond them."""
    found = residuals.reconciliation
    if found is None:
        return
    if found["residual_rows"]:
        log.warning(
            "%s %s %s: the ads lack %s of %s impressions and %s of %s spend of the totals; "
            "added as %d residual rows.",
            *(account.platform, account.account_id, day),
            *(found["difference"]["impressions"], found["total"]["impressions"]),
            *(found["difference"]["spend"], found["total"]["spend"]),
            found["residual_rows"],
        )
    if found["above_total"]:
        log.warning(
            "%s %s %s: on %d days the ads of a %s say more than its total, first %s; kept.",
            *(account.platform, account.account_id, day, found["above_total"], found["level"]),
            found["examples"][0],
        )


def is_final(platform: str, report_date: object, day: date) -> bool:
    """Whether the platform no longer changes a report day, seen from the day of reading.

    False for what is no date: such a row is on its way to quarantine.
    """
    if not isinstance(report_date, date):
        return False
    return (day - report_date).days > RESTATEMENT_DAYS[platform]


def counted(split: Split) -> dict[str, int]:
    """Read, accepted, quarantined."""
    return {
        "read": split.read,
        "accepted": split.accepted.num_rows,
        "quarantined": split.quarantined.num_rows,
    }
