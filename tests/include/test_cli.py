"""The `pauta` command: the whole chain by hand, against the sandbox."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from include.cli import EXIT_CODES, main, parser
from include.config.reading import config_path
from include.sandbox import credentials
from include.sandbox.server import serving
from include.sandbox.world import World

DAY = "2026-11-20"
ACCOUNT = "1010000000000001"
SAMPLES = Path(__file__).parents[2] / "docs" / "exports"


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
    monkeypatch.setenv("META_ACCESS_TOKEN", credentials.META_TOKEN)
    return tmp_path / "data"


def collect(base_url: str, *more: str, account: str = ACCOUNT, until: str = DAY) -> int:
    return main(
        [
            *("collect", "meta", "--account", account, "--host", f"{base_url}/meta"),
            *("--until", until, "--image-host", base_url.removeprefix("http://"), *more),
        ]
    )


def only_exports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The reviewed file, with the first account read from exports."""
    text = config_path("nodes.yaml").read_text(encoding="utf-8")
    edited = text.replace("    connection: meta_default\n", "    source: exports\n", 1)
    (tmp_path / "nodes.yaml").write_text(edited, encoding="utf-8")
    monkeypatch.setenv("PAUTA_CONFIG", str(tmp_path))


def test_an_account_becomes_sets_and_rows_of_the_catalogue(data, base_url, capsys):
    """Every step of the day without Airflow, each printing what it did."""
    assert collect(base_url) == 0
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


def test_the_doctor_is_content_with_an_account_that_is_read(data, base_url, capsys):
    """Bookmark and newest partition agree."""
    collect(base_url)
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
        (
            ["replay", "--platform", "meta", "--account", "7", "--day", DAY],
            "no meta account '7'",
        ),
        (
            ["replay", "--platform", "meta", "--account", ACCOUNT, "--day", DAY],
            "nothing was landed that day in",
        ),
        (["collect", "meta", "--account", ACCOUNT, "--host", "meta"], "expected a whole one such"),
        (
            ["collect", "meta", "--account", ACCOUNT, "--until", "2099-01-01"],
            "--until 2099-01-01: the last complete day of",
        ),
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


def test_collecting_shows_rows_per_table_and_what_is_unknown(data, base_url, tmp_path, capsys):
    """The days asked for, into the folder asked for; the installation's own stays empty."""
    out = tmp_path / "elsewhere"
    assert collect(base_url, "--since", "2026-11-14", "--out", str(out)) == 0
    shown = capsys.readouterr()
    assert f"meta {ACCOUNT}, 2026-11-14 to 2026-11-20" in shown.out
    lines = {line.split()[1]: line.split() for line in shown.out.splitlines() if "│" in line}
    assert int(lines["ad_daily"][3]) > 0
    assert lines["ad_daily"][3] == lines["ad_daily"][5]  # read = accepted
    assert lines["ad_daily"][7] == "0"
    assert "nothing unknown" in shown.out
    assert "bookmark: 2026-11-20" in shown.out
    assert "4/4" in shown.err
    assert (out / "lake/ad_daily").is_dir()
    assert not data.exists()


def test_replay_rebuilds_every_table_byte_for_byte(data, base_url, capsys):
    """Without a token and without a host: only what was landed."""
    collect(base_url, "--since", "2026-11-14")
    before = {path: path.read_bytes() for path in (data / "lake").rglob("*.parquet")}
    shutil.rmtree(data / "lake")
    assert main(["replay", "--platform", "meta", "--account", ACCOUNT, "--day", DAY]) == 0
    after = {path: path.read_bytes() for path in (data / "lake").rglob("*.parquet")}
    assert len(before) == 8
    assert after == before
    assert "│ creative_images │" in capsys.readouterr().out


def test_accounts_lists_what_the_token_can_read(data, base_url, capsys):
    """And which of them are collected every day."""
    assert main(["accounts", "meta", "--host", f"{base_url}/meta"]) == 0
    [line] = [line for line in capsys.readouterr().out.splitlines() if ACCOUNT in line]
    cells = [cell.strip() for cell in line.split("│")[1:-1]]
    assert cells == [ACCOUNT, "Marca Colombia", "COP", "America/Bogota", "active", "yes"]


def test_an_account_that_nodes_yaml_does_not_name_is_read_as_its_platform_describes_it(
    data, base_url, monkeypatch, tmp_path, capsys
):
    """A first look at a new account needs no edit; its replay neither."""
    text = config_path("nodes.yaml").read_text(encoding="utf-8")
    (tmp_path / "nodes.yaml").write_text(text.replace(ACCOUNT, "999"), encoding="utf-8")
    monkeypatch.setenv("PAUTA_CONFIG", str(tmp_path))
    assert collect(base_url, "--since", DAY) == 0
    assert main(["replay", "--platform", "meta", "--account", ACCOUNT, "--day", DAY]) == 0
    assert collect(base_url, account="12345") == 1
    error = capsys.readouterr().err
    assert f"meta: no account '12345'; the credentials can read ['{ACCOUNT}'," in error


def test_a_connection_in_the_environment_gives_token_and_host(data, base_url, monkeypatch, capsys):
    """The same variable that Airflow reads."""
    monkeypatch.delenv("META_ACCESS_TOKEN")
    told = {"conn_type": "meta", "host": f"{base_url}/meta", "password": credentials.META_TOKEN}
    monkeypatch.setenv("AIRFLOW_CONN_META_DEFAULT", json.dumps(told))
    assert main(["accounts", "meta", "--connection", "meta_default"]) == 0
    assert ACCOUNT in capsys.readouterr().out


def test_exports_are_collected_with_the_same_command(data, monkeypatch, tmp_path, capsys):
    """No host, no credentials: the files in the inbox."""
    only_exports(monkeypatch, tmp_path)
    monkeypatch.delenv("META_ACCESS_TOKEN")
    shutil.copytree(SAMPLES / "meta", data / "inbox/meta" / ACCOUNT)
    assert main(["collect", "meta", "--account", ACCOUNT, "--until", DAY]) == 0
    shown = capsys.readouterr().out
    assert "pictures: 3 stored" in shown
    assert main(["replay", "--platform", "meta", "--account", ACCOUNT, "--day", DAY]) == 0


def test_the_exit_code_tells_a_script_what_to_do(data, base_url, monkeypatch, capsys):
    """A refused token is 3; an account that cannot be read is 4."""
    monkeypatch.setenv("META_ACCESS_TOKEN", "wrong")
    assert main(["accounts", "meta", "--host", f"{base_url}/meta"]) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_an_empty_inbox_is_an_account_that_cannot_be_read(data, monkeypatch, tmp_path, capsys):
    """The message says where the files belong."""
    only_exports(monkeypatch, tmp_path)
    assert main(["collect", "meta", "--account", ACCOUNT, "--until", DAY]) == 4
    assert f"no export lies in inbox/meta/{ACCOUNT}/" in capsys.readouterr().err


def test_help_lists_every_exit_code(capsys):
    """Somebody writes a script around it."""
    with pytest.raises(SystemExit):
        parser().parse_args(["collect", "--help"])
    shown = capsys.readouterr().out
    for _, code, meaning in EXIT_CODES[:-2]:
        assert f"  {code}  {meaning}" in shown
