"""Report days as people's pages write them, decided by their whole column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from include.errors import ConfigurationError
from include.sources.exports.inbox import plain_name

# The first letters that tell the months apart, Spanish and English; setiembre is Peru's.
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("ene", "jan"), ("feb",), ("mar",), ("abr", "apr"), ("may",), ("jun",), ("jul",),
            ("ago", "aug"), ("sep", "set"), ("oct",), ("nov",), ("dic", "dec"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}:\d{2}.*))?")
_NUMERIC = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_DAY_MONTH = re.compile(r"(?:[a-z]+ )?(\d{1,2}) (?:de )?([a-z]{3,10}) (?:del? )?(\d{4})")
_MONTH_DAY = re.compile(r"(?:[a-z]+ )?([a-z]{3,10}) (\d{1,2}) (\d{4})")
_IN_TEXT = re.compile(
    r"\d{4}-\d{2}-\d{2}|\d{1,2}(?: de)? [^\W\d]{3,10}\.?,?(?: del?)? \d{4}"
    r"|[^\W\d]{3,10}\.? \d{1,2}, \d{4}"
)


def days(
    cells: Sequence[str], where: str, *, timezone: str, date_format: str | None = None
) -> list[date]:
    """The day of each cell.

    Args:
        timezone: of the account; a time with an offset must be midnight there.
        date_format: `d/m/Y` or `m/d/Y`, the answer of `settings.yaml`.

    Raises:
        ConfigurationError: a cell is no day, is an hour of one, or the whole column can be
            read with day and month either way.
    """
    known: dict[str, date] = {}
    numeric: dict[str, tuple[int, int, int]] = {}
    for text in dict.fromkeys(cells):
        parts = _NUMERIC.fullmatch(text.strip())
        if parts:
            numeric[text] = (int(parts[1]), int(parts[2]), int(parts[3]))
        else:
            known[text] = _told(text, where, timezone)
    known.update(_numeric_days(numeric, where, date_format))
    return [known[text] for text in cells]


def period_in(lines: Sequence[str]) -> tuple[date, date] | None:
    """The first and last day that the lines above a header name, or None when they name none.

    A line with the moment of export does not count: it says when, not what.
    """
    found = []
    for line in lines:
        if re.search(r"generat|genera|creat|cread|export", line, re.IGNORECASE):
            continue
        found += [day for text in _IN_TEXT.findall(line) if (day := _worded(text)) is not None]
    return (min(found), max(found)) if found else None


def _told(text: str, where: str, timezone: str) -> date:
    iso = _ISO.fullmatch(text.strip())
    day: date | None
    if iso:
        day = _date(int(iso[1]), int(iso[2]), int(iso[3]))
        if iso[4] and day is not None:
            return _midnight(f"{day} {iso[4]}", where, timezone)
    else:
        day = _worded(text)
    if day is None:
        raise ConfigurationError(
            f"{where}: {text!r:.40} is no day; expected one such as 2026-11-20, 20/11/2026 or "
            "20 nov 2026."
        )
    return day


def _midnight(text: str, where: str, timezone: str) -> date:
    try:
        # `fromisoformat` wants no space before the offset.
        moment = datetime.fromisoformat(re.sub(r" (?=[+-]\d|Z)", "", text))
    except ValueError as error:
        raise ConfigurationError(f"{where}: {text!r:.40} is no time that exists.") from error
    if moment.tzinfo is not None:
        moment = moment.astimezone(ZoneInfo(timezone))
    if (moment.hour, moment.minute, moment.second) != (0, 0, 0):
        raise ConfigurationError(
            f"{where}: {text!r:.40} is not midnight in {timezone}; expected one row per ad and "
            "day. Export by day, not by hour, in the account's time zone."
        )
    return moment.date()


def _worded(text: str) -> date | None:
    plain = plain_name(text)
    for pattern, order in ((_DAY_MONTH, (3, 2, 1)), (_MONTH_DAY, (3, 1, 2))):
        parts = pattern.fullmatch(plain)
        if parts and (month := _MONTHS.get(parts[order[1]][:3])):
            return _date(int(parts[order[0]]), month, int(parts[order[2]]))
    iso = _ISO.fullmatch(text)
    return _date(int(iso[1]), int(iso[2]), int(iso[3])) if iso else None


def _numeric_days(
    parts: dict[str, tuple[int, int, int]], where: str, date_format: str | None
) -> dict[str, date]:
    """Days from `20/11/2026`: by the format told, else by what the whole column allows."""
    readings: dict[str, dict[str, date]] = {}
    refused: dict[str, str] = {}
    for name in (date_format,) if date_format else ("d/m/Y", "m/d/Y"):
        found: dict[str, date] = {}
        for text, (first, second, year) in parts.items():
            day = _date(year, *((second, first) if name == "d/m/Y" else (first, second)))
            if day is None:
                refused[name] = text
                break
            found[text] = day
        else:
            readings[name] = found
    if not readings:
        seen = " and ".join(repr(text[:40]) for text in dict.fromkeys(refused.values()))
        asked = f" as {date_format}, which settings.yaml says" if date_format else ""
        raise ConfigurationError(
            f"{where}: the days cannot be read{asked}: the column holds {seen}; expected one way "
            "in the whole column."
        )
    both = list(readings.values())
    if len(both) > 1 and both[0] != both[1]:
        text = next(text for text in parts if both[0][text] != both[1][text])
        raise ConfigurationError(
            f"{where}: {text!r:.40} could be {both[0][text]} or {both[1][text]}, and no other day "
            "of the column tells which. Put date_format: d/m/Y or date_format: m/d/Y into "
            "settings.yaml beside the file."
        )
    return both[0]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
