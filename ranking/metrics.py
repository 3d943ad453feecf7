"""The ratios of the trade, from totals.

Two rules hold for all of them. A ratio of many rows is the ratio of the sums, so
these take totals. A ratio whose denominator is 0, or one of whose parts is unknown,
is null (`None`): not 0 and not infinity.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

Count = int | float
Money = Decimal


def ctr(link_clicks: int | None, impressions: int | None) -> float | None:
    """Link clicks per impression, a fraction (0.013 is printed as 1.3 %)."""
    if link_clicks is None or not impressions:
        return None
    return link_clicks / impressions


def cpc(spend: Money | None, link_clicks: int | None) -> Money | None:
    """Spend per link click, in the account's currency."""
    if spend is None or not link_clicks:
        return None
    return spend / link_clicks


def cpm(spend: Money | None, impressions: int | None) -> Money | None:
    """Spend per thousand impressions, in the account's currency."""
    if spend is None or not impressions:
        return None
    return spend * 1000 / impressions


def cpa(spend: Money | None, conversions: Count | None) -> Money | None:
    """Spend per conversion, in the account's currency; platforms model fractions of one."""
    if spend is None or not conversions:
        return None
    return spend / Decimal(str(conversions))


def roas(revenue: Money | None, spend: Money | None) -> float | None:
    """Revenue per money spent, both in the same currency (3.2 earns 3.2 for each 1 spent)."""
    if revenue is None or not spend:
        return None
    return float(revenue / spend)


def ratio_of_sums(
    numerators: Iterable[Count | Money | None], denominators: Iterable[Count | Money | None]
) -> float | None:
    """The sum of the numerators over the sum of the denominators.

    A row with an unknown part is left out whole: its denominator alone would lower
    the ratio as if nothing had happened there.
    """
    top, bottom = Decimal(0), Decimal(0)
    for numerator, denominator in zip(numerators, denominators, strict=True):
        if numerator is not None and denominator is not None:
            top += Decimal(str(numerator))
            bottom += Decimal(str(denominator))
    return float(top / bottom) if bottom else None


def frequency(impressions: int | None, reach: int | None) -> float | None:
    """Showings per person and day: impressions over the sum of the days' reach.

    Reach is of one ad on one day; people of two days would count twice, so this is how often a
    person saw the ad on a day on which he saw it.
    """
    if impressions is None or not reach:
        return None
    return impressions / reach


def view_through_share(view_through: Count | None, conversions: Count | None) -> float | None:
    """Share of the conversions that came after a view without a click.

    `conversions` include them, as `guard_rails` of `include` adds up.
    """
    if view_through is None or not conversions:
        return None
    return min(view_through / conversions, 1.0)


def click_to_landing_gap(landing_page_views: int | None, link_clicks: int | None) -> float | None:
    """Share of link clicks after which the page was not loaded; null where it is not measured."""
    if landing_page_views is None or not link_clicks:
        return None
    return max(1.0 - landing_page_views / link_clicks, 0.0)
