"""The page that explains the numbers names every one of them."""

from pathlib import Path

import pytest

import ranking.metrics
from include.config.objectives import Override, load_objectives
from include.leaderboards import LEADERBOARD

PAGE = (Path(__file__).parents[2] / "docs/metrics.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        "ctr",
        "cpc",
        "cpm",
        "cpa",
        "roas",
        "frequency",
        "view_through_share",
        "click_to_landing_gap",
    ],
)
def test_every_ratio_has_a_row(name: str) -> None:
    """A ratio of the library is a row of the table."""
    assert hasattr(ranking.metrics, name)
    assert f"| `{name}` |" in PAGE


def test_every_objective_is_listed_with_its_result_and_threshold() -> None:
    """The page and the reviewed file say the same."""
    for o in load_objectives().ranked:
        assert f"| `{o.id}` | {o.name.es} | {o.result} | {o.min_expected:,.0f} |" in PAGE


def test_every_setting_and_estimate_is_explained() -> None:
    """Settings of objectives.yaml and the leaderboard's own numbers."""
    estimates = LEADERBOARD.names[LEADERBOARD.names.index("rank") :]
    plain = {"results", "impressions", "link_clicks", "ads", "platforms", "spend", "first_date"}
    plain |= {"last_date", "campaign_id", "reason_es", "reason_en", "details_es", "details_en"}
    named = set(estimates) - plain | set(Override.model_fields) | {"overrides", "version"}
    named |= {"half_life_days", "half_life_days_of", "also_ranked"}
    assert {name for name in named if f"`{name}`" not in PAGE} == set()
