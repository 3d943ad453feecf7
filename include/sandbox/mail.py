"""A mail server on loopback that keeps what it is given: one `.eml` file per message.

with mail_sink(folder) as port:
    smtplib.SMTP("127.0.0.1", port).send_message(message)
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

_HOST = "127.0.0.1"
_ACCEPTED = "250 Message accepted for delivery"


class _Keeper:
    """Writes each message to the folder, numbered in the order of arrival."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(  # noqa: N802 - aiosmtpd finds it by this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        number = 1 + max((int(f.stem) for f in self._folder.glob("[0-9]*.eml")), default=0)
        recipients = ", ".join(envelope.rcpt_tos)
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {recipients}\r\n"
        content = envelope.content
        body = content.encode() if isinstance(content, str) else content or b""
        part = self._folder / f"{number:04d}.part"
        part.write_bytes(head.encode() + body)
        part.replace(part.with_suffix(".eml"))
        return _ACCEPTED


@contextmanager
def mail_sink(folder: Path, port: int = 0) -> Iterator[int]:
    """Runs the server in a thread; gives its port, and stops it at the end.

    Args:
        folder: where the messages go, as `0001.eml`, `0002.eml`, ...; made if missing.
        port: on 127.0.0.1; 0 takes a free one.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((_HOST, port))
    loop = asyncio.new_event_loop()
    keeper = _Keeper(folder)

    def session() -> SMTP:
        return SMTP(keeper, hostname="localhost", enable_SMTPUTF8=True, loop=loop)

    server = loop.run_until_complete(loop.create_server(session, sock=listener))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(_finish())
        loop.close()


async def _finish() -> None:
    """Ends the sessions that are still open."""
    own = asyncio.current_task()
    open_sessions = [task for task in asyncio.all_tasks() if task is not own]
    for task in open_sessions:
        task.cancel()
    await asyncio.gather(*open_sessions, return_exceptions=True)
