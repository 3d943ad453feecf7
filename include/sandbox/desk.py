"""What every platform of the sandbox works with: the world, a clock and the picture files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from include.sandbox.pictures import Pictures
from include.sandbox.world import World

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Desk:
    """Shared by all endpoints of one server."""

    world: World
    clock: Clock
    pictures: Pictures

    def now(self) -> datetime:
        """The sandbox's idea of now, in UTC."""
        return self.clock().astimezone(UTC)


def base_url(request: Request) -> str:
    """Scheme, host and port as the caller wrote them, such as `http://127.0.0.1:8765`."""
    return f"{request.url.scheme}://{request.url.netloc}"


def page_bounds(total: int, offset: int, limit: int) -> tuple[int, int, int | None]:
    """First and end index of a page, and the offset of the next page or None."""
    end = min(offset + limit, total)
    return min(offset, total), end, end if end < total else None
