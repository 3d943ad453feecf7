"""The words of the weekly report; Spanish first, as its readers are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Code = Literal["es", "en"]

_ES = {
    "title": "Reporte creativo semanal",
    "week": "Semana {days}",
    "subject": "Reporte creativo semanal: {sets} sets nuevos, {days}",
    "shown_one": "{ads} anuncio estuvo al aire y costó {money}.",
    "shown": "{ads} anuncios estuvieron al aire y costaron {money}.",
    "and": " y ",
    "new_sets": "Sets nuevos",
    "new_sets_note": "{before} la semana anterior",
    "covered": "Nodos × objetivos",
    "covered_note": "con un set de la semana",
    "judged": "Piezas juzgadas",
    "judged_note": "de {of} con datos",
    "winners": "Ganadoras",
    "winners_note": "de la última clasificación",
    "of": "{value} / {of}",
    "chart": "Las piezas elegidas frente a lo usual, por objetivo",
    "chart_note": (
        "Resultados por el mismo dinero; 1 es un anuncio usual en la misma cuenta. "
        "Barra: lo más probable. Línea: rango del 80 %."
    ),
    "usual": "lo usual",
    "best": "Piezas que más enseñan",
    "piece": "Pieza",
    "index": "Frente a lo usual",
    "results": "Resultados",
    "spend": "Inversión",
    "times": "{mean} ({low}–{high})",
    "traits": "Lo que comparten las que mejor van",
    "trait": "{text}: {effect} ({low}–{high})",
    "sets": "Sets nuevos para mirar",
    "drawn": "Boceto",
    "generated": "Generada",
    "alt": "{kind}: {alt}",
    "trust": "Qué tan de fiar son estas cifras",
    "false_winners": "A lo sumo el {share} de las ganadoras lo parece por azar.",
    "no_promises": (
        "Ninguna promesa tiene edad suficiente todavía: cada clasificación se compara un mes "
        "después con lo que lograron las piezas que eligió."
    ),
    "kept_one": (
        "De lo que la clasificación del {day} prometió, {within} de {cells} celda cumplió dentro "
        "del rango del 80 %."
    ),
    "kept": (
        "De lo que la clasificación del {day} prometió, {within} de {cells} celdas cumplieron "
        "dentro del rango del 80 %."
    ),
    "below": (
        "{place} quedó por debajo: prometió {promised}, logró {delivered} (se esperaba de {low} "
        "a {high})."
    ),
    "above": (
        "{place} quedó por encima: prometió {promised}, logró {delivered} (se esperaba de {low} "
        "a {high})."
    ),
    "short": "{name}: a los anuncios les falta el {share} del gasto que dice la plataforma.",
    "over": "{name}: los anuncios suman un {share} más de gasto que lo que dice la plataforma.",
    "button": "Abrir los sets de la semana",
    "reference": (
        "Las imágenes son referencias para conversar con la agencia, que debe usar fotos "
        "con licencia del banco de imágenes."
    ),
    "made": "Cifras al {as_of}. Hecho el {day} a las {clock}, hora de Bogotá.",
    "objective_alt": "{name}: {mean}, entre {low} y {high}",
}

_EN = {
    "title": "Weekly creative report",
    "week": "Week {days}",
    "subject": "Weekly creative report: {sets} new sets, {days}",
    "shown_one": "{ads} ad was live and cost {money}.",
    "shown": "{ads} ads were live and cost {money}.",
    "and": " and ",
    "new_sets": "New sets",
    "new_sets_note": "{before} the week before",
    "covered": "Nodes × objectives",
    "covered_note": "with a set of this week",
    "judged": "Pieces judged",
    "judged_note": "of {of} with data",
    "winners": "Winners",
    "winners_note": "of the latest ranking",
    "of": "{value} / {of}",
    "chart": "Chosen pieces against the usual, by objective",
    "chart_note": (
        "Results for the same money; 1 is an ordinary ad in the same account. "
        "Bar: most likely. Line: 80% range."
    ),
    "usual": "the usual",
    "best": "Pieces that teach most",
    "piece": "Piece",
    "index": "Against the usual",
    "results": "Results",
    "spend": "Spend",
    "times": "{mean} ({low}–{high})",
    "traits": "What the best share",
    "trait": "{text}: {effect} ({low}–{high})",
    "sets": "New sets to look at",
    "drawn": "Sketch",
    "generated": "Generated",
    "alt": "{kind}: {alt}",
    "trust": "How far to trust these numbers",
    "false_winners": "At most {share} of the winners only look so by chance.",
    "no_promises": (
        "No promise is old enough yet: each ranking is compared a month later with what the "
        "pieces it chose have done."
    ),
    "kept_one": (
        "Of what the ranking of {day} promised, {within} of {cells} cell delivered within its "
        "80% range."
    ),
    "kept": (
        "Of what the ranking of {day} promised, {within} of {cells} cells delivered within "
        "their 80% range."
    ),
    "below": (
        "{place} stayed below: promised {promised}, delivered {delivered} ({low} to {high} was "
        "to be expected)."
    ),
    "above": (
        "{place} went beyond: promised {promised}, delivered {delivered} ({low} to {high} was "
        "to be expected)."
    ),
    "short": "{name}: the ads lack {share} of the spend that the platform tells.",
    "over": "{name}: the ads add up to {share} more spend than the platform tells.",
    "button": "Open the sets of the week",
    "reference": (
        "The pictures are references for the conversation with the agency, which must use "
        "licensed photos from the image bank."
    ),
    "made": "Numbers as of {as_of}. Made on {day} at {clock}, Bogotá time.",
    "objective_alt": "{name}: {mean}, between {low} and {high}",
}

TEXTS: Mapping[Code, Mapping[str, str]] = MappingProxyType({"es": _ES, "en": _EN})
TAGS: Mapping[Code, str] = MappingProxyType({"es": "es-CO", "en": "en"})
