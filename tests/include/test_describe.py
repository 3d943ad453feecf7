"""Describing stored pictures: resumable, tolerant of broken files and short memory."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from generation.describe.layout import Layout
from generation.describe.record import SCHEMA, Description
from include.config.describers import brand_words, describer_for
from include.config.reading import config_path
from include.describe import (
    Progress,
    chunks,
    describe_chunk,
    describer_key,
    describer_key_of,
    pending,
    read_descriptions,
)
from include.errors import ConfigurationError
from include.lake import read_table, write_table
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
    """Words and vectors; not how long they took."""
    places = ("descriptions", "vectors")
    return {key: store.read(key) for place in places for key in store.keys(place)}


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


class Seeing(Recorder):
    """A describer with a model: the vector points to the colour."""

    def describe(self, images: Sequence[Image.Image]) -> list[Description]:
        vectors = [np.array(image.getpixel((0, 0)), np.float32) for image in images]
        return [
            Description(1, 1, vector=(v / np.linalg.norm(v)).astype(np.float16), look=b"")
            for v in vectors
        ]


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
    assert small.asked == [1, 2, 2, 2]  # those that fitted
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


def test_what_did_not_fit_once_is_not_tried_again(
    store: LocalStore, pictures: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """The second batch is asked in the size that fitted; a poison item changes nothing."""
    small = SmallMemory(fits=2)
    describe_chunk(store, pictures, small, batch_size=4)
    assert small.asked == [2, 2, 2, 1]
    assert caplog.text.count("out of memory") == 1
    elsewhere = LocalStore(Path(store.root).parent / "other")
    more = [put(elsewhere, card(255)), *(put(elsewhere, card(number)) for number in range(7))]
    poisoned = SmallMemory(fits=8)
    describe_chunk(elsewhere, more, poisoned, batch_size=4)
    assert max(poisoned.asked[-2:]) == 4


def test_a_cuda_library_running_out_of_memory_counts_too(
    store: LocalStore, pictures: list[str]
) -> None:
    """cuBLAS tells it in words of its own."""

    class SmallGpu(Recorder):
        def describe(self, images: Sequence[Image.Image]) -> list[Description]:
            if len(images) > 3:
                raise RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling ...")
            return super().describe(images)

    describe_chunk(store, pictures, gpu := SmallGpu())
    assert gpu.asked == [3, 2, 2]


def test_vectors_lie_beside_the_words(store: LocalStore, pictures: list[str]) -> None:
    """Under the same name, in half precision; a describer without a model leaves none."""
    describe_chunk(store, pictures, Seeing(), batch_size=3)
    names = [key.removeprefix("vectors/") for key in store.keys("vectors")]
    assert names == [key.removeprefix("descriptions/") for key in store.keys("descriptions")]
    rows = read_table(store, f"vectors/{names[0]}")
    assert rows.schema.field("vector").type == pa.list_(pa.float16(), 3)
    assert rows["picture"].to_pylist() == pictures[:3]
    describe_chunk(store, pictures, Recorder())
    assert len(store.keys("vectors")) == 3


def test_how_long_a_batch_took_stands_apart(store: LocalStore, pictures: list[str]) -> None:
    """So that a run again leaves the same bytes; with the sizes in which it was asked."""
    describe_chunk(store, pictures, SmallMemory(fits=2), batch_size=4)
    timings = [json.loads(store.read(key)) for key in store.keys("describing")]
    assert sorted(timing["asked"] for timing in timings) == [[2, 1], [2, 2]]
    assert sorted(timing["halvings"] for timing in timings) == [0, 1]
    assert all(timing["seconds"] >= 0 for timing in timings)


def test_every_kind_of_bad_file_has_its_reason(store: LocalStore) -> None:
    """The chunk goes on; upright and whole where the file can be read."""
    buffers = {}
    for mode, kind in (("CMYK", "JPEG"), ("I;16", "PNG"), ("RGB", "GIF")):
        out = io.BytesIO()
        Image.new(mode, (40, 30)).save(out, kind)
        buffers[mode] = out.getvalue()
    turned, out = Image.Exif(), io.BytesIO()
    turned[0x0112] = 6
    Image.new("RGB", (40, 30)).save(out, "JPEG", exif=turned)
    huge = bytearray(card(1))
    huge[16:24] = (30_000).to_bytes(4, "big") * 2
    huge[29:33] = zlib.crc32(huge[12:29]).to_bytes(4, "big")
    bad = {
        put(store, card(3)[:60]): "damaged file",
        put(store, b""): "the file is empty",
        put(store, bytes(huge)): "900000000 pixels",
        put(store, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"): "not a PNG",
        put(store, b"<!doctype html><p>404", "jpg"): "not a PNG",
    }
    good = {
        put(store, out.getvalue(), "png"): (30, 40),  # turned, and a JPEG by another name
        **{put(store, data, "jpg"): (40, 30) for data in buffers.values()},
    }
    counts = describe_chunk(store, [*bad, *good], Layout())
    assert counts == {"described": 4, "broken": 5, "already": 0, "missing": 0}
    rows = {row["picture"]: row for row in read_descriptions(store).to_pylist()}
    assert {p: (rows[p]["width"], rows[p]["height"]) for p in good} == good
    for picture, reason in bad.items():
        assert reason in rows[picture]["error"]


def test_files_of_an_older_version_are_read(store: LocalStore, pictures: list[str]) -> None:
    """Columns that came later are null there."""
    describe_chunk(store, pictures, Recorder())
    [key] = store.keys("descriptions")
    write_table(store, key, read_table(store, key).drop_columns(["look", "text"]))
    rows = read_descriptions(store)
    assert rows.schema.equals(SCHEMA)
    assert rows["look"].null_count == 7


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
            clip_checkpoint: /models/clip
            clip_revision: {"b" * 40}
          questions:
            kind: vlm
            checkpoint: Qwen/Qwen3-VL-8B-Instruct
            revision: {"c" * 40}
        profiles: {{sdxl: words, klein: questions, wrong: absent}}
        """),
        encoding="utf-8",
    )
    shutil.copy(config_path("brand.yaml"), tmp_path)
    monkeypatch.setenv("PAUTA_CONFIG", str(tmp_path))
    assert describer_key_of("sdxl").startswith("clip_interrogator-2-aaaaaaaaaaaa+bbbbbbbbbbbb-")
    assert describer_key_of("klein").startswith("vlm-1-cccccccccccc-")
    with pytest.raises(ConfigurationError, match="'wrong' wants describer 'absent'"):
        describer_for("wrong")


def test_what_the_brand_forbids_no_model_may_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rivals and disallowed words of brand.yaml reach the filter, each under its rule."""
    words = brand_words()
    assert "Mercado Pago" in words["rival"]
    assert {"pistola", "gun"} <= set(words["disallowed"])
    (tmp_path / "describers.yaml").write_text(
        f"describers:\n  q: {{kind: vlm, checkpoint: a/b, revision: {'c' * 40}}}\n"
        "profiles: {klein: q}\n",
        encoding="utf-8",
    )
    brand = config_path("brand.yaml").read_text(encoding="utf-8")
    monkeypatch.setenv("PAUTA_CONFIG", str(tmp_path))
    (tmp_path / "brand.yaml").write_text(brand, encoding="utf-8")
    before = describer_key_of("klein")
    (tmp_path / "brand.yaml").write_text(brand.replace("- PayU", "- Otra"), encoding="utf-8")
    assert describer_key_of("klein") != before


def test_a_moving_revision_is_refused_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`main` may be other weights tomorrow."""
    (tmp_path / "describers.yaml").write_text(
        "describers:\n  words:\n    kind: clip_interrogator\n    caption_checkpoint: a/b\n"
        f"    caption_revision: main\n    clip_checkpoint: /m\n    clip_revision: {'b' * 40}\n"
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
