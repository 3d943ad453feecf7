"""A throw-away Airflow database for tests that run DAG code."""

from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def airflow_database() -> Iterator[None]:
    """Airflow's tables in the folder that `tests/conftest.py` gave this process."""
    from airflow.utils.db import initdb

    initdb()
    yield


@pytest.fixture(scope="session")
def dags(airflow_database: None) -> dict[str, object]:
    """Every DAG of `dags/`, by id, as Airflow's own loader reads it."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(ROOT / "dags"), bundle_path=ROOT / "dags", bundle_name="dags-folder")
    assert bag.import_errors == {}
    return dict(bag.dags)
