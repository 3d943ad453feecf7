"""A whole day through the DAGs' own code: from four platforms to the mailed report."""

import hashlib
import io
import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from PIL import Image

from include.catalogue.database import connect, database_url
from include.catalogue.queries import set_exists
from include.config.nodes import load_nodes
from include.demo import Settings, connections
from include.lake import partitions, read_table
from include.sandbox.mail import mail_sink
from include.sandbox.server import serving
from include.sandbox.world import World
from include.store import LocalStore
from include.warehouse import open_warehouse

pytestmark = pytest.mark.airflow

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)
COLLECT = ["collect_meta", "collect_google_ads", "collect_x_ads", "collect_linkedin_ads"]
FOLLOWING = ["build_warehouse", "describe_creatives", "build_warehouse", "rank_creatives"]
EVENING = ["generate_sets", "publish_catalogue"]


class Night:
    """What the chain left behind."""

    def __init__(self, store: LocalStore, mail: Path) -> None:
        self.store = store
        self.mail = mail

    def manifests(self) -> list[dict]:
        keys = [k for k in self.store.keys("sets") if k.endswith("/manifest.json")]
        return [json.loads(self.store.read(key)) for key in keys]


@pytest.fixture(scope="module")
def night(dags, tmp_path_factory) -> Iterator[Night]:
    """Every DAG run once, in the order that their assets would start them."""
    folder = tmp_path_factory.mktemp("night")
    world = World(today=date(2026, 11, 21), creatives_per_month=80, months=2)
    with (
        pytest.MonkeyPatch.context() as patch,
        serving(world, lambda: NOW) as url,
        mail_sink(folder / "mail") as mail_port,
    ):
        patch.setenv("PAUTA_DATA", str(folder / "data"))
        patch.delenv("PAUTA_DATABASE", raising=False)
        settings = Settings(0, int(url.rsplit(":", 1)[1]), mail_port, "", "", "")
        for connection in connections(settings):
            name = f"AIRFLOW_CONN_{connection.pop('connection_id').upper()}"
            patch.setenv(name, json.dumps({k: v for k, v in connection.items() if v}))
        for dag_id in [*COLLECT, *FOLLOWING, *EVENING]:
            run(dags[dag_id], DAY)
        run(dags["send_weekly_report"], DAY + timedelta(days=1))
        yield Night(LocalStore(folder / "data"), folder / "mail")


def run(dag, day: date, **conf: object) -> None:
    """One run in this process; a failing task fails the test instead of waiting for a retry."""
    for task in dag.tasks:
        if task.is_mapped:
            task.partial_kwargs["retries"] = 0
        else:
            task.retries = 0
    done = dag.test(run_conf={"day": day.isoformat(), **conf})
    assert done.state == "success", f"{dag.dag_id}: {done.state}"


def test_every_account_is_read_and_its_bookmark_stands_on_the_day(night):
    """A bookmark moves last, so eight of them mean eight whole readings."""
    for account in load_nodes().accounts:
        key = f"bookmarks/{account.platform}/{account.account_id}.json"
        assert json.loads(night.store.read(key)) == {"through": "2026-11-20"}


def test_what_was_read_is_accepted_or_set_aside(night):
    """The counts of every table and run add up."""
    reports = [json.loads(night.store.read(key)) for key in night.store.keys("quality")]
    assert len(reports) == 8 * 8
    for report in reports:
        assert report["accepted"] + report["quarantined"] == report["read"]


def test_the_warehouse_holds_the_lake_s_numbers(night):
    """Impressions per account, added up in Parquet and in DuckDB."""
    with open_warehouse(night.store) as warehouse:
        rows = warehouse.execute(
            "SELECT platform, account_id, sum(impressions) FROM ad_daily GROUP BY ALL"
        ).fetchall()
    in_warehouse = {(platform, account): total for platform, account, total in rows}
    for partition in partitions(night.store, "ad_daily"):
        total = sum(read_table(night.store, partition.key).column("impressions").to_pylist())
        assert in_warehouse[partition.platform, partition.account_id] == total


def test_most_cells_have_a_set_of_four_and_the_others_a_reason(night):
    """No cell is silently missing."""
    [key] = night.store.keys("sets/cells")
    cells = json.loads(night.store.read(key))
    assert len(cells) == 20
    assert sum(cell["set_id"] is not None for cell in cells) >= 10
    for cell in cells:
        assert cell["set_id"] or (cell["reason_es"] and cell["reason_en"])
    assert all(len(manifest["images"]) == 4 for manifest in night.manifests())


def test_every_image_leads_to_its_ads_and_their_numbers(night):
    """Image -> prompt -> inspiring pictures -> ads -> rows of the warehouse."""
    stored = {Path(key).stem for key in night.store.keys("images")}
    with open_warehouse(night.store) as warehouse:
        for manifest in night.manifests():
            assert manifest["prompt"]
            assert manifest["inspirations"], manifest["set_id"]
            for piece in manifest["inspirations"]:
                assert piece["low"] <= piece["mean"] <= piece["high"]
                assert piece["picture"] in stored
                for ad in piece["ads"]:
                    found = warehouse.execute(
                        "SELECT sum(impressions) FROM ad_daily"
                        " WHERE platform = ? AND account_id = ? AND ad_id = ?",
                        [ad["platform"], ad["account_id"], ad["ad_id"]],
                    ).fetchall()
                    assert found == [(ad["impressions"],)]


def test_every_generated_file_says_that_a_program_made_it(night):
    """IPTC's source type travels inside the file; a storyboard was drawn, not photographed."""
    for manifest in night.manifests():
        for image in manifest["images"]:
            data = night.store.read(f"sets/{manifest['set_id']}/{image['file']}")
            assert hashlib.sha256(data).hexdigest() == image["sha256"]
            xmp = Image.open(io.BytesIO(data)).info["XML:com.adobe.xmp"]
            assert "digitalsourcetype/algorithmicMedia" in xmp


def test_no_advertisement_text_reaches_a_prompt(night):
    """Headlines and bodies are untrusted; the shortest of them is four words long."""
    texts = set()
    for partition in partitions(night.store, "creatives"):
        for row in read_table(night.store, partition.key).to_pylist():
            texts |= {row["headline"], row["body"]} - {None, ""}
    assert texts
    for manifest in night.manifests():
        prompts = " ".join([manifest["prompt"], *(i["prompt"] for i in manifest["images"])])
        assert not [text for text in texts if text.lower() in prompts.lower()]


def test_the_report_was_mailed_and_is_what_was_stored(night):
    """A text part, a page, and every picture decodes."""
    [path] = night.mail.glob("*.eml")
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert mail["To"] == "analistas@example.com"
    stored = night.store.read("reports/weekly/2026-11-20/report.txt").decode()
    text = mail.get_body(("plain",)).get_content()
    assert text.split() == stored.split()
    pictures = [part for part in mail.walk() if part.get_content_maintype() == "image"]
    assert len(pictures) >= 5  # the chart and four sets
    for picture in pictures:
        Image.open(io.BytesIO(picture.get_content())).verify()


def test_sending_again_does_not_mail_twice(night, dags):
    """A cleared task finds the note that the report was sent."""
    from include.reports.weekly import read
    from pauta.mail import send_once

    folder = "reports/weekly/2026-11-20"
    send_once(night.store, folder, read(night.store, folder))
    assert len(list(night.mail.glob("*.eml"))) == 1


def test_running_the_whole_day_again_changes_nothing(night, dags):
    """Same sets, pictures and descriptions, to the byte; manifests bear the time of their run."""

    def state() -> dict[str, str]:
        return {
            key: hashlib.sha256(night.store.read(key)).hexdigest()
            for key in night.store.keys()
            if key.startswith(("sets/", "images/", "descriptions/", "thumbnails/", "bookmarks/"))
            and not key.endswith(".json")
        }

    before = state()
    assert os.environ["PAUTA_DATA"] == night.store.root
    for dag_id in ["collect_x_ads", *FOLLOWING, *EVENING]:
        run(dags[dag_id], DAY)
    assert state() == before


def test_a_set_that_somebody_asks_for_is_made_and_shown(night, dags):
    """Without an event: the run itself publishes. What cannot be used is told and makes nothing."""
    brief = {"node": "wompi", "objective": "leads", "tone": "alegre"}
    run(dags["fulfil_request"], DAY, request_id="mine", brief=brief)
    run(dags["fulfil_request"], DAY, request_id="odd", brief={**brief, "tone": "furioso"})
    made, refused = (json.loads(night.store.read(f"requests/{i}.json")) for i in ("mine", "odd"))
    assert made["state"] == "done"
    assert set_exists(connect(database_url(night.store.root)), made["set_id"])
    assert (refused["state"], refused["set_id"]) == ("refused", None)
    assert "furioso" in refused["reason"]
