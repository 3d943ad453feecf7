"""The whole way from rows to estimates: laws, known truth, degenerate input."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ranking import Places, Shown, Weighed, verdicts, weigh

PLACES = Places(
    objective=np.array([0, 0, 0]),
    platform=np.array([0, 0, 1]),
    account=np.array([0, 0, 1]),
    format=np.array([0, 1, 0]),
    currency=np.array([0, 0, 1]),
)

# piece 0 to 4, place, results, money.
ROW = st.tuples(
    st.integers(0, 4), st.integers(0, 2), st.integers(0, 300), st.floats(0.5, 2000, width=32)
)
ROWS = st.lists(ROW, min_size=1, max_size=12)


def shown(rows: list[Any], recency: float = 1.0) -> Shown:
    """Rows of (piece, place, results, money); nothing is fresh."""
    piece, place, results, money = np.array(rows, dtype=float).reshape(-1, 4).T
    return Shown(
        piece=piece.astype(np.intp),
        place=place.astype(np.intp),
        results=results,
        exposure=money,
        recency=np.full(len(piece), recency),
        fresh_results=results * 0,
        fresh_exposure=money * 0,
    )


def weighed(rows: list[Any], pieces: int = 5, places: Places = PLACES) -> Weighed:
    """All pieces in one cell."""
    return weigh(shown(rows), places, np.zeros(pieces, dtype=np.intp), np.array([0]))


@settings(max_examples=25, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_row_order_changes_nothing(rows: list[Any], random: Any) -> None:
    """The same rows in another order give the same estimates."""
    before = weighed(rows).estimates()
    random.shuffle(rows)
    after = weighed(rows).estimates()
    assert after.mean == pytest.approx(before.mean, rel=1e-6)
    assert after.prob_above_baseline == pytest.approx(before.prob_above_baseline, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(ROWS, st.sampled_from([0.01, 4000.0]))
def test_the_unit_of_a_currency_changes_nothing(rows: list[Any], unit: float) -> None:
    """Cents instead of dollars in the account of place 2."""
    scaled = [(p, w, y, m * (unit if w == 2 else 1)) for p, w, y, m in rows]
    assert weighed(scaled).estimates().mean == pytest.approx(
        weighed(rows).estimates().mean, rel=1e-5
    )


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_renaming_accounts_formats_and_places_changes_nothing(rows: list[Any]) -> None:
    """Other numbers for the same places."""
    renamed = Places(
        objective=np.array([0, 0, 0]),
        platform=np.array([0, 1, 1]),
        account=np.array([3, 7, 7]),
        format=np.array([4, 4, 2]),
        currency=np.array([0, 1, 1]),
    )
    other = [(p, 2 - w, y, m) for p, w, y, m in rows]
    assert weighed(other, places=renamed).estimates().mean == pytest.approx(
        weighed(rows).estimates().mean, rel=1e-5
    )


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_an_ad_without_data_changes_nobody(rows: list[Any]) -> None:
    """A further piece whose ad cost nothing and got nothing; it stands where the usual stands."""
    before, after = weighed(rows).estimates(), weighed([*rows, (5, 0, 0, 0)], pieces=6).estimates()
    assert after.mean[:5] == pytest.approx(before.mean, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(ROWS, st.floats(0.1, 0.9))
def test_an_ad_split_in_two_of_one_ad_set_counts_as_the_whole(rows: list[Any], part: float) -> None:
    """The caller adds up ads of one ad set and place; halves and whole are the same rows."""
    halves = [
        half
        for p, w, y, m in rows
        for half in ((p, w, y * part, m * part), (p, w, y * (1 - part), m * (1 - part)))
    ]
    piece, place, results, money = np.array(halves, dtype=float).T
    _, at = np.unique(np.arange(len(halves)) // 2, return_inverse=True)
    together = list(
        zip(piece[::2], place[::2], np.bincount(at, results), np.bincount(at, money), strict=True)
    )
    assert weighed(together).estimates().mean == pytest.approx(
        weighed(rows).estimates().mean, rel=1e-6
    )


def crowd(seed: int = 0) -> list[Any]:
    """40 further pieces, 5 to 44, each in all three places; a tenth of a result per money."""
    rng = np.random.default_rng(seed)
    truth = np.exp(rng.normal(0, 0.4, 40))
    money = rng.lognormal(4, 1, (40, 3))
    results = rng.poisson(money * 0.1 * truth[:, None] * np.exp(rng.normal(0, 0.2, (40, 3))))
    return [(5 + p, w, int(results[p, w]), money[p, w]) for p in range(40) for w in range(3)]


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(0, 11), st.integers(1, 200))
@example([(3, 2, 39, 0.5), (3, 0, 229, 0.5), (0, 2, 5, 10.0), (1, 0, 1, 1257.0)], 2, 19)
@example([(2, 1, 5, 0.5), (1, 0, 5, 502.0), (2, 2, 0, 1.0), (3, 0, 204, 0.5)], 2, 5)
def test_more_results_for_the_same_money_never_lower_a_piece(
    rows: list[Any], at: int, more: int
) -> None:
    """Its place among the others never falls, whatever else the rows say.

    What is ordinary must be told by others: where a piece is nearly all there is in its currency,
    the ordinary rises with it, and its index stays near 1 whatever it gets.
    """
    at %= len(rows)
    piece, place, results, money = rows[at]
    others = crowd()
    before = weighed([*rows, *others], pieces=45)
    rows[at] = (piece, place, results + more, money)
    after = weighed([*rows, *others], pieces=45)

    def standing(found: Weighed) -> int:
        mean = np.round(found.estimates().mean, 3)
        seen = found.evidence > 0
        return int((mean[seen] > mean[piece]).sum())

    assert standing(after) <= standing(before)


def world(seed: int, *, pieces: int = 600, ads: int = 4) -> tuple[Shown, Places, np.ndarray]:  # type: ignore[type-arg]
    """Known truth: two currencies, four accounts, two formats, heavy-tailed money."""
    rng = np.random.default_rng(seed)
    account, form = (part.reshape(-1) for part in np.indices((4, 2)))
    places = Places(np.zeros(8, dtype=int), account // 2, account, form, account % 2)
    truth = np.exp(rng.normal(-0.08, 0.4, pieces))
    piece = np.repeat(np.arange(pieces), ads)
    place = rng.integers(8, size=len(piece))
    money = rng.lognormal(3, 1.5, len(piece)) * np.array([1.0, 4000.0])[places.currency[place]]
    price = np.exp(rng.normal(0, 0.5, 8)) / np.array([1.0, 4000.0])[places.currency]
    noise = rng.gamma(20, 0.05, len(piece))
    results = rng.poisson(money * price[place] * truth[piece] * noise).astype(float)
    nothing = np.zeros(len(piece))
    rows = Shown(piece, place, results, money, np.ones(len(piece)), nothing, nothing)
    return rows, places, truth / truth.mean()


def test_the_truth_of_a_world_is_found_in_four_of_five_ranges() -> None:
    """Places differ by a factor of two, money by 4000: the index is of the picture alone."""
    rows, places, truth = world(1)
    found = weigh(rows, places, np.arange(600) % 3, np.zeros(3, dtype=int))
    estimates = found.estimates()
    inside = (estimates.low <= truth) & (truth <= estimates.high)
    assert inside.mean() == pytest.approx(0.8, abs=0.05)
    assert np.corrcoef(np.log(estimates.mean), np.log(truth))[0, 1] > 0.9
    assert found.variation[0] == pytest.approx(0.05, abs=0.02)
    best = np.argsort(-estimates.mean)[:60]
    assert estimates.mean[best].mean() / truth[best].mean() == pytest.approx(1, abs=0.05)
    winner = verdicts(estimates.prob_above_baseline, found.judged(np.full(600, 5.0))).verdict
    assert (winner == "winner").sum() > 100
    assert (truth[winner == "winner"] <= 1).mean() < 0.1


def test_old_evidence_weighs_less_and_its_range_is_wider() -> None:
    """Three half-lives: the estimates draw closer to the usual."""
    rows, places, _ = world(2)
    cells = np.zeros(600, dtype=int), np.zeros(1, dtype=int)
    young = weigh(rows, places, *cells)
    old = weigh(replace(rows, recency=np.full(len(rows.piece), 0.125)), places, *cells)
    assert old.current.sum() == pytest.approx(young.current.sum() / 8, rel=0.02)
    a, b = young.estimates(), old.estimates()
    assert np.std(b.mean) < 0.95 * np.std(a.mean)
    assert np.mean(np.log(b.high / b.low)) > 1.1 * np.mean(np.log(a.high / a.low))


def test_a_worn_piece_is_judged_on_its_fresh_period() -> None:
    """Piece 0 got 400 of 200, then 50 of 100: flagged, and its index falls below 1."""
    rows = [(p, 0, 200, 200) for p in range(1, 5)] * 4
    whole = shown([*rows, *[(0, 0, 112, 75)] * 4])
    fresh = replace(
        whole,
        fresh_results=np.where(whole.piece == 0, 12.5, 0.0),
        fresh_exposure=np.where(whole.piece == 0, 25.0, 0.0),
    )
    found = weigh(fresh, PLACES, np.zeros(5, dtype=np.intp), np.array([0]))
    judged, worn = found.without_wear(np.full(5, 30.0))
    assert worn.tolist() == [True, False, False, False, False]
    assert found.estimates().mean[0] > 1.1
    assert judged.estimates().mean[0] < 0.9
    assert judged.current[0] == pytest.approx(found.fresh_expected[0])
    assert not found.without_wear(np.full(5, 1e6))[1].any()


def test_no_ads_one_ad_and_all_zero_have_defined_results() -> None:
    """Nothing, one row, and no result anywhere."""
    empty = Places(*[np.zeros(0, dtype=int)] * 5)
    nothing = weigh(shown([]), empty, np.zeros(0, dtype=int), np.zeros(0, dtype=int))
    assert nothing.estimates().mean.shape == (0,)
    one = weighed([(0, 0, 7, 100.0)], pieces=1).estimates()
    assert one.mean[0] == pytest.approx(1, abs=0.2)
    zero = weighed([(p, 0, 0, 50.0) for p in range(5)])
    assert zero.expected.tolist() == [0] * 5
    assert np.isfinite(zero.estimates().mean).all()


def test_results_without_any_money_are_left_out_and_late_ones_stay() -> None:
    """Organic reach has nothing to be compared with; late sales of a finished ad set count."""
    found = weighed([(0, 0, 90, 0.0), (1, 0, 10, 100.0), (1, 0, 5, 0.0), (2, 0, 10, 100.0)])
    assert found.results.tolist()[:3] == [0, 15, 10]
    assert found.evidence[0] == 0


def test_huge_counts_stay_finite() -> None:
    """Impressions in the thousand millions beside one."""
    found = weighed([(0, 0, 4e9, 1e9), (1, 0, 1e9, 1e9), (2, 1, 1, 1e-3), (3, 2, 0, 1e12)])
    estimates = found.estimates()
    assert np.isfinite(estimates.mean).all()
    assert estimates.mean[0] > estimates.mean[1]
    assert (estimates.low < estimates.high).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"results": np.array([-1.0])}, "results of row 0 is -1; expected 0 or more"),
        ({"exposure": np.array([np.nan])}, "exposure of row 0 is nan"),
        ({"recency": np.ones(2)}, "recency has 2 rows, expected 1"),
    ],
)
def test_impossible_rows_are_refused(change: dict[str, Any], message: str) -> None:
    """Negative counts, money that is no number, and arrays of two lengths."""
    rows = replace(shown([(0, 0, 7, 100.0)]), **change)
    with pytest.raises(ValueError, match=message):
        weigh(rows, PLACES, np.zeros(1, dtype=np.intp), np.array([0]))
