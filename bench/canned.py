"""The sandbox behind a desk that keeps its answers, for benchmarks: what was asked before costs
nothing but the delay.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What is another answer from one moment to the next, or begins something anew: Meta's reports
# and their states, the states of X's jobs. X's jobs themselves are begun once.
_CHANGES = re.compile(r"POST .*/insights|async_status|GET .*/stats/jobs/")
# What a request is, but for what its connection is.
_OF_THE_LINE = {"host", "connection", "content-length", "transfer-encoding"}


class Canned:
    """Answers late, from memory where it can, and knows what it was asked.

    `GET /bench/requests` gives what was asked, as arguments of `requests.request`; `DELETE`
    forgets it.
    """

    def __init__(self, app: ASGIApp, *, delay_s: float) -> None:
        self._app = app
        self._delay_s = delay_s
        self._answers: dict[tuple[str, bytes], list[Message]] = {}
        self._asked: list[dict[str, Any]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/bench/requests":
            if scope["method"] == "DELETE":
                self._asked.clear()
            await JSONResponse(self._asked)(scope, receive, send)
            return
        body = await _body(receive)
        query = scope["query_string"].decode("latin-1")
        target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        self._asked.append(
            {
                "method": scope["method"],
                "url": f"http://{headers['host']}{target}",
                "headers": {k: v for k, v in headers.items() if k not in _OF_THE_LINE},
                "data": body.decode("latin-1"),
            }
        )
        late = asyncio.create_task(asyncio.sleep(self._delay_s))
        for message in await self._answer(scope, f"{scope['method']} {target}", body, late):
            await send(message)

    async def _answer(
        self, scope: Scope, asked: str, body: bytes, late: asyncio.Task[None]
    ) -> list[Message]:
        known = self._answers.get((asked, body))
        if known is None:
            known = []

            async def receive() -> Message:
                return {"type": "http.request", "body": body, "more_body": False}

            async def take(message: Message) -> None:
                known.append(message)

            await self._app(scope, receive, take)
            if known[0]["status"] < 400 and not _CHANGES.search(asked):
                self._answers[asked, body] = known
        await late
        return known


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body
