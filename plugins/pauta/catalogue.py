"""The catalogue as Airflow serves it: who is reading, where the login is, over which data.

Every import of the web is inside a function: the plugin that names them is executed in every
component and every task process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fastapi import FastAPI, Request

    from include.catalogue.guard import User

# A data address: the side bar shows it before the reader has opened the catalogue.
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='{}'%3E"
    "%3Crect x='2' y='2' width='9' height='9' rx='2'/%3E%3Crect x='13' y='2' width='9' height='9' "
    "rx='2'/%3E%3Crect x='2' y='13' width='9' height='9' rx='2'/%3E%3Crect x='13' y='13' width='9' "
    "height='9' rx='2' fill='%23c2591f'/%3E%3C/svg%3E"
)


async def airflow_user(request: Request) -> User | None:
    """Whoever Airflow knows by the session cookie or the bearer token; None for anybody else."""
    from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
    from fastapi import HTTPException

    from include.catalogue.guard import User

    try:
        user = await get_user(request, None, await bearer_scheme(request))
    except HTTPException:
        return None
    # FAB gives callers without a session a user of its own when a public role is configured.
    if getattr(user, "is_anonymous", False):
        return None
    return User(id=user.get_id(), name=user.get_name())


def airflow_login_url(path: str) -> str:
    """Airflow's login page, which comes back to `path`."""
    from airflow.api_fastapi.app import get_auth_manager

    return get_auth_manager().get_url_login(next_url=path)


def airflow_run_url(dag_id: str, run_id: str) -> str:
    """The page of one run in Airflow's user interface."""
    from urllib.parse import quote, urlsplit

    from airflow.configuration import conf

    root = urlsplit(conf.get("api", "base_url", fallback="/")).path.rstrip("/")
    return f"{root}/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}"


async def airflow_fulfil(request: Request, conf: Mapping[str, Any]) -> str:
    """Start `fulfil_request` as whoever sends the request; gives the run's id.

    What Airflow's own "Trigger" asks of the user is asked here too.

    Raises:
        PermissionError: the user may not start that DAG.
        LookupError: Airflow knows no such DAG, or it is paused.
    """
    from airflow.api.common.trigger_dag import trigger_dag
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import (
        DagAccessEntity,
        DagDetails,
    )
    from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
    from airflow.models import DagModel
    from airflow.utils.types import DagRunTriggeredByType
    from fastapi.concurrency import run_in_threadpool

    dag_id = "fulfil_request"
    user = await get_user(request, None, await bearer_scheme(request))
    if not get_auth_manager().is_authorized_dag(
        method="POST",
        user=user,
        access_entity=DagAccessEntity.RUN,
        details=DagDetails(id=dag_id),
    ):
        raise PermissionError(f"{user.get_name()} may not start {dag_id}.")
    # A run of a paused DAG would wait for ever, and somebody with it.
    dag = await run_in_threadpool(DagModel.get_current, dag_id)
    if dag is None or dag.is_paused:
        raise LookupError(f"{dag_id}: Airflow does not know it, or it is paused.")
    run_id = f"catalogue__{conf['request_id']}"
    await run_in_threadpool(
        trigger_dag,
        dag_id=dag_id,
        triggered_by=DagRunTriggeredByType.UI,
        triggering_user_name=user.get_name(),
        run_id=run_id,
        conf=dict(conf),
    )
    return run_id


def catalogue_app() -> FastAPI:
    """The catalogue over the data of `PAUTA_DATA` and the database of `PAUTA_DATABASE`."""
    from include.catalogue.app import create_app
    from include.catalogue.database import database_url
    from include.store import open_store

    store = open_store()
    return create_app(
        store=store,
        database_url=database_url(store.root),
        current_user=airflow_user,
        login_url=airflow_login_url,
        run_url=airflow_run_url,
        fulfil=airflow_fulfil,
    )
