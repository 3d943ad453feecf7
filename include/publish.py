"""Puts the sets of the store before the reader: small copies of pictures, and rows.

Copies are written first, under the hash of the picture; then one transaction changes
every row. A run that is killed leaves the previous publication as it was, and the next
one makes only what is missing.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from pydantic import ValidationError
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from include.catalogue.database import (
    Cell,
    Publication,
    PublishedSet,
    SetImage,
    Thumbnail,
    connect,
    upgrade,
)
from include.catalogue.evidence import with_evidence
from include.catalogue.leaderboards import Leaderboards, leaderboard_of, newest_leaderboard
from include.catalogue.manifest import Manifest
from include.catalogue.thumbnails import (
    WIDTHS,
    BrokenPictureError,
    Copies,
    make_copies,
    thumbnail_key,
)
from include.lake import read_table
from include.store import Store

log = logging.getLogger(__name__)

LEADERS = 20  # pieces of each leaderboard that get a small picture beside their numbers
LEADER_WIDTHS = (256,)
NIGHTS_WITH_REASONS = 14  # how far back a cell's reason for having no set is looked up
PROGRESS_EVERY = 25

_MANIFEST = re.compile(r"sets/(?P<set_id>[^/]+-(?P<night>\d{4}-\d{2}-\d{2})-[^/-]+)/manifest\.json")
_CELLS = re.compile(r"sets/cells/(?P<night>\d{4}-\d{2}-\d{2})\.json")


@dataclass(frozen=True)
class Published:
    """What a publication did; `left_out` says which sets and pictures are not shown, and why.

    `sets` and `images` count what the cells list: a set that its night does not name any
    more keeps its address and is not counted.
    """

    sets: int
    images: int
    new_sets: int
    new_thumbnails: int
    left_out: tuple[str, ...]


def publish(store: Store, database_url: str, *, now: datetime) -> Published:
    """Show what lies in the store. Doing it twice changes nothing but the time of publication.

    Args:
        store: holds `sets/`, `leaderboards/`, `images/`; gets `thumbnails/`.
        database_url: a SQLAlchemy address; tables are made or migrated first.
        now: time of publication, with time zone.
    """
    engine = connect(database_url)
    upgrade(engine)
    keys = store.keys("sets")
    in_store = {m["set_id"]: m["night"] for m in map(_MANIFEST.fullmatch, keys) if m}
    with Session(engine) as session:
        known = set(session.scalars(select(PublishedSet.set_id)))
        thumbnails = {t.picture: t for t in session.scalars(select(Thumbnail))}
    # A set is written once, so known ones are not read again; those of the newest night
    # are, because that night may have been made again with other settings.
    newest = max(in_store.values(), default="")
    there = set(store.keys("thumbnails"))
    lost = any(not _has(t, t.widths, there) for t in thumbnails.values())
    unread = [s for s, night in in_store.items() if lost or s not in known or night == newest]

    left_out: list[str] = []
    leaders = newest_leaderboard(store)
    manifests = _with_evidence(store, _manifests(store, sorted(unread), left_out), leaders)
    wanted = _wanted(manifests, leaders.leaders(LEADERS) if leaders else ())
    # A piece's page shows the other files of the same creative.
    wanted |= {p: _Source(None, LEADER_WIDTHS) for p in _same_creatives(store, set(wanted))}
    todo = _todo(wanted, thumbnails, there)
    made = _make_thumbnails(store, todo, left_out)
    drawable = thumbnails.keys() | made.keys()
    complete = [m for m in manifests if all(i.sha256 in drawable for i in m.images)]

    pieces = leaders.pieces() if leaders else {}
    with Session(engine) as session, session.begin():
        gone = known - in_store.keys()
        session.execute(delete(PublishedSet).where(PublishedSet.set_id.in_(gone)))
        for picture, copies in made.items():
            session.merge(_thumbnail(picture, copies))
        for manifest in complete:
            _write_set(session, manifest)
        session.flush()
        nights = _nights(store, keys)
        _mark_listed(session, nights)
        _write_cells(session, _reasons(nights), pieces)
        result = _write_publication(session, now, leaders.as_of if leaders else None)
    engine.dispose()
    for complaint in left_out:
        log.warning("publish: %s", complaint)
    new_sets = sum(m.set_id not in known for m in complete)
    return Published(*result, new_sets, len(made), tuple(left_out))


def _manifests(store: Store, set_ids: Iterable[str], left_out: list[str]) -> Iterable[Manifest]:
    for set_id in set_ids:
        key = f"sets/{set_id}/manifest.json"
        try:
            manifest = Manifest.model_validate_json(store.read(key))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "file"
            left_out.append(f"{key}: {where}: {first['msg']}; the set is not shown.")
            continue
        if manifest.set_id != set_id:
            left_out.append(f"{key}: names itself {manifest.set_id!r}; the set is not shown.")
            continue
        yield manifest


def _with_evidence(
    store: Store, manifests: Iterable[Manifest], newest: Leaderboards | None
) -> list[Manifest]:
    """Each manifest with what its own day's leaderboard says; every day is read once."""

    def day_of(manifest: Manifest) -> date:
        return manifest.leaderboard.as_of

    found: list[Manifest] = []
    for day, of_day in groupby(sorted(manifests, key=day_of), key=day_of):
        known = newest is not None and newest.as_of == day
        ranked = newest if known else leaderboard_of(store, day)
        found += [with_evidence(manifest, ranked) for manifest in of_day]
    return found


def _wanted(manifests: Iterable[Manifest], leaders: Iterable[str]) -> dict[str, _Source]:
    """Which pictures need copies: sha256 to where the file lies and how wide the copies are."""
    wanted = {picture: _Source(None, LEADER_WIDTHS) for picture in leaders}
    for manifest in manifests:
        wanted |= {i.picture: _Source(None, WIDTHS) for i in manifest.inspirations}
    for manifest in manifests:
        folder = f"sets/{manifest.set_id}"
        wanted |= {i.sha256: _Source(f"{folder}/{i.file}", WIDTHS) for i in manifest.images}
    return wanted


def _same_creatives(store: Store, pictures: set[str]) -> set[str]:
    """Further pictures that some describer takes for a creative of these."""
    found: set[str] = set()
    for key in store.keys("clusters"):
        rows = read_table(store, key)
        columns = (map(str, rows[name].to_pylist()) for name in ("picture", "creative"))
        creative_of = dict(zip(*columns, strict=True))
        shown = {creative_of.get(picture) for picture in pictures}
        found |= {picture for picture, creative in creative_of.items() if creative in shown}
    return found - pictures


@dataclass(frozen=True)
class _Source:
    key: str | None  # None: a creative's file, found by its sha256
    widths: tuple[int, ...]


def _todo(
    wanted: Mapping[str, _Source], known: Mapping[str, Thumbnail], there: set[str]
) -> dict[str, _Source]:
    """The pictures that lack a copy; copies made earlier are wanted still."""
    todo = {}
    for picture, source in wanted.items():
        before = known.get(picture)
        if before is None:
            todo[picture] = source
        elif not _has(before, source.widths, there):
            todo[picture] = _Source(source.key, tuple({*source.widths, *before.widths}))
    return todo


def _make_thumbnails(
    store: Store, todo: Mapping[str, _Source], left_out: list[str]
) -> dict[str, Copies]:
    """Copies of the pictures that lack some; broken or absent pictures are told in `left_out`."""
    creatives = {k.rpartition("/")[2].partition(".")[0]: k for k in store.keys("images/sha256")}

    def make(picture: str) -> Copies | str:
        key = todo[picture].key or creatives.get(picture)
        if key is None:
            return f"picture {picture}: no file in images/sha256; shown as a grey tile."
        try:
            return make_copies(store, store.read(key), widths=todo[picture].widths)
        except (FileNotFoundError, BrokenPictureError) as error:
            return f"{key}: {error}"

    made: dict[str, Copies] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for n, (picture, result) in enumerate(zip(todo, pool.map(make, todo), strict=True), 1):
            if isinstance(result, str):
                left_out.append(result)
            else:
                made[picture] = result
            if n % PROGRESS_EVERY == 0 or n == len(todo):
                log.info("publish: thumbnails of %d of %d pictures", n, len(todo))
    return made


def _has(row: Thumbnail, widths: Iterable[int], there: set[str]) -> bool:
    return all(w in row.widths and thumbnail_key(row.digest, w) in there for w in widths)


def _thumbnail(picture: str, copies: Copies) -> Thumbnail:
    return Thumbnail(
        picture=picture,
        digest=copies.digest,
        width=copies.width,
        height=copies.height,
        widths=list(copies.widths),
    )


def _write_set(session: Session, manifest: Manifest) -> None:
    session.merge(
        PublishedSet(
            set_id=manifest.set_id,
            node=manifest.node,
            objective=manifest.objective,
            night=manifest.night,
            kind=manifest.profile.kind,
            title_es=manifest.title.es,
            title_en=manifest.title.en,
            manifest=manifest.model_dump(mode="json"),
        )
    )
    session.execute(delete(SetImage).where(SetImage.set_id == manifest.set_id))
    session.add_all(
        SetImage(set_id=manifest.set_id, k=i.k, picture=i.sha256) for i in manifest.images
    )


def _nights(store: Store, keys: Iterable[str]) -> dict[date, list[dict[str, Any]]]:
    """What each night says about its cells, newest night first."""
    files = {date.fromisoformat(m["night"]): m[0] for m in map(_CELLS.fullmatch, keys) if m}
    nights = sorted(files, reverse=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        data = pool.map(store.read, [files[night] for night in nights])
        return {night: json.loads(found) for night, found in zip(nights, data, strict=True)}


def _mark_listed(session: Session, nights: Mapping[date, Iterable[Mapping[str, Any]]]) -> None:
    """A night run again names its new sets only; the sets it made before are listed no more."""
    named = {night: {r["set_id"] for r in records} for night, records in nights.items()}
    for row in session.scalars(select(PublishedSet)):
        row.listed = row.night not in named or row.set_id in named[row.night]
    session.flush()


def _reasons(
    nights: Mapping[date, Iterable[Mapping[str, Any]]],
) -> dict[tuple[str, str], tuple[date, Any]]:
    """The newest night's word on each cell: (night, record)."""
    found: dict[tuple[str, str], tuple[date, Any]] = {}
    for night in list(nights)[:NIGHTS_WITH_REASONS]:
        for record in nights[night]:
            found.setdefault((record["node"], record["objective"]), (night, record))
    return found


def _write_cells(
    session: Session,
    reasons: Mapping[tuple[str, str], tuple[date, Any]],
    pieces: Mapping[tuple[str, str], int],
) -> None:
    place = (PublishedSet.node, PublishedSet.objective)
    counts = {
        (n, o): c
        for n, o, c in session.execute(
            select(*place, func.count()).where(PublishedSet.listed).group_by(*place)
        )
    }
    newest = {
        (node, objective): (set_id, night)
        for node, objective, set_id, night in session.execute(
            select(*place, PublishedSet.set_id, PublishedSet.night)
            .where(PublishedSet.listed)
            .order_by(PublishedSet.night, PublishedSet.set_id)
        )
    }
    session.execute(delete(Cell))
    for cell in sorted({*counts, *reasons, *pieces}):
        set_id, night = newest.get(cell, (None, None))
        reason_night, record = reasons.get(cell, (None, {"set_id": None}))
        without = record["set_id"] is None and reason_night is not None
        session.add(
            Cell(
                node=cell[0],
                objective=cell[1],
                newest_set_id=set_id,
                newest_night=night,
                sets=counts.get(cell, 0),
                pieces=pieces.get(cell),
                reason_night=reason_night if without else None,
                reason_es=record["reason_es"] if without else None,
                reason_en=record["reason_en"] if without else None,
            )
        )


def _write_publication(session: Session, now: datetime, as_of: date | None) -> tuple[int, int]:
    sets, night = session.execute(
        select(func.count(), func.max(PublishedSet.night)).where(PublishedSet.listed)
    ).one()
    images = (
        session.scalar(select(func.count(SetImage.k)).join(PublishedSet).where(PublishedSet.listed))
        or 0
    )
    session.merge(
        Publication(
            id=1,
            published_at=now.astimezone(UTC),
            night=night,
            as_of=as_of,
            sets=sets,
            images=images,
        )
    )
    return sets, images
