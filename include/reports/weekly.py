"""The weekly report: built from data, checked, stored, and put into a mail.

report = build(store, date(2026, 11, 22), now=now)
check(report)
folder = write(store, report)
message(read(store, folder), sender=..., recipients=[...])
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import css_inline
from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from PIL import Image, ImageOps

from include.catalogue.formats import BOGOTA, Formats
from include.catalogue.thumbnails import FORMATS
from include.errors import QualityFailed
from include.reports.charts import Bar, bars, png
from include.reports.checks import check, check_numbers
from include.reports.figures import collect
from include.reports.texts import TAGS, TEXTS, Code
from include.reports.trust import words as trust_words
from include.store import Store
from ranking import CAVEAT

__all__ = ["Report", "build", "check", "message", "read", "write"]

# Where a reader's browser finds the catalogue; another installation names its own address.
DEFAULT_URL = "http://127.0.0.1:8080/catalogue/"

PIECE_PX, SET_PX, JPEG_QUALITY = 96, 256, 85

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html.j2"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Report:
    """One week's report.

    `html` names its pictures as `cid:<name>`; `images` holds their bytes by name; `data`
    is what both were written from, and can be written as JSON.
    """

    subject: str
    html: str
    text: str
    images: Mapping[str, bytes]
    data: Mapping[str, Any]


def build(
    store: Store,
    week_end: date,
    *,
    now: datetime,
    base_url: str | None = None,
    language: Code = "es",
) -> Report:
    """The report of the seven days up to `week_end`; the same stored data give the same bytes.

    Args:
        now: when it is made, aware; the only thing that does not come from the data.
        base_url: address of the catalogue; the setting `PAUTA_URL` when left out.

    Raises:
        QualityFailed: nothing was ranked up to that day, or a number or picture that the
            report needs is missing or broken.
    """
    if base_url is None:
        base_url = os.environ.get("PAUTA_URL") or DEFAULT_URL
    data = {
        **collect(store, week_end, language),
        "base_url": base_url.rstrip("/") + "/",
        "made_at": now.isoformat(),
    }
    check_numbers(data)
    formats = Formats(Locale.parse(TAGS[language], sep="-"))
    images = {"chart.png": png(_chart(data, formats))}
    for number, piece in enumerate(data["pieces"], start=1):
        images[f"piece-{number}.jpg"] = _piece(store, piece["picture"])
    for number, found in enumerate(data["sets"], start=1):
        images[f"set-{number}.jpg"] = _square(store, found["file"], SET_PX)
    words = _words(data, formats)
    page = _ENVIRONMENT.get_template("weekly.html.j2").render(words)
    inliner = css_inline.CSSInliner(
        keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False
    )
    return Report(
        subject=words["subject"],
        html=inliner.inline(page),
        text=_ENVIRONMENT.get_template("weekly.txt.j2").render(words),
        images=images,
        data=data,
    )


def write(store: Store, report: Report) -> str:
    """Store the report below `reports/weekly/<last day>/`; gives that folder.

    `report.html` opens in a browser as it lies there, beside its pictures. `report.json` is
    written last: the report exists when it does.
    """
    folder = f"reports/weekly/{report.data['week']['last']}"
    for name, data in sorted(report.images.items()):
        store.write(f"{folder}/{name}", data)
    store.write(f"{folder}/report.html", report.html.replace('src="cid:', 'src="').encode())
    store.write(f"{folder}/report.txt", report.text.encode())
    stored = {**report.data, "subject": report.subject, "images": sorted(report.images)}
    text = json.dumps(stored, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    store.write(f"{folder}/report.json", text.encode())
    return folder


def read(store: Store, folder: str) -> Report:
    """The report stored in a folder.

    Raises:
        FileNotFoundError: none was finished there.
    """
    data = json.loads(store.read(f"{folder}/report.json"))
    subject, names = data.pop("subject"), data.pop("images")
    html = store.read(f"{folder}/report.html").decode()
    for name in names:
        html = html.replace(f'src="{name}"', f'src="cid:{name}"')
    return Report(
        subject=subject,
        html=html,
        text=store.read(f"{folder}/report.txt").decode(),
        images={name: store.read(f"{folder}/{name}") for name in names},
        data=data,
    )


def message(report: Report, *, sender: str, recipients: Sequence[str]) -> EmailMessage:
    """The report as a mail: alternative( text, related( html, pictures shown in place ) )."""
    mail = EmailMessage()
    mail["Subject"] = report.subject
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Date"] = format_datetime(datetime.fromisoformat(report.data["made_at"]))
    digest = sha256(report.html.encode()).hexdigest()[:16]
    mail["Message-ID"] = f"<weekly-{report.data['week']['last']}-{digest}@pauta>"
    mail.set_content(report.text)
    html = re.sub(r'src="cid:([^"]+)"', r'src="cid:\1@pauta"', report.html)
    mail.add_alternative(html, subtype="html")
    _, related = mail.iter_parts()
    for name, data in sorted(report.images.items()):
        subtype = "png" if name.endswith(".png") else "jpeg"
        related.add_related(
            data, "image", subtype, cid=f"<{name}@pauta>", filename=name, disposition="inline"
        )
    return mail


def _piece(store: Store, picture: str) -> bytes:
    """A creative's file, whose ending says its kind."""
    for key in store.keys(f"images/sha256/{picture[:2]}"):
        if key.rsplit("/", 1)[1].startswith(f"{picture}."):
            return _square(store, key, PIECE_PX)
    raise QualityFailed(
        f"weekly report: no file of picture {picture} below images/sha256/{picture[:2]}."
    )


def _square(store: Store, key: str, side: int) -> bytes:
    """The middle of a stored picture as a small JPEG."""
    try:
        with Image.open(io.BytesIO(store.read(key)), formats=FORMATS) as opened:
            small = ImageOps.fit(opened.convert("RGB"), (side, side), Image.Resampling.LANCZOS)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise QualityFailed(f"weekly report: {key} cannot be shown: {error}.") from error
    out = io.BytesIO()
    small.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return out.getvalue()


def _chart(data: Mapping[str, Any], formats: Formats) -> str:
    rows = [
        Bar(row["name"], row["mean"], row["low"], row["high"], formats.index(row["mean"]))
        for row in data["objectives"]
    ]
    return bars(rows, usual=TEXTS[data["language"]]["usual"])


def _words(data: Mapping[str, Any], formats: Formats) -> dict[str, Any]:
    """Everything the templates print, already as text."""
    language: Code = data["language"]
    t = TEXTS[language]
    first, last = (date.fromisoformat(data["week"][end]) for end in ("first", "last"))
    made = datetime.fromisoformat(data["made_at"])
    days = formats.days(first, last)
    if (first.year, first.month) == (last.year, last.month):
        days = f"{first.day}–{formats.day(last)}"
    figures = _figures(data, t, formats)
    objectives = [{**row, **_ranges(row, "mean", formats)} for row in data["objectives"]]
    widest = max([1.0, *(piece["mean"] for piece in data["pieces"])])
    return {
        "t": t,
        "tag": TAGS[language],
        "subject": t["subject"].format(sets=data["figures"]["new_sets"]["value"], days=days),
        "preheader": " · ".join(f"{f['label']}: {f['value']}" for f in figures),
        "days": days,
        "shown": t["shown_one" if data["ads"] == 1 else "shown"].format(
            ads=formats.number(data["ads"]), money=t["and"].join(_money(data["spend"], formats))
        ),
        "figures": figures,
        "objectives": objectives,
        "chart_alt": ". ".join(t["objective_alt"].format(**row) for row in objectives),
        "pieces": [
            {
                **piece,
                **_ranges(piece, "mean", formats),
                "name": piece["name"] or piece["picture"][:12],
                "results": formats.number(piece["results"]),
                "spend": _money(piece["spend"], formats),
                "share": round(100 * piece["mean"] / widest),
                "image": f"piece-{number}.jpg",
                "url": f"{data['base_url']}cells/{piece['node']}/{piece['objective']}"
                f"/{piece['picture']}",
            }
            for number, piece in enumerate(data["pieces"], start=1)
        ],
        "traits": [
            {
                **trait,
                **_ranges(trait, "effect", formats),
                "text": trait["text"][:1].upper() + trait["text"][1:],
            }
            for trait in data["traits"]
        ],
        "sets": [
            {
                **found,
                "kind": t[found["kind"]],
                "alt": t["alt"].format(kind=t[found["kind"]], alt=found["alt"]),
                "image": f"set-{number}.jpg",
                "url": f"{data['base_url']}sets/{found['set_id']}",
            }
            for number, found in enumerate(data["sets"], start=1)
        ],
        "trust": trust_words(data, t, formats),
        "home": data["base_url"],
        "caveat": CAVEAT[language],
        "made": t["made"].format(
            as_of=formats.day(date.fromisoformat(data["as_of"])),
            day=formats.day(made.astimezone(BOGOTA).date()),
            clock=formats.clock(made),
        ),
    }


def _figures(
    data: Mapping[str, Any], t: Mapping[str, str], formats: Formats
) -> list[dict[str, str]]:
    found = []
    for name, figure in data["figures"].items():
        numbers = {key: formats.number(value) for key, value in figure.items()}
        value = t["of"].format(**numbers) if name == "covered" else numbers["value"]
        note = t[f"{name}_note"].format(**numbers)
        found.append({"label": t[name], "value": value, "note": note})
    return found


def _ranges(row: Mapping[str, Any], middle: str, formats: Formats) -> dict[str, str]:
    """`2,4×`, and its range without the sign: `1,9` and `3,0`."""
    low, high = (formats.index(row[end]).rstrip("×") for end in ("low", "high"))
    return {middle: formats.index(row[middle]), "low": low, "high": high}


def _money(amounts: Sequence[Mapping[str, str]], formats: Formats) -> list[str]:
    """Each currency for itself; cents say nothing from a hundred on."""
    texts: list[str] = []
    for entry in amounts:
        amount = Decimal(entry["amount"])
        text = formats.money(amount if amount < 100 else Decimal(round(amount)), entry["currency"])
        texts.append(text if amount < 100 else re.sub(r"[.,]00$", "", text))
    return texts
