"""Where Pauta keeps its files: one local folder, or one prefix of an S3 bucket.

A key is a relative path with `/`. Every write is whole or not at all: a temporary
file and a rename on disk; on S3 one PUT, or one multipart upload that appears when it is
complete. What S3 gives back is held to the sha256 that was written with it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol
from urllib.parse import urlparse

from include.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DEFAULT_ROOT = "./data"
TEMPORARY_SUFFIX = ".tmp"
# Larger objects go to S3 in parts, so that a slow line repeats a part and not the whole.
PART_BYTES = 16 << 20
_KEY = re.compile(r"[A-Za-z0-9_=.+@~-]+(/[A-Za-z0-9_=.+@~-]+)*")


@dataclass(frozen=True, order=True)
class Listed:
    """One object as a listing tells it.

    Args:
        tag: changes when the object is written again: the time of writing in nanoseconds, or
            S3's ETag.
        written_at: with its time zone.
    """

    key: str
    size: int
    tag: str
    written_at: datetime = field(compare=False)

    @property
    def fingerprint(self) -> str:
        """Equal for the same object unless it was written in between."""
        return f"{self.size}-{self.tag}"


class Store(Protocol):
    """Objects by key. `FileNotFoundError` where a key that must exist does not."""

    root: str

    def read(self, key: str) -> bytes:
        """The object's bytes."""

    def write(self, key: str, data: bytes) -> None:
        """Put the object, whole or not at all, replacing what was there."""

    def exists(self, key: str) -> bool:
        """Whether the object is there."""

    def keys(self, prefix: str = "") -> list[str]:
        """All keys below the folder `prefix`, sorted; temporary files are left out."""

    def listing(self, prefix: str = "") -> list[Listed]:
        """As `keys`, with what tells whether an object was written again."""

    def delete(self, key: str) -> None:
        """Remove the object; removing what is not there is no error."""

    def local_copy(self, key: str, folder: Path) -> Path:
        """A path on this machine that holds the object, for programs that want a file.

        The object itself when it lies on this machine, else a copy below `folder`.
        """

    def write_file(self, key: str, source: Path) -> None:
        """Put a copy of a file of this machine under `key`, whole or not at all."""

    def move_file(self, key: str, source: Path) -> None:
        """As `write_file`, but the source is gone afterwards; beside the store it costs nothing."""

    def scratch(self, name: str) -> Path:
        """A new empty folder for large files on their way into the store; nobody lists it.

        Whoever asked for it removes it; what a killed process leaves, `leftovers` finds.
        """

    def leftovers(self, before: datetime, *, remove: bool) -> list[str]:
        """What killed writers left behind before an instant: half-written files, scratch folders.

        On S3 uploads that were never completed. With `remove` they are gone afterwards.
        """


def check_key(key: str) -> str:
    """The key itself.

    Raises:
        ValueError: it is not a plain relative path. Keys are built by us from ids and
            hashes; anything else is somebody's text on its way to a file name.
    """
    if not _KEY.fullmatch(key) or any(part in {".", ".."} for part in key.split("/")):
        raise ValueError(f"store: {key!r} is not a plain relative key (letters, digits, _=.+@~-).")
    return key


class LocalStore:
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.path = root.absolute()
        self.root = str(self.path)

    def read(self, key: str) -> bytes:
        return self._at(key).read_bytes()

    def write(self, key: str, data: bytes) -> None:
        with _beside(self._at(key)) as out:
            out.write(data)

    def exists(self, key: str) -> bool:
        return self._at(key).is_file()

    def keys(self, prefix: str = "") -> list[str]:
        return sorted(path[len(self.root) + 1 :] for path in self._paths(prefix))

    def listing(self, prefix: str = "") -> list[Listed]:
        found = []
        for path in self._paths(prefix):
            # A listing is no lock: what is deleted meanwhile is not there.
            try:
                state = os.stat(path)  # noqa: PTH116
            except FileNotFoundError:
                continue
            key = path[len(self.root) + 1 :]
            written_at = datetime.fromtimestamp(state.st_mtime, UTC)
            found.append(Listed(key, state.st_size, str(state.st_mtime_ns), written_at))
        return sorted(found)

    def delete(self, key: str) -> None:
        self._at(key).unlink(missing_ok=True)

    def local_copy(self, key: str, folder: Path) -> Path:
        path = self._at(key)
        if not path.is_file():
            raise FileNotFoundError(f"store {self.root}: no object {key!r}.")
        return path

    def write_file(self, key: str, source: Path) -> None:
        with _beside(self._at(key)) as out, source.open("rb") as data:
            shutil.copyfileobj(data, out, 1 << 20)

    def move_file(self, key: str, source: Path) -> None:
        target = self._at(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.stat().st_dev != target.parent.stat().st_dev:  # a rename does not cross disks
            self.write_file(key, source)
            source.unlink()
            return
        with source.open("rb") as data:
            os.fsync(data.fileno())
        _publish(source, target)

    def scratch(self, name: str) -> Path:
        self.path.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=TEMPORARY_SUFFIX, dir=self.path))

    def leftovers(self, before: datetime, *, remove: bool) -> list[str]:
        found = []
        for folder, folders, names in os.walk(self.path):
            left = [name for name in (*folders, *names) if name.endswith(TEMPORARY_SUFFIX)]
            folders[:] = [name for name in folders if name not in left]
            for path in (Path(folder, name) for name in left):
                if path.stat().st_mtime >= before.timestamp():
                    continue
                found.append(path.relative_to(self.path).as_posix())
                if remove and path.is_dir():
                    shutil.rmtree(path)
                elif remove:
                    path.unlink(missing_ok=True)
        return sorted(found)

    def _at(self, key: str) -> Path:
        return self.path / check_key(key)

    def _paths(self, prefix: str) -> Iterator[str]:
        for folder, folders, names in os.walk(self._at(prefix) if prefix else self.path):
            folders[:] = [name for name in folders if not name.endswith(TEMPORARY_SUFFIX)]
            for name in names:
                if not name.endswith(TEMPORARY_SUFFIX):
                    yield f"{folder}/{name}"


@contextmanager
def _beside(target: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `target` when it is written whole, and else is gone."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(
        dir=target.parent, prefix=f".{target.name}.", suffix=TEMPORARY_SUFFIX
    )
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        _publish(Path(temporary), target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _publish(temporary: Path, target: Path) -> None:
    temporary.chmod(0o644)
    temporary.replace(target)
    # The rename itself must survive a power cut, not only the file's bytes.
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class S3Store:
    """A prefix of an S3 bucket; credentials and endpoint come from the AWS environment."""

    def __init__(self, bucket: str, prefix: str, client: S3Client | None = None) -> None:
        if client is None:
            import boto3
            from botocore.config import Config

            # 500s, resets and silence are tried again by the client, five times with pauses.
            config = Config(retries={"total_max_attempts": 6, "mode": "standard"})
            client = boto3.client("s3", config=config)
        self.client = client
        self.bucket = bucket
        self.prefix = prefix.strip("/")
        self.root = f"s3://{bucket}/{self.prefix}".rstrip("/")

    def read(self, key: str) -> bytes:
        with self._answer(key) as answer:
            data: bytes = answer["Body"].read()
        self._check(key, answer, hashlib.sha256(data).hexdigest())
        return data

    def write(self, key: str, data: bytes) -> None:
        if len(data) > PART_BYTES:
            with tempfile.NamedTemporaryFile(prefix="pauta-s3-") as whole:
                whole.write(data)
                whole.flush()
                self.write_file(key, Path(whole.name))
            return
        self.client.put_object(
            Bucket=self.bucket,
            Key=self._at(key),
            Body=data,
            ChecksumAlgorithm="SHA256",
            Metadata={"sha256": hashlib.sha256(data).hexdigest()},
        )

    def exists(self, key: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            self.client.head_object(Bucket=self.bucket, Key=self._at(key))
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NotFound"}:
                return False
            raise
        return True

    def keys(self, prefix: str = "") -> list[str]:
        return [item.key for item in self.listing(prefix)]

    def listing(self, prefix: str = "") -> list[Listed]:
        start = f"{self._at(prefix)}/" if prefix else f"{self.prefix}/".lstrip("/")
        skip = len(self.prefix) + 1 if self.prefix else 0
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=start
        )
        return sorted(
            Listed(item["Key"][skip:], item["Size"], item["ETag"].strip('"'), item["LastModified"])
            for page in pages
            for item in page.get("Contents", [])
        )

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self._at(key))

    def local_copy(self, key: str, folder: Path) -> Path:
        target = folder / check_key(key)
        if target.is_file():
            return target
        with _beside(target) as out, self._answer(key) as answer:
            self._check(key, answer, _copied(answer["Body"], out))
        return target

    def write_file(self, key: str, source: Path) -> None:
        from boto3.s3.transfer import TransferConfig

        with source.open("rb") as data:
            sha256 = hashlib.file_digest(data, "sha256").hexdigest()
        self.client.upload_file(
            str(source),
            self.bucket,
            self._at(key),
            ExtraArgs={"ChecksumAlgorithm": "SHA256", "Metadata": {"sha256": sha256}},
            Config=TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES),
        )

    def move_file(self, key: str, source: Path) -> None:
        self.write_file(key, source)
        source.unlink()

    def scratch(self, name: str) -> Path:
        return Path(tempfile.mkdtemp(prefix=f"pauta-{name}-"))

    def leftovers(self, before: datetime, *, remove: bool) -> list[str]:
        pages = self.client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self.bucket, Prefix=f"{self.prefix}/".lstrip("/")
        )
        found = [
            upload
            for page in pages
            for upload in page.get("Uploads", [])
            if upload["Initiated"] < before
        ]
        for upload in found if remove else []:
            self.client.abort_multipart_upload(
                Bucket=self.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
            )
        skip = len(self.prefix) + 1 if self.prefix else 0
        return sorted(upload["Key"][skip:] for upload in found)

    def _at(self, key: str) -> str:
        return f"{self.prefix}/{check_key(key)}".lstrip("/")

    @contextmanager
    def _answer(self, key: str) -> Iterator[Any]:
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=self._at(key))
        except self.client.exceptions.NoSuchKey as error:
            raise FileNotFoundError(f"store {self.root}: no object {key!r}.") from error
        with answer["Body"]:
            yield answer

    def _check(self, key: str, answer: Any, seen: str) -> None:
        """Objects that another program put there have no sha256 to be held to."""
        written = answer["Metadata"].get("sha256", seen)
        if written != seen:
            raise OSError(
                f"store {self.root}: {key} came as sha256 {seen[:12]}…, written was "
                f"{written[:12]}…. Nothing of it was used; read it again or write it anew."
            )


def _copied(source: BinaryIO, out: BinaryIO) -> str:
    """Copy to the end; returns the sha256."""
    seen = hashlib.sha256()
    while block := source.read(1 << 20):
        seen.update(block)
        out.write(block)
    return seen.hexdigest()


def open_store(root: str | None = None) -> Store:
    """The store at `root`, or at the setting `PAUTA_DATA` (a folder or `s3://bucket/prefix`).

    Raises:
        ConfigurationError: an address of another kind.
    """
    if root is None:
        root = os.environ.get("PAUTA_DATA") or DEFAULT_ROOT
    url = urlparse(root)
    if url.scheme == "s3":
        if not url.netloc:
            raise ConfigurationError(f"PAUTA_DATA is {root!r}; expected s3://bucket/prefix.")
        return S3Store(url.netloc, url.path)
    if "://" in root:
        raise ConfigurationError(
            f"PAUTA_DATA is {root!r}; expected a folder or s3://bucket/prefix."
        )
    return LocalStore(Path(root).expanduser())
