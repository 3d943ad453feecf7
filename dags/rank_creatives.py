"""## Rank pictures per node and objective

**Makes** one leaderboard per node and objective: how much better than an ordinary ad in the same
place each picture did, with an 80 % range, a verdict, the chosen pieces and why; and the traits
that good pieces share.

**When** the warehouse is new; it holds the descriptions too.

| failure | what to do |
|---|---|
| `ConfigurationError` | `objectives.yaml` has a mistake; the message names the line |
| `FileNotFoundError: warehouse/current.json` | no warehouse yet: run `build_warehouse` first |
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, PartitionedAssetTimetable, task

from pauta.assets import LEADERBOARDS, WAREHOUSE
from pauta.defaults import TASK_DEFAULTS
from pauta.runs import day_of

with DAG(
    "rank_creatives",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=WAREHOUSE),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    tags=["rank"],
    default_args={
        **TASK_DEFAULTS,
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "execution_timeout": timedelta(minutes=20),
        "pool": "warehouse",
    },
):

    @task(outlets=[LEADERBOARDS])
    def rank_creatives(dag_run: Any = None) -> dict[str, int]:
        """Write the leaderboards of the day; returns how much was ranked."""
        from include.rank import rank
        from include.store import open_store

        ranked = rank(open_store(), day_of(dag_run))
        return {"cells": ranked.cells, "pieces": ranked.pieces, "chosen": ranked.chosen}

    rank_creatives()
