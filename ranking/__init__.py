"""Which pieces worked, and how sure that is: arrays in, estimates out.

Pure: no files, no network, no Airflow. `docs/ranking.md` explains the method, `docs/metrics.md`
says each rule in words.
"""

from ranking.baseline import PlaceRates, Places, ad_set_variation, evidence_weights, place_rates
from ranking.choose import (
    SAME_LOOK,
    choose,
    inspiring,
    label_looks,
    leaderboard_order,
    weights,
)
from ranking.explain import CAVEAT, Explanation
from ranking.grade import Grade, grades
from ranking.hierarchy import beta_priors, gamma_priors
from ranking.maturity import HALF_LIFE_DAYS, completeness, recency, usual_completeness
from ranking.metrics import (
    click_to_landing_gap,
    cpa,
    cpc,
    cpm,
    ctr,
    frequency,
    ratio_of_sums,
    roas,
    view_through_share,
)
from ranking.posterior import LogNormal, posterior
from ranking.promises import Kept, kept
from ranking.shrink import Beta, Estimates, Gamma, binomial, fit_beta, fit_gamma, rate
from ranking.traits import Traits, label_effects
from ranking.verdicts import FALSE_WINNERS, Verdict, Verdicts, verdicts, worn
from ranking.weigh import Shown, Weighed, weigh

__all__ = [
    "CAVEAT",
    "FALSE_WINNERS",
    "HALF_LIFE_DAYS",
    "SAME_LOOK",
    "Beta",
    "Estimates",
    "Explanation",
    "Gamma",
    "Grade",
    "Kept",
    "LogNormal",
    "PlaceRates",
    "Places",
    "Shown",
    "Traits",
    "Verdict",
    "Verdicts",
    "Weighed",
    "ad_set_variation",
    "beta_priors",
    "binomial",
    "choose",
    "click_to_landing_gap",
    "completeness",
    "cpa",
    "cpc",
    "cpm",
    "ctr",
    "evidence_weights",
    "fit_beta",
    "fit_gamma",
    "frequency",
    "gamma_priors",
    "grades",
    "inspiring",
    "kept",
    "label_effects",
    "label_looks",
    "leaderboard_order",
    "place_rates",
    "posterior",
    "rate",
    "ratio_of_sums",
    "recency",
    "roas",
    "usual_completeness",
    "verdicts",
    "view_through_share",
    "weigh",
    "weights",
    "worn",
]
