"""Promises against deliveries."""

import numpy as np
import pytest

from ranking import Estimates, kept


def promise(mean: list[float], half: float) -> Estimates:
    """Indices with a range of `half` to either side."""
    centre = np.array(mean)
    return Estimates(centre, centre - half, centre + half, centre)


def test_promises_are_sums_of_index_times_what_was_expected() -> None:
    """1.5 x 100 + 2 x 50 = 250 promised, 200 came: 1.25; a piece not shown again promises 0."""
    found = kept(
        promise([1.5, 2.0, 9.0], 0.2),
        delivered=np.array([140.0, 60, 0]),
        expected=np.array([100.0, 50, 0]),
        variation=np.zeros(3),
        group=np.zeros(3, dtype=int),
        groups=2,
    )
    assert found.promised.tolist() == [250, 0]
    assert found.delivered.tolist() == [200, 0]
    assert (found.pieces.tolist(), found.shown.tolist()) == ([3, 0], [2, 0])
    assert found.ratio[0] == pytest.approx(1.25)
    # 140 lies within 150 +- 25.4; 60 not within 100 +- 16.3.
    assert found.covered[0] == pytest.approx(0.5)
    assert np.isnan(found.ratio[1])
    assert np.isnan(found.covered[1])
    assert found.low[0] < 250 < found.high[0]


def test_right_promises_are_kept_four_times_in_five() -> None:
    """Truth drawn from the promised range, audiences that scatter, counts: 80 % inside."""
    world = np.random.default_rng(1)
    n, sd, v = 4000, 0.25, 0.04
    mean, expected = world.uniform(1, 2, n), world.lognormal(4, 1, n)
    truth = world.normal(mean, sd) * world.gamma(1 / v, v, n)
    found = kept(
        Estimates(mean, mean - 1.2816 * sd, mean + 1.2816 * sd, mean),
        delivered=world.poisson(np.maximum(truth, 0) * expected).astype(float),
        expected=expected,
        variation=np.full(n, v),
        group=np.zeros(n, dtype=int),
        groups=1,
    )
    assert found.covered[0] == pytest.approx(0.8, abs=0.03)
    assert found.ratio[0] == pytest.approx(1, abs=0.03)
