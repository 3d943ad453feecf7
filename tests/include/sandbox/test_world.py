"""The synthetic world: how much there is, how it is spread, and that its truth can be found."""

import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from include.sandbox.accounts import NODES, OBJECTIVES, OFFERED, sandbox_account
from include.sandbox.effects import log_effect
from include.sandbox.plan import EMPTY_CELL, month_name, month_number
from include.sandbox.world import World, day_curve

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SINCE, UNTIL = date(2026, 10, 21), date(2026, 11, 19)
RESULT = {
    "awareness": "impressions",
    "traffic": "link_clicks",
    "engagement": "engagements",
}


@pytest.fixture(scope="module")
def full():
    """The world at its default size."""
    return World(today=date(2026, 11, 20))


def account(platform, number):
    found = sandbox_account(platform, number)
    assert found is not None
    return found


def results(seen):
    """What each row's objective counts as a result."""
    objective = np.array([ad.creative.campaign.objective for ad in seen.ads])[seen.ad]
    counted = np.zeros(len(seen))
    for name in OBJECTIVES:
        column = seen.counts[RESULT[name]] if name in RESULT else None
        if column is None:
            column = seen.leads if name == "leads" else seen.purchases
        counted = np.where(objective == name, column, counted)
    return counted


def test_a_year_of_the_full_world_is_drawn_in_three_seconds():
    """A new user waits for the sandbox only once, and not long."""
    world = World(today=date(2026, 11, 20), seed=8)
    began = time.process_time()
    for each in world.accounts:
        world.ads(each, NOW)
    assert time.process_time() - began < 3.0


def test_a_month_brings_640_creatives_of_which_544_pictures_are_distinct(full):
    """85 % of 640 is 544; the other 96 show a picture of the month once more."""
    plan = full.plan(month_number(2026, 10))
    assert month_name(plan.month) == "2026-10"
    assert len(plan.placements) == 640
    assert len(plan.pictures) == 544
    assert len({p.picture.key for p in plan.placements}) == 544


def test_pictures_are_shared_between_ads_accounts_and_platforms(full):
    """The same picture in several places is what joins platforms."""
    places = {}
    ads = Counter()
    for each in full.accounts:
        for ad in full.ads(each, NOW):
            key = ad.creative.picture.key
            places.setdefault(key, set()).add((each.platform, each.account_id))
            ads[key] += 1
    assert sum(len({platform for platform, _ in where}) > 1 for where in places.values()) > 300
    assert sum(count > 1 for count in ads.values()) > 1000


@pytest.mark.parametrize("number", ["1010000000000001", "1010000000000002"])
def test_spend_has_a_heavy_tail(full, number):
    """Half of the ads spend next to nothing, about 5 % beyond ten times the median."""
    seen = full.daily(account("meta", number), date(2025, 12, 1), UNTIL, NOW)
    spend = np.sort(np.bincount(seen.ad, weights=seen.spend, minlength=len(seen.ads)))
    half = len(spend) // 2
    assert spend[:half].sum() / spend.sum() < 0.08
    assert 0.03 < (spend > 10 * np.median(spend)).mean() < 0.08


def test_prices_and_rates_are_those_of_real_platforms(full):
    """COP CPM between 7.000 and 25.000, USD CPM 2 to 12, link CTR 0.4 to 2.5 %."""
    for each in full.accounts:
        seen = full.daily(each, SINCE, UNTIL, NOW)
        impressions = seen.counts["impressions"].sum()
        cpm = seen.spend.sum() / 1e6 / impressions * 1000
        low, high = (7_000, 25_000) if each.currency == "COP" else (2, 12)
        assert low < cpm < high, each
        assert 0.004 < seen.counts["link_clicks"].sum() / impressions < 0.025, each
        assert (seen.counts["link_clicks"] <= seen.counts["clicks"]).all()
        assert (seen.counts["clicks"] <= seen.counts["engagements"]).all()
        assert (seen.counts["engagements"] <= seen.counts["impressions"]).all()


def test_one_cell_is_nearly_empty_and_the_others_are_well_supplied(full):
    """tu360inmobiliario x engagement has at most 3 ads with data, every other cell 40 or more."""
    ads = Counter()
    for each in full.accounts:
        seen = full.daily(each, SINCE, UNTIL, NOW)
        for index in np.unique(seen.ad):
            campaign = seen.ads[index].creative.campaign
            ads[campaign.node, campaign.objective] += 1
    assert ads[EMPTY_CELL] in {1, 2, 3}
    for node in NODES:
        for objective in OBJECTIVES:
            if (node, objective) != EMPTY_CELL:
                assert ads[node, objective] >= 40, (node, objective)


def test_campaigns_are_named_after_node_objective_and_month(full):
    """The mapping to nodes reads the prefix; no platform sells an objective it does not have."""
    for each in full.accounts:
        for campaign in full.campaigns(each, NOW):
            prefix, objective, month, title = campaign.name.split(" | ")
            assert prefix == NODES[campaign.node]
            assert objective == campaign.objective
            assert month in {"2025-12", *(f"2026-{m:02d}" for m in range(1, 12))}
            assert title
            assert objective in OFFERED[each.platform]


def test_ads_live_10_to_40_days_pause_now_and_then_and_some_are_deleted(full):
    """Days without rows are holes inside a life; after deletion nothing is delivered."""
    meta = account("meta", "1010000000000001")
    ads = full.ads(meta, NOW)
    assert {(ad.ends - ad.start).days + 1 for ad in ads} == set(range(10, 41))
    gone = [ad for ad in ads if ad.deleted(NOW)]
    assert 0.02 < len(gone) / len(ads) < 0.10
    seen = full.daily(meta, date(2025, 12, 1), UNTIL, NOW)
    holes = 0
    for index in np.unique(seen.ad):
        ad, days = seen.ads[index], seen.day[seen.ad == index]
        assert ad.start.toordinal() <= days.min()
        assert days.max() <= ad.ends.toordinal()
        if ad.gone is not None:
            assert days.max() < ad.gone.toordinal()
        holes += days.max() - days.min() + 1 > len(days)
    assert holes > 500


def test_history_stays_when_today_moves(full):
    """A world that begins and ends later tells the months they share alike."""
    later = World(today=date(2027, 1, 15))
    for each in full.accounts:
        now = datetime(2026, 9, 30, 12, tzinfo=UTC)
        one = full.daily(each, date(2026, 8, 1), date(2026, 8, 31), now)
        other = later.daily(each, date(2026, 8, 1), date(2026, 8, 31), now)
        ids = [[seen.ads[i].id for i in seen.ad] for seen in (one, other)]
        # The later world begins in February, so no ad of August is older than it.
        assert ids[0] == ids[1]
        assert (one.spend == other.spend).all()
        assert (one.leads == other.leads).all()


def test_the_order_of_questions_changes_nothing():
    """Numbers do not depend on which month or account was asked first."""
    one, other = (World(today=date(2026, 11, 20), creatives_per_month=40) for _ in range(2))
    last = account("x_ads", "18ce54us")
    other.daily(last, SINCE, UNTIL, NOW)
    for each in one.accounts:
        assert (
            one.daily(each, SINCE, UNTIL, NOW).spend == other.daily(each, SINCE, UNTIL, NOW).spend
        ).all()


def test_conversions_of_a_day_only_grow_until_its_window_is_over(full):
    """Read 1, 5, 15 and 40 days later; impressions stay what they were."""
    first = last = 0.0
    for each in full.accounts:
        day = date(2026, 9, 10)
        readings = [
            full.daily(each, day, day, datetime(2026, 9, 11, 12, tzinfo=UTC) + timedelta(days=age))
            for age in (0, 5, 15, 40)
        ]
        for earlier, later in pairwise(readings):
            assert (earlier.ad == later.ad).all()
            assert (earlier.counts["impressions"] == later.counts["impressions"]).all()
            assert (earlier.leads <= later.leads).all()
            assert (earlier.purchases <= later.purchases).all()
        first += readings[0].leads.sum() + readings[0].purchases.sum()
        last += readings[-1].leads.sum() + readings[-1].purchases.sum()
        final = full.daily(each, day, day, datetime(2026, 11, 20, tzinfo=UTC))
        assert (final.leads == readings[-1].leads).all()
    assert 0.45 < first / last < 0.65  # 55 % are credited when the day has just ended


def test_x_takes_spend_back_for_fourteen_days(full):
    """The bill of a day may fall a little, by under 5 %, and never rises."""
    x = account("x_ads", "18ce54co")
    day = date(2026, 9, 10)
    fresh, later, final = (
        full.daily(x, day, day, datetime(2026, 9, 11, 12, tzinfo=UTC) + timedelta(days=age))
        for age in (0, 20, 60)
    )
    assert (fresh.spend >= later.spend).all()
    assert (fresh.spend > later.spend).any()
    assert fresh.spend.sum() < 1.05 * later.spend.sum()
    assert (later.spend == final.spend).all()


def test_a_running_day_shows_the_hours_that_are_over(full):
    """At noon of Bogota half of the day's impressions are there, at its first hour none."""
    meta = account("meta", "1010000000000001")
    day = date(2026, 11, 20)
    noon, end = (
        full.daily(meta, day, day, datetime(2026, 11, 20, hour, tzinfo=UTC)).counts["impressions"]
        for hour in (17, 5)
    )
    whole = full.whole_days(meta, day, day, NOW).counts["impressions"].sum()
    assert 0.49 < noon.sum() / whole < 0.5
    assert end.sum() == 0
    assert day_curve(np.array([0.0, 0.5, 1.0])).tolist() == [0.0, 0.5, 1.0]


def test_the_world_goes_on_when_the_clock_passes_today(full):
    """A server that runs into December has December's ads."""
    meta = account("meta", "1010000000000001")
    later = datetime(2026, 12, 20, tzinfo=UTC)
    assert len(full.ads(meta, later)) > len(full.ads(meta, NOW)) + 150


def test_what_a_picture_shows_explains_its_results(full):
    """Regressing a year's results on the labels finds the true effects, within noise."""
    meta = account("meta", "1010000000000001")
    cell = ("wompi", "traffic")
    effects = full.effects[cell]
    names = [(c, label) for c, labels in effects.items() for label in labels]
    rows, targets, truths = [], [], []
    seen = full.daily(meta, date(2025, 12, 1), UNTIL, NOW)
    counted = results(seen)
    clicks = np.bincount(seen.ad, weights=counted, minlength=len(seen.ads))
    spend = np.bincount(seen.ad, weights=seen.spend, minlength=len(seen.ads))
    for index, ad in enumerate(seen.ads):
        campaign, picture = ad.creative.campaign, ad.creative.picture
        if (campaign.node, campaign.objective) != cell or clicks[index] < 20:
            continue
        shown = picture.attributes
        rows.append(
            [float(label in (shown[c] if c == "prop" else (shown[c],))) for c, label in names]
        )
        targets.append(np.log(clicks[index] / spend[index]))
        truths.append(log_effect(effects, shown) + picture.own)
    assert len(rows) > 100
    assert np.corrcoef(targets, truths)[0, 1] > 0.8
    shown_by = np.array(rows)
    true = np.array([effects[c][label] for c, label in names])
    often = shown_by.sum(axis=0) >= 15
    # Only differences between labels can be seen in results, so the mean is taken off.
    design = shown_by[:, often] - shown_by[:, often].mean(axis=0)
    ridge = design.T @ design + 1.0 * np.eye(design.shape[1])
    found = np.linalg.solve(ridge, design.T @ (np.array(targets) - np.mean(targets)))
    kinds = [c for (c, _), kept in zip(names, often, strict=True) if kept]
    centred = [
        values - np.array([values[[k == kind for k in kinds]].mean() for kind in kinds])
        for values in (found, true[often])
    ]
    assert np.corrcoef(*centred)[0, 1] > 0.7


def test_thirty_days_are_enough_for_a_good_ranking(full):
    """Among pictures with enough results, result per money follows the true multiplier."""
    correlations = []
    for cell, effects in full.effects.items():
        truth, index = [], []
        for each in full.accounts:
            seen = full.daily(each, SINCE, UNTIL, NOW)
            counted = results(seen)
            got = np.bincount(seen.ad, weights=counted, minlength=len(seen.ads))
            paid = np.bincount(seen.ad, weights=seen.spend, minlength=len(seen.ads))
            own = [
                i
                for i, ad in enumerate(seen.ads)
                if (ad.creative.campaign.node, ad.creative.campaign.objective) == cell
                and paid[i] > 0
            ]
            if not own:
                continue
            usual = got[own].sum() / paid[own].sum()
            for i in own:
                if usual * paid[i] >= 20:
                    picture = seen.ads[i].creative.picture
                    truth.append(log_effect(effects, picture.attributes) + picture.own)
                    index.append(got[i] / (usual * paid[i]))
        if len(truth) >= 8:
            ranks = [np.argsort(np.argsort(v)) for v in (truth, index)]
            correlations.append(float(np.corrcoef(*ranks)[0, 1]))
    assert len(correlations) >= 15
    assert 0.5 < np.median(correlations) < 0.97


def test_truth_tells_attributes_layout_and_multipliers(full):
    """exp of the effects that are added up, with and without the picture's own share."""
    truth = full.truth("2026-11-0042")
    cell = ("banco", "sales")
    added = 0.0
    for category, labels in full.effects[cell].items():
        shown = truth.attributes[category]
        added += sum(labels[label] for label in (shown if category == "prop" else [shown]))
    assert truth.shown_multipliers[cell] == pytest.approx(np.exp(added))
    assert truth.multipliers[cell] == pytest.approx(np.exp(added + truth.picture.own))
    assert truth.photo_box[2] > truth.photo_box[0]
    assert 0 < truth.text_fraction < 0.3


def test_a_picture_that_is_not_there_is_an_error(full):
    """The message says how many there are."""
    with pytest.raises(ValueError, match="no picture '2026-11-9999'; that month has 544"):
        full.truth("2026-11-9999")


def test_a_world_without_creatives_is_refused():
    """Zero would give an empty account and a puzzled reader."""
    with pytest.raises(ValueError, match="creatives_per_month and months must be 1 or more"):
        World(today=date(2026, 11, 20), creatives_per_month=0)
