"""Starting and ending the demo's programs, with real processes."""

import socket
import sys
import time

import psutil
import pytest

from include.processes import Processes, free_port

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
# A parent that leaves a child behind in another session, as Airflow's scheduler does.
LEAVES_A_CHILD = [
    sys.executable,
    "-c",
    "import subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
    " start_new_session=True)\n"
    "print(child.pid, flush=True)\n",
]


def wait_for(condition, seconds=10):
    """Poll until the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def test_leaving_the_block_ends_every_process(tmp_path):
    """Ctrl-C leaves nothing behind."""
    with Processes(tmp_path, {}) as processes:
        processes.start("one", SLEEP)
        pid = processes.running["one"].pid
        assert psutil.pid_exists(pid)
    assert not psutil.pid_exists(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
def test_orphans_are_adopted_and_ended(tmp_path):
    """A worker whose parent died is found all the same."""
    with Processes(tmp_path, {}) as processes:
        processes.start("parent", LEAVES_A_CHILD)
        wait_for(lambda: processes.log_path("parent").read_text().strip().isdigit())
        orphan = int(processes.log_path("parent").read_text())
        wait_for(lambda: processes.running["parent"].poll() is not None)
        assert psutil.pid_exists(orphan)
    assert not psutil.pid_exists(orphan)


def test_a_program_that_ends_by_itself_is_reported_with_its_last_words(tmp_path):
    """The person at the terminal sees why, not only that."""
    with Processes(tmp_path, {}) as processes:
        processes.start("api", [sys.executable, "-c", "raise SystemExit('port is taken')"])
        processes.running["api"].wait()
        with pytest.raises(RuntimeError, match=r"api ended with exit code 1.*\n.*port is taken"):
            processes.check_alive()


def test_a_step_that_fails_stops_the_start(tmp_path):
    """A database that cannot be migrated must not be started on."""
    with (
        Processes(tmp_path, {}) as processes,
        pytest.raises(RuntimeError, match="migrate ended with exit code 3"),
    ):
        processes.run("migrate", [sys.executable, "-c", "raise SystemExit(3)"])


def test_a_port_in_use_is_replaced_by_a_free_one():
    """Somebody else's server on 8080 does not stop the demo."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        other = free_port(port)
    assert other != port
    assert free_port(other) == other
