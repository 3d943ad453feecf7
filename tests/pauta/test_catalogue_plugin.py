"""The catalogue inside Airflow's real api-server: lazy, mounted, behind Airflow's own login."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "plugins" / "catalogue_plugin.py"

# Loads plugins as every component and every task process does.
LOAD = """
import json, sys
from airflow import plugins_manager
_, errors = plugins_manager._get_plugins()
views, _ = plugins_manager._get_ui_plugins()
print(json.dumps({
    "errors": errors,
    "views": [v for v in views if v["url_route"] == "catalogue"],
    "heavy": [m for m in sys.modules if m.startswith(("include", "airflow.api_fastapi.core_api"))],
}))
"""

# The api-server's own app, asked without a session, with one, and with a forged one.
SERVE = """
import json, sys
from airflow.utils.db import initdb
initdb()
from airflow.api_fastapi.app import create_app, get_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from fastapi.testclient import TestClient
client = TestClient(create_app(apps="core"), follow_redirects=False)
user = SimpleAuthManagerUser(username="ana", role="viewer")
token = get_auth_manager().generate_jwt(user)
html = {"Accept": "text/html"}
sent = client.get("/catalogue/?show=due", headers=html)
refused = client.get("/catalogue/static/app.css")
unknown = client.get("/catalogue/docs")
client.cookies.set("_token", token + "x")
forged = client.get("/catalogue/")
client.cookies.set("_token", token)
page = client.get("/catalogue/", headers=html)
client.cookies.clear()
bearer = client.get("/catalogue/", headers={"Authorization": f"Bearer {token}"})
print(json.dumps({
    "sent": [sent.status_code, sent.headers["location"]],
    "refused": [refused.status_code, unknown.status_code, forged.status_code],
    "page": [page.status_code, bearer.status_code],
    "html": page.text,
}))
"""

# An analyst asks for a set: first without the DAG, then as a viewer, then as somebody who may.
ASK = """
import json, sys
from airflow.utils.db import initdb
initdb()
from airflow.api_fastapi.app import create_app, get_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
from airflow.models import DagModel, DagRun
from airflow.utils.session import create_session
from fastapi.testclient import TestClient
from sqlalchemy import select
client = TestClient(create_app(apps="core"), follow_redirects=False)
own = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
form = {"tone": "alegre", "n": "4"}

def ask(role):
    user = SimpleAuthManagerUser(username="ana", role=role)
    client.cookies.set("_token", get_auth_manager().generate_jwt(user))
    return client.post("/catalogue/ask/wompi/traffic", data=form, headers=own)

without = ask("admin")
DagBundlesManager().sync_bundles_to_db()
sync_bag_to_db(DagBag(sys.argv[1]), "dags-folder", None)
with create_session() as session:
    created_paused = session.get(DagModel, "fulfil_request").is_paused
    session.get(DagModel, "fulfil_request").is_paused = True
paused = ask("admin")
with create_session() as session:
    session.get(DagModel, "fulfil_request").is_paused = False
viewer = ask("viewer")
asked = ask("user")
page = client.get(asked.headers["location"], headers=own)
client.cookies.clear()
stranger = client.post("/catalogue/ask/wompi/traffic", data=form, headers=own)
with create_session() as session:
    runs = session.scalars(select(DagRun)).all()
    found = [[r.dag_id, r.run_id, r.conf["brief"], r.triggering_user_name, r.state] for r in runs]
print(json.dumps({
    "refused": [r.status_code for r in (without, paused, viewer, stranger)],
    "asked": [asked.status_code, asked.headers["location"]],
    "page": page.text,
    "runs": found,
    "created_paused": created_paused,
}))
"""


def run(script: str, home: Path, *arguments: str) -> dict[str, object]:
    """What a fresh process with its own Airflow home prints last, as JSON."""
    plugins = home / "plugins"
    plugins.mkdir(parents=True)
    (plugins / PLUGIN.name).symlink_to(PLUGIN)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "PAUTA"))}
    environment = kept | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple."
        "simple_auth_manager.SimpleAuthManager",
        "AIRFLOW__API_AUTH__JWT_SECRET": "a-secret-of-this-test-that-is-long-enough-for-hs512-"
        "signatures-to-be-content",
        "PAUTA_DATA": str(home / "data"),
    }
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


@pytest.mark.airflow
def test_loading_the_plugin_costs_a_task_process_nothing(tmp_path: Path) -> None:
    """Neither the catalogue nor Airflow's own web code is imported before someone asks for it."""
    found = run(LOAD, tmp_path / "airflow")
    assert found["errors"] == {}
    assert found["heavy"] == []
    (view,) = found["views"]  # type: ignore[misc]
    assert view["name"] == "Catálogo"
    assert (view["href"], view["nav_top_level"]) == ("/catalogue/", True)
    assert view["icon"].startswith("data:image/svg+xml,")


@pytest.mark.airflow
def test_airflow_users_read_the_catalogue_and_strangers_meet_airflows_login(
    tmp_path: Path,
) -> None:
    """Cookie and bearer token both work; without them, the login page that leads back, or 401."""
    found = run(SERVE, tmp_path / "airflow")
    assert found["sent"] == [303, "/auth/login?next=%2Fcatalogue%2F%3Fshow%3Ddue"]
    assert found["refused"] == [401, 401, 401]
    assert found["page"] == [200, 200]
    assert 'href="/catalogue/?lang=en"' in str(found["html"])
    assert "Todavía no se ha publicado ningún set." in str(found["html"])
    assert 'aria-label="ana"' in str(found["html"])


@pytest.mark.airflow
def test_an_analyst_with_the_permission_starts_one_run_and_others_are_told(tmp_path: Path) -> None:
    """503 without the DAG and while it is paused, 403 for a viewer, 401 for a stranger."""
    found = run(ASK, tmp_path / "airflow", str(PLUGIN.parents[1] / "dags" / "fulfil_request.py"))
    assert found["created_paused"] is False
    assert found["refused"] == [503, 503, 403, 401]
    status, location = found["asked"]  # type: ignore[misc]
    assert status == 303
    request_id = str(location).removeprefix("/catalogue/requests/")
    brief = {"node": "wompi", "objective": "traffic", "tone": "alegre"}
    assert found["runs"] == [["fulfil_request", f"catalogue__{request_id}", brief, "ana", "queued"]]
    assert f'href="/dags/fulfil_request/runs/catalogue__{request_id}"' in str(found["page"])
    assert "En camino" in str(found["page"])
