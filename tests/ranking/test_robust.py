"""What one absurd row may do to the others."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from ranking import Places, Shown, Weighed, verdicts, weigh
from ranking.fitting import membership
from ranking.robust import believed, first_believed

PLACES = Places(
    objective=np.array([0, 0, 0]),
    platform=np.array([0, 0, 1]),
    account=np.array([0, 0, 1]),
    format=np.array([0, 1, 0]),
    currency=np.array([0, 0, 1]),
)

# What 40 pieces do against the ordinary ad: clearly weak, ordinary, clearly good.
TRUTH = np.repeat([0.4, 1.0, 1.6], [10, 20, 10])
# Money of each piece in each place, and results per money there.
MONEY, RATE = np.array([300.0, 500.0, 900.0]), np.array([0.1, 0.2, 0.05])


def weighed(further: list[tuple[int, int, float, float]]) -> Weighed:
    """The 40 pieces in three places, and further rows of (piece, place, results, money)."""
    wave = np.array([0.9, 1.0, 1.1])[np.add.outer(np.arange(40), np.arange(3)) % 3]
    results = np.round(TRUTH[:, None] * MONEY * RATE * wave)
    rows = [(p, w, results[p, w], MONEY[w]) for p in range(40) for w in range(3)] + further
    piece, place, y, money = np.array(rows, dtype=float).T
    shown = Shown(
        piece=piece.astype(np.intp),
        place=place.astype(np.intp),
        results=y,
        exposure=money,
        recency=np.ones(len(y)),
        fresh_results=y * 0,
        fresh_exposure=money * 0,
    )
    return weigh(shown, PLACES, np.zeros(41, dtype=np.intp), np.array([0]))


def said(found: Weighed) -> tuple[Any, list[str]]:
    """Index and verdict of each piece."""
    estimates = found.estimates()
    verdict = verdicts(estimates.prob_above_baseline, found.judged(np.full(41, 5.0))).verdict
    return estimates.mean, verdict.tolist()


@pytest.mark.parametrize(
    ("row", "moved"),
    [
        ((40, 0, 229, 0.5), 0.005),
        ((40, 2, 229, 0.5), 0.005),
        ((40, 0, 100_000, 0.5), 0.005),
        ((40, 1, 229, 50.0), 0.03),
        ((40, 1, 0, 2000.0), 0.03),
        ((15, 1, 229, 0.5), 0.03),
    ],
)
def test_one_absurd_ad_changes_nothing_for_forty_ordinary_pieces(
    row: tuple[int, int, float, float], moved: float
) -> None:
    """229 results for cents, in any place, as a piece or as one more ad of a piece; 23 times the
    usual for real money; real money for nothing."""
    index, verdict = said(weighed([]))
    assert verdict[:40] == ["weak"] * 10 + ["ordinary"] * 20 + ["winner"] * 10
    others = [p for p in range(40) if p != row[0]]
    found, now = said(weighed([row]))
    assert found[others] == pytest.approx(index[others], rel=moved)
    assert [now[p] for p in others] == [verdict[p] for p in others]


def test_a_piece_of_cents_is_not_promised_a_miracle() -> None:
    """229 results for cents count as a handful: enough for luck, not for a verdict."""
    found = weighed([(40, 0, 229, 0.5)])
    index, verdict = said(found)
    assert index[40] < 3
    assert verdict[40] == "not_enough_evidence"
    assert found.results[40] == 229
    assert 220 < found.beyond[40] < 226
    assert not found.beyond[:40].any()


def test_late_results_without_spend_stand_against_what_was_paid_there() -> None:
    """An ad set without money, 300 results; its piece paid for 100 in the same place."""
    index, _ = said(weighed([]))
    found, _ = said(weighed([(15, 1, 300, 0.0)]))
    others = [p for p in range(40) if p != 15]
    assert found[others] == pytest.approx(index[others], rel=0.08)
    assert found[15] > index[15]


def test_what_is_beyond_belief_is_left_out() -> None:
    """Ten times the usual and three deviations: (sqrt(0.5) + 1.5)^2 = 4.871 where 0.05 is usual."""
    kept = believed(np.array([229.0, 4.0, 3.0, 30.0, 900.0]), np.array([0.05, 0.05, 0, 10, 40]))
    assert kept.tolist() == pytest.approx([4.871, 4, 2.25, 30, 462.25], abs=0.001)


def test_before_places_are_known_a_whole_currency_is_the_measure() -> None:
    """100 results for 1000, and 1000 for 1: the second is cut, the first and another currency not.

    The cut solves k = (sqrt(100 (100 + k) / 1001) + 1.5)^2, which gives 25.4.
    """
    kept = first_believed(
        np.array([100.0, 1000.0, 1000.0]), np.array([1000.0, 1.0, 1.0]), np.array([0, 0, 1])
    )
    assert kept.tolist() == pytest.approx([100, 25.4, 1000], abs=0.1)
    assert kept[1] == pytest.approx((np.sqrt(100 * (100 + kept[1]) / 1001) + 1.5) ** 2, rel=1e-6)


def test_membership_is_the_posterior_of_a_mixture() -> None:
    """Against scipy's negative binomial: 1 in 100 is absurd, of any magnitude up to e^20."""
    y, usual, shape = np.array([12.0, 40.0, 7.0]), np.array([10.0, 10.0, 0.1]), np.full(3, 8.0)
    own = 0.99 * stats.nbinom.pmf(y, 8, 8 / (8 + usual))
    other = 0.01 / 20 / (1 + y)
    found = membership(y, usual, shape)
    assert found[1:].tolist() == pytest.approx((own / (own + other))[1:].tolist(), rel=1e-9)
    assert found[0] == 1.0
    assert (own / (own + other))[0] > 0.99
    assert found[2] < 1e-5
