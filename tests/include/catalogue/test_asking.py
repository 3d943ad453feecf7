"""An analyst asks for a set: the form, what is refused, and what became of the request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from include.catalogue.app import create_app
from include.catalogue.asked import MOST_AN_HOUR
from include.fulfil import request_of
from include.publish import publish
from include.store import LocalStore
from tests.include.catalogue.conftest import ana, login_url
from tests.include.catalogue.reading import elements, words
from tests.include.catalogue.world import BUSY_CELL, HOSTILE, NOW, TODAY, put_set

ASK = "/ask/wompi/traffic"
PLAIN = {"audience": "", "n": "4"}  # as a browser sends a form that nobody touched
OWN = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}


class Runs:
    """In place of Airflow: keeps what it was asked to start."""

    def __init__(self) -> None:
        self.started: list[Mapping[str, Any]] = []
        self.fails: Exception | None = None

    async def __call__(self, _: Request, conf: Mapping[str, Any]) -> str:
        if self.fails:
            raise self.fails
        self.started.append(conf)
        return f"catalogue__{conf['request_id']}"


@pytest.fixture
def runs() -> Runs:
    """Nothing started yet."""
    return Runs()


@pytest.fixture
def asking(tmp_path: Path, runs: Runs) -> TestClient:
    """A catalogue over nothing, beside something that makes sets."""
    app = create_app(
        store=LocalStore(tmp_path / "data"),
        database_url=f"sqlite:///{tmp_path / 'pauta.db'}",
        current_user=ana,
        login_url=login_url,
        now=lambda: NOW,
        run_url=lambda dag, run: f"/dags/{dag}/runs/{run}",
        fulfil=runs,
    )
    return TestClient(app, follow_redirects=False)


def answered(tmp_path: Path, runs: Runs, **record: Any) -> None:
    """What the run leaves in the store."""
    id_ = runs.started[-1]["request_id"]
    LocalStore(tmp_path / "data").write(f"requests/{id_}.json", json.dumps(record).encode())


def test_the_form_offers_the_manuals_voices_and_the_scenes_words(asking: TestClient) -> None:
    """Reached from the cell; open fields say who decides."""
    assert ASK in [a["href"] for a in elements(asking.get("/cells/wompi/traffic").text, "a")]
    page = asking.get(ASK)
    assert page.status_code == 200
    values = [o["value"] for o in elements(page.text, "option")]
    for value in ("alegre", "natural", "workshop", "family", "golden"):
        assert value in values
    assert "El del nodo: cercano y práctico" in page.text
    assert "Lo que digan las ganadoras" in page.text
    again = asking.get(ASK, headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_request_starts_one_run_with_the_brief_and_leads_to_its_page(
    asking: TestClient, runs: Runs
) -> None:
    """Open fields are not in the brief, and the DAG reads the parameters as they are sent."""
    form = {
        "audience": "tenderos\r\nde barrio", "tone": "alegre", "style": "", "setting": "workshop",
        "props": ["phone", "coffee"], "n": "2", "seed": "7", "node": "banco",
    }  # fmt: skip
    sent = asking.post(ASK, data=form, headers=OWN)
    assert sent.status_code == 303
    (conf,) = runs.started
    asked = request_of(conf)
    assert asked.brief == {
        "node": "wompi", "objective": "traffic", "audience": "tenderos de barrio",
        "tone": "alegre", "setting": "workshop", "props": ["phone", "coffee"], "n": 2, "seed": 7,
    }  # fmt: skip
    assert sent.headers["location"] == f"/requests/{asked.id}"
    text = words(asking.get(sent.headers["location"]).text)
    assert "Lo pidió Ana María Ríos el 21 nov 2026 a las 05:42." in text
    assert "En camino" in text
    assert "Lugar un taller artesanal" in text
    assert f"Corrida catalogue__{asked.id}" in text


def test_a_finished_request_leads_to_its_set_once_that_is_published(
    asking: TestClient, runs: Runs, tmp_path: Path
) -> None:
    """Until then the page says that it will be."""
    path = asking.post(ASK, data=PLAIN, headers=OWN).headers["location"]
    store = LocalStore(tmp_path / "data")
    set_id = put_set(store, *BUSY_CELL, TODAY)
    answered(tmp_path, runs, state="done", set_id=set_id, reason="")
    assert "Aparece aquí en cuanto se publique" in words(asking.get(path).text)
    publish(store, f"sqlite:///{tmp_path / 'pauta.db'}", now=NOW)
    assert f"/sets/{set_id}" in [a["href"] for a in elements(asking.get(path).text, "a")]


def test_a_refused_request_says_why_as_text(asking: TestClient, runs: Runs, tmp_path: Path) -> None:
    """The reason may repeat what a stranger wrote."""
    path = asking.post(ASK, data={"audience": HOSTILE}, headers=OWN).headers["location"]
    answered(tmp_path, runs, state="refused", set_id=None, reason=f"brief: {HOSTILE}")
    page = asking.get(path).text
    assert "No se pudo hacer" in page
    assert HOSTILE not in page
    assert page.count("&lt;script&gt;alert(2)&lt;/script&gt;") == 2


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
    ],
)
def test_a_form_of_another_site_starts_nothing(
    asking: TestClient, runs: Runs, headers: dict[str, str]
) -> None:
    """403, whatever the cookie says."""
    assert asking.post(ASK, data={"tone": "alegre"}, headers=headers).status_code == 403
    assert runs.started == []


def test_an_older_browser_is_known_by_its_origin(asking: TestClient, runs: Runs) -> None:
    """It sends no `Sec-Fetch-Site`."""
    sent = asking.post(ASK, data=PLAIN, headers={"Origin": "http://testserver"})
    assert (sent.status_code, len(runs.started)) == (303, 1)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"tone": "../../etc"}, "Este brief no se puede usar."),
        ({"setting": "moon"}, "Este brief no se puede usar."),
        ({"props": ["phone", "card", "bags", "keys"]}, "Este brief no se puede usar."),
        ({"n": "99"}, "Este brief no se puede usar."),
        ({"audience": "x" * 401}, "Este brief no se puede usar."),
        ({"prompt": "two beers on a table"}, "Este brief no se puede usar."),
        ({"prompt": "a shop with a sign that says open"}, "Letras en la imagen"),
    ],
)
def test_what_cannot_be_made_is_told_before_it_is_asked_for(
    asking: TestClient, runs: Runs, form: dict[str, Any], said: str
) -> None:
    """422 with the form as it was filled in."""
    refused = asking.post(ASK, data={"audience": "vecinos", **form}, headers=OWN)
    assert refused.status_code == 422
    assert said in refused.text
    assert runs.started == []


def test_what_models_get_wrong_can_be_asked_for_all_the_same(
    asking: TestClient, runs: Runs
) -> None:
    """The finding stops nothing the second time."""
    form = {"prompt": "a shop with a sign that says open", "anyway": "1"}
    assert asking.post(ASK, data=form, headers=OWN).status_code == 303
    assert runs.started[0]["brief"]["prompt"] == form["prompt"]


@pytest.mark.parametrize(
    ("failure", "status", "said"),
    [
        (PermissionError("x"), 403, "Tu usuario no puede pedir sets."),
        (LookupError("x"), 503, "Ahora no se pueden hacer sets."),
    ],
)
def test_what_airflow_refuses_is_told_in_words(
    asking: TestClient, runs: Runs, failure: Exception, status: int, said: str
) -> None:
    """And what was written is kept."""
    runs.fails = failure
    refused = asking.post(ASK, data={"audience": "vecinos"}, headers=OWN)
    assert refused.status_code == status
    assert said in refused.text
    assert "vecinos</textarea>" in refused.text


def test_nobody_asks_for_more_than_twenty_an_hour(asking: TestClient, runs: Runs) -> None:
    """The twenty-first is refused with 429."""
    answers = [asking.post(ASK, data=PLAIN, headers=OWN).status_code for _ in range(21)]
    assert answers == [303] * MOST_AN_HOUR + [429]
    assert len(runs.started) == 20


def send_json(client: TestClient) -> int:
    return client.post(ASK, json={"tone": "alegre"}, headers=OWN).status_code


def send_much(client: TestClient) -> int:
    return client.post(ASK, data={"audience": "x" * 20_000}, headers=OWN).status_code


def send_many(client: TestClient) -> int:
    return client.post(ASK, data={f"f{n}": "x" for n in range(50)}, headers=OWN).status_code


def send_bytes(client: TestClient) -> int:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return client.post(ASK, content=b"audience=%FF", headers={**OWN, **kind}).status_code


@pytest.mark.parametrize("send", [send_json, send_much, send_many, send_bytes])
def test_what_is_no_form_of_ours_is_refused(
    asking: TestClient, runs: Runs, send: Callable[[TestClient], int]
) -> None:
    """Other types, long bodies, many fields, broken text."""
    assert send(asking) == 422
    assert runs.started == []


@pytest.mark.parametrize(
    "path",
    [
        "/ask/nobody/traffic",
        "/ask/wompi/fame",
        "/requests/x",
        "/requests/..%2f..%2fpauta.db",
        f"/requests/{'0' * 32}",
    ],
)
def test_unknown_cells_and_requests_are_not_found(asking: TestClient, path: str) -> None:
    """A form value or an address never names a file."""
    assert asking.get(path).status_code == 404


def test_without_airflow_nobody_can_ask(client: TestClient) -> None:
    """The catalogue served alone has no button and no form."""
    assert "Pedir un set" not in client.get("/cells/wompi/traffic").text
    assert client.get(ASK).status_code == 404
    assert client.post(ASK, data=PLAIN, headers=OWN).status_code == 404


def test_control_characters_and_turned_writing_do_not_get_through(
    asking: TestClient, runs: Runs
) -> None:
    """A right-to-left override and a null are blanks."""
    asking.post(ASK, data={"audience": "a\u202eb\x00c\u200bd"}, headers=OWN)
    assert runs.started[0]["brief"]["audience"] == "a b c d"
    assert re.fullmatch(r"[0-9a-f]{32}", runs.started[0]["request_id"])
