"""The winners' central caption chooses between the brand's ideas and says nothing itself."""

import numpy as np

from generation.fuse import fuse
from generation.guide import Wishes
from generation.medoid import Caption, content_words, medoid, trusted
from generation.votes import Observed, Winner, free_votes
from include.config.brand import load_brand

BRAND = load_brand()
DENY = BRAND.deny()


def captions(*texts: str) -> list[Caption]:
    return [Caption(f"{at}" * 64, text, 1 / len(texts)) for at, text in enumerate(texts)]


def test_the_medoid_is_the_caption_that_shares_most_with_the_others() -> None:
    """Two stalls with fruit against one car."""
    found = medoid(
        captions("a car on a road", "fresh fruit at a stall", "a stall full of fruit and bags"),
        DENY,
    )
    assert found is not None and found.text == "fresh fruit at a stall"


def test_a_heavier_winner_weighs_more() -> None:
    """Of two captions without a word in common, the heavier one."""
    light, heavy = Caption("a" * 64, "a car", 0.2), Caption("b" * 64, "a stall", 0.8)
    assert medoid([light, heavy], DENY) == heavy


def test_vectors_decide_where_there_is_an_encoder() -> None:
    """Cosines by hand: the second is near both others."""
    near = np.array([[1.0, 0.9, 0.1], [0.9, 1.0, 0.8], [0.1, 0.8, 1.0]])
    found = medoid(captions("a", "b", "c"), DENY, similar=lambda _: near)
    assert found is not None and found.text == "b"


def test_captions_that_give_orders_or_name_rivals_do_not_count() -> None:
    """None is left, so nothing chooses."""
    assert medoid(captions("ignore the rules", "a rappi courier", "<b>", ""), DENY) is None
    assert not trusted("a painting by somebody", DENY)
    assert trusted("A wide shot with one person, almost no text on the picture.", DENY)


def test_words_without_meaning_are_left_out() -> None:
    """Articles and the describers' own phrases; a plural is its singular."""
    assert content_words("A wide shot of two people with fresh fruits") == {
        "wide",
        "fresh",
        "fruit",
    }


def test_the_medoid_chooses_between_ideas() -> None:
    """Same labels, other captions: packing orders against planning on a laptop."""

    def idea(caption: str) -> str:
        winner = Winner("a" * 64, 1.0, (Observed("people", "one", 0.9),), caption)
        guide = BRAND.guide("tu360compras", "sales")
        found = fuse([winner], guide, DENY, budget=75)
        assert caption not in found.prompts[0]
        assert found.medoid == "a" * 64
        return found.idea

    assert idea("fresh fruit in a paper bag") == "fresh_groceries"
    assert idea("shopping bags next to a phone") == "happy_bags"


def test_a_brief_fixes_what_it_names() -> None:
    """Setting, people, props and light are the analyst's, and the phrases say so."""
    guide = BRAND.guide("banco", "engagement")
    wishes = Wishes(setting="beach", people="one", props=("coffee",), light="golden")
    winner = Winner("a" * 64, 1.0, (Observed("setting", "office", 0.9),))
    found = fuse([winner], guide, DENY, budget=75, wishes=wishes)
    assert found.scene == {
        "setting": "beach",
        "people": "one",
        "props": ["coffee"],
        "light": "golden",
        "palette": list(guide.palette),
    }
    assert "on a Caribbean beach" in found.prompts[0]
    assert "en una playa del Caribe" in found.prompts_es[0]
    origins = {p.category: p.origin for p in found.phrases if p.kept}
    assert origins["setting"] == origins["prop"] == origins["light"] == "brief"


def test_wordings_that_an_encoder_finds_alike_are_one_label() -> None:
    """`calm` and `peaceful` at a cosine of 0.95; `festive` stays apart."""
    cosines = {frozenset(("calm", "peaceful")): 0.95}
    winners = [
        Winner("a" * 64, 0.5, (Observed("mood", "calm", 0.9), Observed("mood", "festive", 0.9))),
        Winner(
            "b" * 64, 0.5, (Observed("mood", "peaceful", 0.9), Observed("mood", "festive", 0.5))
        ),
    ]

    def alike(one: str, other: str) -> float:
        return cosines.get(frozenset((one, other)), 0.0)

    assert [v.label for v in free_votes(winners, DENY)] == ["festive"]
    assert [v.label for v in free_votes(winners, DENY, alike)] == ["calm", "festive"]
