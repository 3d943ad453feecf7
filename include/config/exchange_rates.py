"""What one unit of each currency is worth in the reporting currency (`exchange_rates.csv`)."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from include.config.reading import config_path
from include.errors import ConfigurationError

COLUMNS = ["day", "currency", "rate"]
_REPORTING = re.compile(r"# reporting_currency: ([A-Z]{3})")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Rate:
    """From `day` on, until the currency's next rate, one unit is worth `rate`."""

    day: date
    currency: str
    rate: Decimal


@dataclass(frozen=True)
class Rates:
    """The whole file; the reporting currency itself has no rows."""

    reporting_currency: str
    rates: tuple[Rate, ...]


def load_rates() -> Rates:
    """The reviewed file, `include/config/exchange_rates.csv` unless `PAUTA_CONFIG` has its own.

    Raises:
        ConfigurationError: as `read_rates`.
    """
    own = config_path("exchange_rates.csv")
    return read_rates(own if own.is_file() else Path(__file__).parent / "exchange_rates.csv")


def read_rates(path: Path) -> Rates:
    """A file of rates, each line checked.

    Raises:
        ConfigurationError: the file is not what its first lines promise; with `file:line`.
    """
    with path.open(encoding="utf-8", newline="") as handle:
        lines = list(csv.reader(handle))
    comments = [i for i, line in enumerate(lines) if line and line[0].startswith("#")]
    heads = [_REPORTING.fullmatch(",".join(lines[i]).strip()) for i in comments]
    found = [match[1] for match in heads if match]
    if len(found) != 1:
        raise ConfigurationError(
            f"{path}:1: expected one line `# reporting_currency: COP`, found {len(found)}."
        )
    rows = [(i + 1, line) for i, line in enumerate(lines) if line and i not in comments]
    if not rows or rows[0][1] != COLUMNS:
        seen = rows[0][1] if rows else []
        raise ConfigurationError(f"{path}: columns are {seen}, expected {COLUMNS}.")
    rates: dict[tuple[str, date], Rate] = {}
    for number, cells in rows[1:]:
        rate = _rate(f"{path}:{number}", cells)
        if (rate.currency, rate.day) in rates or rate.currency == found[0]:
            raise ConfigurationError(
                f"{path}:{number}: {rate.currency} of {rate.day} is there twice, or is the "
                "reporting currency itself, which is always 1; expected one line per rate."
            )
        rates[rate.currency, rate.day] = rate
    return Rates(found[0], tuple(rate for _, rate in sorted(rates.items())))


def _rate(where: str, cells: list[str]) -> Rate:
    try:
        day, currency, rate = date.fromisoformat(cells[0]), cells[1], Decimal(cells[2])
    except (ValueError, IndexError, InvalidOperation) as error:
        raise ConfigurationError(
            f"{where}: {','.join(cells)!r}, expected a line such as 2026-01-01,USD,4012.5."
        ) from error
    if not _CURRENCY.fullmatch(currency) or not rate.is_finite() or not 0 < rate < 10**8:
        raise ConfigurationError(
            f"{where}: {currency!r} at {rate}, expected three capitals and a rate above 0."
        )
    return Rate(day, currency, rate)
