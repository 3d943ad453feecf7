"""What analysts asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "asked_sets",
        sa.Column("request_id", sa.String(64), primary_key=True),
        sa.Column("node", sa.String(40), nullable=False),
        sa.Column("objective", sa.String(20), nullable=False),
        sa.Column("brief", sa.JSON, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
    )
    op.create_index("asked_by_user", "asked_sets", ["user_id", "asked_at"])


def downgrade() -> None:
    op.drop_table("asked_sets")
