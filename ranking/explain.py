"""Why a piece stands where it stands, in Spanish and in English."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from ranking.grade import Grade
from ranking.verdicts import FALSE_WINNERS, Verdict

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

_GRADES: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        "es": {
            "same_ad_set": "Se compara sobre todo con otras piezas del mismo conjunto de anuncios "
            "en los mismos días: la comparación más justa",
            "same_campaign": "Se compara sobre todo con otras piezas de la misma campaña, ante "
            "otros públicos o en otros días",
            "different_audiences": "Se compara sobre todo con otras campañas de la cuenta: parte "
            "de la diferencia puede ser del público",
        },
        "en": {
            "same_ad_set": "Compared mostly with other pieces of the same ad set on the same days: "
            "the fairest comparison",
            "same_campaign": "Compared mostly with other pieces of the same campaign, before other "
            "audiences or on other days",
            "different_audiences": "Compared mostly with other campaigns of the account: part of "
            "the difference may be the audience's",
        },
    }
)

_WITHOUT_CENTS = frozenset({"COP", "CLP", "JPY"})
_SPANISH_SIGNS = MappingProxyType({"COP": "$", "USD": "US$"})


@dataclass(frozen=True)
class Explanation:
    """Everything that is said of one piece; true to its row of the leaderboard.

    Args:
        mean: index; 1.0 is an ordinary ad in the same places. `low` to `high`: 80 % range.
        results: as told so far; of the whole time.
        beyond: the part of `results` that is more than any ad gets for that money and does not
            count (`ranking.robust`).
        expected: what an ordinary ad would have had so far for the same money.
        current: `expected` by age; of the fresh period alone where `worn`.
        min_expected: `current` from which a piece is judged.
        missing: what it would still have to spend, in the currency of its main account; None
            where that is unknown.
        complete: share of its final results that are told by now, 0 to 1.
        noun: the result's name as (one, many) per language.
    """

    verdict: Verdict
    mean: float
    low: float
    high: float
    prob_above_baseline: float
    results: float
    beyond: float
    expected: float
    current: float
    min_expected: float
    accounts: int
    spend: Mapping[str, Decimal]
    missing: tuple[str, Decimal] | None
    complete: float
    worn: bool
    grade: Grade
    noun: Mapping[Language, tuple[str, str]]
    as_of: date
    rule_version: str

    def sentence(self, language: Language) -> str:
        """The reason in one sentence without a full stop.

        1,8 veces lo usual en su cuenta (80 %: 1,4 a 2,3) con 412 clics y $ 1.240.300
        """
        if self.expected == 0:
            return self._unmeasured(language)
        if self.verdict == "not_enough_evidence":
            return self._thin(language)
        return self._judged(language)

    def details(self, language: Language) -> list[str]:
        """What lies behind the sentence, one sentence each."""
        found = []
        if self.expected > 0:
            found.append(self._baseline(language))
        if self.beyond >= 1:
            found.append(self._beyond(language))
        if self.complete < 0.995:
            share = _percent(self.complete, language)
            found.append(
                f"Sus últimos días aún reciben conversiones: se ha contado cerca del {share} y lo "
                "usual se redujo igual"
                if language == "es"
                else f"Its last days still get conversions: about {share} is counted so far, and "
                "the usual was reduced alike"
            )
        if self.worn:
            found.append(
                "Está desgastada: se juzga por sus últimos 28 días, bastante por debajo de antes"
                if language == "es"
                else "It is worn out: judged by its last 28 days, well below what it did before"
            )
        if self.verdict in {"winner", "weak"}:
            found.append(self._chance(language))
        if self.expected > 0:
            found.append(_GRADES[language][self.grade])
        found.append(CAVEAT[language].rstrip("."))
        day = self.as_of.isoformat()
        found.append(
            f"Datos al {day}, reglas {self.rule_version}"
            if language == "es"
            else f"As of {day}, rules {self.rule_version}"
        )
        return [f"{sentence}." for sentence in found]

    def text(self, language: Language) -> str:
        """The sentence and its details as one paragraph."""
        return " ".join([f"{self.sentence(language)}.", *self.details(language)])

    def _unmeasured(self, language: Language) -> str:
        many = self.noun[language][1]
        if language == "es":
            return f"Aún no hay con qué juzgarla: sin inversión en cuentas que midan {many}"
        return f"Too little to judge it: no money spent in accounts that count {many}"

    def _thin(self, language: Language) -> str:
        results = _counted(self.results, self.noun[language], language)
        usual, needed = _count(self.expected, language), _count(self.min_expected, language)
        low, high = _index(self.low, language), _index(self.high, language)
        so_far = (
            f"; por ahora se estima en {_index(self.mean, language)} veces lo usual "
            f"(80{HARD_SPACE}%: {low} a {high})"
            if language == "es"
            else f"; for now it is put at {_index(self.mean, language)} times the usual "
            f"(80%: {low} to {high})"
        )
        more = ""
        if self.missing is not None:
            money = _money(self.missing[1], self.missing[0], language)
            more = f" (unos {money} más)" if language == "es" else f" (some {money} more)"
        if self.expected >= self.min_expected:
            # Enough once, but too long ago.
            left = _count(math.floor(10 * self.current) / 10, language)
            if self.current >= 10:
                left = _count(math.floor(self.current), language)
            if language == "es":
                return (
                    f"Aún no hay con qué juzgarla: {results} frente a {usual} usuales, pero tan "
                    f"antiguos que valen por {left}, y hacen falta {needed}{more}{so_far}"
                )
            return (
                f"Too little to judge it: {results} against a usual {usual}, but so old that they "
                f"count for {left}, and {needed} are needed{more}{so_far}"
            )
        if language == "es":
            return (
                f"Aún no hay con qué juzgarla: {results}; con ese dinero un anuncio usual lograría "
                f"{usual}, y hacen falta {needed}{more}{so_far}"
            )
        return (
            f"Too little to judge it: {results}; for that money an ordinary ad would get "
            f"{usual}, and {needed} are needed{more}{so_far}"
        )

    def _judged(self, language: Language) -> str:
        money = (" y " if language == "es" else " and ").join(
            _money(a, c, language) for c, a in sorted(self.spend.items())
        )
        results = _counted(self.results, self.noun[language], language)
        index, low, high = (_index(v, language) for v in (self.mean, self.low, self.high))
        if language == "es":
            place = "su cuenta" if self.accounts == 1 else "sus cuentas"
            tail = {
                "ordinary": ", así que no se distingue con seguridad de un anuncio usual",
                "weak": ", por debajo de un anuncio usual",
            }.get(self.verdict, "")
            return (
                f"{index} veces lo usual en {place} (80{HARD_SPACE}%: {low} a {high}) "
                f"con {results} y {money}{tail}"
            )
        place = "its account" if self.accounts == 1 else "its accounts"
        tail = {
            "ordinary": ", so it cannot be told from an ordinary ad with confidence",
            "weak": ", below an ordinary ad",
        }.get(self.verdict, "")
        return (
            f"{index} times the usual in {place} (80%: {low} to {high}) "
            f"with {results} and {money}{tail}"
        )

    def _baseline(self, language: Language) -> str:
        usual = _counted(self.expected, self.noun[language], language)
        if language == "es":
            return (
                f"Por la misma inversión, un anuncio usual llevaría {usual}; mientras falte "
                "evidencia, el índice queda más cerca de lo usual que esa razón"
            )
        return (
            f"For the same spend an ordinary ad would have {usual} by now; while evidence is short "
            "the index stays closer to the usual than that ratio"
        )

    def _beyond(self, language: Language) -> str:
        left = _count(self.beyond, language)
        results = _counted(self.results, self.noun[language], language)
        if language == "es":
            return (
                f"De {results} no se cuentan {left}: son más de lo que logra un anuncio con ese "
                "dinero; suelen venir de otro anuncio o de difusión sin costo"
            )
        return (
            f"Of {results}, {left} do not count: they are more than any ad gets for that money; "
            "most often they come from another ad or from organic reach"
        )

    def _chance(self, language: Language) -> str:
        above = self.prob_above_baseline
        chance = _percent(above if self.verdict == "winner" else 1.0 - above, language)
        stated = _percent(FALSE_WINNERS, language)
        if language == "es":
            side, all_ = ("supere", "ganadoras")
            if self.verdict == "weak":
                side, all_ = ("esté por debajo de", "débiles")
            return (
                f"Es {chance} probable que {side} lo usual; de todas las {all_}, a lo sumo el "
                f"{stated} lo parece por azar"
            )
        side, all_ = ("above", "winners") if self.verdict == "winner" else ("below", "weak pieces")
        return (
            f"It is {side} the usual with a probability of {chance}; of all {all_} at most "
            f"{stated} only look so by chance"
        )


def _number(value: float | Decimal, decimals: int, language: Language) -> str:
    text = f"{value:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "es" else text


def _percent(share: float, language: Language) -> str:
    """91 %; never a certainty."""
    gap = HARD_SPACE if language == "es" else ""
    return f"{min(max(round(100 * share), 1), 99)}{gap}%"


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
