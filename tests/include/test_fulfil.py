"""An analyst's request becomes one set, or a reason."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import include.generate
from include.errors import ConfigurationError
from include.fulfil import Request, fulfil, request_of
from include.making import Maker
from include.store import LocalStore
from tests.include.test_generate import drawn, manifest_of, warehouse, write_evidence

MADE_AT = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
BRIEF = {"node": "wompi", "objective": "sales", "tone": "alegre", "audience": "jóvenes"}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    """A store with one ranked day, a warehouse in memory, and an engine that draws bars."""
    monkeypatch.setattr("include.fulfil.open_warehouse", lambda _: warehouse())
    monkeypatch.setattr(include.generate, "maker", lambda _: Maker(drawn, "drawn", "x"))
    monkeypatch.delenv("PAUTA_PROFILE", raising=False)
    return LocalStore(tmp_path)


def asked(store: LocalStore, **other: Any) -> dict[str, Any]:
    request = Request("req-1", {**BRIEF, **other})
    record = fulfil(store, request, run_id="run-9", made_at=MADE_AT)
    assert json.loads(store.read("requests/req-1.json")) == record
    return record


def test_a_request_is_made_with_the_evidence_of_its_cell(store: LocalStore) -> None:
    """The analyst's tone, the winners' light, the numbers of the day."""
    write_evidence(store)
    record = asked(store)
    assert record["state"] == "done"
    manifest = manifest_of(store, record["set_id"])
    assert "cheerful and lively mood" in manifest["prompt"]
    assert "warm golden-hour light" in manifest["prompt"]
    assert manifest["leaderboard"]["pieces"] == 3
    assert manifest["lineage"]["run_id"] == "run-9"


def test_before_the_first_ranking_the_brand_speaks_alone(store: LocalStore) -> None:
    """A new installation can be tried at once."""
    record = asked(store)
    manifest = manifest_of(store, record["set_id"])
    assert (record["state"], manifest["inspirations"]) == ("done", [])


def test_a_request_made_twice_is_made_once(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A retried task finds its set."""
    first = asked(store)
    monkeypatch.setattr(include.generate, "maker", lambda _: pytest.fail("made again"))
    assert asked(store) == first


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"objective": "fame"}, "objective"),
        ({"node": "nobody"}, "no node 'nobody'"),
        ({"tone": "x"}, "no tone 'x'"),
        ({"prompt": "two beers on a table"}, "'beers' is on the disallow list"),
        ({"setting": "moon"}, "setting: .*'moon'.* unknown"),
        ({"n": 99}, "n: Input should be less than"),
        ({"surprise": 1}, "surprise: Extra inputs"),
    ],
)
def test_a_brief_that_cannot_be_used_is_refused_with_the_reason(
    store: LocalStore, other: dict[str, Any], reason: str
) -> None:
    """The run does not fail: nobody but the analyst can change it."""
    import re

    record = asked(store, **other)
    assert (record["state"], record["set_id"]) == ("refused", None)
    assert re.search(reason, record["reason"])
    assert store.keys("sets") == []


def test_lint_stands_in_the_manifest(store: LocalStore) -> None:
    """Five people will not be five."""
    record = asked(store, prompt="five people at a counter")
    (finding,) = manifest_of(store, record["set_id"])["lint"]
    assert (finding["kind"], finding["found"]) == ("count", "five")


def test_size_number_and_guidance_are_the_briefs(store: LocalStore) -> None:
    """Six images of another shape."""
    record = asked(store, n=6, size={"width": 256, "height": 128}, guidance=3.5, setting="park")
    manifest = manifest_of(store, record["set_id"])
    assert [(i["width"], i["height"]) for i in manifest["images"]] == [(256, 128)] * 6
    assert manifest["profile"]["guidance_scale"] == 3.5
    assert manifest["scene"]["setting"] == "park"


@pytest.mark.parametrize(
    ("conf", "told"),
    [
        (None, "request_id None"),
        ({"request_id": "../x", "brief": {}}, r"request_id '\.\./x'"),
        ({"request_id": "x" * 65, "brief": {}}, "up to 64 letters"),
        ({"request_id": "a", "brief": "node: x"}, "expected an object"),
        ({"request_id": "a", "brief": {}, "profile": 7}, "profile 7, expected a name"),
    ],
)
def test_a_run_without_a_usable_request_is_a_mistake_of_its_caller(
    conf: dict[str, Any] | None, told: str
) -> None:
    """Nothing can be recorded for it."""
    with pytest.raises(ConfigurationError, match=told):
        request_of(conf)


def test_a_request_is_read_from_the_runs_parameters() -> None:
    """As the catalogue sends it."""
    conf = {"request_id": "a-1", "brief": BRIEF, "profile": "klein"}
    assert request_of(conf) == Request("a-1", BRIEF, "klein")
