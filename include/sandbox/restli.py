"""Rest.li 2.0 in query strings: `List(a,b)`, `(key:value)`, percent-encoded values.

Brackets, commas and colons of the syntax must come raw; inside a value they are encoded.
Whoever encodes the syntax too, as HTTP libraries do, is refused.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

_SYNTAX = "(),:'"
# What `List(`, `(key:` and `a,b` look like when a library has encoded them.
_ENCODED_SYNTAX = re.compile(r"(List)?%28|\w+(%2C\w+)+$", re.IGNORECASE)
_NOT_IN_A_QUERY = re.compile(r"[^\x21-\x7e]|%(?![0-9A-Fa-f]{2})")


class RestliError(ValueError):
    """A query that LinkedIn's servers would refuse."""


def parse_query(text: str) -> dict[str, Any]:
    """Parameters of a raw query string; values are str, list or dict.

    Raises:
        RestliError: brackets do not match, text follows a value, syntax is percent-encoded, or
            a parameter comes twice.
    """
    parameters: dict[str, Any] = {}
    for part in text.split("&"):
        if part:
            name, equals, value = part.partition("=")
            name = unquote(name)
            if name in parameters or not equals:
                raise RestliError(f"parameter '{name}' comes twice or has no value")
            parameters[name] = parse_value(value)
    return parameters


def parse_value(text: str) -> Any:
    """One value.

    Raises:
        RestliError: brackets do not match, text follows the value, or syntax is encoded.
    """
    if _NOT_IN_A_QUERY.search(text):
        raise RestliError(f"'{text}' has a character that must be encoded")
    # At the top level a comma is text: `fields=impressions,clicks` is one string.
    if not text.startswith(("List(", "(")):
        if _ENCODED_SYNTAX.match(text):
            raise RestliError(f"'{text}': parentheses and commas of the syntax must not be encoded")
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
    if text.startswith("''", at):
        return "", at + 2
    end = at
    while end < len(text) and text[end] not in _SYNTAX:
        end += 1
    if end == at:
        raise RestliError(f"expected a value at '{text[at:]}'")
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
    if text.startswith(")", at):
        return record, at + 1
    while True:
        key, at = _word(text, at)
        if not text.startswith(":", at):
            raise RestliError(f"expected ':' after '{key}'")
        if key in record:
            raise RestliError(f"'{key}' comes twice")
        record[key], at = _value(text, at + 1)
        if _closed(text, at):
            return record, at + 1
        at += 1
