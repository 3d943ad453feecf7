"""A scripted HTTP server on loopback, and accounts to read with it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stamina

from include.sources.replies import Account, Reply, Window

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """One request as it arrived; `target` is the raw path and query."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {k: v[0] for k, v in parse_qs(urlsplit(self.target).query).items()}

    @property
    def form(self) -> dict[str, str]:
        return {k: v[0] for k, v in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Says:
    """What the server answers: JSON unless `body` is bytes; `cut` drops the line half way."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


class Server:
    """Answers what its `answer` function says, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Says] = lambda asked: Says({}, 404)
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536  # head and body in one packet, not 40 ms apart

            def handle_any(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, self.rfile.read(length))
                server.asked.append(asked)
                said = server.answer(asked)
                raw = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                if "content-length" not in {name.lower() for name in said.headers}:
                    self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw[: len(raw) // 2] if said.cut else raw)
                if said.cut:
                    self.close_connection = True

            do_GET = do_POST = handle_any  # noqa: N815

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def place(self) -> str:
        """`127.0.0.1:port`."""
        return f"127.0.0.1:{self._http.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.place}"

    def says(self, *answers: Says) -> None:
        """One answer after the other; the last one for ever."""
        left = list(answers)

        def answer(asked: Asked) -> Says:
            return left.pop(0) if len(left) > 1 else left[0]

        self.answer = answer


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def says() -> type[Says]:
    return Says


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    """Retries happen, at once."""
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def account() -> Callable[..., Account]:
    def make(platform: str, **changes: Any) -> Account:
        fields: dict[str, Any] = {
            "platform": platform,
            "account_id": "101",
            "name": "Marca",
            "currency": "COP",
            "timezone": "America/Bogota",
            "connection": f"{platform}_default",
            "lookback_days": 28,
        }
        return Account(**(fields | changes))

    return make


@pytest.fixture
def fetch(account: Callable[..., Account]) -> Callable[..., list[Reply]]:
    """Everything a client reads of account 101, from 1 to 10 November unless told."""

    def read(client: Any, platform: str, **changes: Any) -> list[Reply]:
        since = changes.pop("since", date(2026, 11, 1))
        until = changes.pop("until", date(2026, 11, 10))
        return list(client.fetch(account(platform, **changes), Window(since, until), now=NOW))

    return read


@pytest.fixture
def reply() -> Callable[[str, Any], Reply]:
    """A stored reply of an entity."""

    def make(entity: str, body: Any) -> Reply:
        return Reply(entity, f"https://example.com/{entity}", 200, NOW, body)

    return make
