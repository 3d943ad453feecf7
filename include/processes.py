"""Starts the programs of the demo, and ends every one of them again."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType

import psutil

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


class Processes:
    """Child processes by name, each with its own log file; leaving the block ends them all.

    Airflow's scheduler leaves its workers behind when it is killed. On Linux this process
    adopts such orphans, so that they are found and ended too.
    """

    def __init__(self, log_folder: Path, env: dict[str, str]) -> None:
        self.log_folder = log_folder
        self.env = env
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Processes:
        self.log_folder.mkdir(parents=True, exist_ok=True)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, name: str, command: list[str]) -> None:
        """Start a program in a session of its own, so that Ctrl-C reaches only us."""
        with self.log_path(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, name: str, command: list[str]) -> None:
        """Run a program to its end.

        Raises:
            RuntimeError: it failed; the message ends with the last lines of its log.
        """
        with self.log_path(name).open("ab") as log:
            done = subprocess.run(
                command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            raise RuntimeError(self.complaint(name, done.returncode))

    def check_alive(self) -> None:
        """Raise RuntimeError, with the end of its log, for a program that ended by itself."""
        for name, process in self.running.items():
            code = process.poll()
            if code is not None:
                raise RuntimeError(self.complaint(name, code))

    def log_path(self, name: str) -> Path:
        """Where the program's output goes."""
        return self.log_folder / f"{name}.log"

    def complaint(self, name: str, code: int) -> str:
        """What ended, how, and its last words."""
        path = self.log_path(name)
        tail = "\n".join(path.read_text(errors="replace").splitlines()[-30:])
        return f"{name} ended with exit code {code}; the end of {path}:\n{tail}"

    def stop(self, patience_s: float = 10.0) -> None:
        """Ask every descendant to end, wait, and kill what is left."""
        family = psutil.Process().children(recursive=True)
        for child in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.send_signal(signal.SIGTERM)
        psutil.wait_procs(family, timeout=patience_s)
        # Orphans were adopted meanwhile: look again instead of trusting the first list.
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        for process in self.running.values():
            process.wait()
        self.running.clear()
        _reap()


def free_port(preferred: int) -> int:
    """`preferred` when nothing listens there on loopback, else one the system chooses."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError("no free port on 127.0.0.1")


def _reap() -> None:
    """Collect adopted orphans that have ended, so that none stays as a zombie."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
