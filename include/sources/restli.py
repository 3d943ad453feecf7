"""Rest.li 2.0 addresses, as LinkedIn wants them.

The parentheses, commas and colons of the syntax stay raw; the same characters inside a value
are percent-encoded. Encoding all of them, as HTTP libraries do with parameters, gets an error
or, worse, an empty answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from urllib.parse import quote


class Raw(str):
    """Text in Rest.li syntax whose values are encoded already."""

    __slots__ = ()


def value(text: str) -> Raw:
    """One value, every reserved character encoded."""
    return Raw(quote(text, safe=""))


def items(values: Iterable[str]) -> Raw:
    """`List(a,b)` of values."""
    return Raw(f"List({','.join(value(text) for text in values)})")


def days(since: date, until: date) -> Raw:
    """`(start:(year:2026,month:11,day:1),end:(…))`, both days included."""
    return Raw(f"(start:{_day(since)},end:{_day(until)})")


def query(parameters: Mapping[str, str]) -> str:
    """`name=value&…`; plain texts are encoded, `Raw` ones are taken as they are."""
    return "&".join(
        f"{name}={text if isinstance(text, Raw) else value(text)}"
        for name, text in parameters.items()
    )


def _day(day: date) -> str:
    return f"(year:{day.year},month:{day.month},day:{day.day})"
