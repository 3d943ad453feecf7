"""The log-normal posterior against integrals worked out by scipy."""

import numpy as np
import pytest
from scipy import integrate, stats

from ranking import Gamma, LogNormal, posterior


@pytest.mark.parametrize(
    ("counted", "evidence", "mu", "sigma"),
    [(0, 0, 0.1, 0.5), (0, 5, 0.0, 0.5), (3, 1, 0.2, 0.6), (300, 100, -0.1, 0.4), (0.5, 0.1, 0, 1)],
)
def test_mean_and_spread_of_the_logarithm_are_scipys_integrals(
    counted: float, evidence: float, mu: float, sigma: float
) -> None:
    """Normal density times Poisson likelihood, integrated by quadrature."""

    def density(x: float) -> float:
        return float(stats.norm.pdf(x, mu, sigma) * np.exp(counted * x - evidence * np.exp(x)))

    points = {"points": list(np.linspace(-4, 4, 17)), "limit": 200}
    whole, mean, square = (
        integrate.quad(lambda x, p=power: x**p * density(x), -6, 6, **points)[0]
        for power in range(3)
    )
    found = posterior(
        np.array([float(counted)]),
        np.array([float(evidence)]),
        LogNormal(np.array([mu]), np.array([sigma])),
    )
    assert found.mu[0] == pytest.approx(mean / whole, abs=1e-4)
    assert found.sigma[0] == pytest.approx(np.sqrt(square / whole - (mean / whole) ** 2), rel=1e-3)


def test_huge_counts_leave_no_doubt() -> None:
    """Ten million where five were expected: twice the usual, to a thousandth."""
    one = np.ones(1)
    found = posterior(1e7 * one, 5e6 * one, LogNormal(0 * one, 0.5 * one)).estimates()
    assert found.mean[0] == pytest.approx(2, rel=1e-3)
    assert found.high[0] / found.low[0] == pytest.approx(1, abs=0.002)
    assert found.prob_above_baseline[0] == pytest.approx(1)


def test_estimates_are_scipys_lognormal() -> None:
    """Mean, quantiles and survival at 1 of lognorm(s=0.5, scale=e^0.2)."""
    found = LogNormal(np.array([0.2]), np.array([0.5])).estimates()
    scipys = stats.lognorm(0.5, scale=np.exp(0.2))
    assert found.mean[0] == pytest.approx(scipys.mean())
    assert found.low[0] == pytest.approx(scipys.ppf(0.1))
    assert found.high[0] == pytest.approx(scipys.ppf(0.9))
    assert found.prob_above_baseline[0] == pytest.approx(scipys.sf(1))


def test_the_lognormal_like_a_gamma_is_the_one_it_was_fitted_to() -> None:
    """Scipy's Gamma fit of a million log-normal draws leads back to mu and sigma."""
    drawn = stats.lognorm.rvs(0.45, scale=1.2, size=1_000_000, random_state=1)
    shape, _, scale = stats.gamma.fit(drawn, floc=0)
    found = LogNormal.like(Gamma(np.array([shape]), np.array([1 / scale])))
    assert found.sigma[0] == pytest.approx(0.45, rel=0.01)
    assert found.mu[0] == pytest.approx(np.log(1.2), abs=0.005)


def test_no_rows_have_no_posterior() -> None:
    """An empty cell is not an error."""
    none = np.zeros(0)
    assert posterior(none, none, LogNormal(none, none)).mu.shape == (0,)
