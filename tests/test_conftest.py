"""The guards that every other test relies on."""

import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

OUTSIDE = "192.0.2.1"  # reserved for documentation; nobody answers there


def test_connecting_to_another_machine_fails_the_test() -> None:
    """A connection to an address that is not loopback is stopped before it leaves."""
    with socket.socket() as plain, pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"):
        plain.connect((OUTSIDE, 80))


def test_asking_for_a_foreign_name_fails_the_test() -> None:
    """Even the name lookup is stopped, and `except Exception` does not swallow it."""
    with pytest.raises(pytest.fail.Exception, match=r"example\.com"):
        urllib.request.urlopen("http://example.com/")


def test_loopback_servers_can_be_reached() -> None:
    """Servers that tests start themselves are reachable."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port), timeout=5):
            pass


def test_telemetry_is_off() -> None:
    """Libraries that would report home were told not to before they were imported."""
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


def test_loading_conftest_does_not_import_torch() -> None:
    """A test folder without models does not pay for torch."""
    code = (
        "import runpy, sys; runpy.run_path('tests/conftest.py'); assert 'torch' not in sys.modules"
    )
    root = Path(__file__).parent.parent
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


def test_torchvision_can_be_imported() -> None:
    """open_clip and diffusers import torchvision, whatever build of torch is installed."""
    pytest.importorskip("torch")
    import torchvision

    assert torchvision.__version__
