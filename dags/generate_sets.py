"""## Make the night's sets

**Makes** for every node and objective one set of four reference images from what the best pieces
show, the brand manual and the objective; with its prompt, its inspirations and their numbers as of
the night. A node and objective without enough evidence gets no images but the reason.

**When** every night at 21:00 in Bogotá. The partition key is the night. The engine is the one of
the profile `PAUTA_PROFILE` (default `storyboard`: drawn, no model).

| failure | what to do |
|---|---|
| a task vanished (killed, out of memory) | nothing; the retry skips the images that are there |
| `ConfigurationError` | `brand.yaml` or `profiles.yaml` has a mistake; the message names the line |
| `FileNotFoundError: leaderboards` | nothing is ranked yet: run `rank_creatives` first |
| the log says `deadline passed` | nothing: what was done is published, and the next night makes the rest; with more such nights, add a GPU worker or take a quicker profile |
| `3 of 4 images may be shown` | the gate refused candidates; the log names the reasons |
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronPartitionTimetable, task

from pauta.assets import SETS
from pauta.defaults import TASK_DEFAULTS
from pauta.runs import day_of, label_mapped, moment_of

with DAG(
    "generate_sets",
    doc_md=__doc__,
    schedule=CronPartitionTimetable("0 21 * * *", timezone="America/Bogota", key_format="%Y-%m-%d"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=10),
    tags=["generate", "gpu"],
    default_args={
        **TASK_DEFAULTS,
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "execution_timeout": timedelta(hours=8),
    },
):
    # Analysts come at seven; what is not made nine hours after nine in the evening waits.
    deadline = timedelta(hours=9)

    @task
    def plan_sets(dag_run: Any = None) -> list[str]:
        """Fuse a prompt per node and objective; returns the keys of the chunks of plans."""
        from include.generate import write_plans
        from include.store import open_store

        return write_plans(
            open_store(), day_of(dag_run), run_id=dag_run.run_id, made_at=moment_of(dag_run)
        )

    @task(queue="gpu", pool="gpu", map_index_template="{{ label }}")
    def make_sets(chunk: str, dag_run: Any = None) -> dict[str, int]:
        """Make the sets of one chunk until the deadline; the model is loaded once."""
        from include.generate import make_sets, read_plans
        from include.store import open_store

        label_mapped(chunk)
        store = open_store()
        until = moment_of(dag_run) + deadline
        counts = make_sets(store, read_plans(store, chunk), deadline=until)
        if counts["failed"]:
            # The other sets are made and stay; a retry tries only these again.
            raise RuntimeError(f"{chunk}: {counts['failed']} sets have no manifest; see the log.")
        return dict(counts)

    @task(outlets=[SETS], trigger_rule="none_failed", retries=0)
    def announce_sets() -> None:
        """Start the publishing."""

    make_sets.expand(chunk=plan_sets()) >> announce_sets()
