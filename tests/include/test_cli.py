"""The `pauta` command: the whole chain by hand, against the sandbox."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from include.cli import main
from include.errors import ConfigurationError
from include.sandbox import credentials
from include.sandbox.server import serving
from include.sandbox.world import World
from include.sources.environment import client_from

DAY = "2026-11-20"
ACCOUNT = "1010000000000001"


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """The sandbox over a small world."""
    world = World(today=date(2026, 11, 21), creatives_per_month=80, months=2)
    with serving(world, lambda: datetime(2026, 11, 21, 15, tzinfo=UTC)) as url:
        yield url


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data root."""
    monkeypatch.setenv("PAUTA_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("PAUTA_DATABASE", raising=False)
    return tmp_path / "data"


def collect(base_url: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("META_ACCESS_TOKEN", credentials.META_TOKEN)
    return main(
        [
            *("collect", "meta", "--account", ACCOUNT, "--host", f"{base_url}/meta"),
            *("--day", DAY, "--image-host", base_url.removeprefix("http://")),
        ]
    )


def test_an_account_becomes_sets_and_rows_of_the_catalogue(data, base_url, monkeypatch, capsys):
    """Every step of the day without Airflow, each printing what it did."""
    assert collect(base_url, monkeypatch) == 0
    assert main(["replay", "meta", "--account", ACCOUNT, "--day", DAY]) == 0
    assert main(["describe"]) == 0
    assert main(["build", "--day", DAY]) == 0
    assert main(["rank", "--day", DAY]) == 0
    assert main(["generate", "--night", DAY]) == 0
    assert main(["publish"]) == 0
    out = capsys.readouterr().out
    assert "bookmark: 2026-11-20" in out
    manifests = list(data.glob("sets/*/manifest.json"))
    assert manifests
    assert f"{len(manifests)} sets, {4 * len(manifests)} images" in out


def test_the_doctor_names_what_is_missing_and_what_to_run(data, capsys):
    """On an empty root everything is missing; the exit code says so to a script."""
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "LOOK meta 1010000000000001: never read: run collect_meta" in out
    assert "LOOK warehouse: none yet: run build_warehouse" in out


def test_the_doctor_is_content_with_an_account_that_is_read(data, base_url, monkeypatch, capsys):
    """Bookmark and newest partition agree."""
    collect(base_url, monkeypatch)
    main(["doctor"])
    assert f"ok   meta {ACCOUNT}: complete up to 2026-11-20" in capsys.readouterr().out


def test_a_brief_by_hand_is_four_images_in_the_folder(data, tmp_path, capsys):
    """No platform, no warehouse: the brand manual speaks alone."""
    brief = tmp_path / "brief.yaml"
    brief.write_text("node: banco\nobjective: leads\n")
    assert main(["generate", "--brief", str(brief), "--out", str(tmp_path / "out")]) == 0
    set_id = capsys.readouterr().out.strip()
    manifest = json.loads((tmp_path / f"out/sets/{set_id}/manifest.json").read_text())
    assert len(manifest["images"]) == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["generate"], "give --night YYYY-MM-DD, or --brief FILE"),
        (["generate", "--brief", "x.yaml"], "--brief needs --out"),
        (["rank", "--day", DAY], "warehouse/current.json"),
        (["replay", "meta", "--account", "7", "--day", DAY], "no meta account '7'"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_1(data, arguments, told, capsys):
    """A person at a terminal reads what to do, not a traceback."""
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error


def test_a_frozen_clock_needs_its_offset(capsys):
    """Noon where? The sandbox compares instants, and would fail at the first request."""
    with pytest.raises(SystemExit):
        main(["sandbox", "--now", "2026-11-20T12:00"])
    assert "has no offset, expected one such as Z" in capsys.readouterr().err


def test_missing_credentials_are_all_named(monkeypatch):
    """Finding out one variable at a time takes three tries."""
    with pytest.raises(
        ConfigurationError,
        match="lacks GOOGLE_ADS_CLIENT_SECRET, GOOGLE_ADS_REFRESH_TOKEN",
    ):
        client_from({"GOOGLE_ADS_CLIENT_ID": "id"}, "google_ads", "http://127.0.0.1:1")


def test_credentials_and_options_come_from_the_environment():
    """An empty variable counts as not set."""
    client = client_from(
        {"META_ACCESS_TOKEN": "t", "META_VERSION": ""}, "meta", "http://127.0.0.1:1"
    )
    assert type(client).__module__ == "include.sources.meta"
