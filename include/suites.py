"""What is expected of every table, as reviewed lists of Great Expectations' expectations.

`critical` (the default) stops a partition; `warning` is told and kept. Each list is built anew
for each run, since an expectation belongs to one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from include.rules import (
    COUNTS,
    IMAGE_ROLES,
    IMAGE_STATUSES,
    LINK_CLICKS_MAY_EXCEED_CLICKS,
    MODELLED,
    OBJECTIVES,
    TOTAL_LEVELS,
    known_currencies,
)
from include.tables import PLATFORMS, TABLES

_LONGEST_READING_DAYS = 37 * 31  # Meta and Google keep daily numbers for 37 months

# In the warehouse every row says whether what it names is listed: `<table>_is_listed`.
LISTED = "_is_listed"


def suite(name: str, platform: str, day: date) -> list[Any]:
    """The expectations of one partition of the lake.

    Raises:
        ValueError: there is no such table.
    """
    if name not in _OF:
        raise ValueError(f"suites: no suite for {name!r}; there are {sorted(_OF)}.")
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectColumnValuesToBeInSet(column="platform", value_set=[platform]),
        *_key(name),
        *_OF[name](platform, day),
    ]


def warehouse_suite(name: str, columns: list[str], day: date) -> list[Any]:
    """The expectations of a table of the warehouse, over all platforms.

    Args:
        columns: those of the table that end in `LISTED` are held to true, as a warning: ads are
            deleted while their numbers stay.
    """
    import great_expectations.expectations as gxe

    if name == "freshness":
        return [
            gxe.ExpectColumnValuesToBeBetween(
                column="days_behind", min_value=0, max_value=2, severity="warning"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="quarantined_share", max_value=0.05, severity="warning"
            ),
        ]
    if name == "row_counts":
        return [
            # Half of the usual rows, or twice as many: somebody should look why.
            gxe.ExpectColumnValuesToBeBetween(
                column="share_of_usual", min_value=0.5, max_value=2.0, severity="warning"
            )
        ]
    if name == "account_reconciliation":
        return [
            gxe.ExpectColumnValuesToBeBetween(
                column="share_told_by_nobody", min_value=-0.005, max_value=0.005, severity="warning"
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="double_counts", value_set=[0], severity="warning"
            ),
        ]
    links = [
        gxe.ExpectColumnValuesToBeInSet(column=column, value_set=[True], severity="warning")
        for column in columns
        if column.endswith(LISTED)
    ]
    platforms = [gxe.ExpectColumnValuesToBeInSet(column="platform", value_set=list(PLATFORMS))]
    # Of all platforms the one whose rule is the least strict.
    least_strict = next(iter(sorted(LINK_CLICKS_MAY_EXCEED_CLICKS)))
    return [*platforms, *_key(name), *_OF[name](least_strict, day), *links]


def _key(name: str) -> list[Any]:
    import great_expectations.expectations as gxe

    key = TABLES[name].key
    return [
        gxe.ExpectCompoundColumnsToBeUnique(column_list=list(key)),
        *(gxe.ExpectColumnValuesToNotBeNull(column=column) for column in key),
    ]


def _ids(*columns: str) -> list[Any]:
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectColumnValueLengthsToBeBetween(column=column, min_value=1, max_value=200)
        for column in columns
    ]


def _days(day: date) -> Any:
    import great_expectations.expectations as gxe

    oldest = day - timedelta(days=_LONGEST_READING_DAYS)
    return gxe.ExpectColumnValuesToBeBetween(
        column="report_date",
        min_value=datetime.combine(oldest, time()),
        max_value=datetime.combine(day, time()),
    )


def _not_negative(*columns: str) -> list[Any]:
    import great_expectations.expectations as gxe

    return [gxe.ExpectColumnValuesToBeBetween(column=column, min_value=0) for column in columns]


def _ad_daily(platform: str, day: date) -> list[Any]:
    import great_expectations.expectations as gxe

    # On X more link clicks than clicks are possible (see include/rules.py).
    severity = "warning" if platform in LINK_CLICKS_MAY_EXCEED_CLICKS else "critical"
    return [
        *_not_negative(*COUNTS, *MODELLED, "spend"),
        gxe.ExpectColumnValuesToMatchRegex(column="currency", regex="^[A-Z]{3}$"),
        _days(day),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="clicks", column_B="link_clicks", or_equal=True, severity=severity
        ),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="impressions", column_B="clicks", or_equal=True, severity="warning"
        ),
    ]


def _totals_daily(platform: str, day: date) -> list[Any]:
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectColumnValuesToBeInSet(column="level", value_set=sorted(TOTAL_LEVELS)),
        *_not_negative("impressions", "clicks", "spend"),
        gxe.ExpectColumnValuesToMatchRegex(column="currency", regex="^[A-Z]{3}$"),
        _days(day),
    ]


def _accounts(platform: str, day: date) -> list[Any]:
    import great_expectations.expectations as gxe

    known = sorted(known_currencies())
    return [
        gxe.ExpectColumnValuesToBeInSet(column="currency", value_set=known),
        gxe.ExpectColumnValuesToMatchRegex(column="timezone", regex="^[A-Za-z]+(/[A-Za-z_+-]+)*$"),
    ]


def _campaigns(platform: str, day: date) -> list[Any]:
    import great_expectations.expectations as gxe

    return [
        *_ids("campaign_id"),
        gxe.ExpectColumnValuesToBeInSet(column="objective", value_set=sorted(OBJECTIVES)),
    ]


def _ad_sets(platform: str, day: date) -> list[Any]:
    return _ids("ad_set_id", "campaign_id")


def _ads(platform: str, day: date) -> list[Any]:
    import great_expectations.expectations as gxe

    return [
        *_ids("ad_id", "ad_set_id", "campaign_id"),
        gxe.ExpectTableRowCountToBeBetween(min_value=1, severity="warning"),
    ]


def _creatives(platform: str, day: date) -> list[Any]:
    return _ids("creative_id")


def _creative_images(platform: str, day: date) -> list[Any]:
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectColumnValuesToBeInSet(column="status", value_set=sorted(IMAGE_STATUSES)),
        gxe.ExpectColumnValuesToBeInSet(column="role", value_set=sorted(IMAGE_ROLES)),
        gxe.ExpectColumnValuesToMatchRegex(column="picture", regex="^[0-9a-f]{64}$"),
        *_not_negative("position"),
        # 64 px thumbnails taken for the creative are a known trap (platform-apis.md, section 7).
        gxe.ExpectColumnValuesToBeBetween(column="width", min_value=100, severity="warning"),
        gxe.ExpectColumnValuesToBeBetween(column="height", min_value=100, severity="warning"),
        gxe.ExpectColumnValuesToBeBetween(column="bytes", min_value=1),
    ]


_OF: dict[str, Callable[[str, date], list[Any]]] = {
    "accounts": _accounts,
    "campaigns": _campaigns,
    "ad_sets": _ad_sets,
    "ads": _ads,
    "creatives": _creatives,
    "creative_images": _creative_images,
    "ad_daily": _ad_daily,
    "totals_daily": _totals_daily,
}
