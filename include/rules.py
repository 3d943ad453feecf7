"""What makes one row of the lake wrong: types first, then the rules of its table.

A fault sets the row aside. What is only odd is a warning: see `include.rules_by_column`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pyarrow as pa
from babel.numbers import list_currencies

from include.sources.strict import UNPARSED
from include.tables import COUNT, FRACTION, MONEY, TABLES, TEXT, Column

Row = dict[str, Any]

OBJECTIVES = frozenset(
    {
        "awareness",
        "traffic",
        "engagement",
        "leads",
        "app_promotion",
        "sales",
        "video_views",
        "other",
        "unknown",
    }
)
IMAGE_STATUSES = frozenset({"stored", "waiting", "unavailable", "broken"})
IMAGE_ROLES = frozenset({"image", "video_thumbnail"})
TOTAL_LEVELS = frozenset({"account", "campaign"})

# Read by the collector, not kept: picture addresses expire within days and may hold signatures.
NOT_KEPT = {"creative_images": frozenset({"url"})}

# On Google both come from one field; on Meta and LinkedIn all clicks include the link clicks.
# X counts url_clicks "including earned" (clicks on shared copies), so they may be more.
LINK_CLICKS_MAY_EXCEED_CLICKS = frozenset({"x_ads"})

# Below zero these are faults; what people can take back is only a warning then (see
# `include.rules_by_column.TAKEN_BACK`).
COUNTS = (
    "impressions",
    "reach",
    "clicks",
    "link_clicks",
    "engagements",
    "video_views",
    "landing_page_views",
    "video_completions",
)
MODELLED = ("conversions", "leads", "purchases", "app_installs", "view_through_conversions")

_MONEY_STEP = Decimal("0.000001")
_MONEY_LIMIT = Decimal(10) ** 12
_SHA256_LENGTH = 64


@dataclass(frozen=True)
class Fault:
    """One broken rule, and what was seen against what was expected."""

    rule: str
    reason: str


@dataclass(frozen=True)
class Place:
    """What a row is held against: its account, and the report days that were read."""

    platform: str
    account_id: str
    currency: str
    since: date
    day: date


class _Unfit(Exception):
    def __init__(self, rule: str, expected: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.expected = expected


def unknown_keys(table: str, row: Mapping[str, Any]) -> set[str]:
    """Keys of a parser's row that the table has no column for."""
    return set(row) - _names(table) - NOT_KEPT.get(table, frozenset()) - {UNPARSED}


def typed(table: str, row: Mapping[str, Any]) -> tuple[Row, list[Fault]]:
    """The row with the table's columns and types, and what did not fit.

    An absent value follows `Column.absent`. Types are strict: a float is no id, no count
    and no money. Money is rounded to 6 decimals (half even), which takes away the dust
    that LinkedIn sends (`-2E-18`).
    """
    faults = []
    unparsed = row.get(UNPARSED) or {}
    if unparsed:
        told = ", ".join(f"{name}: {text!r:.60}" for name, text in sorted(unparsed.items()))
        faults.append(Fault("unparsed", f"could not be read as the column's type: {told}"))
    values: Row = {}
    for column, convert in _columns(table):
        value = row.get(column.name)
        if value is None or value == "":
            if column.name in unparsed:
                continue
            if column.absent == "required":
                faults.append(Fault("missing", f"{column.name} is required, got {value!r}"))
            values[column.name] = _absent(column, value)
            continue
        try:
            values[column.name] = convert(value)
        except _Unfit as unfit:
            seen = f"{value!r:.60} ({type(value).__name__})"
            reason = f"{column.name} is {seen}, expected {unfit.expected}"
            faults.append(Fault(unfit.rule, reason))
    return values, faults


def broken_rules(table: str, row: Row, place: Place) -> list[Fault]:
    """What a row of the right types says that cannot be."""
    faults = []
    for name, expected in (("platform", place.platform), ("account_id", place.account_id)):
        if row[name] != expected:
            faults.append(Fault("wrong_account", f"{name} is {row[name]!r}, read was {expected!r}"))
    faults += _RULES.get(table, _no_rules)(row, place)
    return faults


def _ad_daily(row: Row, place: Place) -> Iterator[Fault]:
    for name in (*COUNTS, *MODELLED, "spend"):
        if row[name] is not None and row[name] < 0:
            yield Fault("negative", f"{name} is {row[name]}, 0 or more allowed")
    yield from _currency(row, place)
    yield from _report_date(row, place)
    if row["link_clicks"] > row["clicks"] and place.platform not in LINK_CLICKS_MAY_EXCEED_CLICKS:
        reason = f"link_clicks is {row['link_clicks']}, clicks only {row['clicks']}"
        yield Fault("more_link_clicks_than_clicks", reason)


def _totals_daily(row: Row, place: Place) -> Iterator[Fault]:
    yield from _one_of(row, "level", TOTAL_LEVELS)
    for name in ("impressions", "clicks", "spend"):
        if row[name] < 0:
            yield Fault("negative", f"{name} is {row[name]}, 0 or more allowed")
    yield from _currency(row, place)
    yield from _report_date(row, place)


def _report_date(row: Row, place: Place) -> Iterator[Fault]:
    day = row["report_date"]
    if day > place.day:
        yield Fault("day_in_future", f"report_date is {day}, the last complete day is {place.day}")
    elif day < place.since:
        yield Fault("day_outside_window", f"report_date is {day}, read was from {place.since}")


def _currency(row: Row, place: Place) -> Iterator[Fault]:
    currency = row["currency"]
    if currency not in known_currencies():
        yield Fault("unknown_currency", f"currency is {currency!r}, expected an ISO 4217 code")
    elif currency != place.currency:
        reason = f"currency is {currency!r}, nodes.yaml says {place.currency!r} for this account"
        yield Fault("other_currency", reason)


def _campaigns(row: Row, place: Place) -> Iterator[Fault]:
    yield from _one_of(row, "objective", OBJECTIVES)


def _creative_images(row: Row, place: Place) -> Iterator[Fault]:
    yield from _one_of(row, "status", IMAGE_STATUSES)
    yield from _one_of(row, "role", IMAGE_ROLES)
    if row["position"] < 0:
        yield Fault("negative", f"position is {row['position']}, 0 or more allowed")
    if row["status"] != "stored":
        if row["picture"] is not None:
            yield Fault("image_incomplete", f"picture is named, though status is {row['status']!r}")
        return
    picture = row["picture"] or ""
    if len(picture) != _SHA256_LENGTH or not set(picture) <= set("0123456789abcdef"):
        yield Fault("image_incomplete", f"picture is {picture!r:.70}, expected a sha256 in hex")
    for name in ("width", "height", "bytes"):
        if row[name] is None or row[name] <= 0:
            yield Fault("image_incomplete", f"{name} is {row[name]}, expected 1 or more")
    if not row["mime"]:
        yield Fault("image_incomplete", "mime is absent, though the file is stored")


def _one_of(row: Row, name: str, allowed: frozenset[str]) -> Iterator[Fault]:
    if row[name] not in allowed:
        reason = f"{name} is {row[name]!r:.60}, expected one of {sorted(allowed)}"
        yield Fault(f"unknown_{name}", reason)


def _no_rules(row: Row, place: Place) -> Iterator[Fault]:
    return iter(())


_RULES: dict[str, Callable[[Row, Place], Iterator[Fault]]] = {
    "accounts": _currency,
    "campaigns": _campaigns,
    "creative_images": _creative_images,
    "ad_daily": _ad_daily,
    "totals_daily": _totals_daily,
}


@cache
def known_currencies() -> frozenset[str]:
    """ISO 4217 codes, old ones too: an account may be older than its country's money."""
    return frozenset(list_currencies())


@cache
def _names(table: str) -> frozenset[str]:
    return frozenset(column.name for column in TABLES[table].columns)


@cache
def _columns(table: str) -> tuple[tuple[Column, Callable[[Any], Any]], ...]:
    return tuple((column, _CONVERTERS[column.type]) for column in TABLES[table].columns)


def _absent(column: Column, value: Any) -> Any:
    if column.absent == "zero":
        return Decimal(0) if column.type == MONEY else 0
    # A text that was served empty is empty; only numbers and ids have no empty value.
    return value if pa.types.is_string(column.type) and column.absent == "null" else None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Unfit("wrong_type", "text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _Unfit("wrong_type", "text of whole Unicode characters") from error
    return value


def _whole(value: Any, bits: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Unfit("wrong_type", "a whole number")
    if not -(2**bits) <= value < 2**bits:
        raise _Unfit("too_large", f"a whole number of {bits + 1} bits")
    return value


def _money(value: Any) -> Decimal:
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise _Unfit("wrong_type", "a Decimal")
    amount = Decimal(value)
    if not amount.is_finite():
        raise _Unfit("not_a_number", "a finite amount")
    if abs(amount) >= _MONEY_LIMIT:
        raise _Unfit("too_large", "an amount below 10^12")
    # Adding zero turns the rounded dust -0.000000 into 0.
    return amount.quantize(_MONEY_STEP) + 0


def _number(value: Any) -> float:
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        raise _Unfit("wrong_type", "a number")
    try:
        number = float(value)
    except (OverflowError, ValueError) as error:
        raise _Unfit("too_large", "a 64-bit number") from error
    if not math.isfinite(number):
        raise _Unfit("not_a_number", "a finite number")
    return number


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Unfit("wrong_type", "true or false")
    return value


def _day(value: Any) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise _Unfit("wrong_type", "a date")
    return value


def _moment(value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _Unfit("wrong_type", "a time with its time zone")
    return value


_CONVERTERS: dict[pa.DataType, Callable[[Any], Any]] = {
    TEXT: _text,
    COUNT: lambda value: _whole(value, 63),
    pa.int32(): lambda value: _whole(value, 31),
    MONEY: _money,
    FRACTION: _number,
    pa.bool_(): _truth,
    pa.date32(): _day,
    pa.timestamp("us", tz="UTC"): _moment,
}
