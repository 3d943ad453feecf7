"""Where Pauta keeps its files: one local folder, or one prefix of an S3 bucket.

A key is a relative path with `/`. Every write is whole or not at all: a temporary
file and a rename on disk, a single PUT on S3.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlparse

from include.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DEFAULT_ROOT = "./data"
TEMPORARY_SUFFIX = ".tmp"
_KEY = re.compile(r"[A-Za-z0-9_=.+@~-]+(/[A-Za-z0-9_=.+@~-]+)*")


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

    def delete(self, key: str) -> None:
        """Remove the object; removing what is not there is no error."""

    def local_copy(self, key: str, folder: Path) -> Path:
        """A path on this machine that holds the object, for programs that want a file.

        The object itself when it lies on this machine, else a copy below `folder`.
        """

    def write_file(self, key: str, source: Path) -> None:
        """Put a copy of a file of this machine under `key`, whole or not at all."""


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
        target = self._at(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name}.", suffix=TEMPORARY_SUFFIX
        )
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            self._publish(Path(temporary), target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def exists(self, key: str) -> bool:
        return self._at(key).is_file()

    def keys(self, prefix: str = "") -> list[str]:
        base = self._at(prefix) if prefix else self.path
        found = (
            Path(folder, name).relative_to(self.path).as_posix()
            for folder, _, names in os.walk(base)
            for name in names
            if not name.endswith(TEMPORARY_SUFFIX)
        )
        return sorted(found)

    def delete(self, key: str) -> None:
        self._at(key).unlink(missing_ok=True)

    def local_copy(self, key: str, folder: Path) -> Path:
        path = self._at(key)
        if not path.is_file():
            raise FileNotFoundError(f"store {self.root}: no object {key!r}.")
        return path

    def write_file(self, key: str, source: Path) -> None:
        target = self._at(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        # A rename does not cross file systems, and the source may lie on another one.
        handle, temporary = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name}.", suffix=TEMPORARY_SUFFIX
        )
        try:
            with os.fdopen(handle, "wb") as out, source.open("rb") as data:
                shutil.copyfileobj(data, out, 1 << 20)
                out.flush()
                os.fsync(out.fileno())
            self._publish(Path(temporary), target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _at(self, key: str) -> Path:
        return self.path / check_key(key)

    @staticmethod
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

            client = boto3.client("s3")
        self.client = client
        self.bucket = bucket
        self.prefix = prefix.strip("/")
        self.root = f"s3://{bucket}/{self.prefix}".rstrip("/")

    def read(self, key: str) -> bytes:
        try:
            return self.client.get_object(Bucket=self.bucket, Key=self._at(key))["Body"].read()
        except self.client.exceptions.NoSuchKey as error:
            raise FileNotFoundError(f"store {self.root}: no object {key!r}.") from error

    def write(self, key: str, data: bytes) -> None:
        self.client.put_object(
            Bucket=self.bucket, Key=self._at(key), Body=data, ChecksumAlgorithm="SHA256"
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
        start = f"{self._at(prefix)}/" if prefix else f"{self.prefix}/".lstrip("/")
        skip = len(self.prefix) + 1 if self.prefix else 0
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=start
        )
        return sorted(item["Key"][skip:] for page in pages for item in page.get("Contents", []))

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self._at(key))

    def local_copy(self, key: str, folder: Path) -> Path:
        target = folder / check_key(key)
        if target.is_file():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        data = self.read(key)
        LocalStore(folder).write(key, data)
        return target

    def write_file(self, key: str, source: Path) -> None:
        self.client.upload_file(str(source), self.bucket, self._at(key))

    def _at(self, key: str) -> str:
        return f"{self.prefix}/{check_key(key)}".lstrip("/")


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
