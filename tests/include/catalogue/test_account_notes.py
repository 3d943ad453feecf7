"""What the runs noted of an account is found again where they put it."""

from __future__ import annotations

from datetime import date

from include.catalogue.account_notes import Odd, State, oddities, report_key, states
from include.quality import write_quality_report
from include.store import LocalStore
from tests.include.catalogue.evidence_world import HOSTILE_FIELD, META
from tests.include.catalogue.world import AS_OF

RUN = "scheduled__2026-11-21T12:00:00+00:00"


def test_a_report_is_looked_for_where_a_run_writes_it(empty_store: LocalStore) -> None:
    """Airflow's run ids hold signs that a key must not have."""
    counts = {"ads": {"read": 1, "accepted": 1, "quarantined": 0}}
    write_quality_report(empty_store, META, AS_OF, run_id=RUN, counts=counts)
    run = {
        "run_id": RUN, "as_of": AS_OF, "platform": META.platform,
        "account_id": META.account_id, "table_name": "ads",
    }  # fmt: skip
    assert empty_store.keys("quality") == [report_key(run)]


def test_the_newest_reading_tells_what_was_odd(world: tuple[LocalStore, str]) -> None:
    """The most frequent first."""
    found = oddities(world[0])
    assert found == {
        ("meta", META.account_id): Odd(
            {HOSTILE_FIELD: 214, "ads.mood": 3, "ads.status=DORMANT": 2, "ads.aura": 1},
            {"more_clicks_than_impressions": 7},
        )
    }
    assert next(iter(found["meta", META.account_id].unknown)) == HOSTILE_FIELD


def test_states_are_read_by_account_and_other_files_are_passed_over(
    empty_store: LocalStore,
) -> None:
    """The account is named by the key."""
    empty_store.write(
        "accounts_state/x_ads/18ce.json",
        b'{"kind": "gone", "message": "404", "since": "2026-11-01", "day": "2026-11-20"}',
    )
    empty_store.write("accounts_state/README.txt", b"not a state")
    assert states(empty_store) == {("x_ads", "18ce"): State("gone", "404", date(2026, 11, 1))}
