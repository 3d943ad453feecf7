"""What holds for every test: no telemetry, no network, and a torchvision that loads.

Nothing heavy is imported here; a test that uses no model does not pay for torch.
"""

import atexit
import importlib.util
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

# Libraries read these when they are imported, so they are set before any test is.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["GX_ANALYTICS_ENABLED"] = "false"
# Test processes share the cores: more threads of torch would only wait for each other, and sums
# of floats would depend on how many there are.
os.environ["OMP_NUM_THREADS"] = "1"

# Airflow makes its folder and database when it is imported; each test process has its own.
AIRFLOW_HOME = tempfile.mkdtemp(prefix="pauta-airflow-")
atexit.register(shutil.rmtree, AIRFLOW_HOME, ignore_errors=True)
os.environ["AIRFLOW_HOME"] = AIRFLOW_HOME
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(Path(__file__).parents[1] / "dags")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"

LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104 - what a test may talk to


class TorchvisionOperators:
    """Declares two operators that torchvision's Python code expects, where its library is unfit.

    The public registry's torchvision is built for CUDA; beside a CPU build of torch its C++
    library does not load, and `import torchvision` then fails on `torchvision::nms`. Nothing
    of ours calls the operators, they only have to be declared. Python asks this finder before
    torchvision is first imported, so only tests that get there import torch.
    """

    asked = False

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if name == "torchvision" and not self.asked:
            self.asked = True
            spec = PathFinder.find_spec("torchvision")
            if spec is not None and spec.origin and importlib.util.find_spec("torch"):
                self.declare_if_missing(Path(spec.origin).parent)
        return None

    def declare_if_missing(self, package: Path) -> None:
        import torch

        try:
            for library in package.glob("_C*.so"):
                torch.ops.load_library(library)
        except OSError:
            self.library = torch.library.Library("torchvision", "DEF")
            for operator in ("nms", "qnms"):
                self.library.define(f"{operator}(Tensor dets, Tensor scores, float iou) -> Tensor")


TORCHVISION_OPERATORS = TorchvisionOperators()  # torch forgets operators whose owner is gone
sys.meta_path.insert(0, TORCHVISION_OPERATORS)  # type: ignore[arg-type]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose program is missing; in CI, where all are installed, fail it."""
    for marker in item.iter_markers("needs"):
        [program] = marker.args
        if shutil.which(program) is None:
            if os.environ.get("CI"):
                pytest.fail(f"{program} is not installed; in CI no test may be left out.")
            pytest.skip(f"{program} is not installed")


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """No test connects to, or asks for the address of, anything but this machine."""

    def guarded(connect: Callable[[socket.socket, Any], Any]) -> Callable[..., Any]:
        def only_loopback(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                check_loopback(address[0])
            return connect(self, address)

        return only_loopback

    resolve = socket.getaddrinfo

    def only_local_names(host: Any, *arguments: Any, **options: Any) -> Any:
        check_loopback(host)
        return resolve(host, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
        patch.setattr(socket, "getaddrinfo", only_local_names)
        yield


def check_loopback(host: str | bytes | None) -> None:
    """Fails the test when `host` is another machine; no `except Exception` can hide it."""
    name = host.decode() if isinstance(host, bytes) else host
    if name and not name.startswith(LOOPBACK) and name != socket.gethostname():
        pytest.fail(f"A test reached for {name!r}; tests talk to this machine only.")
