"""Who signs the images: a certificate and its key in files, or a command that signs elsewhere."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from generation.credentials import (
    Credential,
    check_credential,
    key_signer,
    new_authority,
)
from include.errors import ConfigurationError

COMMAND_S = 20.0
_SIGNATURE_BYTES = 64


def credential(environ: Mapping[str, str] | None = None) -> Credential | None:
    """The configured credential, tried once; None where no certificate is configured.

    `PAUTA_SIGN_CERT` is a PEM file, the signer's certificate first. The key is the PEM file
    `PAUTA_SIGN_KEY`, or stays in a KMS or HSM: then `PAUTA_SIGN_COMMAND` gets the bytes on its
    standard input and prints the 64 raw bytes of an ES256 signature.

    Raises:
        ConfigurationError: a file is missing, or key and certificate do not belong together.
    """
    environ = os.environ if environ is None else environ
    certificate = environ.get("PAUTA_SIGN_CERT")
    if not certificate:
        return None
    key, command = environ.get("PAUTA_SIGN_KEY"), environ.get("PAUTA_SIGN_COMMAND")
    if bool(key) == bool(command):
        raise ConfigurationError(
            "PAUTA_SIGN_CERT is set: set PAUTA_SIGN_KEY (a PEM file) or PAUTA_SIGN_COMMAND (prints "
            "a signature) as well, and not both."
        )
    try:
        chain = Path(certificate).read_text(encoding="ascii")
        if key:
            found = Credential(chain, key_signer(Path(key).read_bytes()))
        else:
            found = Credential(chain, command_signer(str(command)))
        check_credential(found)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"PAUTA_SIGN_CERT {certificate}: {error}") from error
    return found


class command_signer:  # noqa: N801 - used like the function `key_signer`
    """Signs by a command of the operating system."""

    def __init__(self, command: str) -> None:
        self.words = shlex.split(command)

    def __call__(self, data: bytes) -> bytes:
        """The 64 bytes that the command prints.

        Raises:
            ValueError: it fails, or prints something else.
        """
        done = subprocess.run(
            self.words, check=False, input=data, capture_output=True, timeout=COMMAND_S
        )
        if done.returncode or len(done.stdout) != _SIGNATURE_BYTES:
            raise ValueError(
                f"PAUTA_SIGN_COMMAND {self.words[0]}: exit code {done.returncode}, "
                f"{len(done.stdout)} bytes on standard output, {_SIGNATURE_BYTES} expected."
            )
        return done.stdout


def write_authority(folder: Path, organisation: str, *, now: datetime) -> list[Path]:
    """Write a trial authority and a signer below it; gives the four files.

    Raises:
        FileExistsError: one of them is there already; keys are never overwritten.
    """
    files = {name: folder / name for name in ("root.pem", "root.key", "signer.pem", "signer.key")}
    for path in files.values():
        if path.exists():
            raise FileExistsError(f"{path}: already there; a key is never overwritten.")
    made = new_authority(organisation, now=now)
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "root.pem": made.root.encode(),
        "root.key": made.root_key,
        "signer.pem": made.chain.encode(),
        "signer.key": made.key,
    }
    for name, path in files.items():
        path.touch(mode=0o600 if name.endswith(".key") else 0o644)
        path.write_bytes(content[name])
    return list(files.values())
