"""Beside whom a piece ran."""

import numpy as np

from ranking import grades


def test_the_best_comparison_that_carries_half_of_the_evidence_is_named() -> None:
    """Piece 0 shares its ad set most of the time, 1 its campaign only, 2 nothing."""
    found = grades(
        expected=[10, 10, 30, 30],
        beside=[0.9, 0.2, 0.0, 0.0],
        campaign=[0, 0, 0, 1],
        piece=[0, 0, 1, 2],
        pieces=4,
    )
    assert found.tolist() == [
        "same_ad_set",
        "same_campaign",
        "different_audiences",
        "different_audiences",
    ]


def test_no_rows_are_no_comparison() -> None:
    """Pieces without evidence have the weakest grade."""
    none = np.zeros(0)
    assert grades(none, none, none, none, 2).tolist() == ["different_audiences"] * 2
