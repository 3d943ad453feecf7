"""## Describe new pictures

**Makes** one description per picture that has none: caption, labels, palette, photo box, text share
and, with a model, a vector; then says which pictures are one creative. The describer is the one of
the profile `PAUTA_PROFILE` (default `storyboard`: pixels only, no model).

**When** a platform's reading is new. Work goes out in chunks to the queue `gpu`; the pool `gpu`
has as many slots as there are GPUs. A chunk that is run again skips what is described. How far it
is stands in its log and, in the interface, under its XCom `progress`.

| failure | what to do |
|---|---|
| a task vanished (`zombie`, killed, out of memory) | nothing; the retry goes on where it stopped |
| `ConfigurationError` | `describers.yaml` or `brand.yaml` has a mistake; the message names the line |
| `ValueError: checkpoint` | weights are missing, altered, of another revision or pickled; the message says what to do |
| out of memory | nothing; the batch is halved, and a picture that does not fit alone gets an `error` |
| a picture with an `error` in its row | the file is broken; it is left out, the chunk goes on |
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, PartitionedAssetTimetable, get_current_context, task

from pauta.assets import ANY_READING, DESCRIPTIONS
from pauta.defaults import TASK_DEFAULTS
from pauta.runs import label_mapped

with DAG(
    "describe_creatives",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=ANY_READING),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    tags=["describe", "gpu"],
    default_args={
        **TASK_DEFAULTS,
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "execution_timeout": timedelta(hours=4),
    },
):

    @task
    def plan_chunks() -> list[list[str]]:
        """Pictures without a description, in chunks of 5,000."""
        from include.describe import chunks, describer_key_of
        from include.store import open_store

        return chunks(open_store(), describer_key_of())

    @task(queue="gpu", pool="gpu", map_index_template="{{ label }}")
    def describe_chunk(pictures: list[str]) -> dict[str, int]:
        """Describe one chunk; the model is loaded once."""
        from include.config.describers import describer_for
        from include.describe import Progress, describe_chunk, log_progress
        from include.store import open_store

        instance = get_current_context()["ti"]

        def show(progress: Progress) -> None:
            log_progress(progress)
            instance.xcom_push("progress", str(progress))

        label_mapped(f"{len(pictures)} pictures from {pictures[0][:8]}")
        return dict(describe_chunk(open_store(), pictures, describer_for(), progress=show))

    @task
    def group_pictures() -> int:
        """Which pictures are one creative; gives how many creatives there are."""
        from include.describe import describer_key_of
        from include.store import open_store
        from include.vectors import group_pictures

        return group_pictures(open_store(), describer_key_of())

    # Skipped with the chunks when there was nothing new: then nothing has to be ranked again.
    @task(outlets=[DESCRIPTIONS], retries=0)
    def announce_descriptions() -> None:
        """Start the warehouse, and so the ranking."""

    describe_chunk.expand(pictures=plan_chunks()) >> group_pictures() >> announce_descriptions()
