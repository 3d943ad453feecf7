"""## Publish the catalogue

**Makes** the thumbnails and the rows that the catalogue's pages read. Nothing is computed in a web
request. Images are made once and never change, so a run only adds what is new.

**When** sets or leaderboards are new.

| failure | what to do |
|---|---|
| `OperationalError` | the application database (`PAUTA_DATABASE`) is not reachable from this worker |
| a set is missing on the pages | its `manifest.json` is not there yet: see `generate_sets`; or the log says why it was left out; or its night was run again and `sets/cells/<night>.json` names another |
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, PartitionedAssetTimetable, task

from pauta.assets import CATALOGUE, LEADERBOARDS, SETS
from pauta.defaults import TASK_DEFAULTS
from pauta.runs import moment_of

with DAG(
    "publish_catalogue",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=SETS | LEADERBOARDS),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    tags=["catalogue"],
    default_args={
        **TASK_DEFAULTS,
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "execution_timeout": timedelta(minutes=20),
        "pool": "catalogue",
    },
):

    @task(outlets=[CATALOGUE])
    def publish_catalogue(dag_run: Any = None) -> dict[str, int]:
        """Thumbnails first, then all rows in one transaction."""
        from include.catalogue.database import database_url
        from include.publish import publish
        from include.store import open_store

        store = open_store()
        done = publish(store, database_url(store.root), now=moment_of(dag_run))
        return {"sets": done.sets, "images": done.images, "new_sets": done.new_sets}

    publish_catalogue()
