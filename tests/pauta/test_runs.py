"""The day and the moment of a run."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from include.errors import ConfigurationError
from pauta.runs import day_of, moment_of


def run(key=None, conf=None):
    """As much of Airflow's DagRun as the functions read."""
    return SimpleNamespace(
        dag_id="collect_meta",
        run_id="manual__1",
        partition_key=key,
        conf=conf,
        run_after=datetime(2026, 11, 21, 12, tzinfo=UTC),
    )


def test_the_partition_key_is_the_day():
    """Partitioned runs have no logical date."""
    assert day_of(run(key="2026-11-20")) == date(2026, 11, 20)


def test_a_hand_started_run_may_name_the_day_itself():
    """Airflow's command line cannot give a key."""
    assert day_of(run(conf={"day": "2026-11-19"})) == date(2026, 11, 19)


def test_the_key_wins_over_the_parameter():
    """The key is what the next DAGs hear of."""
    assert day_of(run(key="2026-11-20", conf={"day": "2026-11-19"})) == date(2026, 11, 20)


@pytest.mark.parametrize("conf", [None, {}, {"day": None}])
def test_a_run_without_a_day_says_how_to_give_one(conf):
    """Guessing a day would collect the wrong one without a word."""
    with pytest.raises(ConfigurationError, match="partition key such as 2026-11-20"):
        day_of(run(conf=conf))


def test_a_day_that_is_none_is_refused_with_what_was_seen():
    """20/11/2026 could be read two ways."""
    with pytest.raises(ConfigurationError, match="'20/11/2026'; expected YYYY-MM-DD"):
        day_of(run(key="20/11/2026"))


def test_the_moment_is_the_same_for_every_retry():
    """It comes from the run, not from the clock, so that a retry writes the same bytes."""
    assert moment_of(run()) == datetime(2026, 11, 21, 12, tzinfo=UTC)
