"""Why a piece stands where it stands, in Spanish and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from ranking.choose import Verdict

Language = Literal["es", "en"]

HARD_SPACE = "\u00a0"

CAVEAT: Mapping[Language, str] = MappingProxyType(
    {
        "es": (
            "Las cifras dicen cómo le fue a cada pieza donde la plataforma la mostró; "
            "no prueban que la imagen sea la causa."
        ),
        "en": (
            "The numbers say how each piece did where the platform showed it; "
            "they do not prove that the picture is the cause."
        ),
    }
)

_WITHOUT_CENTS = frozenset({"COP", "CLP", "JPY"})
_SPANISH_SIGNS = MappingProxyType({"COP": "$", "USD": "US$"})


@dataclass(frozen=True)
class Evidence:
    """What is known of one piece; `noun` is the result's name as (one, many) per language."""

    verdict: Verdict
    mean: float
    low: float
    high: float
    results: float
    expected: float
    min_expected: float
    accounts: int
    spend: Mapping[str, Decimal]
    noun: Mapping[Language, tuple[str, str]]


def reason(evidence: Evidence, language: Language) -> str:
    """One sentence without a full stop, true to the rows of the piece.

    1,8 veces lo usual en su cuenta (80 %: 1,4 a 2,3) con 412 clics y $ 1.240.300
    """
    write = _spanish if language == "es" else _english
    return write(evidence)


def _spanish(evidence: Evidence) -> str:
    place = "su cuenta" if evidence.accounts == 1 else "sus cuentas"
    money = " y ".join(_money(a, c, "es") for c, a in sorted(evidence.spend.items()))
    results = _counted(evidence.results, evidence.noun["es"], "es")
    if evidence.expected == 0:
        many = evidence.noun["es"][1]
        return f"Aún no hay con qué juzgarla: sin inversión en cuentas que midan {many}"
    if evidence.verdict == "not_enough_evidence":
        usual, needed = _count(evidence.expected, "es"), _count(evidence.min_expected, "es")
        return (
            f"Aún no hay con qué juzgarla: {results}; con ese dinero un anuncio usual lograría "
            f"{usual}, y hacen falta {needed}"
        )
    tail = {
        "winner": "",
        "ordinary": ", así que no se distingue con seguridad de un anuncio usual",
        "weak": ", por debajo de un anuncio usual",
    }[evidence.verdict]
    return (
        f"{_index(evidence.mean, 'es')} veces lo usual en {place} "
        f"(80{HARD_SPACE}%: {_index(evidence.low, 'es')} a {_index(evidence.high, 'es')}) "
        f"con {results} y {money}{tail}"
    )


def _english(evidence: Evidence) -> str:
    place = "its account" if evidence.accounts == 1 else "its accounts"
    money = " and ".join(_money(a, c, "en") for c, a in sorted(evidence.spend.items()))
    results = _counted(evidence.results, evidence.noun["en"], "en")
    if evidence.expected == 0:
        many = evidence.noun["en"][1]
        return f"Too little to judge it: no money spent in accounts that count {many}"
    if evidence.verdict == "not_enough_evidence":
        usual, needed = _count(evidence.expected, "en"), _count(evidence.min_expected, "en")
        return (
            f"Too little to judge it: {results}; for that money an ordinary ad would get "
            f"{usual}, and {needed} are needed"
        )
    tail = {
        "winner": "",
        "ordinary": ", so it cannot be told from an ordinary ad with confidence",
        "weak": ", below an ordinary ad",
    }[evidence.verdict]
    return (
        f"{_index(evidence.mean, 'en')} times the usual in {place} "
        f"(80%: {_index(evidence.low, 'en')} to {_index(evidence.high, 'en')}) "
        f"with {results} and {money}{tail}"
    )


def _number(value: float | Decimal, decimals: int, language: Language) -> str:
    text = f"{value:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "es" else text


def _index(value: float, language: Language) -> str:
    """Two significant figures: 12, 1.8, 0.84."""
    if round(value, 1) >= 10:
        return _number(value, 0, language)
    return _number(value, 1 if round(value, 2) >= 1 else 2, language)


def _count(value: float, language: Language) -> str:
    """412, or 4.1 where a tenth still says something."""
    if 0 < value < 0.05:
        return "menos de 0,1" if language == "es" else "less than 0.1"
    return _number(value, 0 if value >= 9.95 or round(value, 1) == round(value) else 1, language)


def _counted(value: float, noun: tuple[str, str], language: Language) -> str:
    return f"{_count(value, language)} {noun[0] if value == 1 else noun[1]}"


def _money(amount: Decimal, currency: str, language: Language) -> str:
    sign = _SPANISH_SIGNS.get(currency, currency) if language == "es" else currency
    decimals = 0 if currency in _WITHOUT_CENTS else 2
    return f"{sign}{HARD_SPACE}{_number(amount, decimals, language)}"
