"""Numbers as people's pages write them, made plain by the evidence of their whole column.

`1.234` is a thousand and more in Bogotá and one and a bit in New York. A column tells which by
its other values; where it does not, the file is refused and the question asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from include.errors import ConfigurationError

# How the platforms' pages write "no value".
ABSENT = frozenset(
    {"", "-", "--", "—", "–", "n/a", "n/d", "null", "none", "sin datos", "no data", "no disponible"}
)
# A space before three digits marks thousands; any other between digits makes no number.
_SPACE_OF_THOUSANDS = re.compile(r"(?<=\d)\s(?=\d{3}(?!\d))")
_SPACE_BESIDE = re.compile(r"(?<!\d)\s+|\s+(?!\d)")
_GROUPED = {
    mark: re.compile(rf"-?[1-9]\d{{0,2}}({re.escape(mark)}\d{{3}})+") for mark in (".", ",", "'")
}
_NUMBER = re.compile(r"-?[\d.,']*\d[\d.,']*")
Mark = Literal[",", "."]


def absent(text: str | None) -> bool:
    """Whether a cell says that there is no value."""
    return text is None or text.strip().casefold() in ABSENT


def counts(cells: Sequence[str | None], where: str) -> list[str | None]:
    """Whole numbers without thousands separators; what is no number stays as it came.

    Raises:
        ConfigurationError: thousands are marked with a comma here and a point there.
    """
    # Most numbers of a column are there many times.
    found = {cell: _bare(cell) for cell in dict.fromkeys(cells)}
    marks = {
        mark: text for text in found.values() if text for mark in ",." if _is_grouped(text, mark)
    }
    if len(marks) > 1:
        raise ConfigurationError(
            f"{where}: thousands are marked with a comma in {marks[',']!r:.40} and with a point in "
            f"{marks['.']!r:.40}; expected one way in the whole column. Export the file again."
        )
    read = {cell: None if text is None else _whole(text) for cell, text in found.items()}
    return [read[cell] for cell in cells]


def amounts(
    cells: Sequence[str | None],
    where: str,
    *,
    decimal: Mark | None = None,
    currency: str | None = None,
) -> list[str | None]:
    """Numbers that may have decimals, with a point before them; what is no number stays.

    Args:
        decimal: the answer of `settings.yaml`, for columns that could be read both ways.
        currency: its code may stand beside the number.

    Raises:
        ConfigurationError: the column can be read in two ways, or in none.
    """
    found = {cell: _bare(cell, currency) for cell in dict.fromkeys(cells)}
    numbers = [text for text in found.values() if text is not None and _NUMBER.fullmatch(text)]
    readings: dict[Mark, list[str]] = {}
    refused: dict[Mark, str] = {}
    for mark in _marks(decimal):
        plain = [_decimal(text, mark) for text in numbers]
        if None in plain:
            refused[mark] = numbers[plain.index(None)]
        else:
            readings[mark] = [text for text in plain if text is not None]
    if not readings:
        seen = " and ".join(repr(text[:40]) for text in dict.fromkeys(refused.values()))
        asked = f" with decimal: '{decimal}' in settings.yaml" if decimal else ""
        raise ConfigurationError(
            f"{where}: cannot tell decimals from thousands{asked}: the column holds {seen}. "
            "Expected one way in the whole column; export the file again."
        )
    if len(readings) > 1 and readings[","] != readings["."]:
        at = next(i for i, plain in enumerate(readings[","]) if plain != readings["."][i])
        raise ConfigurationError(
            f"{where}: {numbers[at]!r:.40} could be {readings[','][at]} or {readings['.'][at]}, "
            "and no other value of the column tells which. Put decimal: ',' or decimal: '.' into "
            "settings.yaml beside the file."
        )
    plain_numbers = iter(next(iter(readings.values())))
    read = {
        cell: next(plain_numbers) if text is not None and _NUMBER.fullmatch(text) else text
        for cell, text in found.items()
    }
    return [read[cell] for cell in cells]


def _marks(decimal: Mark | None) -> Iterator[Mark]:
    if decimal is not None:
        yield decimal
    else:
        yield ","
        yield "."


def _bare(cell: str | None, currency: str | None = None) -> str | None:
    """The cell without spaces, currency sign, or the account's currency code."""
    if cell is None or absent(cell):
        return None
    text = (
        _SPACE_BESIDE.sub("", _SPACE_OF_THOUSANDS.sub("", cell))
        .replace("\u2212", "-")
        .replace("\u2019", "'")
    )
    for sign in ("US$", "$", "€", "£", currency or ""):
        if sign:
            text = text.replace(sign, "", 1)
    return f"-{text[1:-1]}" if re.fullmatch(r"\([\d.,']+\)", text) else text


def _is_grouped(text: str, mark: str) -> bool:
    return _GROUPED[mark].fullmatch(text) is not None


def _whole(text: str) -> str:
    """The number without separators; `12.00` is whole, `12.5` is none and stays."""
    if text.isdigit():
        return text
    for mark in (".", ",", "'"):
        if _is_grouped(text, mark):
            return text.replace(mark, "")
    cut = re.fullmatch(r"(-?\d+)[.,]0{1,2}", text)
    return cut[1] if cut else text


def _decimal(text: str, mark: Mark) -> str | None:
    """The number with a point before its decimals, or None when it cannot be read so."""
    before, _, after = text.partition(mark)
    if mark in text and not re.fullmatch(r"\d+", after):
        return None
    other = "." if mark == "," else ","
    for separator in (other, "'"):
        if _is_grouped(before, separator):
            before = before.replace(separator, "")
            break
    if not re.fullmatch(r"-?\d*", before) or not (before.lstrip("-") or after):
        return None
    return f"{before}.{after}" if after else before
