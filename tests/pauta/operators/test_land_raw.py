"""Waits that hold no worker, and accounts that cannot be read."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowSkipException, TaskDeferred

from include.config.nodes import load_nodes
from include.errors import AccountUnreadable, RateLimited
from include.landing import raw_folder
from include.sandbox import credentials
from include.sandbox.faults import Fault, Faults
from include.sandbox.server import serving
from include.sandbox.world import World
from include.store import open_store
from pauta.operators.land_raw import LandRaw

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = date(2026, 11, 20)
ACCOUNT, OTHER = load_nodes().accounts_of("linkedin_ads")
# LinkedIn tells no wait; its daily quota starts again at midnight UTC, twelve hours from NOW.
QUOTA = {"status": 429, "code": "TOO_MANY_REQUESTS", "message": "Resource level throttle"}


@pytest.fixture
def faults(monkeypatch, tmp_path):
    """A LinkedIn that answers, its connection, and an empty store."""
    monkeypatch.setenv("PAUTA_DATA", str(tmp_path))
    made = Faults()
    world = World(today=NOW.date(), creatives_per_month=4, months=2)
    with serving(world, lambda: NOW, faults=made) as url:
        connection = {
            "conn_type": "linkedin_ads",
            "host": f"{url}/linkedin_ads",
            "password": credentials.LINKEDIN_TOKEN,
        }
        monkeypatch.setenv("AIRFLOW_CONN_LINKEDIN_ADS_DEFAULT", json.dumps(connection))
        yield made


def land(method="execute", *, account=ACCOUNT, day=DAY, **kwargs):
    """Run the operator as Airflow does."""
    task = LandRaw(task_id="land_raw", platform="linkedin_ads", account_id=account.account_id)
    run = SimpleNamespace(
        dag_id="collect", run_id="run", partition_key=str(day), conf={}, run_after=NOW
    )
    return getattr(task, method)({"dag_run": run, "params": {"window_days": 3}}, **kwargs)


def landed(account=ACCOUNT):
    """Whether the account's replies lie in the store."""
    return open_store().exists(f"{raw_folder(account, DAY)}/landing.json")


def test_an_account_is_landed(faults):
    """The next task gets the account's id."""
    assert land() == ACCOUNT.account_id
    assert landed()


def test_a_long_wait_holds_no_worker_and_goes_on(faults, monkeypatch):
    """Twenty minutes: the task defers until then, and lands when it is called again."""
    with monkeypatch.context() as limited:
        limited.setattr("include.landing.land_raw", refuse(1200))
        before = datetime.now(UTC)
        with pytest.raises(TaskDeferred) as deferred:
            land()
    wait = deferred.value.trigger.moment - before
    assert timedelta(seconds=1200) <= wait < timedelta(seconds=1230)
    assert deferred.value.method_name == "go_on"
    assert deferred.value.kwargs == {"waited_s": 1200.0}
    assert land("go_on", **deferred.value.kwargs) == ACCOUNT.account_id
    assert landed()


def refuse(wait_s):
    """A landing that the platform refuses for so long."""

    def landing(*_, **__):
        raise RateLimited("linkedin_ads 508000001: too many calls", wait_s=wait_s)

    return landing


def test_waits_end_after_two_hours(faults, monkeypatch):
    """One hour waited, one and a half more asked for: tomorrow reads the same days."""
    monkeypatch.setattr("include.landing.land_raw", refuse(5400))
    with pytest.raises(RateLimited):
        land("go_on", waited_s=3600.0)


def test_a_quota_that_is_spent_reaches_the_operator(faults):
    """Through the real client: until midnight is too long, and nothing is landed."""
    faults.add(Fault("status", r"/adAnalytics", times=-1, status=429, body=QUOTA))
    with pytest.raises((RateLimited, TaskDeferred)):
        land(account=OTHER)  # its limiter keeps the pause as long as this process lives
    assert not landed(OTHER)


def test_an_account_that_was_never_read_is_skipped(faults):
    """Nobody is woken up for an account that was not shared yet; the health page names it."""
    forbidden = {"status": 403, "serviceErrorCode": 100, "message": "Not enough permissions"}
    faults.add(Fault("status", r"/rest/adAccounts", times=-1, status=403, body=forbidden))
    with pytest.raises(AirflowSkipException, match="508000001"):
        land()


def test_an_account_that_worked_yesterday_fails_the_task_once(faults):
    """On the first day somebody is told; on the second it is skipped with the reason."""
    store = open_store()
    key = f"bookmarks/linkedin_ads/{ACCOUNT.account_id}.json"
    store.write(key, json.dumps({"through": "2026-11-19"}).encode())
    forbidden = {"status": 403, "serviceErrorCode": 100, "message": "Not enough permissions"}
    faults.add(Fault("status", r"/rest/adAccounts", times=-1, status=403, body=forbidden))
    with pytest.raises(AccountUnreadable):
        land()
    with pytest.raises(AirflowSkipException):
        land(day=DAY + timedelta(days=1))
