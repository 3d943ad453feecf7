"""## Build the warehouse

**Makes** a new DuckDB file from the lake (current `ad_daily`, all readings, dimensions, marts),
checks it, and only then points readers to it. The last three versions are kept. Then Great Expectations
looks at it as a whole (links, freshness, rows against each account's past, totals): `data_docs/warehouse/`.

**When** a platform's reading or the descriptions are new. Runs of one scheduler pass are merged; a
run is cheap and may be repeated, and one that finds nothing new ends *skipped*.

| failure | what to do |
|---|---|
| `QualityFailed` | the new file does not agree with the lake; yesterday's is still served. The log names the table and both counts |
| `QualityFailed` in `judge_warehouse` | the version is published; the page in `data_docs/warehouse/` names what cannot be: collect that account and day again |
| `No space left on device` | free space below `PAUTA_DATA`, then clear the task; nothing half-written is used |
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, PartitionedAssetTimetable, task

from pauta.assets import ANY_READING, DESCRIPTIONS, WAREHOUSE
from pauta.defaults import TASK_DEFAULTS
from pauta.runs import day_of, moment_of

with DAG(
    "build_warehouse",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=ANY_READING | DESCRIPTIONS),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    tags=["warehouse"],
    default_args={
        **TASK_DEFAULTS,
        "retries": 2,
        "retry_delay": timedelta(minutes=2),
        "execution_timeout": timedelta(minutes=20),
        "pool": "warehouse",
    },
):

    @task(outlets=[WAREHOUSE])
    def build_warehouse(dag_run: Any = None) -> str:
        """Build, check, switch the pointer; returns the version.

        Skipped, so that nothing follows, when the lake says what it said before.
        """
        from airflow.sdk.exceptions import AirflowSkipException

        from include.config.nodes import load_nodes
        from include.store import open_store
        from include.warehouse import build, read_pointer

        store = open_store()
        before = read_pointer(store)
        version = build(
            store,
            day=day_of(dag_run),
            run_id=dag_run.run_id,
            nodes=load_nodes(),
            now=moment_of(dag_run),
        )
        if before is not None and before.version == version:
            raise AirflowSkipException(f"{version} is still what the lake says.")
        return version

    @task
    def judge_warehouse(dag_run: Any = None) -> dict[str, list[str]]:
        """Write the Data Docs of the warehouse; returns what they warn of, by table."""
        from include.store import open_store
        from include.warehouse.judging import judge_warehouse

        found = judge_warehouse(open_store(), day=day_of(dag_run))
        return {each.table: list(each.warned) for each in found if each.warned}

    build_warehouse() >> judge_warehouse()
