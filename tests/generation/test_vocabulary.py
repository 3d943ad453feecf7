"""The words that every room shares."""

import pytest

from generation.vocabulary import CATEGORIES, DRAWN_SETTINGS, PLACES, SETTINGS, label


def test_the_vocabulary_holds_the_agreed_labels() -> None:
    """Sandbox, describers and storyboard rely on exactly these ids."""
    assert {category: " ".join(labels) for category, labels in CATEGORIES.items()} == {
        "setting": "shop market cafe office home city road studio",
        "place": "outdoor indoor plain",
        "people": "none one two family",
        "prop": "phone laptop card bags boxes keys coffee produce house car plant",
        "light": "morning midday golden evening indoor",
        "palette": "green coral blue yellow purple neutral",
        "composition": "close_up centred wide detail",
        "text_share": "low medium high",
    }


def test_every_label_has_a_phrase_in_both_languages() -> None:
    """A phrase can stand inside a prompt: short, lower case, no full stop, no double."""
    for labels in (*CATEGORIES.values(), SETTINGS):
        for language in ("en", "es"):
            phrases = [getattr(each, language) for each in labels.values()]
            assert len(set(phrases)) == len(phrases)
            for phrase in phrases:
                assert 5 <= len(phrase) < 50
                assert phrase == phrase.strip()
                assert phrase[0].islower()
                assert not phrase.endswith(".")
        assert all(each.en != each.es for each in labels.values())
        assert all(id_ == each.id for id_, each in labels.items())


def test_every_setting_lies_in_a_place() -> None:
    """The coarse place is known for each setting, and is a label itself."""
    assert set(PLACES) == set(SETTINGS)
    assert set(PLACES.values()) == set(CATEGORIES["place"])
    assert PLACES["market"] == "outdoor"
    assert PLACES["cafe"] == "indoor"


def test_a_label_is_found_by_its_id() -> None:
    """`label` gives the phrases of one id."""
    assert label("prop", "phone").es == "un celular"
    assert label("prop", "phone").en == "a mobile phone"


def test_an_unknown_label_is_named_with_the_known_ones() -> None:
    """The message says what was asked for and what there is."""
    with pytest.raises(ValueError, match="unknown light 'noon', expected one of morning, midday"):
        label("light", "noon")
    with pytest.raises(ValueError, match="unknown category 'mood', expected one of setting"):
        label("mood", "happy")


def test_briefs_may_ask_for_more_settings_than_describers_know() -> None:
    """They are drawn and prompted; no describer was fitted on them, so none may claim one."""
    assert not DRAWN_SETTINGS.keys() & CATEGORIES["setting"].keys()
    assert len(SETTINGS) == 15
    assert label("setting", "plaza").en == "the square of a colonial town"
