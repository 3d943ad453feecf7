"""Google's metrics: rows per entity, and per day and conversion action when these are asked.

Columns are added up with numpy and written as JSON by one template: a year of an account is
a hundred thousand rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from include.sandbox.entities import Ad
from include.sandbox.gaql import Condition, Query, date_range, holds, sort_key
from include.sandbox.google_assets import Values
from include.sandbox.google_fields import CONVERSION_SEGMENTS, camel, selected_paths, written
from include.sandbox.google_rows import ACTIONS, Rows, is_asset_group

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MEASURED = frozenset({"customer", "campaign", "ad_group", "ad_group_ad", "asset_group"})
_COUNTS = {
    "metrics.impressions": "impressions",
    "metrics.clicks": "link_clicks",
    "metrics.interactions": "link_clicks",
}
_ZERO_COUNTS = (
    "metrics.view_through_conversions",
    "metrics.engagements",
    "metrics.video_trueview_views",
)
_ZERO_SHARES = tuple(f"metrics.video_quartile_p{part}_rate" for part in (25, 50, 75, 100))
_INTEGERS = frozenset({*_COUNTS, *_ZERO_COUNTS, "metrics.cost_micros"})


def beyond_asset_groups(values: Any) -> Any:
    """What a Performance Max campaign did beyond its asset groups, from what these did."""
    return values // 50


@dataclass(frozen=True)
class _Table:
    """Measured rows: whose they are, and a list of values for each selected field."""

    entities: Sequence[Values]
    whose: list[int]
    columns: Mapping[str, list[Any]]

    def __len__(self) -> int:
        return len(self.whose)


def measured_rows(rows: Rows, query: Query, now: datetime) -> list[str]:
    """The query's rows as JSON texts, in its order, no more than its limit."""
    table = _measured(rows, query, now)
    kept: Sequence[int] = range(len(table))
    for condition in query.where:
        if condition.field != "segments.date" or condition.operator == "IN":
            kept = _meeting(condition, table, kept)
    for name, descending in reversed(query.order):
        keys = [sort_key(_value(table, name, row)) for row in range(len(table))]
        kept = sorted(kept, key=keys.__getitem__, reverse=descending)
    return _texts(table, query, list(kept)[: query.limit])


def _measured(rows: Rows, query: Query, now: datetime) -> _Table:
    since, until = date_range(query, rows.today)
    seen = rows.world.daily(rows.account, since, until, now)
    entities, ids, id_of = _level(rows, query.resource)
    index = {name: number for number, name in enumerate(ids)}
    of_ad = np.array([index.get(id_of(ad), -1) for ad in seen.ads], dtype=np.int64)
    ours = np.nonzero(of_ad[seen.ad] >= 0)[0] if len(of_ad) else np.array([], dtype=np.int64)
    by_day = "segments.date" in query.select
    by_action = bool(CONVERSION_SEGMENTS & query.fields)
    keys = of_ad[seen.ad[ours]] * 10_000_000 + (seen.day[ours] if by_day else 0)
    order = np.argsort(keys, kind="stable")
    found, starts = np.unique(keys[order], return_index=True)
    picked = ours[order]
    if query.resource in {"campaign", "customer"}:
        extra = np.array([is_asset_group(ad) for ad in seen.ads], dtype=np.bool_)[seen.ad[picked]]
    else:
        extra = np.zeros(len(picked), dtype=np.bool_)

    def added(values: NDArray[Any], *, beyond: bool = False) -> NDArray[Any]:
        some = values[picked]
        if beyond:
            some = some + np.where(extra, beyond_asset_groups(some), 0)
        return np.add.reduceat(some, starts) if len(starts) else some[:0]

    leads, purchases, revenue = added(seen.leads), added(seen.purchases), added(seen.revenue)
    whose = (found // 10_000_000).tolist()
    columns: dict[str, list[Any]] = {}
    if by_day:
        days = (found % 10_000_000).tolist()
        names = {day: date.fromordinal(day).isoformat() for day in set(days)}
        columns["segments.date"] = [names[day] for day in days]
    if by_action:
        whole = _Table(entities, whose, columns)
        return _by_action(rows, whole, leads, purchases, revenue / 1e6)
    for path, name in _COUNTS.items():
        columns[path] = added(seen.counts[name], beyond=True).tolist()
    columns["metrics.cost_micros"] = added(seen.spend, beyond=True).tolist()
    columns |= {path: [0] * len(whose) for path in (*_ZERO_COUNTS, *_ZERO_SHARES)}
    columns |= _conversions(leads + purchases, revenue / 1e6)
    if not by_day:
        _add_the_idle(whose, columns, len(entities))
    return _Table(entities, whose, columns)


def _level(rows: Rows, resource: str) -> tuple[list[Values], list[str], Callable[[Ad], str]]:
    """The resource's entities, their ids, and how an ad tells to which it belongs."""
    by_id: dict[str, tuple[Mapping[str, Values], Callable[[Ad], str]]] = {
        "ad_group_ad": (rows.ads, lambda ad: ad.id),
        "asset_group": (rows.asset_groups, lambda ad: ad.id),
        "ad_group": (rows.ad_groups, lambda ad: ad.ad_set.id),
        "campaign": (rows.campaigns, lambda ad: ad.ad_set.campaign.id),
        "customer": ({rows.customer.id: rows.of_customer}, lambda _: rows.customer.id),
    }
    known, id_of = by_id[resource]
    return list(known.values()), list(known), id_of


def _by_action(
    rows: Rows, table: _Table, leads: Floats, purchases: Floats, revenue: Floats
) -> _Table:
    """Two rows for each, leads and purchases; those without any are not told."""
    counts = np.stack([leads, purchases], axis=1).ravel()
    worth = np.stack([np.zeros(len(revenue)), revenue], axis=1).ravel()
    told = np.nonzero(counts > 0)[0]
    actions = [list(ACTIONS.items())[number % 2] for number in told.tolist()]
    at = (told // 2).tolist()
    made: dict[str, list[Any]] = {
        name: [values[i] for i in at] for name, values in table.columns.items()
    }
    made |= _conversions(counts[told], worth[told])
    made["segments.conversion_action"] = [
        f"{rows.name}/conversionActions/{number}" for _, (number, _) in actions
    ]
    made["segments.conversion_action_name"] = [name for _, (_, name) in actions]
    made["segments.conversion_action_category"] = [category for category, _ in actions]
    return _Table(table.entities, [table.whose[i] for i in at], made)


def _conversions(count: Floats, worth: Floats) -> dict[str, list[Any]]:
    counts = [_double(value) for value in count.tolist()]
    amounts = [_double(value) for value in worth.tolist()]
    return {
        "metrics.conversions": counts,
        "metrics.conversions_value": amounts,
        "metrics.all_conversions": counts,
        "metrics.all_conversions_value": amounts,
    }


def _add_the_idle(whose: list[int], columns: dict[str, list[Any]], entities: int) -> None:
    """Without segments, entities that did nothing are told too."""
    idle = sorted(set(range(entities)) - set(whose))
    whose += idle
    for values in columns.values():
        values.extend([0] * (len(whose) - len(values)))


def _double(value: float) -> int | float:
    """JSON of a protobuf double: 0, not 0.0."""
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def _value(table: _Table, name: str, row: int) -> Any:
    if name in table.columns:
        return table.columns[name][row]
    return table.entities[table.whose[row]].get(name)


def _meeting(condition: Condition, table: _Table, kept: Sequence[int]) -> list[int]:
    name = condition.field
    if name in table.columns:
        return [row for row in kept if holds(condition, {name: table.columns[name][row]})]
    met = [holds(condition, values) for values in table.entities]
    return [row for row in kept if met[table.whose[row]]]


def _texts(table: _Table, query: Query, kept: list[int]) -> list[str]:
    """Each row as JSON: what is the same for an entity is written once and put in."""
    static = [
        p for p in selected_paths(query.select) if not p.startswith(("metrics.", "segments."))
    ]
    objects = {
        number: orjson.dumps(written(static, table.entities[number])).decode()[1:-1]
        for number in {table.whose[row] for row in kept}
    }
    parts, values = [], []
    for kind in ("metrics", "segments"):
        inner = []
        for path in (p for p in query.select if p.startswith(f"{kind}.")):
            name = camel(path.split(".")[1])
            column = table.columns[path]
            some = column if len(kept) == len(table) else [column[row] for row in kept]
            if kind == "segments":
                inner.append(f'"{name}":%s')
                words = {word: orjson.dumps(word).decode() for word in set(some)}
                some = [words[word] for word in some]
            else:
                inner.append(f'"{name}":"%d"' if path in _INTEGERS else f'"{name}":%r')
            values.append(some)
        if inner:
            parts.append(f'"{kind}":{{{",".join(inner)}}}')
    if static:
        parts.insert(0, "%s")
        values.insert(0, [objects[table.whose[row]] for row in kept])
    template = f"{{{','.join(parts)}}}"
    return [template % row for row in zip(*values, strict=True)]
