"""A report is right or it is not sent."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PIL import Image

from include.errors import QualityFailed

if TYPE_CHECKING:
    from include.reports.weekly import Report

# Gmail cuts a mail off at about 102 kB of HTML, and many servers refuse more than 10 MB.
MOST_HTML = 100_000
MOST_BYTES = 2_000_000
SMALLEST_SIDE = 40  # px

FIGURES = ("new_sets", "covered", "judged", "winners")


def check(report: Report) -> None:
    """Look for anything missing or impossible in a report.

    Raises:
        QualityFailed: every complaint, one per line.
    """
    _stop(report.data, [*_numbers(report.data), *_pictures(report), *_page(report)])


def check_numbers(data: Mapping[str, Any]) -> None:
    """Look for anything missing or impossible in what a report is to be written from.

    Raises:
        QualityFailed: every complaint, one per line.
    """
    _stop(data, list(_numbers(data)))


def _stop(data: Mapping[str, Any], complaints: Sequence[str]) -> None:
    if complaints:
        lines = "\n".join(f"- {complaint}" for complaint in complaints)
        raise QualityFailed(f"weekly report {data['week']['last']} is not sent:\n{lines}")


def _numbers(data: Mapping[str, Any]) -> Iterator[str]:
    for name in FIGURES:
        value = data["figures"].get(name, {}).get("value")
        if not isinstance(value, int) or value < 0:
            yield f"figure {name} is {value!r}; expected a count."
    if not data["ads"] or not data["spend"]:
        yield (
            f"{data['ads']} ads and spend {data['spend']} in {data['week']['first']} to "
            f"{data['week']['last']}; expected rows in ad_daily."
        )
    for what in ("objectives", "pieces", "sets"):
        if not data[what]:
            yield f"no {what}; expected one at least."
    for what, middle in (("objectives", "mean"), ("pieces", "mean"), ("traits", "effect")):
        for row in data[what]:
            numbers = [row["low"], row[middle], row["high"]]
            if not all(map(math.isfinite, numbers)) or numbers != sorted(numbers) or numbers[0] < 0:
                yield f"{what}: {row.get('name') or row['text']}: {middle} and range are {numbers}."
    for cell in (data["promises"] or {"missed": []})["missed"]:
        counts = [cell[name] for name in ("promised", "delivered", "low", "high")]
        if not all(map(math.isfinite, counts)) or min(counts) < 0:
            yield f"promises: {cell['place']}: {counts}; expected counts."
    for piece in data["pieces"]:
        if not math.isfinite(piece["results"]) or piece["results"] < 0 or not piece["spend"]:
            yield (
                f"pieces: {piece['picture']}: {piece['results']} results for {piece['spend']}; "
                "expected a count and money."
            )


def _pictures(report: Report) -> Iterator[str]:
    shown = set(re.findall(r'src="cid:([^"]+)"', report.html))
    expected = {
        "chart.png",
        *(f"piece-{n}.jpg" for n, _ in enumerate(report.data["pieces"], start=1)),
        *(f"set-{n}.jpg" for n, _ in enumerate(report.data["sets"], start=1)),
    }
    if shown != expected or expected != set(report.images):
        yield (
            f"pictures: the page shows {sorted(shown)} and the mail carries "
            f"{sorted(report.images)}; expected {sorted(expected)} in both."
        )
    for name, data in sorted(report.images.items()):
        try:
            with Image.open(io.BytesIO(data)) as picture:
                picture.load()
                size, colours = picture.size, picture.convert("RGB").getcolors(maxcolors=2)
        except (OSError, SyntaxError) as error:
            yield f"picture {name}: {len(data)} bytes that are no picture: {error}."
            continue
        if min(size) < SMALLEST_SIDE:
            yield f"picture {name}: {size[0]} x {size[1]} px; expected {SMALLEST_SIDE} at least."
        if colours is not None and len(colours) == 1:
            yield f"picture {name}: one colour only."


def _page(report: Report) -> Iterator[str]:
    html, text = len(report.html.encode()), len(report.text.encode())
    if html > MOST_HTML:
        yield f"html: {html} bytes; mail programs cut at {MOST_HTML}."
    total = html + text + sum(map(len, report.images.values()))
    if total > MOST_BYTES:
        yield f"mail: {total} bytes; expected {MOST_BYTES} at most."
    base = report.data["base_url"]
    if not re.match(r"https?://[^/\s]+", base) or f'href="{base}"' not in report.html:
        yield f"button: leads to {base!r}; expected an address that starts with http(s)://."
