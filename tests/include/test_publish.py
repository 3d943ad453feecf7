"""Publishing: what lies in the store is shown, once, whole, and again after a kill."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from PIL import Image
from sqlalchemy import create_engine, text

import include.publish
from include.catalogue.thumbnails import BrokenPictureError, digest_of, make_copies
from include.lake import read_table, write_table
from include.leaderboards import ranked_key
from include.publish import Published, publish
from include.store import LocalStore
from include.vectors import CLUSTERS
from tests.include.catalogue.world import (
    AS_OF,
    picture,
    put_creative,
    put_leaderboards,
    put_set,
    set_id_of,
)

NIGHT = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 10, 42, tzinfo=UTC)
TABLES = ("sets", "set_images", "thumbnails", "cells", "published")


class CountingStore(LocalStore):
    """A store that remembers what was written to it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.written: list[str] = []

    def write(self, key: str, data: bytes) -> None:
        self.written.append(key)
        super().write(key, data)


@pytest.fixture
def store(tmp_path: Path) -> CountingStore:
    return CountingStore(tmp_path / "data")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'pauta.db'}"


def rows(url: str) -> dict[str, list[Any]]:
    """Every row of every table, in order."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            t: sorted(tuple(r) for r in connection.execute(text(f"SELECT * FROM {t}")))  # noqa: S608
            for t in TABLES
        }
    engine.dispose()
    return found


def name_sets(store: CountingStore, night: date, *records: dict[str, Any]) -> None:
    """What a run of that night says about its cells."""
    store.write(f"sets/cells/{night}.json", json.dumps(records).encode())


def listed(url: str) -> dict[str, bool]:
    """Every set of the database, and whether its cell lists it."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {s: bool(v) for s, v in connection.execute(text("SELECT set_id, listed FROM sets"))}
    engine.dispose()
    return found


def test_a_set_is_shown_with_three_copies_of_each_picture(store: CountingStore, url: str) -> None:
    """Four images and six creatives: ten pictures, thirty copies, four rows of images."""
    put_set(store, "wompi", "traffic", NIGHT)
    store.written.clear()
    result = publish(store, url, now=NOW)
    assert (result.sets, result.images, result.new_sets, result.left_out) == (1, 4, 1, ())
    assert result.new_thumbnails == 10
    assert len(store.written) == 30
    assert len(rows(url)["set_images"]) == 4


def test_other_files_of_a_creative_that_is_shown_get_copies(store: CountingStore, url: str) -> None:
    """Of two files that nobody shows, the one grouped with a shown picture; its page shows it."""
    put_set(store, "wompi", "traffic", NIGHT)
    shown = Path(min(store.keys("images/sha256"))).stem
    twin, stranger = (put_creative(store, name, "#00a878") for name in ("twin", "stranger"))
    pairs = [(shown, shown), (twin, shown), (stranger, stranger)]
    table = pa.table({"picture": [p for p, _ in pairs], "creative": [c for _, c in pairs]})
    write_table(store, "clusters/layout-1.parquet", table.cast(CLUSTERS))
    assert publish(store, url, now=NOW).new_thumbnails == 11
    assert [row for row in rows(url)["thumbnails"] if stranger in row] == []
    assert len([row for row in rows(url)["thumbnails"] if twin in row]) == 1


def test_a_copy_is_named_by_the_hash_of_the_original_and_never_enlarged(
    store: CountingStore,
) -> None:
    """The 1024 px copy of a 640 px picture is 640 px wide."""
    data = picture("a", "#00a878", 640)
    copies = make_copies(store, data)
    assert copies.digest == digest_of(data)
    assert (copies.width, copies.height) == (640, 640)
    for width, expected in ((256, 256), (512, 512), (1024, 640)):
        copy = Image.open(io.BytesIO(store.read(f"thumbnails/{copies.digest}-{width}.webp")))
        assert (copy.format, copy.width) == ("WEBP", expected)


def test_publishing_twice_changes_nothing_and_makes_no_copy_again(
    store: CountingStore, url: str
) -> None:
    """The second publication writes no object and leaves every row as it was."""
    put_set(store, "wompi", "traffic", NIGHT)
    publish(store, url, now=NOW)
    before = rows(url)
    store.written.clear()
    assert publish(store, url, now=NOW) == Published(1, 4, 0, 0, ())
    assert store.written == []
    assert rows(url) == before


def test_a_killed_publication_leaves_the_previous_one_and_the_next_completes_it(
    store: CountingStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed inside the transaction: old rows stay; the rerun equals an undisturbed run."""
    put_set(store, "wompi", "traffic", NIGHT - timedelta(days=1))
    publish(store, url, now=NOW)
    before = rows(url)
    put_set(store, "wompi", "traffic", NIGHT)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(include.publish, "_write_cells", killed)
        with pytest.raises(KeyboardInterrupt):
            publish(store, url, now=NOW)
    assert rows(url) == before
    publish(store, url, now=NOW)
    undisturbed = url.replace("pauta.db", "other.db")
    publish(store, undisturbed, now=NOW)
    assert rows(url) == rows(undisturbed)


def test_lost_copies_are_made_again(store: CountingStore, url: str) -> None:
    """A copy that disappeared from the store comes back with the next publication."""
    put_set(store, "wompi", "traffic", NIGHT - timedelta(days=9))
    put_set(store, "wompi", "traffic", NIGHT)
    publish(store, url, now=NOW)
    lost = store.keys("thumbnails")[7]
    was = store.read(lost)
    store.delete(lost)
    publish(store, url, now=NOW)
    assert store.read(lost) == was


def test_a_set_whose_folder_is_gone_is_shown_no_more(store: CountingStore, url: str) -> None:
    """Its rows leave with it; the other set of the cell becomes the newest."""
    old = put_set(store, "wompi", "traffic", NIGHT - timedelta(days=1))
    new = put_set(store, "wompi", "traffic", NIGHT)
    publish(store, url, now=NOW)
    store.delete(f"sets/{new}/manifest.json")
    assert publish(store, url, now=NOW).sets == 1
    (cell,) = rows(url)["cells"]
    assert cell[2:5] == (old, "2026-11-20", 1)


def test_a_set_without_its_manifest_is_not_shown(store: CountingStore, url: str) -> None:
    """The manifest is written last: images alone are a set in the making."""
    set_id = put_set(store, "wompi", "traffic", NIGHT)
    store.delete(f"sets/{set_id}/manifest.json")
    assert publish(store, url, now=NOW).sets == 0


def test_a_manifest_with_a_field_missing_is_left_out_and_named(
    store: CountingStore, url: str
) -> None:
    """The message says which file and which field; the other set is published."""
    good = put_set(store, "banco", "leads", NIGHT)
    bad = put_set(store, "wompi", "traffic", NIGHT)
    manifest = json.loads(store.read(f"sets/{bad}/manifest.json"))
    del manifest["lineage"]["run_id"]
    store.write(f"sets/{bad}/manifest.json", json.dumps(manifest).encode())
    result = publish(store, url, now=NOW)
    assert [row[0] for row in rows(url)["sets"]] == [good]
    assert result.left_out == (
        f"sets/{bad}/manifest.json: lineage.run_id: Field required; the set is not shown.",
    )


def test_a_manifest_that_names_another_set_is_left_out(store: CountingStore, url: str) -> None:
    """A copied folder does not overwrite the set it was copied from."""
    good = put_set(store, "wompi", "traffic", NIGHT)
    other = set_id_of("wompi", "traffic", NIGHT - timedelta(days=1))
    store.write(f"sets/{other}/manifest.json", store.read(f"sets/{good}/manifest.json"))
    result = publish(store, url, now=NOW)
    assert result.sets == 1
    assert f"names itself '{good}'" in result.left_out[0]


def test_a_set_with_a_broken_image_is_left_out(store: CountingStore, url: str) -> None:
    """Half a PNG cannot be shown; the set waits until its image is whole."""
    set_id = put_set(store, "wompi", "traffic", NIGHT)
    whole = store.read(f"sets/{set_id}/image-3.png")
    store.write(f"sets/{set_id}/image-3.png", whole[: len(whole) // 2])
    result = publish(store, url, now=NOW)
    assert result.sets == 0
    assert result.left_out[0].startswith(f"sets/{set_id}/image-3.png: picture ")
    store.write(f"sets/{set_id}/image-3.png", whole)
    assert publish(store, url, now=NOW).sets == 1


def test_a_creative_without_a_file_leaves_the_set_in_place(store: CountingStore, url: str) -> None:
    """The page shows a grey tile where the inspiring picture would be."""
    put_set(store, "wompi", "traffic", NIGHT)
    store.delete(store.keys("images/sha256")[0])
    result = publish(store, url, now=NOW)
    assert result.sets == 1
    assert "no file in images/sha256" in result.left_out[0]


def test_a_page_that_pretends_to_be_a_picture_is_refused(store: CountingStore) -> None:
    """HTML, SVG and enormous pictures are refused by decoding, not by name."""
    with pytest.raises(BrokenPictureError, match="cannot identify"):
        make_copies(store, b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>")
    out = io.BytesIO()
    Image.new("1", (10_000, 7_000)).save(out, "PNG")
    with pytest.raises(BrokenPictureError, match="10000 x 7000"):
        make_copies(store, out.getvalue())
    assert store.keys("thumbnails") == []


def test_a_cell_keeps_the_newest_nights_reason(store: CountingStore, url: str) -> None:
    """The reason of an older night gives way to the set of a newer one."""
    cell = {"node": "wompi", "objective": "traffic"}
    reason = {"set_id": None, "reason_es": "Sin datos.", "reason_en": "No data."}
    store.write("sets/cells/2026-11-20.json", json.dumps([{**cell, **reason}]).encode())
    publish(store, url, now=NOW)
    assert rows(url)["cells"] == [
        ("wompi", "traffic", None, None, 0, None, "2026-11-20", "Sin datos.", "No data.")
    ]
    set_id = put_set(store, "wompi", "traffic", NIGHT)
    store.write("sets/cells/2026-11-21.json", json.dumps([{**cell, "set_id": set_id}]).encode())
    publish(store, url, now=NOW)
    assert rows(url)["cells"] == [
        ("wompi", "traffic", set_id, "2026-11-21", 1, None, None, None, None)
    ]


def test_a_night_run_again_shows_only_the_sets_it_names_now(store: CountingStore, url: str) -> None:
    """The set made before leaves the cell's list and its count; its row stays for its address."""
    yesterday = put_set(store, "wompi", "traffic", NIGHT - timedelta(days=1))
    first, second = (put_set(store, "wompi", "traffic", NIGHT, run=run) for run in ("f", "0"))
    assert second < first  # by id alone the first one would be the newest
    cell = {"node": "wompi", "objective": "traffic"}
    name_sets(store, NIGHT, {**cell, "set_id": first})
    publish(store, url, now=NOW)
    assert listed(url) == {yesterday: True, first: True, second: False}
    name_sets(store, NIGHT, {**cell, "set_id": second})
    done = publish(store, url, now=NOW)
    assert (done.sets, done.images, done.new_sets) == (2, 8, 0)
    assert listed(url) == {yesterday: True, first: False, second: True}
    assert [row[2:5] for row in rows(url)["cells"]] == [(second, "2026-11-21", 2)]


def test_a_night_run_again_without_evidence_leaves_the_cell_the_night_before(
    store: CountingStore, url: str
) -> None:
    """The set that the night made first is current no more, and the cell says why there is none."""
    before = put_set(store, "wompi", "traffic", NIGHT - timedelta(days=1))
    put_set(store, "wompi", "traffic", NIGHT)
    reason = {"set_id": None, "reason_es": "Sin datos.", "reason_en": "No data."}
    name_sets(store, NIGHT, {"node": "wompi", "objective": "traffic", **reason})
    assert publish(store, url, now=NOW).sets == 1
    assert rows(url)["cells"] == [
        ("wompi", "traffic", before, "2026-11-20", 1, None, "2026-11-21", "Sin datos.", "No data.")
    ]
    (publication,) = rows(url)["published"]
    assert publication[2] == "2026-11-20"


def test_what_was_left_out_is_logged_once(
    store: CountingStore, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """By the publication itself, so that neither the DAG nor the command repeats it."""
    put_set(store, "wompi", "traffic", NIGHT)
    store.delete(store.keys("images/sha256")[0])
    (reason,) = publish(store, url, now=NOW).left_out
    assert [r.getMessage() for r in caplog.records if reason in r.getMessage()] == [
        f"publish: {reason}"
    ]
    root = Path(__file__).parents[2]
    for caller in ("dags/publish_catalogue.py", "include/cli.py"):
        assert "left_out" not in (root / caller).read_text(encoding="utf-8")


def test_an_empty_store_publishes_an_empty_catalogue(store: CountingStore, url: str) -> None:
    """Nothing to show is no error: the first night has not run yet."""
    assert publish(store, url, now=NOW) == Published(0, 0, 0, 0, ())


def test_a_set_is_published_with_what_its_own_days_leaderboard_says(
    store: CountingStore, url: str
) -> None:
    """A later leaderboard, here of one piece, speaks of other numbers than the set."""
    put_set(store, "wompi", "traffic", NIGHT)
    put_leaderboards(store)
    later = read_table(store, ranked_key(AS_OF, "leaderboard")).slice(0, 1)
    write_table(store, ranked_key(AS_OF + timedelta(days=1), "leaderboard"), later)
    publish(store, url, now=NOW)
    engine = create_engine(url)
    with engine.connect() as connection:
        (told,) = connection.execute(text("SELECT manifest FROM sets")).scalars()
    engine.dispose()
    manifest = json.loads(told)
    grades = [piece["evidence"]["grade"] for piece in manifest["inspirations"]]
    assert grades == ["same_ad_set", "same_campaign", "different_audiences"] * 2
    assert manifest["leaderboard"]["false_winners"] == 0.034
