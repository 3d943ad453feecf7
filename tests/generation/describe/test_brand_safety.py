"""What may not reach a prompt is taken out, with the rule that took it."""

from __future__ import annotations

import pytest

from generation.describe.brand_safety import Filter, package_artists
from generation.describe.record import Removal

ARTISTS = ["Banksy", "Greg Rutkowski", "Paul Cézanne", "Henri de Toulouse-Lautrec", "artist"]


@pytest.fixture(scope="module")
def small() -> Filter:
    return Filter(ARTISTS)


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


def test_every_artist_of_the_package_is_found() -> None:
    """Each of its labels, in both of the forms in which it uses them."""
    pytest.importorskip("clip_interrogator")
    names = package_artists()
    assert len(names) > 5_000
    strict = Filter(names)
    for name in names:
        assert strict.rule_against(f"by {name}") == "artist" or name == "artist", name
        assert strict.rule_against(f"inspired by {name}") == "artist"
