"""Sets, their images, cells, thumbnails and the last publication."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "sets",
        sa.Column("set_id", sa.String(120), primary_key=True),
        sa.Column("node", sa.String(40), nullable=False),
        sa.Column("objective", sa.String(20), nullable=False),
        sa.Column("night", sa.Date, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title_es", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("manifest", sa.JSON, nullable=False),
    )
    op.create_index("sets_by_cell", "sets", ["node", "objective", "night", "set_id"])
    op.create_table(
        "set_images",
        sa.Column(
            "set_id",
            sa.String(120),
            sa.ForeignKey("sets.set_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("k", sa.Integer, primary_key=True),
        sa.Column("picture", sa.String(64), nullable=False),
    )
    op.create_table(
        "thumbnails",
        sa.Column("picture", sa.String(64), primary_key=True),
        sa.Column("digest", sa.String(40), nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("widths", sa.JSON, nullable=False),
    )
    op.create_table(
        "cells",
        sa.Column("node", sa.String(40), primary_key=True),
        sa.Column("objective", sa.String(20), primary_key=True),
        sa.Column(
            "newest_set_id", sa.String(120), sa.ForeignKey("sets.set_id", ondelete="SET NULL")
        ),
        sa.Column("newest_night", sa.Date),
        sa.Column("sets", sa.Integer, nullable=False),
        sa.Column("pieces", sa.Integer),
        sa.Column("reason_night", sa.Date),
        sa.Column("reason_es", sa.Text),
        sa.Column("reason_en", sa.Text),
    )
    op.create_table(
        "published",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("night", sa.Date),
        sa.Column("as_of", sa.Date),
        sa.Column("sets", sa.Integer, nullable=False),
        sa.Column("images", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    for table in ("published", "cells", "thumbnails", "set_images", "sets"):
        op.drop_table(table)
