"""## Maintain the lake

**Makes** room and certainty, in this order: merges readings older than 35 days into the rows that changed, deletes raw replies older than `keep_raw_days`,
looks for pictures nobody lists, sets without manifest and half-written files, and reads a quarter of all raw replies and pictures against their sha256.
Each step leaves `maintenance/<day>/<step>.json`; `pauta doctor` prints them.

**When** Sunday at 05:00 in Bogotá, before the collects. With `dry_run` it only says, in each task's log, what it would do.

| failure | what to do |
|---|---|
| `QualityFailed` in `compact_readings` | the named reading tells a key twice or mixes runs: collect that day again. Nothing was merged of that account; clear the task |
| `QualityFailed` in `verify_checksums` | the named file changed or is gone: restore it from a backup, or collect that day again. Nothing else is touched |
| `No space left on device` | merging needs room for one month of one account: free space, then clear the task; a killed merge loses nothing |
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronPartitionTimetable, Param, task

from pauta.defaults import TASK_DEFAULTS
from pauta.runs import day_of, moment_of

with DAG(
    "maintain_lake",
    doc_md=__doc__,
    schedule=CronPartitionTimetable("0 5 * * 0", timezone="America/Bogota", key_format="%Y-%m-%d"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    tags=["maintenance"],
    default_args={
        **TASK_DEFAULTS,
        "retries": 2,
        "retry_delay": timedelta(minutes=10),
        "execution_timeout": timedelta(hours=2),
        # No build reads the lake while files are merged.
        "pool": "warehouse",
    },
    params={
        "dry_run": Param(False, type="boolean", description="Only say what would be done."),
        "keep_raw_days": Param(
            400, type="integer", minimum=35, description="Age at which raw replies are deleted."
        ),
    },
):

    @task
    def compact_readings(params: dict[str, Any] | None = None, dag_run: Any = None) -> None:
        """Merge readings older than 35 days."""
        from include.maintenance import compact_readings
        from include.store import open_store

        compact_readings(open_store(), day=day_of(dag_run), dry_run=(params or {})["dry_run"])

    @task
    def expire_raw(params: dict[str, Any] | None = None, dag_run: Any = None) -> None:
        """Delete raw replies of readings that lie in the lake long since."""
        from include.maintenance import expire_raw
        from include.store import open_store

        options = params or {}
        expire_raw(
            open_store(),
            day=day_of(dag_run),
            keep_days=options["keep_raw_days"],
            dry_run=options["dry_run"],
        )

    @task
    def search_orphans(params: dict[str, Any] | None = None, dag_run: Any = None) -> None:
        """Tell what nobody lists; remove what killed writers left."""
        from include.maintenance import search_orphans
        from include.store import open_store

        search_orphans(
            open_store(),
            day=day_of(dag_run),
            now=moment_of(dag_run),
            dry_run=(params or {})["dry_run"],
        )

    @task
    def verify_checksums(params: dict[str, Any] | None = None, dag_run: Any = None) -> None:
        """Hold a quarter of all files to their sha256."""
        from include.maintenance import verify_checksums
        from include.store import open_store

        verify_checksums(open_store(), day=day_of(dag_run), dry_run=(params or {})["dry_run"])

    compact_readings() >> expire_raw() >> search_orphans() >> verify_checksums()
