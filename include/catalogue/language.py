"""The two languages of the catalogue: texts from gettext, and a formatter for each.

Spanish is the language the templates are written in; `texts/en.po` translates it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from include.catalogue.charts import Axis, bar, change_axis
from include.catalogue.formats import Formats
from include.catalogue.names import ad_title, framing
from include.catalogue.queries import DUE_AFTER, OLD_AFTER
from include.catalogue.traits import strongest
from ranking import FALSE_WINNERS

FOLDER = Path(__file__).parent
LANGUAGES: tuple[Code, ...] = ("es", "en")
DEFAULT: Code = "es"

Code = Literal["es", "en"]


@dataclass(frozen=True)
class Language:
    """One language: its code, its address in `lang`, and the environment that writes pages."""

    code: Code
    tag: str
    formats: Formats
    environment: Environment


def load_language(code: Code) -> Language:
    """Templates, texts and formats of one language. An unknown name in a template is an error."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(["html"], default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # a template belongs to the code that fills it
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(code), newstyle=True)  # type: ignore[attr-defined]
    tag = "es-CO" if code == "es" else "en"
    formats = Formats(Locale.parse(tag, sep="-"))
    environment.globals |= {
        "code": code,
        "tag": tag,
        "f": formats,
        "Axis": Axis,
        "bar": bar,
        "due_after": DUE_AFTER,
        "old_after": OLD_AFTER,
        "change_axis": change_axis,
        "ad_title": ad_title,
        "framing": framing,
        "stated_false": FALSE_WINNERS,
        "strongest": strongest,
    }
    return Language(code, tag, formats, environment)


def translations(code: Code) -> NullTranslations:
    """The texts of `code`; Spanish needs none."""
    source = FOLDER / "texts" / f"{code}.po"
    if not source.exists():
        return NullTranslations()
    with source.open("rb") as handle:
        catalogue = read_po(handle, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
