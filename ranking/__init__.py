"""Which pieces worked, and how sure that is: arrays in, estimates out.

Pure: no files, no network, no Airflow. `docs/metrics.md` says each rule in words.
"""

from ranking.baseline import account_rates, ad_set_variation, evidence_weights, expected_results
from ranking.choose import Verdict, choose, leaderboard_order, verdicts, weights
from ranking.explain import CAVEAT, Evidence, reason
from ranking.metrics import cpa, cpc, cpm, ctr, ratio_of_sums, roas
from ranking.shrink import Beta, Estimates, Gamma, binomial, fit_beta, fit_gamma, rate
from ranking.traits import Traits, label_effects

__all__ = [
    "CAVEAT",
    "Beta",
    "Estimates",
    "Evidence",
    "Gamma",
    "Traits",
    "Verdict",
    "account_rates",
    "ad_set_variation",
    "binomial",
    "choose",
    "cpa",
    "cpc",
    "cpm",
    "ctr",
    "evidence_weights",
    "expected_results",
    "fit_beta",
    "fit_gamma",
    "label_effects",
    "leaderboard_order",
    "rate",
    "ratio_of_sums",
    "reason",
    "roas",
    "verdicts",
    "weights",
]
