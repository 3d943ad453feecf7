"""Which weights may be loaded: safetensors only, and exactly those that were named.

A checkpoint is a Hugging Face id with a 40-hex commit, read from the local cache, or a local
folder with a file `models.lock` (lines as `sha256sum` writes them) that lists every file.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

LOCK = "models.lock"
COMMIT = re.compile(r"[0-9a-f]{40}")
_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64})  (?P<path>\S.*)")
_CHUNK = 1 << 20


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    """Every file that counts: all but the list itself and hidden download bookkeeping."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.name != LOCK
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def write_lock(folder: Path) -> str:
    """List a folder's files in `models.lock`; gives the folder's revision."""
    lines = [f"{_sha256(path)}  {path.relative_to(folder).as_posix()}" for path in _files(folder)]
    (folder / LOCK).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder_revision(folder)


def folder_revision(folder: Path) -> str:
    """The first 40 hex digits of the list's sha256: other weights, another revision.

    Raises:
        ValueError: the folder has no list.
    """
    path = folder / LOCK
    if not path.is_file():
        raise ValueError(
            f"checkpoint {folder}: no {LOCK}. Once the files are the ones you trust, list them: "
            'python -c "from generation.checkpoint import *; write_lock(Path(...))"'
        )
    return hashlib.sha256(path.read_bytes()).hexdigest()[:40]


def check_folder(folder: Path, revision: str) -> None:
    """Nothing, when the folder holds exactly the listed bytes, as safetensors.

    Raises:
        ValueError: the list is another one than `revision`, a file is missing, changed or
            not listed, or weights are stored as pickle.
    """
    found = folder_revision(folder)
    if found != revision:
        raise ValueError(f"checkpoint {folder}: {LOCK} is revision {found}, expected {revision}.")
    listed = {}
    for number, line in enumerate((folder / LOCK).read_text(encoding="utf-8").splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(
                f"checkpoint {folder}/{LOCK}:{number}: not a sha256sum line: {line!r}."
            )
        listed[match["path"]] = match["sha256"]
    there = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    if there.keys() != listed.keys():
        odd = sorted(there.keys() ^ listed.keys())
        raise ValueError(
            f"checkpoint {folder}: {odd[:5]} are in the folder or in {LOCK}, not both."
        )
    for name, path in there.items():
        if path.suffix in {".bin", ".ckpt", ".pt", ".pth", ".pkl"}:
            raise ValueError(f"checkpoint {folder}: {name} is a pickle; only safetensors are read.")
        if _sha256(path) != listed[name]:
            raise ValueError(f"checkpoint {folder}: {name} is not the file that {LOCK} lists.")


def check_checkpoint(checkpoint: str, revision: str) -> None:
    """Nothing, when the checkpoint may be loaded.

    Raises:
        ValueError: a folder that fails its list, or a revision that is not a commit hash.
    """
    if not COMMIT.fullmatch(revision):
        raise ValueError(
            f"checkpoint {checkpoint}: revision must be 40 hex digits (a commit hash, or what "
            f"write_lock gives for a folder), got {revision!r}."
        )
    if Path(checkpoint).is_dir():
        check_folder(Path(checkpoint), revision)
