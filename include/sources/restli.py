"""Rest.li 2.0 addresses, as LinkedIn wants them.

The parentheses, commas and colons of the syntax stay raw; the same characters inside a value
are percent-encoded. Encoding all of them, as HTTP libraries do with parameters, gets an error
or, worse, an empty answer. Rules: https://linkedin.github.io/rest.li/spec/protocol
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeAlias
from urllib.parse import quote

Value: TypeAlias = "str | int | Sequence[Value] | Mapping[str, Value]"


class Raw(str):
    """Text in Rest.li syntax whose values are encoded already."""

    __slots__ = ()


def encode(value: Value) -> Raw:
    """A text, a list as `List(a,b)`, or a record as `(key:value)`; nested as deep as they are.

    An empty text inside a list or record is `''`: nothing at all would be no value.
    """
    if isinstance(value, Raw):
        return value
    if isinstance(value, str | int):
        return _word(str(value))
    if isinstance(value, Mapping):
        return Raw(f"({','.join(f'{_word(k)}:{encode(v)}' for k, v in value.items())})")
    return Raw(f"List({','.join(encode(each) for each in value)})")


def key(text: str) -> Raw:
    """A resource key in a path, such as a URN: everything reserved is encoded."""
    return Raw(quote(text, safe=""))


def items(values: Iterable[str]) -> Raw:
    """`List(a,b)` of values."""
    return encode(list(values))


def days(since: date, until: date) -> Raw:
    """`(start:(year:2026,month:11,day:1),end:(…))`, both days included."""
    return encode({"start": _day(since), "end": _day(until)})


def query(parameters: Mapping[str, Value]) -> str:
    """`name=value&…`; a plain text is encoded, `Raw` is taken as it is."""
    return "&".join(
        f"{name}={quote(value, safe='') if _is_plain(value) else encode(value)}"  # type: ignore[arg-type]
        for name, value in parameters.items()
    )


def _is_plain(value: Value) -> bool:
    """A text of a parameter of its own; when empty it is left empty."""
    return isinstance(value, str) and not isinstance(value, Raw)


def _word(text: str) -> Raw:
    return Raw(quote(text, safe="") or "''")


def _day(day: date) -> dict[str, Value]:
    return {"year": day.year, "month": day.month, "day": day.day}
