"""X Ads: adding up by columns gives what adding up row by row gives."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.errors import SchemaDrift
from include.sources import x_ads_days
from include.sources.columns import NotPlain
from include.sources.replies import Account, Reply
from include.sources.x_ads import parse
from include.sources.x_ads_columns import Days
from include.sources.x_ads_numbers import CONVERSIONS, COUNTS
from include.tables import DAILY_PARSED
from tests.include.sources.conftest import NOW

ACCOUNT = Account("x_ads", "101", "Marca", "USD", "America/New_York", "x", 14)
HOURS = 30  # from 20:00 of one day to 01:00 of the day after the next

numbers = st.one_of(
    st.integers(-5, 3000),
    st.sampled_from([None, "7", 2.5, True, 10**17, 10**19, [], "x"]),
)
plain = st.lists(st.integers(0, 3000), min_size=HOURS, max_size=HOURS)
series = st.one_of(
    st.none(),
    plain,
    plain,
    st.lists(numbers, min_size=HOURS, max_size=HOURS),
    st.just([1]),
    st.just({}),
)
objects = st.one_of(
    st.none(),
    st.dictionaries(st.sampled_from(["metric", "sale_amount", "post_view", "else"]), series),
    st.just([]),
)
metrics = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(COUNTS, series),
        **dict.fromkeys(CONVERSIONS, objects),
        "vibes": series,
        "app_clicks": series,
    },
)
pages = st.lists(
    st.tuples(
        st.sampled_from(["2026-10-31T00:00:00Z", "2026-10-31T18:00:00Z"]),
        st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), metrics), max_size=3),
    ),
    max_size=4,
)


def page(start, ads, **more):
    body = {
        "data": [
            {"id": ad, "id_data": [{"segment": None, "metrics": measured}]} for ad, measured in ads
        ],
        "time_series_length": HOURS,
        "request": {"params": {"start_time": start, "granularity": "HOUR"}},
    }
    return Reply("stats", "https://example.com/stats", 200, NOW, body | more)


def outcome(replies):
    """Rows as the lake has them, and what was unknown; or the error's words."""
    try:
        parsed = parse(iter(replies), ACCOUNT)
    except SchemaDrift as error:
        return str(error)
    rows = [row for batch in parsed.batches for row in batch.to_pylist()]
    rows += [
        {name: row.get(name) for name in (*DAILY_PARSED.names, "_unparsed") if name in row}
        for row in parsed.rows["ad_daily"]
    ]
    return sorted(rows, key=lambda row: (row["ad_id"], row["report_date"])), parsed.unknown


class RowByRow(Days):
    """Takes no page by columns."""

    def add(self, body, content, days, unknown):
        raise NotPlain("not asked to")


@settings(deadline=None)
@given(pages)
def test_both_ways_give_the_same(pages):
    """Whatever the pages hold: the same rows, the same unknown fields, or the same refusal."""
    replies = [page(start, ads) for start, ads in pages]
    quick = outcome(replies)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(x_ads_days, "Days", RowByRow)
        slow = outcome(replies)
    assert quick == slow


def test_plain_pages_make_batches():
    """Two placements of the same days are one row each, and none goes row by row."""
    measured = {"impressions": [1] * HOURS, "billed_charge_local_micro": [250_000] * HOURS}
    replies = [page("2026-10-31T00:00:00Z", [("a", measured)]) for _ in range(2)]
    parsed = parse(iter(replies), ACCOUNT)
    assert parsed.rows["ad_daily"] == []
    (batch,) = parsed.batches
    assert batch.schema == DAILY_PARSED
    batch.validate(full=True)
    told = zip(
        batch["report_date"].to_pylist(),
        batch["impressions"].to_pylist(),
        batch["spend"].to_pylist(),
        strict=True,
    )
    # 20:00 to midnight, then a whole day, then the last two hours.
    assert list(told) == [
        (date(2026, 10, 30), 8, Decimal("2")),
        (date(2026, 10, 31), 48, Decimal("12")),
        (date(2026, 11, 1), 4, Decimal("1")),
    ]


def test_an_unknown_metric_stays_on_the_quick_way():
    """It is counted once per ad that has it."""
    ads = [("a", {"impressions": [1] * HOURS, "vibes": [1]}), ("b", {"vibes": None})]
    days, unknown = Days(), Counter()
    reply = page("2026-10-31T00:00:00Z", ads)
    days.add(reply.body, reply.content, [date(2026, 10, 31)] * HOURS, unknown)
    assert unknown == {"stats.vibes": 2}


@pytest.mark.parametrize(
    "broken",
    [
        {"impressions": ["1"] * HOURS},
        {"impressions": [1.5] * HOURS},
        {"impressions": [True] * HOURS},
        {"impressions": [10**17] * HOURS},
        {"impressions": [2**63] * HOURS},
        {"impressions": [1]},
        {"conversion_purchases": [1]},
        {"conversion_purchases": {"metric": "1"}},
    ],
)
def test_what_is_not_plain_is_left_alone(broken):
    """And nothing of such a page is added."""
    reply = page("2026-10-31T00:00:00Z", [("a", {"clicks": [1] * HOURS}), ("b", broken)])
    days, unknown = Days(), Counter()
    with pytest.raises(NotPlain):
        days.add(reply.body, reply.content, [date(2026, 10, 31)] * HOURS, unknown)
    assert list(days.finish(ACCOUNT, {}, defaultdict())) == []
    assert not unknown


def test_a_day_on_a_plain_and_a_garbled_page_is_set_aside_whole():
    """Its plain half is not published alone."""
    good = page("2026-10-31T00:00:00Z", [("a", {"impressions": [1] * HOURS})])
    bad = page("2026-10-31T00:00:00Z", [("a", {"impressions": ["x"] + [1] * (HOURS - 1)})])
    parsed = parse(iter([good, bad]), ACCOUNT)
    assert parsed.batches == []
    first, second, _ = parsed.rows["ad_daily"]
    assert first["_unparsed"] == {"impressions": "x"}
    assert second["impressions"] == 48


@pytest.mark.parametrize(
    "item",
    [
        {"id": "a"},
        {"id": 5, "id_data": []},
        {"id": "a", "id_data": [], "mood": 1},
        {"id": "a", "id_data": [{"metrics": {}, "mood": 1}]},
        {"id": "a", "id_data": [{"metrics": []}]},
        "a",
    ],
)
def test_entities_of_another_shape_are_left_alone(item):
    """The slow way says what is wrong with them."""
    reply = page("2026-10-31T00:00:00Z", [])
    with pytest.raises(NotPlain):
        Days().add({**reply.body, "data": [item]}, b"", [], Counter())


def test_unknown_fields_around_the_metrics_are_counted():
    """Of the entity and of its entry."""
    reply = page("2026-10-31T00:00:00Z", [])
    item = {"id": "a", "mood": 1, "id_data": [{"metrics": {}, "vibe": 1}]}
    body = {**reply.body, "data": [item]}
    parsed = parse([Reply("stats", "u", 200, NOW, body)], ACCOUNT)
    assert parsed.unknown == {"stats.mood": 1, "stats.vibe": 1}
