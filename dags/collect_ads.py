"""## Collect one ad platform

Four DAGs of one shape: `collect_meta`, `collect_google_ads`, `collect_x_ads`, `collect_linkedin_ads`.

**Makes** one reading per account and day: the raw replies, the checked partitions of the lake,
the picture files, and last the bookmark. The partition key is the last complete report day;
each reading covers the account's whole restatement window before it.

**When** every day at 07:00 in Bogotá, for the day before.

**Repair one account and day:** *Trigger*, the parameter `account_id`, and under *Advanced Options*
the partition key `2026-11-20`. **Backfill:** the *Backfill* tab, or
`airflow backfill create --dag-id collect_meta --from-date 2026-11-01 --to-date 2026-11-19T23:59`
(the end needs its hour: bounds are compared with 07:00).

| failure | what to do |
|---|---|
| `AuthenticationExpired` | renew the token, put it into the platform's connection, clear the task |
| `RateLimited` | nothing; it waits as long as the platform asked, without a worker (*deferred*), and goes on with what is missing |
| `AccountUnreadable` | the account is closed or no longer shared: ask its owner, or take it out of `nodes.yaml`. It fails on the first day only; from then on the account is *skipped* and the others go on |
| `SchemaDrift` | the platform changed a reply: map the field named in the log, then clear `load_reading` |
| `QualityFailed` | see the named rows in `quarantine/`; nothing was published, yesterday's data stands |
| `SourceUnavailable` | the host is down or not reachable from this worker; it is tried again |
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from airflow.sdk import DAG, CronPartitionTimetable, Param, task, task_group

from pauta.assets import READINGS
from pauta.defaults import TASK_DEFAULTS
from pauta.operators.land_raw import LandRaw
from pauta.runs import day_of, label_mapped


def collect(platform: str) -> DAG:
    """The DAG that reads one platform."""
    with DAG(
        f"collect_{platform}",
        doc_md=__doc__,
        schedule=CronPartitionTimetable(
            "0 7 * * *", timezone="America/Bogota", run_offset=-1, key_format="%Y-%m-%d"
        ),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=4),
        tags=["collect", platform],
        default_args={
            **TASK_DEFAULTS,
            "retries": 3,
            "retry_delay": timedelta(minutes=2),
            "retry_exponential_backoff": True,
            "execution_timeout": timedelta(minutes=45),
            "pool": f"api_{platform}",
        },
        params={
            "account_id": Param(
                None, type=["null", "string"], description="Only this account; empty means all."
            ),
            "window_days": Param(
                None,
                type=["null", "integer"],
                minimum=1,
                maximum=1100,
                description="Report days to read; empty means the account's own window.",
            ),
        },
    ) as dag:

        @task
        def list_accounts(params: dict[str, Any] | None = None) -> list[str]:
            """The accounts of `nodes.yaml`, or the one asked for."""
            from include.config.nodes import load_nodes

            only = (params or {}).get("account_id")
            nodes = load_nodes()
            if only:
                return [nodes.account(platform, only).account_id]
            return [account.account_id for account in nodes.accounts_of(platform)]

        @task_group
        def collect_account(account_id: str) -> None:
            """One account; its failure does not stop the others."""

            @task(map_index_template="{{ label }}")
            def load_reading(account_id: str, dag_run: Any = None) -> str:
                """Check the rows, set bad ones aside, publish the partitions."""
                from include.collect import load_reading
                from include.config.nodes import load_nodes
                from include.store import open_store

                label_mapped(account_id)
                account = load_nodes().account(platform, account_id)
                load_reading(open_store(), account, day_of(dag_run))
                return account_id

            @task(map_index_template="{{ label }}")
            def fetch_pictures(account_id: str, dag_run: Any = None) -> str:
                """Fetch picture files that are not stored yet."""
                from include.collect import fetch_pictures
                from include.config.nodes import load_nodes
                from include.store import open_store
                from pauta.connections import client_for, image_hosts_for, session_for

                label_mapped(account_id)
                account = load_nodes().account(platform, account_id)
                fetch_pictures(
                    open_store(),
                    account,
                    day_of(dag_run),
                    session=session_for(account),
                    hosts=image_hosts_for(account),
                    refresh=partial(client_for(account).refresh_images, account),
                )
                return account_id

            @task(map_index_template="{{ label }}")
            def move_bookmark(account_id: str, dag_run: Any = None) -> None:
                """Say how far the account is read, now that all of it is durable."""
                from include.collect import move_bookmark
                from include.config.nodes import load_nodes
                from include.store import open_store

                label_mapped(account_id)
                account = load_nodes().account(platform, account_id)
                move_bookmark(open_store(), account, day_of(dag_run))

            landed = LandRaw(
                task_id="land_raw",
                platform=platform,
                account_id=account_id,
                map_index_template="{{ label }}",
            )
            move_bookmark(fetch_pictures(load_reading(landed.output)))

        # Both wait for all accounts: the first tells the next DAGs when at least one account
        # is new, the second fails the run when an account is missing.
        @task(outlets=[READINGS[platform]], trigger_rule="all_done_min_one_success", retries=0)
        def announce_reading() -> None:
            """Start the DAGs that live on this reading."""

        @task(trigger_rule="all_success", retries=0)
        def all_accounts_read() -> None:
            """Fail the run when an account failed."""

        collect_account.expand(account_id=list_accounts()) >> [
            announce_reading(),
            all_accounts_read(),
        ]
    return dag


for name in READINGS:
    collect(name)
