"""What holds for every DAG file, whatever it does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "dags").glob("*.py"))
EXPECTED = {
    "collect_meta",
    "collect_google_ads",
    "collect_x_ads",
    "collect_linkedin_ads",
    "build_warehouse",
    "describe_creatives",
    "rank_creatives",
    "generate_sets",
    "publish_catalogue",
    "send_weekly_report",
    "fulfil_request",
    "maintain_lake",
}
# Analysts ask at the same time; everything else has one lake to write to.
RUNS_AT_ONCE = {"fulfil_request": 4}
ON_DEMAND = {"fulfil_request"}
HEAVY = ["torch", "diffusers", "transformers", "great_expectations", "pandas", "duckdb", "pyarrow"]

pytestmark = pytest.mark.airflow

# Run in a fresh interpreter, because this one has imported half of the heavy libraries already.
PARSE = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("parsed", sys.argv[1])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
print(json.dumps([m for m in sys.argv[2:] if m in sys.modules]))
"""


def test_every_dag_of_the_design_is_there(dags):
    """The DAG ids that runbooks and assets rely on."""
    assert set(dags) == EXPECTED


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_a_dag_file_imports_nothing_heavy(file):
    """The scheduler parses every file again and again; `bench/parse_dags.py` has the seconds."""
    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(file), *HEAVY], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_every_dag_says_what_it_makes_and_what_to_do_when_it_fails(dags):
    """The page in Airflow's interface is the runbook."""
    for dag_id, dag in dags.items():
        assert "**Makes**" in dag.doc_md, dag_id
        assert "what to do" in dag.doc_md, dag_id
        assert dag.tags, dag_id
        assert dag.max_active_runs == RUNS_AT_ONCE.get(dag_id, 1), dag_id
        assert dag.dagrun_timeout is not None, dag_id
        assert dag.catchup is False, dag_id


def test_every_task_has_owner_timeout_pool_and_a_mail_on_failure(dags):
    """Nothing runs unbounded, unowned or in silence."""
    pools = json.loads((ROOT / "include/config/pools.json").read_text())
    for dag_id, dag in dags.items():
        for task in dag.tasks:
            where = f"{dag_id}.{task.task_id}"
            assert task.owner == "data-engineering", where
            assert task.execution_timeout is not None, where
            assert task.on_failure_callback, where
            # An unknown pool is no error in Airflow: the task just never starts.
            assert task.pool in {*pools, "default_pool"}, where


def test_only_work_for_the_card_waits_for_the_card(dags):
    """Describing and making images take the queue and the pool `gpu`, and nothing else does."""
    on_gpu = {
        f"{dag_id}.{task.task_id}"
        for dag_id, dag in dags.items()
        for task in dag.tasks
        if task.queue == "gpu" or task.pool == "gpu"
    }
    assert on_gpu == {
        "describe_creatives.describe_chunk",
        "generate_sets.make_sets",
        "fulfil_request.fulfil_request",
    }


def test_all_schedules_are_partitioned(dags):
    """An event without a key would never start the next DAG, and nobody would be told.

    What an analyst asks for is started by the catalogue alone.
    """
    for dag_id, dag in dags.items():
        if dag_id in ON_DEMAND:
            assert type(dag.timetable).__name__ == "NullTimetable", dag_id
        else:
            assert "Partition" in type(dag.timetable).__name__, dag_id
