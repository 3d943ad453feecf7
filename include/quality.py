"""Splits what was read into rows to publish and rows set aside, and keeps count of both.

accepted + quarantined = read, for every table and run, or the task fails.
"""

from __future__ import annotations

import json
import logging
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.errors import QualityFailed, SchemaDrift
from include.lake import partitions, read_table, write_table
from include.rules import Fault, Place, Row, broken_rules, typed, unknown_keys
from include.rules_by_column import seen_by_column, warnings_of
from include.sources.replies import Account
from include.store import Store
from include.tables import TABLES, TEXT
from include.whole_columns import Places, by_key, taken, with_constants

log = logging.getLogger(__name__)

# More than this share set aside is a change of the platform or of our parser, not single bad
# rows; publishing the rest would show a fall that never happened. One bad row alone is never
# more than that: an account with ten campaigns must not stop for one of them.
LIMIT = 0.05

_QUARANTINE: list[pa.Field[Any]] = [
    pa.field("table_name", TEXT, nullable=False),
    pa.field("platform", TEXT, nullable=False),
    pa.field("account_id", TEXT, nullable=False),
    pa.field("as_of", pa.date32(), nullable=False),
    pa.field("run_id", TEXT, nullable=False),
    pa.field("rule", TEXT, nullable=False),
    pa.field("reason", TEXT, nullable=False),
    pa.field("row", TEXT, nullable=False),
]
QUARANTINE = pa.schema(_QUARANTINE)


class Reading(Protocol):
    """One reading of one account: its first and last report day, and the run that made it."""

    @property
    def since(self) -> date: ...
    @property
    def day(self) -> date: ...
    @property
    def run_id(self) -> str: ...


@dataclass(frozen=True)
class Split:
    """The rows of one table of one reading.

    Args:
        accepted: the table's schema, ordered by its key.
        quarantined: `QUARANTINE`; `row` is the parser's row as JSON text, `rule` the first
            rule it broke, `reason` all of them.
        warnings: rule -> accepted rows that break it (see `include.rules_by_column.warnings_of`).
    """

    table: str
    since: date
    day: date
    read: int
    accepted: pa.Table
    quarantined: pa.Table
    warnings: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = self.accepted.num_rows + self.quarantined.num_rows
        if found != self.read:
            raise QualityFailed(
                f"{self.table}: read {self.read} rows, but {self.accepted.num_rows} accepted + "
                f"{self.quarantined.num_rows} quarantined are {found}. This is a fault of "
                "include/quality.py; nothing was published."
            )


def rows_to_table(
    name: str,
    rows: Iterable[Mapping[str, Any]],
    batches: list[pa.RecordBatch] | None = None,
    *,
    account: Account,
    landing: Reading,
    constants: Mapping[str, Any] | None = None,
) -> Split:
    """A parser's rows with the table's types, split by its rules.

    The order in which rows arrive does not matter, nor whether they come as rows or in
    batches. Of rows that are equal in every column one is kept; of rows with one key and
    different values none, since nobody can tell which is right.

    Args:
        batches: rows of `ad_daily` with the table's columns and types, but for `constants`.
            They are taken out of the list, so that they are not held twice.
        constants: columns that have one value in all rows.

    Raises:
        SchemaDrift: a row has a key that the table has no column for.
    """
    place = Place(
        account.platform, account.account_id, account.currency, landing.since, landing.day
    )
    same = dict(constants or {})
    told: list[Mapping[str, Any]] = [{**row, **same} for row in rows]
    seen = seen_by_column(name, [] if batches is None else batches, told, place, same)
    bad: list[tuple[Mapping[str, Any], list[Fault]]] = []
    good: list[tuple[Row, Mapping[str, Any]]] = []
    for row in seen.odd:
        unknown = unknown_keys(name, row)
        if unknown:
            raise SchemaDrift(
                f"{account.platform} {account.account_id} {name}: rows hold {sorted(unknown)}, "
                "which are no columns. Add them to include/tables.py, or leave them out in "
                f"include/sources/{account.platform}.py."
            )
        values, faults = typed(name, row)
        if not faults:
            faults = broken_rules(name, values, place)
        if faults:
            bad.append((row, faults))
        else:
            good.append((values, row))
    read = seen.data.num_rows + len(seen.odd)
    data, origins = seen.data, [*seen.rows, *(row for _, row in good)]
    if good:
        rowed = pa.Table.from_pylist([values for values, _ in good], schema=data.schema)
        data = pa.concat_tables([data, rowed])
    places, doubled = _unique(name, data, origins, same)
    bad += doubled
    del seen
    columns = data.columns
    del data
    taken(columns, places)
    accepted = with_constants(name, columns, len(places), same)
    warnings = warnings_of(name, accepted)
    for rule, count in sorted(warnings.items()):
        log.warning(
            "%s %s %s: %s in %d of %d rows; kept.",
            *(account.platform, account.account_id, name, rule, count, read),
        )
    return Split(
        table=name,
        since=landing.since,
        day=landing.day,
        read=read,
        accepted=accepted,
        quarantined=_quarantined(name, bad, place, landing.run_id),
        warnings=warnings,
    )


def check_limits(name: str, split: Split, *, account: Account, store: Store) -> None:
    """Stop when too much was set aside, or when everything is gone.

    Raises:
        QualityFailed: more than one row and more than 5 % were set aside; or no row is
            left, though rows were read, or though the reading before has rows for the
            same report days.
    """
    where = f"{account.platform} {account.account_id} {split.day} {name}"
    aside = split.quarantined.num_rows
    if aside and (split.accepted.num_rows == 0 or (aside > 1 and aside > LIMIT * split.read)):
        rules = Counter(split.quarantined.column("rule").to_pylist())
        told = ", ".join(f"{rule} {count}" for rule, count in sorted(rules.items()))
        example = split.quarantined.column("reason")[0].as_py()
        raise QualityFailed(
            f"{where}: {aside} of {split.read} rows were set aside ({told}), at most "
            f"{LIMIT:.0%} are. First reason: {example}. Look in quarantine/{name}/; what was "
            "published before stands."
        )
    if split.accepted.num_rows == 0:
        before = _rows_before(store, split, account)
        if before:
            raise QualityFailed(
                f"{where}: no rows were read, the reading before has {before} for the same days. "
                "Look at the raw replies, then collect the day again; what was published before "
                "stands."
            )


def write_quarantine(
    store: Store, name: str, account: Account, split: Split, *, run_id: str
) -> str | None:
    """Keep the rows set aside; a rerun that sets none aside removes those it left before.

    Returns:
        the key that holds them, or None.
    """
    key = f"quarantine/{name}/{_place(run_id, split.day, account)}/part-0.parquet"
    if split.quarantined.num_rows == 0:
        store.delete(key)
        return None
    write_table(store, key, split.quarantined)
    log.warning(
        "%s %s %s: %d of %d rows set aside in %s.",
        *(account.platform, account.account_id, name, split.quarantined.num_rows, split.read, key),
    )
    return key


def write_quality_report(
    store: Store,
    account: Account,
    day: date,
    *,
    run_id: str,
    counts: Mapping[str, Mapping[str, int]],
    notes: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Keep how many rows of each table a run read, accepted and set aside.

    The warehouse shows them as `quality_runs`.

    Args:
        counts: table -> read, accepted, quarantined.
        notes: table -> what else the run has to tell of it, such as warnings.

    Raises:
        QualityFailed: accepted + quarantined is not what was read.
    """
    for name, count in counts.items():
        if count["accepted"] + count["quarantined"] != count["read"]:
            raise QualityFailed(
                f"{account.platform} {account.account_id} {day} {name}: {count['accepted']} "
                f"accepted + {count['quarantined']} quarantined are not the {count['read']} read."
            )
        record = {
            "run_id": run_id,
            "as_of": day.isoformat(),
            "platform": account.platform,
            "account_id": account.account_id,
            "table_name": name,
            "read": count["read"],
            "accepted": count["accepted"],
            "quarantined": count["quarantined"],
            **(notes or {}).get(name, {}),
        }
        key = f"quality/{_place(run_id, day, account)}/{name}.json"
        store.write(key, json.dumps(record, sort_keys=True).encode())


def _unique(
    name: str,
    data: pa.Table,
    rows: Sequence[Mapping[str, Any] | None],
    constants: Mapping[str, Any],
) -> tuple[Places, list[tuple[Mapping[str, Any], list[Fault]]]]:
    """The places of the rows to keep, ordered by key, and the rows that say something twice.

    Args:
        rows: for each row of `data` the parser's row, or None when it came in a batch.
    """
    order, first = by_key(name, data)
    if first.all():
        return order, []
    kept: list[int] = []
    doubled: list[tuple[Mapping[str, Any], list[Fault]]] = []
    for group in np.split(order, np.flatnonzero(first)[1:]):
        if len(group) == 1:
            kept.append(int(group[0]))
            continue
        values = data.take(pa.array(group, pa.int64())).to_pylist()
        told = [
            rows[place] or {**row, **constants} for place, row in zip(group, values, strict=True)
        ]
        which = ", ".join(f"{column} {values[0][column]}" for column in TABLES[name].key)
        if all(row == values[0] for row in values):
            # Rows equal in every column may differ in what is not kept; text decides for good.
            kept.append(int(group[0]))
            fault = Fault("duplicate_row", f"{len(group)} equal rows for {which}; one is kept")
            doubled += [(row, [fault]) for row in sorted(told, key=_json)[1:]]
        else:
            fault = Fault("duplicate_key", f"{len(group)} different rows for {which}; none is kept")
            doubled += [(row, [fault]) for row in told]
    return np.array(kept, dtype=np.int64), doubled


def _quarantined(
    name: str, bad: Iterable[tuple[Mapping[str, Any], list[Fault]]], place: Place, run_id: str
) -> pa.Table:
    rows = [
        {
            "table_name": name,
            "platform": place.platform,
            "account_id": place.account_id,
            "as_of": place.day,
            "run_id": run_id,
            "rule": faults[0].rule,
            "reason": _encodable("; ".join(fault.reason for fault in faults)),
            "row": _json(row),
        }
        for row, faults in bad
    ]
    rows.sort(key=lambda row: (row["row"], row["rule"], row["reason"]))
    return pa.Table.from_pylist(rows, schema=QUARANTINE)


def _rows_before(store: Store, split: Split, account: Account) -> int:
    """Rows that the newest earlier reading has for what this one read."""
    earlier = [
        partition
        for partition in partitions(store, split.table)
        if (partition.platform, partition.account_id) == (account.platform, account.account_id)
        and partition.as_of < split.day
    ]
    if not earlier:
        return 0
    data = read_table(store, earlier[-1].key)
    if "report_date" not in data.column_names:
        return data.num_rows
    inside = pc.and_(
        pc.greater_equal(data["report_date"], pa.scalar(split.since)),
        pc.less_equal(data["report_date"], pa.scalar(split.day)),
    )
    return data.filter(inside).num_rows


def _place(run_id: str, day: date, account: Account) -> str:
    # Airflow's run ids hold colons, which are no part of a key.
    run = re.sub(r"[^A-Za-z0-9_=.+@~-]", "-", run_id)
    return f"run={run}/day={day}/platform={account.platform}/account={account.account_id}"


def _json(row: Mapping[str, Any]) -> str:
    """The row as text; without what is null, since absent and null are one."""
    present = {name: value for name, value in row.items() if value is not None}
    return _encodable(json.dumps(_plain(present), ensure_ascii=False, sort_keys=True))


def _plain(value: Any) -> Any:
    """The value in JSON's own types; what JSON has no type for becomes text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | str):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else str(value)


def _encodable(text: str) -> str:
    """Half characters (lone surrogates) spelled out, so that the text fits into UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()
