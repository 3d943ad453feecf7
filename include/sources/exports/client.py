"""Lands the files of an account's drop folder, as a platform's client lands replies."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from include.errors import AccountUnreadable, ConfigurationError
from include.sources.exports.inbox import (
    File,
    TooLarge,
    accounts_in,
    folder_of,
    look,
    read_picture_file,
    read_table_file,
)
from include.sources.exports.parsing import parse
from include.sources.exports.settings import Settings, read_settings
from include.sources.exports.sheet import decode
from include.sources.images import MAX_BYTES, decoded
from include.sources.memory import Memory
from include.sources.replies import Account, Reply, Window
from include.store import Store


class Client:
    """Reads `inbox/<platform>/<account>/` of a store; nothing leaves this installation.

    Args:
        store: where the inbox lies, and where the pictures go.
        platform: for `accounts`, which asks of one platform.
    """

    def __init__(self, store: Store, *, platform: str = "") -> None:
        self.store = store
        self.platform = platform
        self.memory: Memory | None = None  # reading again costs nothing

    def check(self) -> None:
        """See that the inbox can be listed."""
        self.accounts()

    def accounts(self) -> list[dict[str, Any]]:
        """The accounts that have files; a folder's name is all that is known of them."""
        return [
            {"id": found, "name": None, "currency": None, "timezone": None, "status": None}
            for found in accounts_in(self.store, self.platform)
        ]

    def refresh_images(self, account: Account, refs: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Nothing: files have no links that expire."""
        return {}

    def fetch(self, account: Account, window: Window, *, now: datetime) -> Iterator[Reply]:
        """Every export as text, and what each picture is; the pictures are stored.

        All files are read before the first is given, so that one that does not fit stops the
        reading before anything is landed.

        Raises:
            AccountUnreadable: no export lies there, or none has a row of the window.
            ConfigurationError: a file does not fit; says which column is missing and what was
                found.
        """
        inbox = look(self.store, account.platform, account.account_id)
        if not inbox.tables:
            raise AccountUnreadable(
                f"{account.platform} {account.account_id}: no export lies in "
                f"{folder_of(account.platform, account.account_id)}/ of {self.store.root}. "
                "docs/exports.md says how to make one.",
                kind="not_enabled",
            )
        settings = Settings()
        if inbox.settings is not None:
            data = read_table_file(self.store, inbox.settings)
            settings = read_settings(data, inbox.settings.key)
        replies = self._tables(inbox.tables, window, settings, now)
        replies += [self._picture(file, now) for file in inbox.pictures]
        parse(replies, account)
        yield from replies

    def _tables(
        self, files: Sequence[File], window: Window, settings: Settings, now: datetime
    ) -> list[Reply]:
        replies, complaints = [], []
        for file in files:
            try:
                data = read_table_file(self.store, file)
                text, encoding = decode(data, file.key)
            except ConfigurationError as error:
                complaints.append(str(error))
                continue
            body = {
                "name": file.name,
                "sha256": hashlib.sha256(data).hexdigest(),
                "encoding": encoding,
                "since": window.since.isoformat(),
                "until": window.until.isoformat(),
                "settings": settings.model_dump(mode="json"),
                "text": text,
            }
            replies.append(Reply("export_files", file.key, 200, now, body))
        if complaints:
            raise ConfigurationError("\n".join(complaints))
        return replies

    def _picture(self, file: File, now: datetime) -> Reply:
        body: dict[str, Any] = {"name": file.name} | dict.fromkeys(
            ("sha256", "mime", "width", "height", "bytes", "reason")
        )
        with tempfile.NamedTemporaryFile(prefix="pauta-picture-") as copy:
            try:
                copy.write(read_picture_file(self.store, file))
                copy.flush()
                picture = decoded(Path(copy.name))
            except TooLarge:
                body["reason"] = f"more than {MAX_BYTES:,} bytes"
            except ValueError as error:
                body["reason"] = str(error)
            else:
                if not self.store.exists(picture.key):
                    self.store.write_file(picture.key, Path(copy.name))
                body |= {
                    "sha256": picture.sha256,
                    "mime": picture.mime,
                    "width": picture.width,
                    "height": picture.height,
                    "bytes": picture.bytes,
                }
        return Reply("export_pictures", file.key, 200, now, body)
