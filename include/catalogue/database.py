"""The application database: what the catalogue asks for at every page, kept as rows.

All but `asked_sets` is made again from the store by `include.publish.publish`; SQLite by
default, Postgres where several machines serve the catalogue.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    JSON,
    DateTime,
    Engine,
    ForeignKey,
    Index,
    String,
    Text,
    create_engine,
    event,
    inspect,
    make_url,
    true,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from include.errors import ConfigurationError

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "pauta_schema_version"  # Airflow keeps its own in `alembic_version`


class Base(DeclarativeBase):
    """Tables of the application database."""


class PublishedSet(Base):
    """One set of four images, with the manifest it was published with."""

    __tablename__ = "sets"

    set_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    node: Mapped[str] = mapped_column(String(40))
    objective: Mapped[str] = mapped_column(String(20))
    night: Mapped[date]
    kind: Mapped[str] = mapped_column(String(20))  # `drawn` or `generated`
    title_es: Mapped[str] = mapped_column(Text)
    title_en: Mapped[str] = mapped_column(Text)
    # False once its night was run again and names another set, or none, for the cell.
    listed: Mapped[bool] = mapped_column(default=True, server_default=true())
    manifest: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)

    __table_args__ = (Index("sets_by_cell", "node", "objective", "night", "set_id"),)


class SetImage(Base):
    """One image of a set; `picture` is the sha256 of its file."""

    __tablename__ = "set_images"

    set_id: Mapped[str] = mapped_column(
        ForeignKey("sets.set_id", ondelete="CASCADE"), primary_key=True
    )
    k: Mapped[int] = mapped_column(primary_key=True)
    picture: Mapped[str] = mapped_column(String(64))


class Thumbnail(Base):
    """Where the small copies of a picture lie: `thumbnails/<digest>-<width>.webp`."""

    __tablename__ = "thumbnails"

    picture: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]  # of the original, px
    height: Mapped[int]
    widths: Mapped[list[int]] = mapped_column(JSON)  # which copies were made


class Cell(Base):
    """One node and objective: its newest set, or why it has none."""

    __tablename__ = "cells"

    node: Mapped[str] = mapped_column(String(40), primary_key=True)
    objective: Mapped[str] = mapped_column(String(20), primary_key=True)
    newest_set_id: Mapped[str | None] = mapped_column(
        ForeignKey("sets.set_id", ondelete="SET NULL")
    )
    newest_night: Mapped[date | None]
    sets: Mapped[int]
    pieces: Mapped[int | None]  # pictures with numbers in the newest leaderboard
    reason_night: Mapped[date | None]  # the night that last made no set here
    reason_es: Mapped[str | None] = mapped_column(Text)
    reason_en: Mapped[str | None] = mapped_column(Text)


class Publication(Base):
    """The last publication; one row."""

    __tablename__ = "published"

    id: Mapped[int] = mapped_column(primary_key=True)
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    night: Mapped[date | None]  # the newest night with a set
    as_of: Mapped[date | None]  # the day of the newest leaderboard
    sets: Mapped[int]
    images: Mapped[int]


class AskedSet(Base):
    """One set that an analyst asked for; `requests/<id>.json` says what became of it."""

    __tablename__ = "asked_sets"

    request_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    node: Mapped[str] = mapped_column(String(40))
    objective: Mapped[str] = mapped_column(String(20))
    brief: Mapped[dict[str, Any]] = mapped_column(JSON)
    user_id: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(Text)  # the user's name
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    run_id: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("asked_by_user", "user_id", "asked_at"),)


def database_url(store_root: str) -> str:
    """The setting `PAUTA_DATABASE`, or a SQLite file in the local data folder.

    Raises:
        ConfigurationError: the data lie on S3 and no database is named.
    """
    named = os.environ.get("PAUTA_DATABASE")
    if named:
        return named
    if "://" in store_root:
        raise ConfigurationError(
            f"PAUTA_DATABASE is not set and the data lie at {store_root}; "
            "expected a SQLAlchemy address such as postgresql+psycopg2://user@host/pauta."
        )
    return f"sqlite:///{Path(store_root, 'pauta.db')}"


def connect(url: str) -> Engine:
    """An engine; nothing is opened before the first query."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        path = make_url(url).database
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def upgrade(engine: Engine) -> None:
    """Bring the tables to the newest migration; nothing happens when they are there."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_published(engine: Engine) -> bool:
    """Whether the tables exist; before the first publication they do not."""
    return inspect(engine).has_table(Publication.__tablename__)


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    # Readers go on while a publication is written; two writers wait for each other.
    for pragma in ("journal_mode=WAL", "busy_timeout=10000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
