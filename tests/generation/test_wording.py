"""Spanish first, as a person in Colombia would say it."""

import pytest

from generation import wording
from generation.vocabulary import CATEGORIES
from include.config.brand import load_brand

BRAND = load_brand()


@pytest.mark.parametrize(
    ("setting", "english", "spanish"),
    [
        ("shop", "in a neighbourhood shop", "en una tienda de barrio"),
        ("market", "at a market stall", "en un puesto de plaza de mercado"),
        ("studio", "against a plain studio background", "sobre un fondo liso de estudio"),
    ],
)
def test_a_setting_takes_its_preposition(setting: str, english: str, spanish: str) -> None:
    """At a stall, on a street, in a shop, against a background."""
    found = wording.located(setting)
    assert (found.en, found.es) == (english, spanish)


@pytest.mark.parametrize(
    ("items", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a y b"), (["a", "b", "imanes"], "a, b e imanes")],
)
def test_lists_read_as_in_spanish(items: list[str], text: str) -> None:
    """`y` becomes `e` before an i sound."""
    assert wording.listed_es(items) == text


def test_verbs_agree_with_the_number_of_people() -> None:
    """One person pays, two people pay: `paga`, `pagan`; a family is singular."""
    (idea,) = [i for i in BRAND.guide("banco", "sales").ideas if i.id == "pay_and_earn"]
    assert wording.subject(idea, "one").es == "una persona paga sus compras con tarjeta"
    assert wording.subject(idea, "two").es == "dos personas pagan sus compras con tarjeta"
    assert wording.subject(idea, "family").es == "una familia paga sus compras con tarjeta"
    assert wording.subject(idea, "none").es == idea.still.es


def test_the_alternative_text_says_what_a_drawing_shows() -> None:
    """A drawing shows a person, not where the person comes from."""
    (idea,) = [i for i in BRAND.guide("banco", "sales").ideas if i.id == "pay_and_earn"]
    assert wording.alt(idea, "shop", "one", "close_up").es == (
        "Una persona paga sus compras con tarjeta, en una tienda de barrio; primer plano."
    )


def test_the_description_names_each_thing_once() -> None:
    """The card is in the first sentence already; one bag list in the plural, `se ven`."""
    guide = BRAND.guide("banco", "sales")
    (idea,) = [i for i in guide.ideas if i.id == "pay_and_earn"]
    scene = {"setting": "shop", "people": "one", "light": "morning"}
    text = wording.description(idea, guide, props=["card", "bags"], **scene)
    assert text.es.count("tarjeta") == 1
    assert "También se ven bolsas de compras." in text.es
    one = wording.description(idea, guide, props=["plant"], **scene)
    assert "También se ve una planta verde." in one.es


@pytest.mark.parametrize("prop", list(CATEGORIES["prop"]))
def test_every_prop_is_recognised_in_its_own_phrase(prop: str) -> None:
    """A prop that joins the vocabulary needs its nouns here."""
    known = CATEGORIES["prop"][prop]
    assert wording.mentions(known.en, prop, "en") and wording.mentions(known.es, prop, "es")


def test_a_card_is_no_car() -> None:
    """Whole words, not beginnings."""
    assert not wording.mentions("paying with a card", "car", "en")


def test_nodes_have_their_own_words_for_props() -> None:
    """Boxes are moving boxes where homes are sold."""
    guide = BRAND.guide("tu360inmobiliario", "sales")
    assert wording.prop_words("boxes", guide).es == "cajas de trasteo"
    assert wording.prop_words("keys", guide).es == "unas llaves"
