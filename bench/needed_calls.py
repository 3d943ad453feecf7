"""The calls that a platform's own limits make necessary, worked out without our clients.

Each line is a number of calls and its reason. Sources: `platform-apis.md`, the section named at
each function. The entities are those of the benchmark's world; pictures themselves are not
among the calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

Needed = dict[str, int]


def needed(platform: str, world: Mapping[str, int], days: int) -> Needed:
    """What is asked -> calls.

    Args:
        world: how many campaigns, ad_sets, ads, creatives, videos, pictures there are, and on X
            how many ads_in_spotlight.
        days: report days.
    """
    return _PLATFORMS[platform](world, days)


def _meta(world: Mapping[str, int], days: int) -> Needed:
    """Section 1: 500 objects or rows a page (1.7, 1.9), 50 ids or hashes a call (1.5, 1.6).

    Insights are jobs of at most seven days (1.8): a start, the rows, and at least one look at
    the state of each 50 of them. Totals by campaign are few enough to be asked for directly, in
    one walk of pages. What a creative with an unreadable story (1.5) costs beyond is not counted.
    """
    slices = ceil(days / 7)
    return {
        "account": 1,
        "campaigns": ceil(world["campaigns"] / 500),
        "ad sets": ceil(world["ad_sets"] / 500),
        "ads": ceil(world["ads"] / 500),
        "creatives by id": ceil(world["creatives"] / 50),
        "pictures by hash": ceil(world["pictures"] / 50),
        "videos by id": ceil(world["videos"] / 50),
        "insight jobs started": slices,
        "states of insight jobs": ceil(slices / 50),
        "insight pages": _pages(world["ads"], days, 7, 500),
        "totals by campaign": _pages(world["campaigns"], days, days, 500),
    }


def _google_ads(world: Mapping[str, int], days: int) -> Needed:
    """Section 2: a stream holds any number of rows (2.3); 30 days a query (2.7).

    Conversions by category cannot be selected with cost (2.4); Performance Max has no ads, so
    its asset groups are asked for both ways, too. A campaign's objective is told by its goals.
    """
    slices = ceil(days / 30)
    return {
        "token": 1,
        "customer": 1,
        "campaigns": 1,
        "goals of campaigns": 1,
        "ad groups": 1,
        "ads": 1,
        "asset groups": 1,
        "assets of asset groups": 1,
        "assets": 1,
        "numbers by ad": slices,
        "conversions by ad and category": slices,
        "numbers by asset group": slices,
        "conversions by asset group and category": slices,
        "totals by campaign": slices,
    }


def _x_ads(world: Mapping[str, int], days: int) -> Needed:
    """Section 3: 1000 objects a page, 200 ids in a filter (3.3), 50 of the media library.

    Numbers: which ads were active, 90 days a call; then jobs of 20 ads, 90 days and one
    placement (3.5), started, looked at 200 at a time, fetched. All ads ran in the first of three
    placements and some in the second, none for an app, whose conversions would be jobs of their
    own. The account's own numbers are jobs as well, in all three: totals need all (3.5). Cards,
    and media that are only named, are not counted.
    """
    spans = ceil(days / 90)
    jobs = spans * (ceil(world["ads"] / 20) + ceil(world["ads_in_spotlight"] / 20) + 3)
    return {
        "account": 1,
        "funding instruments": 1,
        "campaigns": ceil(world["campaigns"] / 1000),
        "line items": ceil(world["ad_sets"] / 1000),
        "promoted tweets": ceil(world["ads"] / 1000),
        "tweets by id": ceil(world["creatives"] / 200),
        "active entities": spans,
        "jobs started": jobs,
        "states of jobs": ceil(jobs / 200),
        "files of jobs": jobs,
    }


def _linkedin_ads(world: Mapping[str, int], days: int) -> Needed:
    """Section 4: 1000 objects a page (4.4); an answer of numbers is cut at 15 000 rows (4.5).

    20 fields a call are enough for all numbers; reach is told for at most 92 days, and totals are
    asked for without it. Posts, images and videos are read in batches; a url longer than 4 kB or
    so is refused, which is 100 ids.
    """
    cut = max(1, (15_000 - 1) // world["ads"])
    slices = ceil(days / min(cut, 92))
    return {
        "token": 1,
        "account": 1,
        "campaign groups": ceil(world["campaigns"] / 1000),
        "campaigns": ceil(world["ad_sets"] / 1000),
        "creatives": ceil(world["ads"] / 1000),
        "posts by id": ceil(world["creatives"] / 100),
        "images by id": ceil(world["pictures"] / 100),
        "videos by id": ceil(world["videos"] / 100),
        "numbers by creative": slices,
        "totals": ceil(days / 15_000),
    }


def _pages(things: int, days: int, slice_days: int, rows: int) -> int:
    """Pages of so many rows, when each slice of days begins a page."""
    whole, rest = divmod(days, slice_days)
    return whole * ceil(things * slice_days / rows) + ceil(things * rest / rows)


_PLATFORMS = {
    "meta": _meta,
    "google_ads": _google_ads,
    "x_ads": _x_ads,
    "linkedin_ads": _linkedin_ads,
}
