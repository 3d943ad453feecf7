"""What a picture can show, in one list of words that every room shares.

The sandbox draws from these labels, the describers recognise them, the fusion writes them
into prompts and the storyboard draws them again. A label is stored by its `id`; people
read its English or Spanish phrase. The phrases are written so that they can stand in a
prompt: "A scene in {setting}, {people}, with {prop}, {light}".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Label:
    """One thing a picture can show: a stable `id` and a phrase in each language."""

    id: str
    en: str
    es: str


def _labels(*rows: tuple[str, str, str]) -> Mapping[str, Label]:
    return MappingProxyType({row[0]: Label(*row) for row in rows})


CATEGORIES: Mapping[str, Mapping[str, Label]] = MappingProxyType(
    {
        "setting": _labels(
            ("shop", "a neighbourhood shop", "una tienda de barrio"),
            ("market", "a market stall", "un puesto de plaza de mercado"),
            ("cafe", "a small café", "un café pequeño"),
            ("office", "a bright office", "una oficina luminosa"),
            ("home", "a cosy home", "un hogar acogedor"),
            ("city", "a city street with mountains behind", "una calle de ciudad con montañas"),
            ("road", "a road between green mountains", "una carretera entre montañas verdes"),
            ("studio", "a plain studio background", "un fondo liso de estudio"),
        ),
        "place": _labels(
            ("outdoor", "outdoors", "al aire libre"),
            ("indoor", "indoors", "en un interior"),
            ("plain", "a plain background", "un fondo liso"),
        ),
        "people": _labels(
            ("none", "no people", "sin personas"),
            ("one", "one person", "una persona"),
            ("two", "two people", "dos personas"),
            ("family", "a family", "una familia"),
        ),
        "prop": _labels(
            ("phone", "a mobile phone", "un celular"),
            ("laptop", "a laptop", "un computador portátil"),
            ("card", "a bank card", "una tarjeta bancaria"),
            ("bags", "shopping bags", "bolsas de compras"),
            ("boxes", "parcels ready to ship", "paquetes listos para enviar"),
            ("keys", "a set of keys", "unas llaves"),
            ("coffee", "a cup of coffee", "una taza de café"),
            ("produce", "fresh fruit and vegetables", "frutas y verduras frescas"),
            ("house", "a house", "una casa"),
            ("car", "a car", "un carro"),
            ("plant", "a green plant", "una planta verde"),
        ),
        "light": _labels(
            ("morning", "soft morning light", "luz suave de la mañana"),
            ("midday", "bright midday light", "luz brillante de mediodía"),
            ("golden", "warm golden-hour light", "luz cálida del atardecer"),
            ("evening", "blue evening light", "luz azul de la noche"),
            ("indoor", "soft lamp light", "luz suave de lámpara"),
        ),
        "palette": _labels(
            ("green", "green tones", "tonos verdes"),
            ("coral", "coral tones", "tonos coral"),
            ("blue", "blue tones", "tonos azules"),
            ("yellow", "yellow tones", "tonos amarillos"),
            ("purple", "purple tones", "tonos morados"),
            ("neutral", "neutral tones", "tonos neutros"),
        ),
        "composition": _labels(
            ("close_up", "a close-up", "un primer plano"),
            ("centred", "a centred medium shot", "un plano medio centrado"),
            ("wide", "a wide shot", "un plano general"),
            ("detail", "a detail of the objects", "un detalle de los objetos"),
        ),
        "text_share": _labels(
            ("low", "almost no text on the picture", "casi sin texto sobre la imagen"),
            ("medium", "some text on the picture", "algo de texto sobre la imagen"),
            ("high", "a lot of text on the picture", "mucho texto sobre la imagen"),
        ),
    }
)

DRAWN_SETTINGS: Mapping[str, Label] = _labels(
    ("kitchen", "a home kitchen", "una cocina de hogar"),
    ("workshop", "a craft workshop", "un taller artesanal"),
    ("classroom", "a classroom", "un salón de clase"),
    ("park", "a neighbourhood park", "un parque de barrio"),
    ("plaza", "the square of a colonial town", "la plaza de un pueblo colonial"),
    ("farm", "a coffee farm", "una finca cafetera"),
    ("beach", "a Caribbean beach", "una playa del Caribe"),
)
"""Settings that a brief may ask for and the storyboard draws; no describer knows them."""

SETTINGS: Mapping[str, Label] = MappingProxyType({**CATEGORIES["setting"], **DRAWN_SETTINGS})
"""Every setting that a prompt or a drawing may have."""

PLACES: Mapping[str, str] = MappingProxyType(
    {
        "shop": "indoor",
        "market": "outdoor",
        "cafe": "indoor",
        "office": "indoor",
        "home": "indoor",
        "city": "outdoor",
        "road": "outdoor",
        "studio": "plain",
        "kitchen": "indoor",
        "workshop": "indoor",
        "classroom": "indoor",
        "park": "outdoor",
        "plaza": "outdoor",
        "farm": "outdoor",
        "beach": "outdoor",
    }
)
"""The coarse `place` of each `setting`: as much as pixels alone can tell."""


def label(category: str, label_id: str) -> Label:
    """The label with this id in this category.

    Raises:
        ValueError: the category or the label is not in the vocabulary; the message names
            what was asked for and what there is.
    """
    labels = SETTINGS if category == "setting" else CATEGORIES.get(category)
    if labels is None:
        raise ValueError(
            f"vocabulary: unknown category {category!r}, expected one of {', '.join(CATEGORIES)}."
        )
    found = labels.get(label_id)
    if found is None:
        raise ValueError(
            f"vocabulary: unknown {category} {label_id!r}, expected one of {', '.join(labels)}."
        )
    return found
