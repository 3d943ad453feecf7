"""From what pieces did to what each is worth: ordinary ads, evidence and priors, all at once.

They need each other. What is ordinary in a place depends on which pieces ran there; how good a
piece is depends on what is ordinary where it ran; and how much a row tells depends on both. So
they are worked out in rounds, for all objectives together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ranking.baseline import (
    USUAL_VARIATION,
    PlaceRates,
    Places,
    ad_set_variation,
    evidence_weights,
    place_rates,
)
from ranking.fitting import Array, Codes, membership
from ranking.hierarchy import gamma_priors
from ranking.posterior import LogNormal, peak, posterior
from ranking.robust import believed, first_believed
from ranking.shrink import SHAPE_CENTRE, Estimates, Gamma
from ranking.verdicts import worn

# Rates, evidence and priors no longer move each other by a thousandth.
ROUNDS = 6

# Rounds after which priors and the variation between ad sets are learnt (anew).
LEARNING = (1, ROUNDS - 1)

# In one half-life what a piece does moves by about this share of itself, either way: a random walk
# that widens the range of old evidence, beside its lower weight.
DRIFT = 0.1

# As many rows of an objective tell how far ad sets lie apart; of more, every n-th piece is taken.
ENOUGH_ROWS = 60_000


@dataclass(frozen=True)
class Shown:
    """What pieces did: one row per piece, place and ad set (or ad); arrays of shape (rows,).

    Args:
        piece: whole numbers from 0; a piece is one picture in one cell (node and objective),
            so the ads of a picture are pooled.
        place: whole numbers from 0.
        results: counts.
        exposure: money or impressions, times the completeness of their days.
        recency: weight of age, more than 0 and at most 1.
        fresh_results: the part of `results` in the piece's fresh period.
        fresh_exposure: the same of `exposure`.
    """

    piece: Codes
    place: Codes
    results: Array
    exposure: Array
    recency: Array
    fresh_results: Array
    fresh_exposure: Array


@dataclass(frozen=True)
class Weighed:
    """What is known of each piece; arrays of shape (pieces,) but for the last four.

    `results` and `expected` are what people read. `current` is `expected` by age. `counted` and
    `evidence` are the same again by what each row is worth, without what is beyond belief.
    `beyond` is that part of the results. `half_lives` is the mean age of the evidence. `fresh_` is
    the part of the fresh period.
    """

    results: Array
    beyond: Array
    expected: Array
    current: Array
    counted: Array
    evidence: Array
    half_lives: Array
    fresh_expected: Array
    fresh_counted: Array
    fresh_evidence: Array
    prior: Gamma  # one of each piece
    rates: PlaceRates
    row_expected: Array  # (rows,)
    variation: Array  # (objectives,)

    def without_wear(self, least: Array) -> tuple[Weighed, npt.NDArray[np.bool_]]:
        """The same, worn pieces judged on their fresh period alone; and which those are.

        Only where the fresh period had the chance of enough results (`least`) to tell.
        """
        before = self.counted - self.fresh_counted, self.evidence - self.fresh_evidence
        tired = worn((self.fresh_counted, self.fresh_evidence), before, self.prior)
        tired &= self.fresh_expected >= least

        def fresh(part: Array, whole: Array) -> Array:
            return np.where(tired, part, whole)

        return replace(
            self,
            counted=fresh(self.fresh_counted, self.counted),
            evidence=fresh(self.fresh_evidence, self.evidence),
            current=fresh(self.fresh_expected, self.current),
        ), tired

    def judged(self, least: Array) -> npt.NDArray[np.bool_]:
        """Whether each piece had the chance of enough results, given their age, to be judged."""
        found: npt.NDArray[np.bool_] = self.current >= least
        return found

    def estimates(self) -> Estimates:
        """Index, range and probability of each piece."""
        then = posterior(self.counted, self.evidence, LogNormal.like(self.prior))
        return LogNormal(then.mu, np.sqrt(then.sigma**2 + DRIFT**2 * self.half_lives)).estimates()


def weigh(shown: Shown, places: Places, cell: Codes, objective: Codes) -> Weighed:
    """Work out ordinary rates, evidence and priors.

    What a piece got in a place where it never cost anything (organic reach) has nothing to be
    compared with, and is left out. Late results of an ad set without spend stay.

    Args:
        cell: shape (pieces,), whole numbers from 0: node and objective of each piece.
        objective: shape (cells,), the objective of each cell, as in `places.objective`.

    Raises:
        ValueError: a number is negative or not finite, or arrays are of different lengths.
    """
    _check(shown)
    pieces = len(cell)
    pair = np.unique(shown.piece * (len(places.account) + 1) + shown.place, return_inverse=True)[1]
    paid = np.bincount(pair, shown.exposure)[pair] > 0
    told, s = shown.results * paid, shown.exposure
    of_row = objective[cell[shown.piece]] if len(told) else shown.piece
    objectives = int(objective.max()) + 1 if len(objective) else 0

    variation = np.full(objectives, USUAL_VARIATION)
    first = float(np.exp(SHAPE_CENTRE))
    prior = Gamma(np.full(pieces, first), np.full(pieces, first))
    index, unsure = np.ones(pieces), np.full(pieces, 1.0 / first)
    # Late results of an ad set without spend stand against what its piece paid there.
    against = np.where(s > 0, s, np.bincount(pair, s)[pair])
    unit = places.together("objective", "currency")
    y = first_believed(told, against, unit[shown.place])
    rates = place_rates(
        np.bincount(shown.place, y * shown.recency, len(places.account)),
        np.bincount(shown.place, s * shown.recency, len(places.account)),
        places,
    )
    for number in range(ROUNDS):
        y = believed(told, against * rates.rate[shown.place])
        usual = against * rates.rate[shown.place] * index[shown.piece]
        there = np.bincount(pair, usual * (s > 0))[pair]
        # A place learns little from one piece, however big: the piece's own index is unsure.
        noise = variation[of_row] * usual
        weight = shown.recency / (1.0 + noise + unsure[shown.piece] * there)
        # And next to nothing from a row that is far from what the piece does elsewhere.
        weight = weight * membership(y, usual, 1.0 / (variation[of_row] + unsure[shown.piece]))
        rates = place_rates(
            np.bincount(shown.place, weight * y, len(places.account)),
            np.bincount(shown.place, weight * s * index[shown.piece], len(places.account)),
            places,
        )
        expected = s * rates.rate[shown.place]
        if number in LEARNING:
            variation = _variations(y, expected, shown.piece, of_row, objectives)
        usual = against * rates.rate[shown.place] * index[shown.piece]
        doubt = rates.doubt[shown.place] * np.bincount(pair, usual * (s > 0))[pair]
        sure = evidence_weights(variation[of_row] * usual + doubt, 1.0)
        if number in LEARNING:
            # How far pieces lie apart shows in all they did, whatever its age.
            prior = gamma_priors(
                np.bincount(shown.piece, sure * y, pieces),
                np.bincount(shown.piece, sure * expected, pieces),
                cell,
                objective,
            ).at(cell)
        weight = sure * shown.recency
        counted = np.bincount(shown.piece, weight * y, pieces).astype(np.float64)
        evidence = np.bincount(shown.piece, weight * expected, pieces).astype(np.float64)
        top, deviation = peak(counted, evidence, LogNormal.like(prior))
        index, unsure = np.exp(top + deviation**2 / 2), deviation**2
        if number < ROUNDS - 1:
            # The ordinary ad is the average of an objective's pieces, each counting once; but one
            # so far off that it is probably no piece like the others, by that much less.
            member = membership(counted, evidence * prior.mean, np.asarray(prior.shape))
            index = index / _average(index, member * (evidence > 0), objective[cell], objectives)

    def fresh(values: Array) -> Array:
        return np.bincount(shown.piece, values, pieces).astype(np.float64)

    share = np.divide(y, shown.results, out=np.zeros(len(y)), where=shown.results > 0)
    part = np.divide(shown.fresh_exposure, s, out=np.zeros(len(s)), where=s > 0)
    return Weighed(
        results=fresh(told),
        beyond=fresh(told - y),
        expected=fresh(expected),
        current=fresh(expected * shown.recency),
        counted=counted,
        evidence=evidence,
        half_lives=np.divide(
            fresh(weight * expected * -np.log2(shown.recency)),
            evidence,
            out=np.zeros(pieces),
            where=evidence > 0,
        ),
        fresh_expected=fresh(part * expected),
        fresh_counted=fresh(weight * shown.fresh_results * share),
        fresh_evidence=fresh(weight * part * expected),
        prior=prior,
        rates=rates,
        row_expected=expected,
        variation=variation,
    )


def _variations(
    y: Array, expected: Array, piece: Codes, objective: Codes, objectives: int
) -> Array:
    found = np.empty(objectives)
    for which in range(objectives):
        rows = np.flatnonzero((objective == which) & (expected > 0))
        step = len(rows) // ENOUGH_ROWS + 1
        rows = rows[piece[rows] % step == 0]
        found[which] = ad_set_variation(y[rows], expected[rows], piece[rows])
    return found


def _average(index: Array, share: Array, objective: Codes, objectives: int) -> Array:
    """Mean index per objective, each piece counting by `share`; one of each piece."""
    total = np.bincount(objective, index * share, objectives)
    pieces = np.bincount(objective, share, objectives)
    mean = np.divide(total, pieces, out=np.ones(objectives), where=pieces > 0)
    found: Array = mean[objective]
    return found


def _check(shown: Shown) -> None:
    for name, values in vars(shown).items():
        if len(values) != len(shown.piece):
            raise ValueError(
                f"ranking: {name} has {len(values)} rows, expected {len(shown.piece)} as of piece."
            )
        wrong = ~np.isfinite(values) | (values < 0)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ValueError(
                f"ranking: {name} of row {row} is {values[row]:g}; expected 0 or more."
            )
