"""Describing stored pictures: which are missing, a chunk at a time, resumable at any instant.

`descriptions/<describer_key>/<name>.parquet` holds one batch. Pictures are taken in the order
of their hashes and a file's name comes from the pictures in it, so a chunk that was killed and
is run again leaves the same files as an undisturbed run.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypedDict

import pyarrow as pa
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from generation.describe.clip_interrogator import ClipInterrogator
from generation.describe.decode import UndecodablePicture, decoded
from generation.describe.layout import Layout
from generation.describe.record import SCHEMA, Describer, Description, descriptions_table
from include.config.reading import config_path, read_yaml
from include.errors import ConfigurationError
from include.lake import read_table, write_table
from include.store import Store, check_key

logger = logging.getLogger(__name__)

BATCH_SIZE = 50
CHUNK_SIZE = 5_000
DEFAULT_PROFILE = "storyboard"


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
    """How far a chunk is."""

    done: int
    total: int
    images_per_s: float
    eta_s: float


class LayoutEntry(BaseModel):
    """Pixels only."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["layout"]


class ClipInterrogatorEntry(BaseModel):
    """The two checkpoints of a clip-interrogator, pinned."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["clip_interrogator"]
    mode: Literal["medium", "fast"] = "medium"
    caption_checkpoint: str
    caption_revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    clip_folder: Path
    clip_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    clip_model_name: str = "ViT-L-14"
    device: str = "cpu"


class DescribersFile(BaseModel):
    """`describers.yaml`."""

    model_config = ConfigDict(extra="forbid")
    describers: dict[
        str, Annotated[LayoutEntry | ClipInterrogatorEntry, Field(discriminator="kind")]
    ]
    profiles: dict[str, str]


def describer_for(profile: str | None = None) -> Describer:
    """The describer of a profile (default: the setting `PAUTA_PROFILE`, else `storyboard`).

    Models are loaded when the first picture comes, not here.

    Raises:
        ConfigurationError: `describers.yaml` has a mistake.
    """
    if profile is None:
        profile = os.environ.get("PAUTA_PROFILE") or DEFAULT_PROFILE
    path = config_path("describers.yaml")
    file = read_yaml(path, DescribersFile)
    name = file.profiles.get(profile, "layout")
    entry = file.describers.get(name)
    if entry is None:
        raise ConfigurationError(
            f"{path}: profile {profile!r} wants describer {name!r}, "
            f"there are {', '.join(sorted(file.describers))}."
        )
    if isinstance(entry, LayoutEntry):
        return Layout()
    return ClipInterrogator(**entry.model_dump(exclude={"kind"}))


def describer_key_of(profile: str | None = None) -> str:
    """The describer key of a profile; no model is loaded."""
    return describer_key(describer_for(profile))


def describer_key(describer: Describer) -> str:
    """Name, revision and a hash of the settings: all that changes the answer.

    Example: `layout-1-44136fa355b3`.
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
        found.update(map(str, read_table(store, batch)["picture"].to_pylist()))
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
    started = time.monotonic()
    for start in range(0, len(todo), batch_size):
        batch = todo[start : start + batch_size]
        rows = list(described_batch(store, {p: files[p] for p in batch}, describer))
        write_table(store, batch_key(key, batch), descriptions_table(rows, describer))
        broken = sum(description.error is not None for _, description in rows)
        counts["broken"] += broken
        counts["described"] += len(rows) - broken
        done = start + len(batch)
        rate = done / max(time.monotonic() - started, 1e-9)
        progress(Progress(done, len(todo), rate, (len(todo) - done) / rate))
    return counts


def batch_key(describer_key: str, pictures: Sequence[str]) -> str:
    """Where the rows of these pictures lie; the name depends on nothing else."""
    digest = hashlib.sha256("\n".join(pictures).encode()).hexdigest()
    return f"descriptions/{describer_key}/{pictures[0][:12]}-{digest[:16]}.parquet"


def described_batch(
    store: Store, files: dict[str, str], describer: Describer
) -> Iterator[tuple[str, Description]]:
    """A description or an error for each of `files` (store key by picture), in its order."""
    images = {}
    errors = {}
    for picture, key in files.items():
        try:
            images[picture] = decoded(store.read(key))
        except UndecodablePicture as error:
            logger.warning("picture %s: %s", picture, error)
            errors[picture] = Description(width=0, height=0, error=str(error))
    readable = list(images)
    described = dict(zip(readable, halving(describer, [images[p] for p in readable]), strict=True))
    for picture in files:
        yield picture, errors[picture] if picture in errors else described[picture]


def halving(describer: Describer, images: Sequence[Image.Image]) -> list[Description]:
    """The describer's answers, asked in ever smaller batches while memory runs out."""
    if not images:
        return []
    try:
        return describer.describe(images)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
    if len(images) == 1:
        width, height = images[0].size
        reason = f"out of memory on this picture alone ({width} x {height})"
        logger.warning(reason)
        return [Description(width=width, height=height, error=reason)]
    half = len(images) // 2
    logger.warning("out of memory with %d pictures; trying %d", len(images), half)
    return [*halving(describer, images[:half]), *halving(describer, images[half:])]


def is_out_of_memory(error: MemoryError | RuntimeError) -> bool:
    """Whether it is Python's, or torch's (a RuntimeError whose class needs torch to name)."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"


def log_progress(progress: Progress) -> None:
    """`described 150 of 5000, 41.2 images/s, 1 min 58 s to go`."""
    minutes, seconds = divmod(round(progress.eta_s), 60)
    logger.info(
        "described %d of %d, %.1f images/s, %d min %d s to go",
        progress.done,
        progress.total,
        progress.images_per_s,
        minutes,
        seconds,
    )


def read_descriptions(store: Store, describer_key: str | None = None) -> pa.Table:
    """All rows of one describer, or of all, sorted by picture and describer.

    A picture has one row per describer, revision and settings. Without any description the
    table is empty and has its columns.
    """
    prefix = "descriptions" if describer_key is None else f"descriptions/{describer_key}"
    parts = [read_table(store, key) for key in store.keys(prefix)]
    if not parts:
        return SCHEMA.empty_table()
    rows = pa.concat_tables(parts).sort_by(
        [
            ("picture", "ascending"),
            ("describer", "ascending"),
            ("revision", "ascending"),
            ("settings", "ascending"),
        ]
    )
    return rows.filter(pa.array(first_of_each(rows)))


def first_of_each(rows: pa.Table) -> list[bool]:
    """Whether each row is the first of its picture and describer.

    Two workers given the same picture both write it; the rows say the same.
    """
    seen: set[tuple[str, ...]] = set()
    first = []
    for identity in zip(*(rows[name].to_pylist() for name in SCHEMA.names[:4]), strict=True):
        first.append(identity not in seen)
        seen.add(identity)
    return first
