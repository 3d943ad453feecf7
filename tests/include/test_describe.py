"""Describing stored pictures: resumable, tolerant of broken files and short memory."""

from __future__ import annotations

import hashlib
import io
import itertools
import logging
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from PIL import Image

from generation.describe.layout import Layout
from generation.describe.record import SCHEMA, Description
from include.describe import (
    Progress,
    chunks,
    describe_chunk,
    describer_for,
    describer_key,
    describer_key_of,
    pending,
    read_descriptions,
)
from include.errors import ConfigurationError
from include.store import LocalStore

LAYOUT_KEY = describer_key(Layout())


def put(store: LocalStore, data: bytes, extension: str = "png") -> str:
    """Store an image file the way the collector does; gives its sha256."""
    picture = hashlib.sha256(data).hexdigest()
    store.write(f"images/sha256/{picture[:2]}/{picture}.{extension}", data)
    return picture


def card(number: int) -> bytes:
    """A flat card whose colour is its number."""
    out = io.BytesIO()
    Image.new("RGB", (32, 24), (number, 255 - number, 60)).save(out, "PNG")
    return out.getvalue()


def files(store: LocalStore) -> dict[str, bytes]:
    return {key: store.read(key) for key in store.keys("descriptions")}


class Recorder:
    """A describer that notes how many pictures it was asked for at once."""

    name = "recorder"
    revision = "1"
    settings = "{}"

    def __init__(self) -> None:
        self.asked: list[int] = []

    def describe(self, images: Sequence[Image.Image]) -> list[Description]:
        self.asked.append(len(images))
        return [Description(image.width, image.height, caption="a card") for image in images]


class SmallMemory(Recorder):
    """Runs out of memory with more than `fits` pictures, and always with red ones."""

    def __init__(self, fits: int) -> None:
        super().__init__()
        self.fits = fits

    def describe(self, images: Sequence[Image.Image]) -> list[Description]:
        if len(images) > self.fits or any(i.getpixel((0, 0)) == (255, 0, 60) for i in images):
            raise MemoryError
        return super().describe(images)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "data")


@pytest.fixture
def pictures(store: LocalStore) -> list[str]:
    return sorted(put(store, card(number)) for number in range(7))


def test_pending_is_what_is_stored_and_not_described(
    store: LocalStore, pictures: list[str]
) -> None:
    """Sorted, and shorter by what was done."""
    assert pending(store, LAYOUT_KEY) == pictures
    describe_chunk(store, pictures[:3], Layout(), batch_size=2)
    assert pending(store, LAYOUT_KEY) == pictures[3:]


def test_another_describer_has_its_own_pending_pictures(
    store: LocalStore, pictures: list[str]
) -> None:
    """Rows of one describer say nothing about another."""
    describe_chunk(store, pictures, Recorder())
    assert pending(store, LAYOUT_KEY) == pictures


def test_rows_have_the_agreed_columns_and_one_row_per_picture(
    store: LocalStore, pictures: list[str]
) -> None:
    """Order and repetition of the asked pictures do not matter."""
    counts = describe_chunk(store, [*reversed(pictures), pictures[0]], Layout(), batch_size=3)
    assert counts == {"described": 7, "broken": 0, "already": 0, "missing": 0}
    rows = read_descriptions(store)
    assert rows.schema.equals(SCHEMA)
    assert rows["picture"].to_pylist() == pictures
    assert set(rows["describer"].to_pylist()) == {"layout"}
    assert rows["width"].to_pylist() == [32] * 7
    assert rows["error"].null_count == 7


def test_without_descriptions_the_table_is_empty_and_has_its_columns(store: LocalStore) -> None:
    """Later stages can start before the first description."""
    assert read_descriptions(store).schema.equals(SCHEMA)


def test_described_pictures_are_skipped(store: LocalStore, pictures: list[str]) -> None:
    """The second run asks the describer for nothing and leaves the files alone."""
    describe_chunk(store, pictures, Recorder(), batch_size=3)
    before = files(store)
    again = Recorder()
    counts = describe_chunk(store, pictures, again, batch_size=3)
    assert counts == {"described": 0, "broken": 0, "already": 7, "missing": 0}
    assert again.asked == []
    assert files(store) == before


def test_a_broken_picture_gets_a_row_and_the_chunk_goes_on(
    store: LocalStore, pictures: list[str]
) -> None:
    """A page served as .jpg, a cut file and an empty one cost three rows, not the chunk."""
    broken = {put(store, data, "jpg") for data in (b"<html>gone</html>", card(9)[:50], b"")}
    counts = describe_chunk(store, [*pictures, *broken], Layout(), batch_size=4)
    assert counts == {"described": 7, "broken": 3, "already": 0, "missing": 0}
    rows = {row["picture"]: row for row in read_descriptions(store).to_pylist()}
    assert {picture for picture, row in rows.items() if row["error"]} == broken
    empty = rows[hashlib.sha256(b"").hexdigest()]
    assert (empty["error"], empty["caption"], empty["width"]) == ("the file is empty", None, 0)
    assert pending(store, LAYOUT_KEY) == []


def test_a_picture_without_a_file_is_counted_and_left_out(
    store: LocalStore, pictures: list[str]
) -> None:
    """It gets no row, so it is described should the file come back."""
    counts = describe_chunk(store, [*pictures, "f" * 64], Layout())
    assert counts["missing"] == 1
    assert read_descriptions(store).num_rows == 7


def test_memory_runs_out_and_the_batch_is_halved(store: LocalStore, pictures: list[str]) -> None:
    """Seven do not fit, nor four; the rows are those of a machine with more memory."""
    small = SmallMemory(fits=2)
    describe_chunk(store, pictures, small)
    assert small.asked == [1, 2, 2, 2]
    halved = files(store)
    for key in halved:
        store.delete(key)
    describe_chunk(store, pictures, Recorder())
    assert files(store) == halved


def test_a_picture_that_does_not_fit_alone_is_recorded(
    store: LocalStore, pictures: list[str]
) -> None:
    """The poison item gets a reason, its neighbours are described."""
    poison = put(store, card(255))
    counts = describe_chunk(store, [*pictures, poison], SmallMemory(fits=8))
    assert counts == {"described": 7, "broken": 1, "already": 0, "missing": 0}
    row = next(r for r in read_descriptions(store).to_pylist() if r["error"])
    assert row["picture"] == poison
    assert row["error"] == "out of memory on this picture alone (32 x 24)"


def test_torch_running_out_of_memory_counts_as_such(store: LocalStore, pictures: list[str]) -> None:
    """torch raises its own class of RuntimeError on a GPU."""
    torch = pytest.importorskip("torch")

    class SmallGpu(Recorder):
        def describe(self, images: Sequence[Image.Image]) -> list[Description]:
            if len(images) > 3:
                raise torch.cuda.OutOfMemoryError("CUDA out of memory")
            return super().describe(images)

    gpu = SmallGpu()
    describe_chunk(store, pictures, gpu)
    assert gpu.asked == [3, 2, 2]


def test_another_error_of_the_describer_is_not_swallowed(
    store: LocalStore, pictures: list[str]
) -> None:
    """A bug must fail the task instead of marking 5,000 pictures as broken."""

    class Buggy(Recorder):
        def describe(self, images: Sequence[Image.Image]) -> list[Description]:
            raise RuntimeError("shape mismatch")

    with pytest.raises(RuntimeError, match="shape mismatch"):
        describe_chunk(store, pictures, Buggy())


def test_killed_and_run_again_gives_the_files_of_an_undisturbed_run(tmp_path: Path) -> None:
    """SIGKILL while the third of four batches is being described, in a process of its own."""
    disturbed, undisturbed = LocalStore(tmp_path / "a"), LocalStore(tmp_path / "b")
    for store in (disturbed, undisturbed):
        for number in range(8):
            put(store, card(number))
    code = """
        import os, signal, sys
        from generation.describe.layout import Layout
        from include.describe import describe_chunk, pending, describer_key
        from include.store import LocalStore
        from pathlib import Path

        class Killed(Layout):
            batches = 0

            def describe(self, images):
                self.batches += 1
                if self.batches == 3:
                    os.kill(os.getpid(), signal.SIGKILL)
                return super().describe(images)

        store = LocalStore(Path(sys.argv[1]))
        describe_chunk(store, pending(store, describer_key(Killed())), Killed(), batch_size=2)
    """
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), disturbed.root], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(files(disturbed)) == 2
    describe_chunk(disturbed, pending(disturbed, LAYOUT_KEY), Layout(), batch_size=2)
    describe_chunk(undisturbed, pending(undisturbed, LAYOUT_KEY), Layout(), batch_size=2)
    assert files(disturbed) == files(undisturbed)
    assert len(files(undisturbed)) == 4


def test_a_chunk_run_again_with_its_old_list_gives_the_same_files(
    store: LocalStore, pictures: list[str]
) -> None:
    """Airflow retries a mapped task with the list it got first."""
    describe_chunk(store, pictures, Layout(), batch_size=2)
    whole = files(store)
    for key in sorted(whole)[2:]:
        store.delete(key)
    describe_chunk(store, pictures, Layout(), batch_size=2)
    assert files(store) == whole


def test_a_picture_described_twice_is_read_once(store: LocalStore, pictures: list[str]) -> None:
    """Two workers with overlapping lists write two files; readers see one row."""
    describe_chunk(store, pictures[:4], Layout())
    elsewhere = LocalStore(Path(store.root).parent / "other")
    for number in range(7):
        put(elsewhere, card(number))
    describe_chunk(elsewhere, pictures, Layout())
    for key, data in files(elsewhere).items():
        store.write(key, data)
    assert len(files(store)) == 2
    assert read_descriptions(store)["picture"].to_pylist() == pictures


def test_chunks_cut_the_pending_pictures(store: LocalStore) -> None:
    """120 pictures in chunks of 50: the sizes are multiples of a batch, apart from the last."""
    for number in range(120):
        put(store, card(number))
    found = chunks(store, LAYOUT_KEY, size=50)
    assert [len(chunk) for chunk in found] == [50, 50, 20]
    assert list(itertools.chain(*found)) == pending(store, LAYOUT_KEY)
    with pytest.raises(ValueError, match="multiple of 50, got 60"):
        chunks(store, LAYOUT_KEY, size=60)


def test_progress_tells_how_far_and_how_fast(store: LocalStore, pictures: list[str]) -> None:
    """After each batch; at the end nothing is left to wait for."""
    told: list[Progress] = []
    describe_chunk(store, pictures, Recorder(), batch_size=3, progress=told.append)
    assert [(p.done, p.total) for p in told] == [(3, 7), (6, 7), (7, 7)]
    assert all(p.images_per_s > 0 for p in told)
    assert told[0].eta_s > 0
    assert told[-1].eta_s == 0


def test_progress_goes_to_the_log_unless_somebody_else_wants_it(
    store: LocalStore, pictures: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Images per second and the time to go stand in the task's log."""
    with caplog.at_level(logging.INFO, logger="include.describe"):
        describe_chunk(store, pictures, Recorder())
    assert "described 7 of 7" in caplog.text
    assert "images/s, 0 min 0 s to go" in caplog.text


def test_batch_size_must_be_positive(store: LocalStore) -> None:
    """The message gives what was asked."""
    with pytest.raises(ValueError, match="1 or more, got 0"):
        describe_chunk(store, [], Layout(), batch_size=0)


def test_the_key_changes_with_name_revision_and_settings() -> None:
    """Each of the three changes the answer, so each has its own folder."""
    first, renamed, revised, tuned = (Recorder() for _ in range(4))
    renamed.name, revised.revision, tuned.settings = "other", "2", '{"a": 1}'
    keys = {describer_key(each) for each in (first, renamed, revised, tuned)}
    assert len(keys) == 4
    # sha256 of "{}" starts with 44136fa355b3
    assert describer_key(first) == "recorder-1-44136fa355b3"


def test_profiles_without_an_entry_use_the_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without weights can describe; PAUTA_PROFILE chooses otherwise."""
    monkeypatch.delenv("PAUTA_PROFILE", raising=False)
    assert isinstance(describer_for(), Layout)
    monkeypatch.setenv("PAUTA_PROFILE", "sdxl")
    assert describer_key_of() == LAYOUT_KEY


def test_a_profile_can_name_pinned_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is loaded to find the key, so the folders need not be there yet."""
    (tmp_path / "describers.yaml").write_text(
        textwrap.dedent(f"""\
        describers:
          layout: {{kind: layout}}
          words:
            kind: clip_interrogator
            caption_checkpoint: Salesforce/blip-image-captioning-large
            caption_revision: {"a" * 40}
            clip_folder: /models/clip
            clip_sha256: {"b" * 64}
        profiles: {{sdxl: words, wrong: absent}}
        """),
        encoding="utf-8",
    )
    monkeypatch.setenv("PAUTA_CONFIG", str(tmp_path))
    assert describer_key_of("sdxl").startswith("clip_interrogator-aaaaaaaaaaaa+bbbbbbbbbbbb-")
    with pytest.raises(ConfigurationError, match="'wrong' wants describer 'absent'"):
        describer_for("wrong")


def test_a_moving_revision_is_refused_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`main` may be other weights tomorrow."""
    (tmp_path / "describers.yaml").write_text(
        "describers:\n  words:\n    kind: clip_interrogator\n    caption_checkpoint: a/b\n"
        f"    caption_revision: main\n    clip_folder: /m\n    clip_sha256: {'b' * 64}\n"
        "profiles: {}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PAUTA_CONFIG", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"describers\.yaml:\d+: .*caption_revision"):
        describer_for("storyboard")


def test_no_model_library_is_imported() -> None:
    """The DAG's planning task runs on machines without torch."""
    code = "import sys, include.describe; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ))


def test_the_stored_table_round_trips(store: LocalStore, pictures: list[str]) -> None:
    """Nested labels come back as they were."""
    describe_chunk(store, pictures, Layout())
    rows = read_descriptions(store, LAYOUT_KEY)
    assert isinstance(rows, pa.Table)
    fresh = Layout().describe([Image.open(io.BytesIO(card(0))).convert("RGB")])[0]
    row = next(r for r in rows.to_pylist() if r["picture"] == hashlib.sha256(card(0)).hexdigest())
    assert [(x["category"], x["label"]) for x in row["labels"]] == [
        (x.category, x.label) for x in fresh.labels
    ]
    assert tuple(row["palette"]) == fresh.palette
