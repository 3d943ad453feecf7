"""Numbers, money and dates, as each language's readers write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from include.catalogue.language import load_language

ES = load_language("es").formats
EN = load_language("en").formats


@pytest.mark.parametrize(
    ("spanish", "english", "expected"),
    [
        (ES.number(1_240_300), EN.number(1_240_300), ("1.240.300", "1,240,300")),
        (ES.number(-0.4), EN.number(-0.4), ("0", "0")),
        (ES.number(-1234.5, 1), EN.number(-1234.5, 1), ("−1.234,5", "−1,234.5")),
        (ES.percent(0.0241, 2), EN.percent(0.0241, 2), ("2,41\u00a0%", "2.41%")),
        (ES.change(1.25), EN.change(1.25), ("+25\u00a0%", "+25%")),
        (ES.change(0.8), EN.change(0.8), ("−20\u00a0%", "−20%")),
        (ES.change(1.0), EN.change(1.0), ("0\u00a0%", "0%")),
        (ES.index(1.8), EN.index(1.8), ("1,8×", "1.8×")),
        (ES.index(0.844), EN.index(0.844), ("0,84×", "0.84×")),
        (ES.index(0.996), EN.index(0.996), ("1,0×", "1.0×")),
        (ES.index(12.3), EN.index(12.3), ("12×", "12×")),
        (ES.index(0), EN.index(0), ("0,00×", "0.00×")),
        (ES.price(281.9, "COP"), EN.price(281.9, "COP"), ("$\u00a0282", "COP\u00a0282")),
        (ES.price(0.213, "USD"), EN.price(0.213, "USD"), ("US$\u00a00,21", "USD\u00a00.21")),
        (
            ES.money(Decimal("1240300.49"), "COP"),
            EN.money(Decimal("1240300.49"), "COP"),
            ("$\u00a01.240.300", "COP\u00a01,240,300"),
        ),
        (
            ES.money(Decimal("1240.5"), "USD"),
            EN.money(Decimal("1240.5"), "USD"),
            ("US$\u00a01.240,50", "USD\u00a01,240.50"),
        ),
        (
            ES.day(date(2026, 11, 21)),
            EN.day(date(2026, 11, 21)),
            ("21 nov 2026", "21 Nov 2026"),
        ),
        (
            ES.days(date(2026, 2, 3), date(2026, 11, 21)),
            EN.days(date(2025, 2, 3), date(2026, 11, 21)),
            ("3 feb – 21 nov 2026", "3 Feb 2025 – 21 Nov 2026"),
        ),
        (
            ES.clock(datetime(2026, 11, 21, 10, 42, tzinfo=UTC)),
            EN.clock(datetime(2026, 11, 21, 2, 0, tzinfo=UTC)),
            ("05:42", "21:00"),
        ),
    ],
)
def test_each_language_writes_numbers_its_own_way(
    spanish: str, english: str, expected: tuple[str, str]
) -> None:
    """The same value, as es-CO and as English."""
    assert (spanish, english) == expected


def test_days_are_counted_in_bogota() -> None:
    """Two in the morning in UTC is still the evening before."""
    assert ES.bogota_day(datetime(2026, 11, 21, 2, tzinfo=UTC)) == date(2026, 11, 20)
