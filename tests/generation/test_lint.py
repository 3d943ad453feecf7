"""What image models get wrong is told, in both languages, and what to write instead."""

import pytest

from generation.fuse import fuse
from generation.lint import lint
from include.config.brand import OBJECTIVES, load_brand


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("a poster with the slogan of the bank", "text", "slogan"),
        ('a shop, "Abierto" over the door', "text", '"abierto"'),
        ("un letrero que dice abierto", "text", "letrero, que dice"),
        ("five children in a park", "count", "five"),
        ("tres mujeres en una tienda", "count", "tres"),
        ("12 bags on a table", "count", "12"),
        ("a phone to the left of a cup", "position", "to the left of"),
        ("un celular encima de la mesa", "position", "encima de"),
        ("a glass of water on a table", "transparency", "glass of"),
        ("su reflejo en el espejo", "transparency", "reflejo, espejo"),
        ("close-up of her fingers", "detail", "fingers"),
        ("una multitud en la plaza", "detail", "multitud"),
        ("a street without cars", "negation", "without cars"),
        ("una calle sin carros", "negation", "sin carros"),
    ],
)
def test_a_habit_of_models_is_found(text: str, kind: str, found: str) -> None:
    """Exactly that one, with the words that were seen and advice in both languages."""
    (finding,) = lint(text)
    assert (finding.kind, finding.found) == (kind, found)
    assert finding.advice.en != finding.advice.es
    assert finding.advice.es.endswith(".")


def test_a_prompt_can_run_into_several() -> None:
    """One finding per kind, in a fixed order."""
    text = 'four people without shoes, a sign that says "OFERTA", a mirror to the right of them'
    kinds = [finding.kind for finding in lint(text)]
    assert kinds == ["text", "count", "position", "transparency", "negation"]


@pytest.mark.parametrize(
    "text",
    [
        "a Colombian woman in her thirties taking a payment on a phone",
        "two people in a small café, soft morning light, green tones",
        "una familia colombiana en un parque, luz cálida del atardecer",
        "",
    ],
)
def test_a_good_prompt_has_no_finding(text: str) -> None:
    """One and two are counted rightly, and so are prompts of the manual."""
    assert lint(text) == ()


def test_the_brand_manuals_own_prompts_have_no_finding() -> None:
    """All of them, in English."""
    brand = load_brand()
    for node in brand.nodes:
        for objective in OBJECTIVES:
            found = fuse([], brand.guide(node, objective), brand.deny(node), budget=75)
            assert [lint(prompt) for prompt in found.prompts] == [()] * 4, (node, objective)
