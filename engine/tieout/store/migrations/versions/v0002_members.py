"""Version 0002: which records belong to which, for roll-ups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the two tables; they fill themselves when a mapping with roll-ups runs."""
    op.create_table(
        "watch",
        sa.Column("endpoint", sa.Integer, sa.ForeignKey("endpoint.id"), nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("pair", sa.Integer, sa.ForeignKey("pair.id"), nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("endpoint", "path", "pair", "end"),
    )
    op.create_table(
        "member",
        sa.Column("endpoint", sa.Integer, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("endpoint", "path", "id"),
    )
    op.create_index("member_owner", "member", ["endpoint", "path", "owner"])
