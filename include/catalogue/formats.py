"""Numbers, money and dates as a reader of each language expects them; the only place for it.

Spanish follows Colombian use: 1.240.300; 2,41 %; 21 nov 2026; $ 1.240.300; 1,8×.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal

BOGOTA = ZoneInfo("America/Bogota")
HARD_SPACE = "\u00a0"
MINUS = "\u2212"
TIMES = "×"

_WITHOUT_CENTS = frozenset({"COP", "CLP", "JPY"})
_SPANISH_SIGNS = {"COP": "$", "USD": "US$"}


@dataclass(frozen=True)
class Formats:
    """The formatter of one language."""

    locale: Locale

    def number(self, value: float | Decimal, decimals: int = 0) -> str:
        """1.240.300 or 1,240,300, with that many decimals."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        text = format_decimal(value if value >= 0 else -value, pattern, locale=self.locale)
        negative = value < 0 and any(c in "123456789" for c in text)
        return f"{MINUS if negative else ''}{text}"

    def percent(self, fraction: float, decimals: int = 0) -> str:
        """2,41 % or 2.41%."""
        space = HARD_SPACE if self.locale.language == "es" else ""
        return f"{self.number(fraction * 100, decimals)}{space}%"

    def change(self, ratio: float) -> str:
        """What a ratio adds or takes: +25 % for 1.25, −20 % for 0.8."""
        text = self.percent(ratio - 1)
        return text if text.startswith(MINUS) or ratio <= 1 else f"+{text}"

    def index(self, value: float) -> str:
        """A multiple of the usual: 1,8×; 0,84×; 12×."""
        return f"{self.multiple(value)}{TIMES}"

    def multiple(self, value: float) -> str:
        """The same without the sign, for ranges; two significant figures."""
        decimals = 1 - math.floor(math.log10(value)) if value > 0 else 1
        rounded = round(value, decimals)
        return self.number(rounded, 0 if rounded >= 10 else 1 if rounded >= 1 else 2)

    def money(self, amount: Decimal, currency: str) -> str:
        """$ 1.240.300 and US$ 1.240,50 in Spanish; COP 1,240,300 in English."""
        decimals = 0 if currency in _WITHOUT_CENTS else 2
        return f"{self._sign(currency)}{HARD_SPACE}{self.number(amount, decimals)}"

    def price(self, amount: float, currency: str) -> str:
        """The price of one thing: as `money`, but with the decimals that a small price needs."""
        decimals = 2 if abs(amount) < 100 else 0
        return f"{self._sign(currency)}{HARD_SPACE}{self.number(amount, decimals)}"

    def day(self, value: date) -> str:
        """21 nov 2026."""
        month = format_date(value, "MMM", locale=self.locale).rstrip(".")
        return f"{value.day} {month} {value.year}"

    def days(self, first: date, last: date) -> str:
        """3 feb – 21 nov 2026; the year once where it is the same."""
        if first == last:
            return self.day(last)
        start = self.day(first)
        if first.year == last.year:
            start = start.rpartition(" ")[0]
        return f"{start} – {self.day(last)}"

    def clock(self, moment: datetime) -> str:
        """05:42, in Bogota."""
        return format_time(moment.astimezone(BOGOTA), "HH:mm", locale=self.locale)

    def bogota_day(self, moment: datetime) -> date:
        """Which day it is in Bogota."""
        return moment.astimezone(BOGOTA).date()

    def _sign(self, currency: str) -> str:
        if self.locale.language == "es":
            return _SPANISH_SIGNS.get(currency, currency)
        return currency
