"""Describing stored pictures: which are missing, a chunk at a time, resumable at any instant.

`descriptions/<describer_key>/<name>.parquet` holds the words of one batch and, where the describer
has a model, `vectors/<describer_key>/<name>.parquet` its vectors. Pictures are taken in the order
of their hashes and a file's name comes from the pictures in it, so a chunk that was killed and
is run again leaves the same files as an undisturbed run. Only how long it took differs, and that
stands apart, in `describing/<describer_key>/<name>.json`.
"""

from __future__ import annotations

import gc
import hashlib
import io
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from generation.describe.decode import UndecodablePicture, decoded
from generation.describe.record import (
    IDENTITY,
    SCHEMA,
    Describer,
    Description,
    descriptions_table,
    vectors_table,
)
from include.config.describers import describer_for
from include.lake import read_table, write_table
from include.store import Store, check_key

logger = logging.getLogger(__name__)

BATCH_SIZE = 50
CHUNK_SIZE = 5_000

# A decoded picture of the largest kind has 150 MB; two batches of ordinary ones have some 300.
DECODERS = min(os.cpu_count() or 1, 8)


class Counts(TypedDict):
    """What became of the pictures of a chunk; the four add up to their number.

    `broken` have a row that says why; `missing` have no file any more and no row.
    """

    described: int
    broken: int
    already: int
    missing: int


@dataclass(frozen=True)
class Progress:
    """How far a chunk is: `described 150 of 5000, 41.2 images/s, 1 min 58 s to go`."""

    done: int
    total: int
    images_per_s: float
    eta_s: float

    def __str__(self) -> str:
        minutes, seconds = divmod(round(self.eta_s), 60)
        return (
            f"described {self.done} of {self.total}, {self.images_per_s:.1f} images/s, "
            f"{minutes} min {seconds} s to go"
        )


@dataclass
class Asking:
    """How a describer was asked: the largest batch that fits, and what it took.

    Args:
        most: pictures at once; less once memory ran out, so that the next batch fits.
        asked: sizes that fitted, and `halvings` how often one did not, of the batch at hand.
    """

    most: int
    asked: list[int] = field(default_factory=list)
    halvings: int = 0


def describer_key_of(profile: str | None = None) -> str:
    """The describer key of a profile; no model is loaded."""
    return describer_key(describer_for(profile))


def describer_key(describer: Describer) -> str:
    """Name, revision and a hash of the settings: all that changes the answer.

    Example: `layout-2-44136fa355b3`.
    """
    settings = hashlib.sha256(describer.settings.encode()).hexdigest()[:12]
    return check_key(f"{describer.name}-{describer.revision}-{settings}")


def stored_pictures(store: Store) -> dict[str, str]:
    """The key of each stored picture, by its sha256."""
    return {Path(key).stem: key for key in store.keys("images/sha256")}


def described_pictures(store: Store, key: str) -> set[str]:
    """The pictures that have a row of this describer, with or without an error."""
    found: set[str] = set()
    for batch in store.keys(f"descriptions/{key}"):
        rows = pq.read_table(io.BytesIO(store.read(batch)), columns=["picture"])
        found.update(map(str, rows["picture"].to_pylist()))
    return found


def pending(store: Store, describer_key: str) -> list[str]:
    """Stored pictures without a row of this describer, sorted."""
    return sorted(stored_pictures(store).keys() - described_pictures(store, describer_key))


def chunks(store: Store, describer_key: str, *, size: int = CHUNK_SIZE) -> list[list[str]]:
    """The pending pictures in lists of `size`.

    Raises:
        ValueError: `size` is not a multiple of the batch size; a killed plan made anew
            would then cut other batches.
    """
    if size % BATCH_SIZE or size <= 0:
        raise ValueError(f"chunks: size must be a multiple of {BATCH_SIZE}, got {size}.")
    pictures = pending(store, describer_key)
    return [pictures[i : i + size] for i in range(0, len(pictures), size)]


def describe_chunk(
    store: Store,
    pictures: Sequence[str],
    describer: Describer,
    *,
    batch_size: int = BATCH_SIZE,
    progress: Callable[[Progress], None] | None = None,
) -> Counts:
    """Describe these pictures and write one file per batch; skips what has a row.

    A picture that cannot be read gets a row with `error`, and the chunk goes on. When
    memory runs out the batch is halved; a picture that does not fit alone gets such a row.
    While one batch is looked at, the files of the next are read and unpacked.

    Args:
        store: holds the pictures and takes the descriptions.
        pictures: sha256 of pictures; order and repetition do not matter.
        describer: who looks at them.
        batch_size: pictures per file, and at most per call of the describer.
        progress: told after each batch; the default writes a line to the log.
    """
    if batch_size < 1:
        raise ValueError(f"describe_chunk: batch_size must be 1 or more, got {batch_size}.")
    if progress is None:
        progress = log_progress
    key = describer_key(describer)
    files = stored_pictures(store)
    asked = sorted(set(pictures))
    done_before = described_pictures(store, key)
    there = [p for p in asked if p in files]
    todo = [p for p in there if p not in done_before]
    counts = Counts(
        described=0, broken=0, already=len(there) - len(todo), missing=len(asked) - len(there)
    )
    if counts["missing"]:
        logger.warning("%d of %d pictures have no file any more", counts["missing"], len(asked))
    asking = Asking(batch_size)
    started = before = time.monotonic()
    done = 0
    for batch, unpacked in _unpacked(store, files, todo, batch_size):
        rows = list(zip(batch, described(unpacked, describer, asking), strict=True))
        taken, before = time.monotonic() - before, time.monotonic()
        write_batch(store, rows, describer)
        write_timing(store, batch_key(key, batch), len(batch), taken, asking)
        broken = sum(description.error is not None for _, description in rows)
        counts["broken"] += broken
        counts["described"] += len(rows) - broken
        done += len(batch)
        rate = done / max(time.monotonic() - started, 1e-9)
        progress(Progress(done, len(todo), rate, (len(todo) - done) / rate))
    return counts


def write_batch(
    store: Store, rows: Sequence[tuple[str, Description]], describer: Describer
) -> None:
    """The rows of one batch; the vectors first, for a batch with a row is not looked at again."""
    name = batch_key(describer_key(describer), [picture for picture, _ in rows])
    vectors = vectors_table(rows, describer)
    if vectors.num_rows:
        write_table(store, f"vectors/{name}", vectors)
    write_table(store, f"descriptions/{name}", descriptions_table(rows, describer))


def write_timing(store: Store, name: str, pictures: int, seconds: float, asking: Asking) -> None:
    """How long a batch took, and in how many pieces it was asked."""
    timing = {
        "pictures": pictures,
        "seconds": round(seconds, 3),
        "seconds_per_picture": round(seconds / pictures, 4),
        "asked": asking.asked,
        "halvings": asking.halvings,
    }
    asking.asked = []
    asking.halvings = 0
    key = f"describing/{name.removesuffix('.parquet')}.json"
    store.write(key, json.dumps(timing, sort_keys=True).encode())


def batch_key(describer_key: str, pictures: Sequence[str]) -> str:
    """Where the rows of these pictures lie, below `descriptions/` and `vectors/`.

    The name depends on nothing but the pictures.
    """
    digest = hashlib.sha256("\n".join(pictures).encode()).hexdigest()
    return f"{describer_key}/{pictures[0][:12]}-{digest[:16]}.parquet"


Unpacked = Image.Image | Description  # of a file that cannot be read: the row that says why


def _unpacked(
    store: Store, files: Mapping[str, str], pictures: Sequence[str], size: int
) -> Iterator[tuple[list[str], list[Unpacked]]]:
    """Batches of pictures with what their files hold; one batch ahead of who asks."""
    batches = [list(pictures[i : i + size]) for i in range(0, len(pictures), size)]
    with ThreadPoolExecutor(DECODERS, thread_name_prefix="decode") as threads:

        def begun(batch: list[str]) -> list[Future[Unpacked]]:
            return [threads.submit(unpacked, picture, store, files[picture]) for picture in batch]

        ahead = begun(batches[0]) if batches else []
        for number, batch in enumerate(batches):
            waiting, ahead = ahead, begun(batches[number + 1]) if batches[number + 1 :] else []
            yield batch, [future.result() for future in waiting]


def unpacked(picture: str, store: Store, key: str) -> Unpacked:
    """The upright RGB picture, or a description with the reason why there is none."""
    try:
        return decoded(store.read(key))
    except UndecodablePicture as error:
        logger.warning("picture %s: %s", picture, error)
        return Description(width=0, height=0, error=str(error))


def described(found: Sequence[Unpacked], describer: Describer, asking: Asking) -> list[Description]:
    """One description each, in order; those that could not be unpacked keep their reason."""
    images = [one for one in found if isinstance(one, Image.Image)]
    answers: list[Description] = []
    for start in range(0, len(images), most := asking.most):
        answers += halving(describer, images[start : start + most], asking)
    if asking.halvings and not any(answer.error for answer in answers):
        # It is the number that does not fit, not one picture: ask for fewer from now on.
        asking.most = max(asking.asked)
    following = iter(answers)
    return [one if isinstance(one, Description) else next(following) for one in found]


def halving(
    describer: Describer, images: Sequence[Image.Image], asking: Asking
) -> list[Description]:
    """The describer's answers, asked in ever smaller batches while memory runs out."""
    if not images:
        return []
    try:
        answers = describer.describe(images)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
    else:
        asking.asked.append(len(images))
        return answers
    # Outside of the handler: the error's traceback held what filled the memory.
    free_memory()
    asking.halvings += 1
    if len(images) == 1:
        width, height = images[0].size
        reason = f"out of memory on this picture alone ({width} x {height})"
        logger.warning(reason)
        return [Description(width=width, height=height, error=reason)]
    half = len(images) // 2
    logger.warning("out of memory with %d pictures; trying %d", len(images), half)
    return [
        *halving(describer, images[:half], asking),
        *halving(describer, images[half:], asking),
    ]


def is_out_of_memory(error: MemoryError | RuntimeError) -> bool:
    """Whether it is Python's, torch's (a RuntimeError whose class needs torch to name), or
    that of a CUDA library, which torch passes on as a plain RuntimeError."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or ("CUDA" in str(error) and "out of memory" in str(error))
        or "STATUS_ALLOC_FAILED" in str(error)
    )


def free_memory() -> None:
    """Give back what nobody holds, also on the GPU, where torch keeps it for later."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def log_progress(progress: Progress) -> None:
    """Write how far it is."""
    logger.info("%s", progress)


def read_descriptions(store: Store, describer_key: str | None = None) -> pa.Table:
    """All rows of one describer, or of all, sorted by picture and describer.

    A picture has one row per describer, revision and settings. Without any description the
    table is empty and has its columns; a column that older files lack is null there.
    """
    prefix = "descriptions" if describer_key is None else f"descriptions/{describer_key}"
    parts = [read_table(store, key) for key in store.keys(prefix)]
    if not parts:
        return SCHEMA.empty_table()
    rows = pa.concat_tables([SCHEMA.empty_table(), *parts], promote_options="default")
    rows = rows.select(SCHEMA.names).sort_by([(name, "ascending") for name in IDENTITY])
    return rows.filter(pa.array(first_of_each(rows)))


def first_of_each(rows: pa.Table) -> list[bool]:
    """Whether each row is the first of its picture and describer.

    Two workers given the same picture both write it; the rows say the same.
    """
    seen: set[tuple[str, ...]] = set()
    first = []
    for identity in zip(*(rows[name].to_pylist() for name in IDENTITY), strict=True):
        first.append(identity not in seen)
        seen.add(identity)
    return first
