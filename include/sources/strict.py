"""Reading records strictly: what is mapped is popped, what is left is counted.

A number that does not parse never becomes zero. Its column stays None and the text as it
came stands in the row under `_unparsed`, `{"column": "text"}`; `include.quality` sets such
rows aside.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from include.errors import ConfigurationError, SchemaDrift
from include.sources.replies import Account, Parsed
from include.tables import AD_DAILY, TABLES

Row = dict[str, Any]

UNPARSED = "_unparsed"
UNLISTED = "unlisted"
MICROS = Decimal(1_000_000)
_SIX_PLACES = Decimal("0.000001")
_MOST_MONEY = Decimal(10) ** 12
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_ZERO_WHEN_ABSENT = {column.name for column in AD_DAILY.columns if column.absent == "zero"}
# Some creation times are placeholders: Meta has sent 1969-12-31 for "not set".
_FIRST_YEAR = 2000


def empty_parsed() -> Parsed:
    """A result with an empty list for every table of the lake."""
    return Parsed(rows={name: [] for name in TABLES}, unknown=Counter())


def record(item: Any, entity: str, account: Account) -> Row:
    """A copy of one record, to pop from.

    Raises:
        SchemaDrift: it is no JSON object.
    """
    if not isinstance(item, dict):
        raise SchemaDrift(
            f"{account.platform} {account.account_id}: {entity} holds {item!r:.80}, expected an "
            "object. A developer has to look at include/sources/."
        )
    return dict(item)


def of_account(account: Account) -> Row:
    """The two columns every row starts with."""
    return {"platform": account.platform, "account_id": account.account_id}


def take_id(fields: Row, name: str, entity: str, account: Account) -> str:
    """Pop an id that must be there; ids are text, whatever the wire says.

    Raises:
        SchemaDrift: it is missing, or a number that has already lost digits.
    """
    value = fields.pop(name, None)
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise SchemaDrift(
            f"{account.platform} {account.account_id}: a record of {entity} has {name} = "
            f"{value!r:.60}, expected an id. A developer has to look at include/sources/."
        )
    return str(value)


def take_text(fields: Row, name: str) -> str | None:
    """Pop an optional text; anything that is not text is shown as it is."""
    value = fields.pop(name, None)
    return value if value is None or isinstance(value, str) else str(value)


def take_object(fields: Row, name: str) -> Row:
    """Pop a nested object, empty when absent."""
    value = fields.pop(name, None)
    return dict(value) if isinstance(value, dict) else {}


def leave(fields: Row, names: Iterable[str]) -> None:
    """Drop fields that are known and not needed."""
    for name in names:
        fields.pop(name, None)


def count_left(fields: Mapping[str, Any], entity: str, unknown: Counter[str]) -> None:
    """Count every field that nobody took."""
    for name in fields:
        unknown[f"{entity}.{name}"] += 1


def count_value(
    value: str | None, known: Collection[str], name: str, unknown: Counter[str]
) -> str | None:
    """The value as it came; counted as `entity.field=VALUE` when it is not among `known`."""
    if value is not None and value not in known:
        unknown[f"{name}={value[:40]!r}" if not value.isidentifier() else f"{name}={value}"] += 1
    return value


def put_count(row: Row, column: str, value: Any) -> None:
    """Put a whole number; absent follows the column's rule in `include.tables`."""
    if value is None:
        row[column] = 0 if column in _ZERO_WHEN_ABSENT else None
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        row[column] = value
    elif isinstance(value, str) and _INTEGER.fullmatch(value):
        row[column] = int(value)
    else:
        set_aside(row, column, value)


def put_fraction(row: Row, column: str, value: Any) -> None:
    """Put a number that may be modelled as a fraction of a result."""
    if value is None:
        row[column] = None
        return
    number = to_float(value)
    if number is None:
        set_aside(row, column, value)
    else:
        row[column] = number


def put_money(row: Row, column: str, value: Any, *, divisor: Decimal = Decimal(1)) -> None:
    """Put an amount of money, exact to 6 places; `divisor` is 1e6 for micros."""
    if value is None:
        row[column] = Decimal(0) if column in _ZERO_WHEN_ABSENT else None
        return
    amount = to_decimal(value)
    # More does not fit into decimal(18, 6), and nobody spends it on an ad in a day.
    if amount is None or abs(amount / divisor) >= _MOST_MONEY:
        set_aside(row, column, value)
    else:
        row[column] = six_places(amount / divisor)


def set_aside(row: Row, column: str, value: Any) -> None:
    """Keep a number that could not be read as the text it was; its column stays None."""
    row[column] = None
    row.setdefault(UNPARSED, {})[column] = value if isinstance(value, str) else repr(value)


def to_float(value: Any) -> float | None:
    """A finite number from a JSON number or a decimal text, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def to_decimal(value: Any) -> Decimal | None:
    """An exact, finite decimal from a JSON number or a decimal text, else None.

    A JSON number with a fraction has already been a float; its shortest text is what was sent.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(value.strip() if isinstance(value, str) else repr(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def six_places(amount: Decimal) -> Decimal:
    """Rounded to 6 places; dust such as -2E-18 becomes a plain 0."""
    rounded = amount.quantize(_SIX_PLACES)
    return abs(rounded) if rounded == 0 else rounded


def to_time(value: Any, name: str, unknown: Counter[str]) -> datetime | None:
    """A moment in UTC from ISO text or epoch milliseconds; None when absent or before 2000.

    One that does not parse is counted and left out: no number depends on it.
    """
    if value is None:
        return None
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        else:
            moment = datetime.fromtimestamp(int(value) / 1000, tz=UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        unknown[f"{name} (not a time)"] += 1
        return None
    return moment if moment.year >= _FIRST_YEAR else None


def check_same(account: Account, what: str, seen: str | None, expected: str) -> None:
    """Refuse to go on when the platform contradicts `nodes.yaml` on currency or time zone.

    Raises:
        ConfigurationError: they differ; every amount or day would be wrong.
    """
    if seen is not None and seen != expected:
        raise ConfigurationError(
            f"{account.platform} {account.account_id}: nodes.yaml says {what} {expected}, the "
            f"platform says {seen}. Correct the account's entry in nodes.yaml."
        )


def list_the_unlisted(parsed: Parsed, account: Account) -> None:
    """Give ads, ad sets and campaigns that only the numbers mention a placeholder row.

    Platforms forget deleted objects before they forget their numbers. Joins then still find
    a row, with status `unlisted`, no name and objective `unknown`.
    """
    rows = parsed.rows
    same = of_account(account)
    gone = {"name": None, "status": UNLISTED, "created_at": None}
    ads = {row["ad_id"] for row in rows["ads"]}
    for ad_id, (ad_set_id, campaign_id) in sorted(_parents(parsed).items()):
        if ad_id not in ads:
            parents = {"ad_id": ad_id, "ad_set_id": ad_set_id, "campaign_id": campaign_id}
            rows["ads"].append({**same, **parents, "creative_id": None, **gone})
    ad_sets = {row["ad_set_id"] for row in rows["ad_sets"]}
    for row in rows["ads"]:
        if row["ad_set_id"] not in ad_sets:
            ad_sets.add(row["ad_set_id"])
            parents = {key: row[key] for key in ("ad_set_id", "campaign_id")}
            rows["ad_sets"].append({**same, **parents, **gone})
    campaigns = {row["campaign_id"] for row in rows["campaigns"]}
    for row in rows["ad_sets"]:
        if row["campaign_id"] not in campaigns:
            campaigns.add(row["campaign_id"])
            objective = {"objective": "unknown", "objective_raw": None}
            rows["campaigns"].append(
                {**same, "campaign_id": row["campaign_id"], **objective, **gone}
            )


def _parents(parsed: Parsed) -> dict[str, tuple[str, str]]:
    """Ad set and campaign of every ad in the numbers, as its newest day tells them.

    The same whether the numbers were read by rows or by columns, and in whatever order.
    """
    names = ("ad_id", "ad_set_id", "campaign_id")
    newest: dict[str, tuple[date, str, str]] = {}

    def see(day: date | None, ad_id: str, ad_set_id: str, campaign_id: str) -> None:
        told = (day or date.min, ad_set_id, campaign_id)
        newest[ad_id] = max(told, newest.get(ad_id, told))

    for row in parsed.rows["ad_daily"]:
        see(row.get("report_date"), *(row[name] for name in names))
    if parsed.batches:
        columns = pa.Table.from_batches(parsed.batches).select([*names, "report_date"])
        found = columns.group_by(list(names)).aggregate([("report_date", "max")])
        for row in found.to_pylist():
            see(row["report_date_max"], *(row[name] for name in names))
    return {ad_id: (ad_set_id, campaign) for ad_id, (_, ad_set_id, campaign) in newest.items()}
