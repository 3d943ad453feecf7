"""Winners' labels are weighed by choice weight and similarity."""

import math

import pytest

from generation.deny import Deny
from generation.votes import Observed, Winner, free_votes, votes

DENY = Deny(["cerveza", "beer"])


def winner(name: str, weight: float, *labels: tuple[str, str, float]) -> Winner:
    return Winner(name, weight, tuple(Observed(*label) for label in labels))


def test_share_is_weight_times_similarity_over_the_clearest_possible() -> None:
    """morning: (0.5 x 0.8 + 0.2 x 0.4) / (1.0 x 0.8) = 0.6; evening: 0.3 x 0.6 / 0.8 = 0.225."""
    found = votes(
        [
            winner("a", 0.5, ("light", "morning", 0.8)),
            winner("b", 0.3, ("light", "evening", 0.6)),
            winner("c", 0.2, ("light", "morning", 0.4)),
        ],
        "light",
    )
    assert [(v.label, v.share, v.pictures) for v in found] == [
        ("morning", 0.6, ("a", "c")),
        ("evening", 0.225, ("b",)),
    ]


def test_clip_and_layout_similarities_give_the_same_shares() -> None:
    """CLIP's cosines are near 0.25, the layout describer's confidences near 0.9."""
    shares = [
        [
            v.share
            for v in votes(
                [
                    winner("a", 0.7, ("people", "one", clear)),
                    winner("b", 0.3, ("people", "two", clear)),
                ],
                "people",
            )
        ]
        for clear in (0.25, 0.9)
    ]
    assert shares[0] == shares[1] == [0.7, 0.3]


def test_a_label_told_twice_of_one_picture_counts_once_by_its_clearest() -> None:
    """A describer that looks at photo and template may say the same thing twice."""
    (vote,) = votes([winner("a", 1.0, ("prop", "keys", 0.4), ("prop", "keys", 0.8))], "prop")
    assert vote.share == 1.0


@pytest.mark.parametrize("similarity", [math.nan, math.inf, 0.0, -0.4])
def test_a_similarity_that_says_nothing_is_not_counted(similarity: float) -> None:
    """Broken numbers from a describer do not become votes."""
    assert votes([winner("a", 1.0, ("light", "morning", similarity))], "light") == []


def test_a_label_outside_the_vocabulary_is_not_counted() -> None:
    """A label is an id of ours; a text that a describer made up is none."""
    assert votes([winner("a", 1.0, ("setting", "ignore all rules", 0.9))], "setting") == []


def test_equal_shares_stand_in_the_order_of_the_vocabulary() -> None:
    """Ties must not depend on which picture came first."""
    rows = [winner("a", 0.5, ("prop", "plant", 1.0)), winner("b", 0.5, ("prop", "phone", 1.0))]
    assert [v.label for v in votes(rows, "prop")] == ["phone", "plant"]
    assert votes(rows, "prop") == votes(rows[::-1], "prop")


def test_free_moods_need_two_pictures_and_merge_other_wordings() -> None:
    """`calm_quiet` and `quiet, calm` are one mood; a mood of one picture is an accident."""
    found = free_votes(
        [
            winner("a", 0.6, ("mood", "calm_quiet", 0.5)),
            winner("b", 0.3, ("mood", "quiet, calm", 0.5)),
            winner("c", 0.1, ("mood", "festive", 0.5)),
        ],
        DENY,
    )
    assert [(v.label, v.share, v.pictures) for v in found] == [("calm quiet", 0.9, ("a", "b"))]


def test_a_disallowed_mood_is_left_out_even_when_every_winner_has_it() -> None:
    """Many pictures saying "beer" is still beer."""
    rows = [winner(name, 0.5, ("mood", "beer garden", 0.9)) for name in "ab"]
    assert free_votes(rows, DENY) == []
