"""The brand manual is whole, in both languages, and mistakes are told with their line."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.config.brand import OBJECTIVES, Brand, load_brand
from include.config.nodes import load_nodes
from include.config.objectives import load_objectives
from include.config.reading import config_path, read_yaml
from include.errors import ConfigurationError

BRAND = load_brand()
CELLS = [(node, objective) for node in BRAND.nodes for objective in OBJECTIVES]


def test_every_node_and_objective_is_described() -> None:
    """The other reviewed files name the same ones."""
    assert list(BRAND.nodes) == [node.id for node in load_nodes().nodes]
    assert list(OBJECTIVES) == [objective.id for objective in load_objectives().objectives]


@pytest.mark.parametrize(("node", "objective"), CELLS)
def test_a_cell_has_ideas_for_different_places(node: str, objective: str) -> None:
    """What winners show can only decide where there is a choice."""
    guide = BRAND.guide(node, objective)
    assert len(guide.ideas) >= 2
    assert len({idea.settings[0] for idea in guide.ideas}) >= 2
    assert all(len(phrases) == 4 for phrases in guide.people.values())


def test_the_four_people_phrases_differ_and_name_colombia() -> None:
    """Representative of Colombia, and never the same four times."""
    for phrases in BRAND.guide("wompi", "sales").people.values():
        assert len({phrase.en for phrase in phrases}) == 4
        assert sum("olombia" in phrase.en for phrase in phrases) >= 2


def test_spanish_sounds_like_tuteo() -> None:
    """Titles speak to `tú`: neither `usted` nor `vos` forms."""
    titles = [idea.title.es for node in BRAND.nodes.values() for idea in node.ideas]
    assert not [t for t in titles if re.search(r"\b(usted|su|sus|vos|vosotros)\b", t, re.I)]
    assert len(set(titles)) == len(titles)


def test_tone_and_style_can_be_chosen() -> None:
    """By the analyst; the node's own otherwise."""
    assert BRAND.guide("wompi", "sales").tone.es == "cercano y práctico"
    chosen = BRAND.guide("wompi", "sales", tone="alegre", style="documental")
    assert (chosen.tone.es, chosen.style.en) == ("alegre y dinámico", "documentary photograph")


def test_the_name_is_put_into_the_purpose() -> None:
    """`el banco`, not `banco`."""
    assert (
        BRAND.guide("banco", "awareness").purpose.es == "Para que más personas conozcan el banco."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nobody", "sales"), "no node 'nobody'; it knows wompi"),
        (("wompi", "fame"), "no objective 'fame'"),
    ],
)
def test_what_the_manual_does_not_know_is_named(arguments: tuple[str, str], message: str) -> None:
    """With what it does know."""
    with pytest.raises(ValueError, match=message):
        BRAND.guide(*arguments)


def test_disallowed_words_and_rivals_are_found_in_both_languages() -> None:
    """Spanish for briefs, English for prompts, rivals as they are written."""
    assert BRAND.deny().hits("una cerveza, a beer and the DAVIVIENDA card") == (
        "cerveza",
        "beer",
        "davivienda",
    )


@pytest.fixture
def manual() -> Any:
    """The file's content, to be broken."""
    return yaml.safe_load(config_path("brand.yaml").read_text(encoding="utf-8"))


def _remove_objective(m: Any) -> None:
    del m["shared"]["objectives"]["leads"]


def _remove_ideas(m: Any) -> None:
    node = m["nodes"]["banco"]
    node["ideas"] = [i for i in node["ideas"] if i["objectives"] != ["sales"]]


def _same_idea_twice(m: Any) -> None:
    m["nodes"]["banco"]["ideas"].append(m["nodes"]["banco"]["ideas"][0])


def _unknown_setting(m: Any) -> None:
    m["nodes"]["banco"]["ideas"][0]["settings"] = ["moon"]


def _unknown_people(m: Any) -> None:
    m["nodes"]["banco"]["ideas"][0]["people"] = "crowd"


def _unknown_prop_words(m: Any) -> None:
    m["nodes"]["banco"]["prop_words"] = {"rocket": {"en": "a rocket", "es": "un cohete"}}


def _unknown_tone(m: Any) -> None:
    m["nodes"]["banco"]["tone"] = "angry"


def _unknown_style(m: Any) -> None:
    m["nodes"]["banco"]["style"] = "cubist"


def _disallowed(m: Any) -> None:
    m["nodes"]["banco"]["ideas"][0]["still"]["en"] = "a beer on the table"


def _three_people(m: Any) -> None:
    m["shared"]["people"]["one"].pop()


def _spanish_in_english(m: Any) -> None:
    m["shared"]["warmth"]["en"] = "cálida; <b>"


def _bad_colour(m: Any) -> None:
    m["nodes"]["banco"]["palette"][0] = "yellow"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_remove_objective, r":\d+: shared\.objectives: .*every objective, missing: leads"),
        (_remove_ideas, r":\d+: nodes\.banco: .*idea for every objective, missing: \['sales'\]"),
        (_same_idea_twice, r"expected each idea once, found twice: \['family_table'\]"),
        (_unknown_setting, r"ideas\.0\.settings: .*\['moon'\] unknown, expected some of shop"),
        (_unknown_people, r"ideas\.0\.people: .*\['crowd'\] unknown"),
        (_unknown_prop_words, r"prop_words: .*\['rocket'\] unknown"),
        (_unknown_tone, "'angry' is not among shared.tones"),
        (_unknown_style, "'cubist' is not among shared.styles"),
        (_disallowed, r"idea family_table: \('beer',\) is disallowed"),
        (_three_people, r"shared\.people\.one: List should have at least 4"),
        (_spanish_in_english, r"shared\.warmth\.en: String should match pattern"),
        (_bad_colour, r"palette\.0: String should match pattern.* got 'yellow'"),
    ],
)
def test_a_broken_manual_is_refused_with_the_place(
    manual: Any, tmp_path: Path, spoil: Any, message: str
) -> None:
    """File, line, what was seen, what was expected."""
    spoil(manual)
    path = tmp_path / "brand.yaml"
    path.write_text(yaml.safe_dump(manual, allow_unicode=True, sort_keys=False), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=rf"brand\.yaml:\d+.*{message}|{message}"):
        read_yaml(path, Brand)


def test_a_node_overrides_phrases_and_adds_to_what_is_forbidden() -> None:
    """`must_have` and `warmth` are replaced; nobody can allow what the company forbids."""
    content = BRAND.model_dump(mode="json")
    content["nodes"]["banco"] |= {
        "warmth": {"en": "calm and trusting", "es": "calma y confianza"},
        "must_have": [{"en": "a yellow detail", "es": "un detalle amarillo"}],
        "disallow": [{"es": ["alcancía"], "en": ["piggy bank"]}],
        "rivals": ["Banco Ejemplo"],
    }
    brand = Brand.model_validate(content)
    bank, shop = brand.guide("banco", "sales"), brand.guide("wompi", "sales")
    assert (bank.warmth.en, [p.en for p in bank.must_have]) == (
        "calm and trusting",
        ["a yellow detail"],
    )
    assert shop.warmth.en == "warm and welcoming atmosphere" and len(shop.must_have) == 2
    assert "piggy bank" in bank.disallow and "gun" in bank.disallow
    assert "piggy bank" not in shop.disallow
    told = "una alcancía del Banco Ejemplo y una pistola"
    assert brand.deny("banco").hits(told) == ("alcancia", "banco ejemplo", "pistola")
    assert brand.deny("wompi").hits(told) == brand.deny().hits(told) == ("pistola",)


def test_an_idea_must_not_say_what_its_own_node_forbids() -> None:
    """Wompi's phone is fine until wompi forbids it."""
    content = BRAND.model_dump(mode="json")
    content["nodes"]["wompi"]["disallow"] = [{"es": ["celular"], "en": ["phone"]}]
    with pytest.raises(ValueError, match=r"nodes\.wompi, idea .* is disallowed"):
        Brand.model_validate(content)
