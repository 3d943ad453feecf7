"""A hand-made table of winners: what three pictures of each node and objective show."""

import hashlib

from generation.votes import Observed, Winner

NODES = ("wompi", "tu360compras", "tu360inmobiliario", "banco")
OBJECTIVES = ("awareness", "traffic", "engagement", "leads", "sales")

# Per cell: place, people (None: the describer saw none or could not tell), hue, light,
# composition, prop of the leading picture.
CELLS: dict[tuple[str, str], tuple[str, str | None, str, str, str, str | None]] = {
    ("wompi", "awareness"): ("outdoor", "one", "green", "morning", "centred", None),
    ("wompi", "traffic"): ("plain", None, "green", "midday", "close_up", None),
    ("wompi", "engagement"): ("indoor", "family", "yellow", "indoor", "wide", None),
    ("wompi", "leads"): ("indoor", "one", "neutral", "morning", "centred", "plant"),
    ("wompi", "sales"): ("indoor", "one", "green", "golden", "close_up", "card"),
    ("tu360compras", "awareness"): ("outdoor", "one", "coral", "midday", "wide", "bags"),
    ("tu360compras", "traffic"): ("plain", "none", "coral", "midday", "detail", "boxes"),
    ("tu360compras", "engagement"): ("indoor", "family", "yellow", "indoor", "wide", None),
    ("tu360compras", "leads"): ("indoor", "one", "neutral", "morning", "centred", "boxes"),
    ("tu360compras", "sales"): ("plain", "one", "coral", "midday", "centred", "bags"),
    ("tu360inmobiliario", "awareness"): ("outdoor", "family", "blue", "golden", "wide", None),
    ("tu360inmobiliario", "traffic"): ("indoor", "two", "blue", "morning", "centred", None),
    ("tu360inmobiliario", "engagement"): ("indoor", "family", "yellow", "golden", "wide", None),
    ("tu360inmobiliario", "leads"): ("outdoor", "two", "blue", "midday", "wide", "car"),
    ("tu360inmobiliario", "sales"): ("indoor", "two", "yellow", "golden", "close_up", "keys"),
    ("banco", "awareness"): ("indoor", "family", "yellow", "morning", "wide", "coffee"),
    ("banco", "traffic"): ("plain", None, "yellow", "midday", "detail", "card"),
    ("banco", "engagement"): ("outdoor", "family", "green", "golden", "wide", "car"),
    ("banco", "leads"): ("indoor", "two", "blue", "indoor", "centred", None),
    ("banco", "sales"): ("indoor", "one", "yellow", "indoor", "close_up", "card"),
}


def picture(node: str, objective: str, place: int) -> str:
    """The sha256 of an invented picture."""
    return hashlib.sha256(f"{node} {objective} {place}".encode()).hexdigest()


def winners(node: str, objective: str) -> list[Winner]:
    """Three pictures of weight 0.5, 0.3 and 0.2; the second disagrees about light and place."""
    place, people, hue, light, composition, prop = CELLS[node, objective]
    other_place = "indoor" if place != "indoor" else "outdoor"
    rows = [
        [("place", place), ("palette", hue), ("light", light), ("composition", composition)],
        [("place", other_place), ("palette", hue), ("light", "evening"), ("composition", "wide")],
        [("place", place), ("palette", "neutral"), ("light", light), ("composition", composition)],
    ]
    if people is not None:
        rows[0].append(("people", people))
        rows[2].append(("people", people))
    if prop is not None:
        rows[0].append(("prop", prop))
    return [
        Winner(
            picture(node, objective, at),
            weight,
            tuple(Observed(category, label, 0.9) for category, label in labels),
        )
        for at, (weight, labels) in enumerate(zip((0.5, 0.3, 0.2), rows, strict=True), 1)
    ]
