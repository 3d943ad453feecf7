"""Rest.li 2.0 in query strings: `List(a,b)`, `(key:value)`, percent-encoded values.

Brackets, commas and colons of the syntax must come raw; inside a value they are encoded.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

_SYNTAX = "(),:"


class RestliError(ValueError):
    """A query that LinkedIn's servers would refuse."""


def parse_query(text: str) -> dict[str, Any]:
    """Parameters of a raw query string; values are str, list or dict.

    Raises:
        RestliError: brackets do not match, or text follows a value.
    """
    parameters: dict[str, Any] = {}
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            parameters[unquote(name)] = parse_value(value)
    return parameters


def parse_value(text: str) -> Any:
    """One value.

    Raises:
        RestliError: brackets do not match, or text follows the value.
    """
    # At the top level a comma is text: `fields=impressions,clicks` is one string.
    if not text.startswith(("List(", "(")):
        return unquote(text)
    value, at = _value(text, 0)
    if at != len(text):
        raise RestliError(f"unexpected '{text[at:]}' after a value")
    return value


def _value(text: str, at: int) -> tuple[Any, int]:
    if text.startswith("List(", at):
        return _list(text, at + len("List("))
    if text.startswith("(", at):
        return _record(text, at + 1)
    return _word(text, at)


def _word(text: str, at: int) -> tuple[str, int]:
    end = at
    while end < len(text) and text[end] not in _SYNTAX:
        end += 1
    return unquote(text[at:end]), end


def _closed(text: str, at: int) -> bool:
    """Whether the bracket closes here; a comma goes on.

    Raises:
        RestliError: neither is here.
    """
    if at >= len(text) or text[at] not in ",)":
        raise RestliError(f"expected ',' or ')' at '{text[at:]}'")
    return text[at] == ")"


def _list(text: str, at: int) -> tuple[list[Any], int]:
    values: list[Any] = []
    if text.startswith(")", at):
        return values, at + 1
    while True:
        value, at = _value(text, at)
        values.append(value)
        if _closed(text, at):
            return values, at + 1
        at += 1


def _record(text: str, at: int) -> tuple[dict[str, Any], int]:
    record: dict[str, Any] = {}
    while True:
        key, at = _word(text, at)
        if not text.startswith(":", at):
            raise RestliError(f"expected ':' after '{key}'")
        record[key], at = _value(text, at + 1)
        if _closed(text, at):
            return record, at + 1
        at += 1
