"""What may not reach a prompt is taken out, with the rule that took it."""

from __future__ import annotations

import re

import pytest

from generation.describe.allow_list import ALLOWED_FILE, allowed_labels, permitted
from generation.describe.brand_safety import (
    NOT_ARTISTS,
    Filter,
    denied_words,
    package_artists,
    package_data,
    package_filter,
    without_loops,
)
from generation.describe.record import Removal

ARTISTS = ["Banksy", "Greg Rutkowski", "Paul Cézanne", "Henri de Toulouse-Lautrec", "artist"]


@pytest.fixture(scope="module")
def small() -> Filter:
    return Filter(ARTISTS, {"rival": ["Mercado Pago"], "disallowed": ["aguardiente"]})


@pytest.fixture(scope="module")
def strict() -> Filter:
    return package_filter()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a mural like Banksy's wall by banksy", "artist"),
        ("greg rutkowski", "artist"),
        ("PAUL CEZANNE colours", "artist"),
        ("henri de toulouse-lautrec", "artist"),
        ("inspired by someone unknown", "artist"),
        ("in the style of nobody we list", "artist"),
        ("by Somebody New", "artist"),
        ("trending on artstation", "site"),
        ("Behance contest winner", "site"),
        ("a stock photo, shutterstock", "site"),
        ("unmistakably kenyan", "body"),
        ("white skin", "body"),
        ("a black woman", "body"),
        ("dark-skinned", "body"),
        ("olive complexion", "body"),
        ("mercado pago colours", "rival"),
        ("a bottle of Aguardiente", "disallowed"),
        ("Scarlett Johansson smiling", "celebrity"),
        ("shakira on stage", "celebrity"),
        ("Studio Ghibli background", "franchise"),
        ("league of legends splash art", "franchise"),
        ("coca-cola cans", "brand"),
        ("naked shoulders", "nudity"),
        ("blood splatter", "violence"),
        ("two pistols", "violence"),
    ],
)
def test_denied_labels_name_their_rule(small: Filter, text: str, rule: str) -> None:
    """Names count in any case and without their accents; words about bodies in any place."""
    assert small.rule_against(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        "soft morning light",
        "a black car beside a white wall",
        "a person standing by the sea",
        "greg waves",
        "an artist at work",
        "paper bags",
        "brown cardboard boxes",
        "a warm cup of coffee",
        "drugstore counter",
        "a pair of shoes",
    ],
)
def test_ordinary_labels_pass(small: Filter, text: str) -> None:
    """Colours of things, half a name and plain words stay."""
    assert small.rule_against(text) is None


def test_kept_and_removed_together_are_all(small: Filter) -> None:
    """Nothing disappears without a record."""
    labels = ["warm colours", "by Greg Rutkowski", "pixiv", "bokeh"]
    assert small.kept(labels) == (
        ["warm colours", "bokeh"],
        [Removal("by Greg Rutkowski", "artist"), Removal("pixiv", "site")],
    )


def test_a_caption_loses_words_about_bodies_and_keeps_its_sense(small: Filter) -> None:
    """Who is shown is decided by the brand manual."""
    assert small.clean_caption("a black woman holding a black phone") == (
        "a woman holding a black phone",
        [Removal("black", "body")],
    )


def test_a_caption_loses_whom_it_imitates(small: Filter) -> None:
    """What comes after "in the style of" goes with it."""
    assert small.clean_caption("a shop in the style of greg rutkowski") == (
        "a shop",
        [Removal("in the style of greg rutkowski", "artist")],
    )


def test_a_caption_about_an_artist_is_dropped(small: Filter) -> None:
    """Without the name the sentence says nothing."""
    assert small.clean_caption("banksy holding a phone") == (
        None,
        [Removal("banksy holding a phone", "artist")],
    )


@pytest.mark.parametrize(
    ("caption", "kept", "removed"),
    [
        (
            "a woman holding a sign that says 50% off today",
            "a woman holding a sign",
            Removal("that says 50% off today", "text"),
        ),
        (
            'a poster with the words "paga facil"',
            "a poster",
            Removal('with the words "paga facil"', "text"),
        ),
        (
            "a blue card with a logo of a bank on it",
            "a blue card",
            Removal("with a logo of a bank on it", "text"),
        ),
        (
            "araffe woman sitting at a table",
            "woman sitting at a table",
            Removal("araffe", "artefact"),
        ),
        (
            "there is a man with a phone and a phone and a phone and a phone",
            "there is a man with a phone",
            Removal("a phone and a phone and a phone", "repetition"),
        ),
    ],
)
def test_a_caption_loses_what_is_no_description(
    small: Filter, caption: str, kept: str, removed: Removal
) -> None:
    """Text on the piece, BLIP's own word, and a sentence that goes round in circles."""
    assert small.clean_caption(caption) == (kept, [removed])


def test_loops_are_cut_after_their_first_turn() -> None:
    """Twice is emphasis, three times is a loop, of one word or of several."""
    assert without_loops("a very very big shop") == ("a very very big shop", [])
    assert without_loops("phone phone phone phone") == (
        "phone",
        [Removal("phone phone phone", "repetition")],
    )
    kept, removed = without_loops("red and blue red and blue red and blue red and")
    assert (kept, removed[0].text) == ("red and blue", "red and blue red and blue red and")
    assert without_loops("") == ("", [])


def test_a_caption_of_nothing_but_denied_words_is_none(small: Filter) -> None:
    """An empty sentence is no caption."""
    assert small.clean_caption("text") == (None, [Removal("text", "text")])
    assert small.clean_caption("") == (None, [])


def test_every_artist_of_the_package_is_found(strict: Filter) -> None:
    """Each of its 10,530 labels."""
    names = package_artists()
    assert len(names) == 5_265
    for name in names:
        assert strict.rule_against(f"by {name}") is not None or name.lower() in NOT_ARTISTS, name
        assert strict.rule_against(f"inspired by {name}") == "artist"


def test_no_denied_flavour_passes(strict: Filter) -> None:
    """Of 100,970 flavours, each that holds an artist, a site or a denied name is refused.

    Counted apart from the filter: by one pattern per list over the plain text.
    """
    flavours = (package_data() / "flavors.txt").read_text(encoding="utf-8").splitlines()
    assert len(flavours) == 100_970
    artists = [name.lower() for name in package_artists() if " " in name]
    names = [name for names in denied_words().values() for name in names]
    found = 0
    for group in (artists, names, ["artstation", "deviantart", "trending", "by greg"]):
        pattern = re.compile(rf"(?<![\w'&-])(?:{'|'.join(map(re.escape, group))})(?![\w'&-])")
        for label in flavours:
            if pattern.search(label.lower()):
                found += 1
                assert strict.rule_against(label) is not None, label
    assert found > 4_000


def test_the_allow_list_is_what_its_rules_make(strict: Filter) -> None:
    """`python -m generation.describe.allow_list` writes the file that is there."""
    flavours = (package_data() / "flavors.txt").read_text(encoding="utf-8").splitlines()
    rows = sorted(permitted(map(str.strip, flavours), strict))
    expected = "".join(f"{category}\t{label}\n" for category, label in rows)
    assert ALLOWED_FILE.read_text(encoding="utf-8") == expected


def test_no_allowed_label_is_denied(strict: Filter) -> None:
    """Every one, and none names an artist even by one word of two."""
    labels = [label for labels in allowed_labels().values() for label in labels]
    assert 2_000 < len(labels) < 6_000
    assert all(strict.rule_against(label) is None for label in labels)
    artists = {name.lower() for name in package_artists()} - NOT_ARTISTS
    assert not artists & {label.lower() for label in labels}


@pytest.mark.parametrize(
    "label",
    [
        "soft light by greg rutkowski",
        "beautiful kenyan lighting",
        "warm colors, octane render",
        "a very very very very very warm light",
        "light <script>",
        "8 k light",
        "lighting, light",
    ],
)
def test_one_unknown_word_keeps_a_label_out(label: str, strict: Filter) -> None:
    """The last is made of known words and passes; the same words again do not."""
    found = list(permitted(["light, lighting", label], strict))
    assert found == [("light_words", "light, lighting")]
