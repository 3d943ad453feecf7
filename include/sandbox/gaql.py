"""The part of Google's query language that a reader of ads needs.

SELECT field, ... FROM resource [WHERE condition AND ...] [ORDER BY field [ASC|DESC], ...] [LIMIT n]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")|(?P<op><=|>=|!=|[=<>(),])"
    r"|(?P<word>[A-Za-z0-9_.\-]+))"
)
_LAST = re.compile(r"LAST_(7|14|30)_DAYS")


class GaqlError(Exception):
    """A query that the API would refuse; `reason` is its `queryError`."""

    def __init__(self, message: str, reason: str = "UNEXPECTED_INPUT") -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Condition:
    """`field operator values`; one value unless the operator is BETWEEN or IN."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """A parsed query; `order` holds (field, descending)."""

    select: tuple[str, ...]
    resource: str
    where: tuple[Condition, ...]
    order: tuple[tuple[str, bool], ...]
    limit: int | None

    @property
    def fields(self) -> frozenset[str]:
        """Every field that it names anywhere."""
        return frozenset(
            [*self.select, *(c.field for c in self.where), *(name for name, _ in self.order)]
        )

    @property
    def has_dates(self) -> bool:
        """The conditions on `segments.date` have a first and a last day."""
        used = {c.operator for c in self.where if c.field == "segments.date"}
        return bool(
            used & {"=", "BETWEEN", "IN", "DURING"} or (used & {">", ">="} and used & {"<", "<="})
        )


class _Tokens:
    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        at = 0
        text = text.rstrip().removesuffix(";")
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if found is None:
                raise GaqlError(f"Error in query: unexpected input {text[at : at + 20].strip()}.")
            self._tokens.append(found.group().strip())
            at = found.end()
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise GaqlError("Error in query: unexpected end of query.")
        self._at += 1
        return token

    def keyword(self, *words: str) -> bool:
        """Takes these words if they come next."""
        ahead = [t.upper() for t in self._tokens[self._at : self._at + len(words)]]
        if ahead == list(words):
            self._at += len(words)
            return True
        return False

    def expect(self, word: str) -> None:
        if not self.keyword(word):
            raise GaqlError(f"Error in query: unexpected input {self.peek()}, expected {word}.")


def _value(tokens: _Tokens) -> str:
    token = tokens.take()
    if token[0] in "'\"":
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    return token


def _condition(tokens: _Tokens) -> Condition:
    field = tokens.take()
    if tokens.keyword("BETWEEN"):
        low = _value(tokens)
        tokens.expect("AND")
        return Condition(field, "BETWEEN", (low, _value(tokens)))
    negated = tokens.keyword("NOT")
    if tokens.keyword("IN"):
        tokens.expect("(")
        values = [_value(tokens)]
        while tokens.keyword(","):
            values.append(_value(tokens))
        tokens.expect(")")
        return Condition(field, "NOT IN" if negated else "IN", tuple(values))
    if tokens.keyword("LIKE"):
        return Condition(field, "NOT LIKE" if negated else "LIKE", (_value(tokens),))
    if tokens.keyword("DURING"):
        return Condition(field, "DURING", (tokens.take(),))
    operator = tokens.take()
    if operator not in {"=", "!=", "<", "<=", ">", ">="}:
        raise GaqlError(f"Error in WHERE clause: unexpected operator {operator}.")
    return Condition(field, operator, (_value(tokens),))


def parse(text: str) -> Query:
    """The query as data.

    Raises:
        GaqlError: it is not a query of this language.
    """
    tokens = _Tokens(text)
    select = _selected(tokens)
    tokens.expect("FROM")
    return _rest(tokens, select, tokens.take())


def parse_of_fields(text: str) -> Query:
    """A query about fields: it has no FROM.

    Raises:
        GaqlError: it is not a query of this language.
    """
    tokens = _Tokens(text)
    return _rest(tokens, _selected(tokens), "")


def _selected(tokens: _Tokens) -> list[str]:
    tokens.expect("SELECT")
    select = [tokens.take()]
    while tokens.keyword(","):
        select.append(tokens.take())
    return select


def _rest(tokens: _Tokens, select: list[str], resource: str) -> Query:
    where: list[Condition] = []
    if tokens.keyword("WHERE"):
        where.append(_condition(tokens))
        while tokens.keyword("AND"):
            where.append(_condition(tokens))
    order: list[tuple[str, bool]] = []
    if tokens.keyword("ORDER", "BY"):
        while True:
            field = tokens.take()
            order.append((field, tokens.keyword("DESC")))
            tokens.keyword("ASC")
            if not tokens.keyword(","):
                break
    limit = int(_value(tokens)) if tokens.keyword("LIMIT") else None
    if tokens.peek():
        raise GaqlError(f"Error in query: unexpected input {tokens.peek()}.")
    return Query(tuple(select), resource, tuple(where), tuple(order), limit)


def date_range(query: Query, today: date) -> tuple[date, date]:
    """First and last day that the conditions on `segments.date` allow, both included."""
    first, last = date(2000, 1, 1), today
    for condition in query.where:
        if condition.field != "segments.date":
            continue
        low, high = _days(condition, today)
        first, last = max(first, low), min(last, high)
    return first, last


def _days(condition: Condition, today: date) -> tuple[date, date]:
    if condition.operator == "DURING":
        return _during(condition.values[0], today)
    try:
        days = [date.fromisoformat(v) for v in condition.values]
    except ValueError as error:
        raise GaqlError(
            f"Invalid date literal supplied for filtering: {condition.values}.",
            "INVALID_VALUE_WITH_DURING_OPERATOR",
        ) from error
    one_day = timedelta(days=1)
    ranges = {
        "=": (days[0], days[0]),
        "BETWEEN": (days[0], days[-1]),
        "IN": (min(days), max(days)),
        ">=": (days[0], date.max),
        "<=": (date.min, days[0]),
        ">": (days[0] + one_day, date.max),
        "<": (date.min, days[0] - one_day),
    }
    if condition.operator not in ranges:
        raise GaqlError(f"Operator {condition.operator} is not for segments.date.")
    return ranges[condition.operator]


def _during(word: str, today: date) -> tuple[date, date]:
    yesterday = today - timedelta(days=1)
    last = _LAST.fullmatch(word)
    if last is not None:
        return today - timedelta(days=int(last[1])), yesterday
    if word == "YESTERDAY":
        return yesterday, yesterday
    if word == "TODAY":
        return today, today
    raise GaqlError(f"Invalid value {word} with DURING.", "INVALID_VALUE_WITH_DURING_OPERATOR")


def _like(value: str, pattern: str) -> bool:
    parts = re.split(r"(\[.\]|%|_)", pattern)
    wild = {"%": ".*", "_": "."}
    expression = "".join(
        wild.get(p) or re.escape(p[1] if len(p) == 3 and p[0] == "[" else p) for p in parts if p
    )
    return re.fullmatch(expression, value, re.DOTALL) is not None


def _comparable(value: Any, other: str) -> tuple[Any, Any]:
    try:
        return float(value), float(other)
    except (TypeError, ValueError):
        return str(value), other


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def holds(condition: Condition, values: Mapping[str, Any]) -> bool:
    """Whether a row, given as values by field path, meets the condition; unset never does."""
    value = values.get(condition.field)
    if value is None:
        return False
    if isinstance(value, bool):
        value = "TRUE" if value else "FALSE"
        condition = Condition(
            condition.field, condition.operator, tuple(v.upper() for v in condition.values)
        )
    operator, given = condition.operator, condition.values
    if operator in {"IN", "NOT IN"}:
        return (str(value) in given) is (operator == "IN")
    if operator in {"LIKE", "NOT LIKE"}:
        return _like(str(value), given[0]) is (operator == "LIKE")
    if operator == "BETWEEN":
        low, high = _comparable(value, given[0]), _comparable(value, given[1])
        return bool(low[0] >= low[1] and high[0] <= high[1])
    if operator == "DURING":
        raise GaqlError(f"DURING is only for dates, not for {condition.field}.")
    return _COMPARE[operator](*_comparable(value, given[0]))


def sort_key(value: Any) -> tuple[int, float, str]:
    """Orders values as ORDER BY does: what is not set first, numbers as numbers."""
    if value is None:
        return (0, 0.0, "")
    try:
        return (1, float(value), "")
    except (TypeError, ValueError):
        return (2, 0.0, str(value))
