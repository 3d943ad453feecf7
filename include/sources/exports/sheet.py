"""From an export's bytes to its header and cells: encoding, delimiter, lines above the header."""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from include.errors import ConfigurationError
from include.sources.exports.names import FIELDS, IGNORED, LAYOUTS, SPLITS, Layout, is_ratio

# Google writes 2 lines above its header, LinkedIn 5; more are kept free for notes of others.
_HEADER_WITHIN = 30
_DELIMITERS = (",", ";", "\t", "|")
_CURRENCY = re.compile(r"\s*\(([A-Z]{3})\)\s*$")
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Sheet:
    """One export, cut into cells.

    Args:
        where: its place, for messages.
        columns: our field -> position.
        headers: our field -> the header as it stands.
        currencies: codes in the headers of money columns.
        above: the lines above the header.
        rows: line number and cells, as many as there are headers.
        unknown: headers that nobody mapped.
    """

    where: str
    layout: Layout
    columns: dict[str, int]
    headers: dict[str, str]
    currencies: frozenset[str]
    above: tuple[str, ...]
    rows: list[tuple[int, list[str]]]
    unknown: Counter[str]

    def column(self, name: str) -> list[str | None]:
        """The cells of one field; None in every row when the file has no such column."""
        at = self.columns.get(name)
        return [None if at is None else cells[at] for _, cells in self.rows]

    def place(self, name: str) -> str:
        """Where a column stands, for messages."""
        return f"{self.where}: column {self.headers.get(name, name)!r:.60}"


def decode(data: bytes, where: str) -> tuple[str, str]:
    """The text and the encoding that gives the same bytes back.

    Raises:
        ConfigurationError: it is none of UTF-8, UTF-16 and Windows-1252, or no text.
    """
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    start = data[:16].hex(" ")
    raise ConfigurationError(
        f"{where}: no text in UTF-8, UTF-16 or Windows-1252; the file begins with bytes {start}. "
        "Export it again as CSV."
    )


def cut(text: str, where: str, platform: str, columns: Mapping[str, str]) -> Sheet:
    """The export's header and cells.

    Args:
        columns: header -> our field, from `settings.yaml`; goes before the known names.

    Raises:
        ConfigurationError: a column is missing, the file is split by something else than ads
            and days, or a row has more or fewer cells than the header.
    """
    unfit = sorted(set(columns.values()) - set(FIELDS))
    if unfit:
        raise ConfigurationError(
            f"{where}: settings.yaml maps columns to {unfit}, expected some of {sorted(FIELDS)}."
        )
    text = text.removeprefix(_BYTE_ORDER_MARK).replace("\r\n", "\n").replace("\r", "\n")
    found = max(_candidates(text, platform, columns), key=lambda each: each.score, default=None)
    if found is None or found.score[0] < 2:
        first = [line[:60] for line in text.split("\n")[:3]]
        raise ConfigurationError(
            f"{where}: no line holds the headers of an export of {LAYOUTS[platform][0].name}. The "
            f"file begins with {first}; expected columns such as "
            f"{_examples(LAYOUTS[platform][0], ('ad_id', 'impressions', 'spend'))}."
        )
    _check_header(found, where)
    return Sheet(
        where=where,
        layout=found.layout,
        columns=found.columns,
        headers={name: found.headers[at] for name, at in found.columns.items()},
        currencies=frozenset(
            code[1]
            for name in ("spend", "revenue")
            if name in found.columns
            and (code := _CURRENCY.search(found.headers[found.columns[name]]))
        ),
        above=tuple(text.split("\n")[: found.line]),
        rows=list(_cells(text, found, where)),
        unknown=Counter(
            f"export_files.{header}"
            for at, header in enumerate(found.headers)
            if header.strip()
            and at not in found.columns.values()
            and plain_header(header) not in IGNORED
            and not is_ratio(plain_header(header))
        ),
    )


def plain_header(text: str) -> str:
    """A header for comparing: no accents, capitals, doubled spaces or currency in brackets."""
    letters = unicodedata.normalize("NFKD", _CURRENCY.sub("", text)).casefold()
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(kept.split())


@dataclass(frozen=True)
class _Header:
    line: int  # lines above it
    delimiter: str
    layout: Layout
    headers: list[str]
    columns: dict[str, int]

    @property
    def missing(self) -> list[tuple[str, ...]]:
        """Required fields that no column holds; each with its alternatives."""
        wanted = ((each,) if isinstance(each, str) else each for each in self.layout.required)
        return [names for names in wanted if not set(names) & set(self.columns)]

    @property
    def score(self) -> tuple[int, int]:
        """More known columns are better, then fewer missing."""
        return len(self.columns), -len(self.missing)


def _encodings(data: bytes) -> Iterator[str]:
    if data.startswith(codecs.BOM_UTF16_LE):
        yield "utf-16-le"
    elif data.startswith(codecs.BOM_UTF16_BE):
        yield "utf-16-be"
    else:
        # Latin letters in UTF-16 have a zero byte each, and text of eight bits has none.
        if data[1:200:2].count(0) > len(data[1:200:2]) // 2:
            yield "utf-16-le"
        yield "utf-8"
        yield "cp1252"


def _candidates(text: str, platform: str, columns: Mapping[str, str]) -> Iterator[_Header]:
    own = {plain_header(header): name for header, name in columns.items()}
    lines = text.split("\n")[:_HEADER_WITHIN]
    for number, line in enumerate(lines):
        for delimiter in _DELIMITERS:
            if delimiter not in line:
                continue
            headers = next(_reader(line, delimiter))
            for layout in LAYOUTS[platform]:
                yield _Header(number, delimiter, layout, headers, _positions(headers, layout, own))


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text), delimiter=delimiter)


def _positions(headers: Sequence[str], layout: Layout, own: Mapping[str, str]) -> dict[str, int]:
    at = {plain_header(header): position for position, header in enumerate(headers)}
    found = {name: at[header] for header, name in own.items() if header in at}
    for name, known in layout.headers.items():
        for header in known:
            position = at.get(plain_header(header))
            if position is not None and position not in found.values():
                found.setdefault(name, position)
                break
    return found


def _check_header(found: _Header, where: str) -> None:
    if found.missing:
        told = "; ".join(_missing(names, found) for names in found.missing)
        raise ConfigurationError(
            f"{where}: an export of {found.layout.name} without {told}. {found.layout.ask}. A "
            "column that has another name can be told in settings.yaml (docs/exports.md)."
        )
    plain = [plain_header(header) for header in found.headers]
    twice = [found.headers[at] for at in found.columns.values() if plain.count(plain[at]) > 1]
    if twice:
        raise ConfigurationError(
            f"{where}: the column {twice[0]!r:.60} is there more than once; export it once, "
            "without segments such as conversion actions."
        )
    split = [
        header
        for at, header in enumerate(found.headers)
        if plain[at] in SPLITS and at not in found.columns.values()
    ]
    if split:
        raise ConfigurationError(
            f"{where}: the numbers are split by {', '.join(map(repr, split))}; expected one row "
            "per ad and day. Export again without this breakdown."
        )


def _missing(names: tuple[str, ...], found: _Header) -> str:
    """`a column 'Ad ID' or 'Identificador del anuncio' (nearest found: 'ID de anuncios')`."""
    wanted = [header for name in names for header in found.layout.headers[name]]
    free = {
        plain_header(header): header
        for at, header in enumerate(found.headers)
        if header.strip() and at not in found.columns.values()
    }
    near = [
        match
        for header in wanted
        for match in difflib.get_close_matches(plain_header(header), free, n=2, cutoff=0.6)
    ]
    nearest = ", ".join(repr(free[match][:60]) for match in list(dict.fromkeys(near))[:3])
    if not nearest:
        others = [header[:40] for header in free.values()]
        nearest = f"none; not used are {others[:12]}" if others else "none"
    return f"a column {_examples(found.layout, names)} (nearest found: {nearest})"


def _examples(layout: Layout, names: Sequence[str]) -> str:
    return " or ".join(repr(header) for name in names for header in layout.headers[name][:2])


def _cells(text: str, found: _Header, where: str) -> Iterator[tuple[int, list[str]]]:
    body = "\n".join(text.split("\n")[found.line :])
    reader = csv.reader(io.StringIO(body), delimiter=found.delimiter, strict=True)
    width = len(found.headers)
    try:
        next(reader)
        for cells in reader:
            line = found.line + reader.line_num
            # Blank lines, and remarks below the table, which stand alone in the first cell.
            if not any(map(str.strip, cells)) or (len(cells) == 1 and width > 1):
                continue
            if len(cells) != width and any(cell.strip() for cell in cells[width:]):
                raise ConfigurationError(
                    f"{where}: line {line} has {len(cells)} cells, its header {width}; it begins "
                    f"with {cells[:3]!r:.80}. A text holds the delimiter without quotes, or a "
                    "program changed the file; export it again."
                )
            if len(cells) < width:
                raise ConfigurationError(
                    f"{where}: line {line} has {len(cells)} cells, its header {width}; it begins "
                    f"with {cells[:3]!r:.80}. The file is cut off or changed; export it again."
                )
            yield line, cells[:width]
    except csv.Error as error:
        line = found.line + reader.line_num
        raise ConfigurationError(
            f"{where}: line {line} cannot be read ({error}); the file is cut off or changed. "
            "Export it again."
        ) from error
