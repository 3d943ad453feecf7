"""The application database: where it lies, and that migrations and models agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from include.catalogue.database import (
    MIGRATIONS,
    VERSION_TABLE,
    Base,
    connect,
    database_url,
    is_published,
    upgrade,
)
from include.errors import ConfigurationError


def test_the_database_lies_beside_local_data_unless_one_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`PAUTA_DATABASE` wins; data on S3 need it."""
    monkeypatch.delenv("PAUTA_DATABASE", raising=False)
    assert database_url("/srv/pauta") == "sqlite:////srv/pauta/pauta.db"
    with pytest.raises(ConfigurationError, match="is not set and the data lie at s3"):
        database_url("s3://bucket/pauta")
    monkeypatch.setenv("PAUTA_DATABASE", "postgresql://db/pauta")
    assert database_url("s3://bucket/pauta") == "postgresql://db/pauta"


def test_migrations_make_the_tables_of_the_models(tmp_path: Path) -> None:
    """Alembic finds nothing to add or change; a second upgrade does nothing."""
    engine = connect(f"sqlite:///{tmp_path / 'new folder' / 'pauta.db'}")
    assert not is_published(engine)
    upgrade(engine)
    upgrade(engine)
    assert is_published(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, Base.metadata) == []
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"


def migrate(engine: Engine, step: Callable[[Config, str], None], revision: str) -> None:
    """Up or down to a revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        step(config, revision)


def test_sets_published_before_sets_could_be_replaced_are_listed(tmp_path: Path) -> None:
    """A row of the first schema keeps its place in its cell."""
    engine = connect(f"sqlite:///{tmp_path / 'pauta.db'}")
    migrate(engine, command.upgrade, "0001")
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO sets VALUES ('s', 'n', 'o', '2026-11-20', 'drawn', 'e', 'e', '{}')")
        )
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT listed FROM sets")) == 1


def test_the_migrations_can_be_taken_back(tmp_path: Path) -> None:
    """Down to nothing: no table of ours is left."""
    engine = connect(f"sqlite:///{tmp_path / 'pauta.db'}")
    upgrade(engine)
    migrate(engine, command.downgrade, "base")
    assert inspect(engine).get_table_names() == [VERSION_TABLE]
