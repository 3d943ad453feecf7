"""What lies in an account's drop folder. Names are listed, never put together from texts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from include.errors import ConfigurationError
from include.sources.images import MAX_BYTES
from include.store import LocalStore, S3Store, Store

FOLDER = "inbox"
# A row of an export is some 300 bytes: 200,000 ad-days. More is a year of a large account, which
# can be exported in parts.
MAX_TABLE_BYTES = 64 * 1024 * 1024
TABLES = (".csv", ".tsv", ".txt")
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")
# Left behind by file managers and by a spreadsheet that has the file open.
_LITTER = re.compile(r"(\..*|~\$.*|Thumbs\.db|desktop\.ini)", re.IGNORECASE)
_ID = re.compile(r"[A-Za-z0-9]{1,40}")
_SETTINGS = ("settings.yaml", "settings.yml")


@dataclass(frozen=True)
class File:
    """One listed file: its key in the store, and its path below the account's folder."""

    key: str
    name: str


@dataclass
class Inbox:
    """The files of one account, each kind ordered by name."""

    tables: list[File] = field(default_factory=list)
    pictures: list[File] = field(default_factory=list)
    settings: File | None = None


class TooLarge(Exception):
    """The file is larger than what is taken."""


def folder_of(platform: str, account_id: str) -> str:
    """`inbox/meta/101`."""
    if not _ID.fullmatch(account_id):
        raise ValueError(f"inbox: {account_id!r:.60} is no account id (letters and digits).")
    return f"{FOLDER}/{platform}/{account_id}"


def accounts_in(store: Store, platform: str) -> list[str]:
    """The accounts that have a folder with at least one file."""
    start = f"{FOLDER}/{platform}/"
    below = (key.removeprefix(start) for key in store.keys(f"{FOLDER}/{platform}"))
    return sorted({path.split("/", 1)[0] for path in below if "/" in path})


def look(store: Store, platform: str, account_id: str) -> Inbox:
    """The account's files by kind.

    Raises:
        ConfigurationError: a file is neither an export, a picture nor the settings.
    """
    folder = folder_of(platform, account_id)
    found, strange = Inbox(), []
    for key in store.keys(folder):
        file = File(key, key.removeprefix(f"{folder}/"))
        last = file.name.rsplit("/", 1)[-1]
        if _LITTER.fullmatch(last):
            continue
        if file.name.lower() in _SETTINGS:
            if found.settings is not None:
                strange.append(f"{last} beside {found.settings.name}")
            found.settings = file
        elif last.lower().endswith(TABLES):
            found.tables.append(file)
        elif last.lower().endswith(PICTURES):
            found.pictures.append(file)
        else:
            strange.append(last)
    if strange:
        raise ConfigurationError(
            f"{folder}: cannot read {', '.join(strange)}. Expected are exports saved as CSV "
            f"({', '.join(TABLES)}; not as Excel and not zipped), pictures "
            f"({', '.join(PICTURES)}) and settings.yaml; take anything else out of the folder."
        )
    return found


def read_table_file(store: Store, file: File) -> bytes:
    """The bytes of an export or of the settings.

    Raises:
        ConfigurationError: it is larger than 64 MB.
    """
    try:
        return _read(store, file.key, MAX_TABLE_BYTES)
    except TooLarge as error:
        raise ConfigurationError(
            f"{file.key}: more than {MAX_TABLE_BYTES:,} bytes; export fewer days at a time."
        ) from error


def read_picture_file(store: Store, file: File) -> bytes:
    """The bytes of a picture.

    Raises:
        TooLarge: it is larger than what is fetched from a platform.
    """
    return _read(store, file.key, MAX_BYTES)


def plain_name(text: str) -> str:
    """A name for comparing: no accents, no capitals, only letters, digits and single spaces."""
    letters = unicodedata.normalize("NFKD", text.replace("_", " ")).casefold()
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", kept))


def _read(store: Store, key: str, limit: int) -> bytes:
    """At most `limit` bytes of a listed key.

    People name their files with spaces and accents, which `Store.read` refuses because a key
    may be somebody's text; this one was listed.
    """
    if isinstance(store, LocalStore):
        path = store.path / key
        # A link in a folder that many people write into could lead anywhere on this machine.
        if not path.resolve().is_relative_to((store.path / FOLDER).resolve()):
            raise ConfigurationError(f"{key}: a link that leads out of the inbox; copy the file.")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    elif isinstance(store, S3Store):
        name = f"{store.prefix}/{key}".lstrip("/")
        data = store.client.get_object(Bucket=store.bucket, Key=name)["Body"].read(limit + 1)
    else:
        data = store.read(key)
    if len(data) > limit:
        raise TooLarge(key)
    return data
