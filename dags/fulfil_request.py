"""## Make the images of one brief

**Makes** the set that an analyst asked for in the catalogue: the same as a night's set, for one
brief, with the newest evidence of its node and objective, and shows it in the catalogue.
`requests/<id>.json` says what became of it.

**When** the catalogue triggers it. Parameters: `request_id`, `brief` (the fields of a brief file,
docs/generation.md), `profile` (optional).

| failure | what to do |
|---|---|
| the request is `refused` | nothing: the brief says something that the brand manual forbids or does not know; the analyst reads why |
| `ConfigurationError: fulfil_request` | the run was triggered without `request_id` or `brief` |
| a task vanished (killed, out of memory) | nothing; the retry keeps the images that are there |
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, task

from pauta.defaults import TASK_DEFAULTS
from pauta.runs import moment_of

with DAG(
    "fulfil_request",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    # Only somebody who asks starts it, and who asks should not wait for somebody to unpause it.
    is_paused_upon_creation=False,
    max_active_runs=4,
    dagrun_timeout=timedelta(hours=2),
    tags=["generate", "gpu"],
    default_args={
        **TASK_DEFAULTS,
        "retries": 3,
        "retry_delay": timedelta(seconds=30),
        "execution_timeout": timedelta(hours=1),
    },
):

    @task(queue="gpu", pool="gpu", priority_weight=10)
    def fulfil_request(dag_run: Any = None) -> dict[str, Any]:
        """Plan and make the set; somebody waits, so it goes before the night's chunks."""
        from include.fulfil import fulfil, request_of
        from include.store import open_store

        request = request_of(dag_run.conf)
        return fulfil(open_store(), request, run_id=dag_run.run_id, made_at=moment_of(dag_run))

    # Not by an event: a request has no partition key, and an event without one starts nothing.
    @task(pool="catalogue")
    def publish_set(made: dict[str, Any], dag_run: Any = None) -> None:
        """Show the set; a refused request made none."""
        from airflow.sdk.exceptions import AirflowSkipException

        from include.catalogue.database import database_url
        from include.publish import publish
        from include.store import open_store

        if made["state"] != "done":
            raise AirflowSkipException(f"{made['state']}: {made['reason']}")
        store = open_store()
        publish(store, database_url(store.root), now=moment_of(dag_run))

    publish_set(fulfil_request())
