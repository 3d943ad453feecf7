"""The files of the pictures, and the names under which each platform serves them."""

from __future__ import annotations

import hashlib
import hmac
from concurrent.futures import Executor
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image

from include.sandbox.plan import Picture, month_number
from include.sandbox.templates import LAYOUTS, draw
from include.sandbox.world import World

_KINDS = ("meta", "google_ads", "x_ads", "linkedin_ads")
# X serves smaller copies under these names; longest side in pixels.
_X_SIZES = {"thumb": 150, "small": 340, "medium": 480}
_SIGNING_KEY = b"sandbox image links"
LINK_DAYS = {"meta": 4, "linkedin_ads": 30}
"""Days for which a signed link of this platform works."""


class Pictures:
    """Draws pictures when they are asked for, and remembers them in `folder`.

    Drawing holds Python's lock for the 0.09 s that it takes: with `drawers`, a pool of
    processes, several pictures are drawn at a time.
    """

    def __init__(
        self, world: World, folder: Path | None = None, *, drawers: Executor | None = None
    ) -> None:
        self._world = world
        self._folder = folder
        self._drawers = drawers
        self._drawn: dict[str, bytes] = {}
        self._names: dict[str, dict[str, str]] = {kind: {} for kind in _KINDS}
        self._named_until = world.first_month - 1

    def name(self, kind: str, picture: Picture) -> str:
        """What this platform calls the picture: image hash, simgad number, media id or image id."""
        text = f"{self._world.seed}/{kind}/{picture.key}".encode()
        digest = hashlib.blake2b(text, digest_size=16)
        if kind == "meta":
            return digest.hexdigest()
        number = int.from_bytes(digest.digest()[:8], "big") >> 1
        if kind == "google_ads":
            return str(number)
        if kind == "x_ads":
            return f"G{number:x}"
        return f"D4E22AQ{digest.hexdigest()[:14]}"

    def named(self, kind: str, name: str, now: datetime) -> Picture | None:
        """The picture behind such a name, or None when the world has none by now."""
        last = month_number(now.year, now.month)
        for month in range(self._named_until + 1, last + 1):
            for picture in self._world.plan(month).pictures:
                for each in _KINDS:
                    self._names[each][self.name(each, picture)] = picture.key
        self._named_until = max(self._named_until, last)
        key = self._names[kind].get(name)
        return None if key is None else self._world.picture(key)

    def file(self, picture: Picture) -> bytes:
        """The picture's file; the same bytes in every run."""
        known = self._drawn.get(picture.key)
        if known is not None:
            return known
        path = self._path(picture)
        if path is not None and path.exists():
            return path.read_bytes()
        drawers = self._drawers
        png = draw(picture) if drawers is None else drawers.submit(draw, picture).result()
        data = png if picture.mime == "image/png" else _jpeg(png)
        if path is None:
            self._drawn[picture.key] = data
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Two threads may draw the same picture: each writes its own file, then renames.
            part = path.with_suffix(f".{id(data)}.part")
            part.write_bytes(data)
            part.replace(path)
        return data

    def smaller(self, picture: Picture, size: str) -> bytes:
        """X's `thumb`, `small` or `medium` copy; any other size gives the file itself."""
        if size not in _X_SIZES:
            return self.file(picture)
        image = Image.open(BytesIO(self.file(picture))).convert("RGB")
        image.thumbnail((_X_SIZES[size], _X_SIZES[size]))
        out = BytesIO()
        image.save(out, "PNG" if picture.mime == "image/png" else "JPEG")
        return out.getvalue()

    def _path(self, picture: Picture) -> Path | None:
        if self._folder is None:
            return None
        world = f"{self._world.seed}-{self._world.creatives_per_month}"
        return self._folder / world / f"{picture.key}.{extension(picture)}"


def _jpeg(png: bytes) -> bytes:
    out = BytesIO()
    Image.open(BytesIO(png)).convert("RGB").save(out, "JPEG", quality=88)
    return out.getvalue()


def extension(picture: Picture) -> str:
    """`png` or `jpg`."""
    return "png" if picture.mime == "image/png" else "jpg"


def size_of(picture: Picture) -> tuple[int, int]:
    """Width and height in pixels, without drawing it."""
    layout = LAYOUTS[picture.layout]
    return layout.width, layout.height


def expiry(kind: str, now: datetime) -> int:
    """When a link issued now dies, in epoch seconds: the same for a whole day."""
    day = datetime(now.year, now.month, now.day, tzinfo=now.tzinfo)
    return int((day + timedelta(days=LINK_DAYS[kind] + 1)).timestamp())


def signature(name: str, expires: int) -> str:
    """What makes a link to `name` valid until `expires`."""
    text = f"{name}|{expires}".encode()
    return hmac.new(_SIGNING_KEY, text, hashlib.sha256).hexdigest()[:32]
