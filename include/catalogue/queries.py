"""What the pages about sets ask of the application database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from include.catalogue.database import (
    Cell,
    Publication,
    PublishedSet,
    SetImage,
    Thumbnail,
    is_published,
)
from include.catalogue.manifest import Manifest

PAGE = 24  # sets on one page of a cell

DUE_AFTER = 2  # days; a set is made every night, so a cell without one for longer needs a look
OLD_AFTER = 7

State = Literal["fresh", "due", "old", "empty"]


@dataclass(frozen=True)
class SetCard:
    """A set in a list: its thumbnails in the order of its images."""

    set_id: str
    node: str
    objective: str
    night: date
    kind: str
    title: Mapping[str, str]
    digests: Sequence[str]


@dataclass(frozen=True)
class CellView:
    """One cell of the matrix, as of the day the page is read."""

    node: str
    objective: str
    state: State
    sets: int
    age: int | None  # days since the newest set's night
    pieces: int | None
    newest: SetCard | None
    reason_night: date | None
    reason: Mapping[str, str] | None


@dataclass(frozen=True)
class Home:
    """The whole matrix: every node of the configuration against every objective."""

    publication: Publication | None
    today: date
    cells: Mapping[tuple[str, str], CellView]

    def count(self, state: State) -> int:
        """How many cells are in that state."""
        return sum(cell.state == state for cell in self.cells.values())

    @property
    def published_at(self) -> datetime | None:
        """When the last publication was made; SQLite keeps UTC without saying so."""
        if self.publication is None:
            return None
        at = self.publication.published_at
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    @property
    def renewed(self) -> int:
        """How many cells have a set of last night."""
        return sum(self.is_new(cell) for cell in self.cells.values())

    def is_new(self, cell: CellView) -> bool:
        """Whether the cell's newest set is of last night."""
        return cell.newest is not None and _is_new(cell.newest.night, self.publication, self.today)


@dataclass(frozen=True)
class SetPage:
    """One set, its neighbours in the cell, and where its pictures' copies lie.

    A set that its night does not name any more has no place in the cell and no neighbours;
    `replaced_by` is the set that its night names now, if there is one.
    """

    manifest: Manifest
    thumbnails: Mapping[str, Thumbnail]
    newer: str | None
    older: str | None
    place: int | None  # 1 is the newest set of the cell
    of: int
    replaced_by: str | None
    is_new: bool


def home(engine: Engine, nodes: Sequence[str], objectives: Sequence[str], *, today: date) -> Home:
    """Every node against every objective; empty cells where nothing was published."""
    stored: dict[tuple[str, str], Cell] = {}
    cards: dict[str, SetCard] = {}
    publication = None
    if is_published(engine):
        with Session(engine) as session:
            publication = session.get(Publication, 1)
            stored = {(c.node, c.objective): c for c in session.scalars(select(Cell))}
            newest = [c.newest_set_id for c in stored.values() if c.newest_set_id]
            cards = {card.set_id: card for card in _cards(session, newest)}
            session.expunge_all()
    cells = {
        (node, objective): _cell_view(node, objective, stored.get((node, objective)), cards, today)
        for node in nodes
        for objective in objectives
    }
    return Home(publication, today, cells)


def cell(
    engine: Engine, node: str, objective: str, *, today: date, page: int
) -> tuple[CellView, list[SetCard]]:
    """One cell and one page of its sets, newest first."""
    if not is_published(engine):
        return _cell_view(node, objective, None, {}, today), []
    with Session(engine) as session:
        ids = session.scalars(_in_cell(node, objective).limit(PAGE).offset(PAGE * (page - 1))).all()
        found = _cards(session, ids)
        stored = session.get(Cell, (node, objective))
        newest = {}
        if stored and stored.newest_set_id:
            newest = {stored.newest_set_id: _cards(session, [stored.newest_set_id])[0]}
        return _cell_view(node, objective, stored, newest, today), found


def set_page(engine: Engine, set_id: str, *, today: date) -> SetPage | None:
    """One set, or None."""
    if not is_published(engine):
        return None
    with Session(engine) as session:
        row = session.get(PublishedSet, set_id)
        if row is None:
            return None
        manifest = Manifest.model_validate(row.manifest)
        of_cell = _in_cell(row.node, row.objective)
        ids = list(session.scalars(of_cell))
        at = ids.index(set_id) if row.listed else None
        same_night = of_cell.where(PublishedSet.night == row.night)
        publication = session.get(Publication, 1)
        return SetPage(
            manifest=manifest,
            thumbnails=_thumbnails(session, manifest.pictures),
            newer=ids[at - 1] if at else None,
            older=ids[at + 1] if at is not None and at + 1 < len(ids) else None,
            place=None if at is None else at + 1,
            of=len(ids),
            replaced_by=None if row.listed else session.scalar(same_night.limit(1)),
            is_new=row.listed and _is_new(row.night, publication, today),
        )


def set_exists(engine: Engine, set_id: str) -> bool:
    """Whether a set is published."""
    if not is_published(engine):
        return False
    with Session(engine) as session:
        return session.get(PublishedSet, set_id) is not None


def thumbnails(engine: Engine, pictures: Iterable[str]) -> dict[str, Thumbnail]:
    """The copies of some pictures; a picture without any is left out."""
    if not is_published(engine):
        return {}
    with Session(engine) as session:
        return _thumbnails(session, pictures)


def _in_cell(node: str, objective: str) -> Any:
    return (
        select(PublishedSet.set_id)
        .where(PublishedSet.node == node, PublishedSet.objective == objective, PublishedSet.listed)
        .order_by(PublishedSet.night.desc(), PublishedSet.set_id.desc())
    )


def _cards(session: Session, set_ids: Sequence[str]) -> list[SetCard]:
    """Cards in the order asked for."""
    digests: dict[str, list[str]] = {}
    for set_id, digest in session.execute(
        select(SetImage.set_id, Thumbnail.digest)
        .join(Thumbnail, Thumbnail.picture == SetImage.picture)
        .where(SetImage.set_id.in_(set_ids))
        .order_by(SetImage.set_id, SetImage.k)
    ):
        digests.setdefault(set_id, []).append(digest)
    rows = session.scalars(select(PublishedSet).where(PublishedSet.set_id.in_(set_ids)))
    cards = {
        row.set_id: SetCard(
            row.set_id,
            row.node,
            row.objective,
            row.night,
            row.kind,
            {"es": row.title_es, "en": row.title_en},
            digests.get(row.set_id, []),
        )
        for row in rows
    }
    return [cards[set_id] for set_id in set_ids]


def _thumbnails(session: Session, pictures: Iterable[str]) -> dict[str, Thumbnail]:
    rows = session.scalars(select(Thumbnail).where(Thumbnail.picture.in_(set(pictures)))).all()
    session.expunge_all()
    return {row.picture: row for row in rows}


def _cell_view(
    node: str,
    objective: str,
    stored: Cell | None,
    cards: Mapping[str, SetCard],
    today: date,
) -> CellView:
    if stored is None:
        return CellView(node, objective, "empty", 0, None, None, None, None, None)
    reason = None
    if stored.reason_es is not None and stored.reason_en is not None:
        reason = {"es": stored.reason_es, "en": stored.reason_en}
    age = max(0, (today - stored.newest_night).days) if stored.newest_night else None
    return CellView(
        node=node,
        objective=objective,
        state=_state(age),
        sets=stored.sets,
        age=age,
        pieces=stored.pieces,
        newest=cards.get(stored.newest_set_id or ""),
        reason_night=stored.reason_night,
        reason=reason,
    )


def _is_new(night: date, publication: Publication | None, today: date) -> bool:
    newest = publication.night if publication else None
    return night == newest and (today - night).days <= 1


def _state(age: int | None) -> State:
    if age is None:
        return "empty"
    if age > OLD_AFTER:
        return "old"
    return "due" if age > DUE_AFTER else "fresh"
