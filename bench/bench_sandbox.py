"""The sandbox's synthetic world in the form of `ranking_worlds.World`, with its known truth."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
from ranking_worlds import DAYS, PLATFORMS, World  # type: ignore[import-not-found]

from include.sandbox.numbers import maturity
from include.sandbox.world import World as Sandbox

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RESULT = {
    "awareness": "impressions",
    "traffic": "link_clicks",
    "engagement": "engagements",
    "leads": "leads",
    "sales": "purchases",
}
OBJECTIVES = tuple(RESULT)


def sandbox_world(seed: int) -> World:
    """A year of the sandbox's five objectives; a piece is a picture in a node and objective."""
    sandbox = Sandbox(today=TODAY, seed=seed, creatives_per_month=640, months=12)
    since = date.fromordinal(TODAY.toordinal() - DAYS + 1)
    platforms = list(PLATFORMS)
    ads, days, numbers, spend, accounts = [], [], [], [], []
    for index, account in enumerate(sandbox.accounts):
        seen = sandbox.daily(account, since, TODAY, NOW)
        objective = np.array([ad.creative.campaign.objective for ad in seen.ads])
        of_row = objective[seen.ad]
        results = np.zeros(len(seen))
        for name, column in RESULT.items():
            told = seen.counts.get(column)
            values = getattr(seen, column) if told is None else told
            results[of_row == name] = values[of_row == name]
        offset = len(ads)
        ads += [(index, ad) for ad in seen.ads]
        days.append(seen.day - since.toordinal())
        numbers.append(np.stack([results, seen.counts["impressions"]]))
        spend.append(seen.spend / 1e6)
        accounts.append(seen.ad + offset)
    campaigns = [ad.creative.campaign for _, ad in ads]
    cells = sorted({(c.node, c.objective) for c in campaigns})
    keys = sorted(
        {
            (c.node, c.objective, a.creative.picture.key)
            for c, (_, a) in zip(campaigns, ads, strict=True)
        }
    )
    number = {key: i for i, key in enumerate(keys)}
    piece = np.array(
        [
            number[c.node, c.objective, ad.creative.picture.key]
            for c, (_, ad) in zip(campaigns, ads, strict=True)
        ]
    )
    cell = np.array([cells.index(key[:2]) for key in keys])
    ad, day = np.concatenate(accounts), np.concatenate(days)
    results, impressions = np.concatenate(numbers, axis=1)
    objective = np.array([OBJECTIVES.index(name) for _, name in cells])
    truth = np.array([sandbox.truth(key[2]).multipliers[key[:2]] for key in keys])
    # Only what has run can be ranked or be attained.
    ran = np.bincount(piece[ad], minlength=len(keys)) > 0
    usual = np.bincount(objective[cell], truth * ran) / np.bincount(objective[cell], ran)
    curves = [maturity(name, np.arange(window + 1)) for name, window in PLATFORMS.items()]
    whole = [np.full(window + 1, 2000.0) for window in PLATFORMS.values()]
    born = np.full(len(keys), DAYS)
    np.minimum.at(born, piece[ad], day)
    return World(
        cell=cell,
        objective_of_cell=objective,
        truth=truth / usual[objective[cell]],
        born=born,
        look=np.zeros((len(keys), 1)),
        piece=piece,
        account=np.array([index for index, _ in ads]),
        format=np.array([int(ad.creative.video_id is not None) for _, ad in ads]),
        campaign=np.unique([c.id for c in campaigns], return_inverse=True)[1],
        ad_set=np.unique([ad.ad_set.id for _, ad in ads], return_inverse=True)[1],
        ad=ad,
        day=day,
        spend=np.concatenate(spend),
        impressions=impressions,
        results=results,
        final=results,
        platform=np.array([platforms.index(a.platform) for a in sandbox.accounts]),
        currency=np.array([int(a.currency == "USD") for a in sandbox.accounts]),
        per_dollar=np.array([4000.0 if a.currency == "COP" else 1.0 for a in sandbox.accounts]),
        seen_at_age=[w * c for w, c in zip(whole, curves, strict=True)],
        final_at_age=whole,
        curves=curves,
        matures=(False, False, False, True, True),
        judged_from=(5000.0, 30.0, 30.0, 5.0, 5.0),
    )
