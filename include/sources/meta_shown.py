"""Reads creatives and wherever their pictures lie: the account's images, videos, posts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from include.sources.http import Answer, chunks, in_order, listing, mapping
from include.sources.meta_calls import Calls, compact
from include.sources.meta_fields import (
    CREATIVE_FIELDS,
    IDS_PER_CALL,
    IMAGE_FIELDS,
    MEDIA_FIELDS,
    POST_FIELDS,
    VIDEO_FIELDS,
)
from include.sources.meta_pictures import image_hashes, lacking

# 64 unless asked for; it is for creatives whose picture cannot be had.
THUMBNAIL_PX = 1080
_ELSEWHERE = {"videos": VIDEO_FIELDS, "posts": POST_FIELDS, "media": MEDIA_FIELDS}

Answers = Iterator[tuple[str, list[Answer]]]


class Shown:
    """The creatives of one account; each is read once."""

    def __init__(self, calls: Calls, act: str, where: str, *, concurrency: int) -> None:
        self._calls = calls
        self._act = act
        self._where = where
        self._concurrency = concurrency
        self._read: set[str] = set()
        self._waiting: list[Any] = []

    def creatives(self, ids: Sequence[str]) -> Answers:
        """These creatives, and the images of the account that they name."""
        fresh = [name for name in ids if name not in self._read]
        self._read.update(fresh)
        groups = [partial(self._group, group) for group in chunks(fresh, IDS_PER_CALL)]
        creatives: list[Any] = []
        for answers in in_order(self._concurrency, groups):
            yield "creatives", answers
            for answer in answers:
                creatives += mapping(answer, f"{self._where} creatives").values()
        hashes = list(dict.fromkeys(h for creative in creatives for h in image_hashes(creative)))
        images = [partial(self._images, group) for group in chunks(hashes, IDS_PER_CALL)]
        known: set[str] = set()
        for answers in in_order(self._concurrency, images):
            yield "adimages", answers
            for answer in answers:
                files = listing(mapping(answer, self._where), "data", f"{self._where} adimages")
                known.update(str(f["hash"]) for f in files if isinstance(f, dict) and "hash" in f)
        self._waiting = [each for creative in creatives for each in lacking(creative, known)]

    def elsewhere(self) -> Answers:
        """Videos and posts that hold the pictures which the account's images do not."""
        asked: list[tuple[str, Callable[[], list[Answer]]]] = []
        for entity, fields in _ELSEWHERE.items():
            names = list(dict.fromkeys(name for kind, name in self._waiting if kind == entity))
            read = partial(
                self._calls.nodes, fields=fields, kind=entity, where=self._where, needed=False
            )
            asked += [(entity, partial(read, group)) for group in chunks(names, IDS_PER_CALL)]
        found = in_order(self._concurrency, [read for _, read in asked])
        for (entity, _), answers in zip(asked, found, strict=True):
            yield entity, answers

    def _group(self, ids: Sequence[str]) -> list[Answer]:
        sides = {f"thumbnail_{side}": str(THUMBNAIL_PX) for side in ("width", "height")}
        return self._calls.nodes(
            ids, CREATIVE_FIELDS, kind="creatives", where=self._where, params=sides
        )

    def _images(self, hashes: Sequence[str]) -> list[Answer]:
        query = {"hashes": compact(hashes), "fields": IMAGE_FIELDS}
        return self._calls.pages(
            f"{self._act}/adimages", query, where=self._where, size=IDS_PER_CALL
        )
