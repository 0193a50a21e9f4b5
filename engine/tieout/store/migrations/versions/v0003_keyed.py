"""Version 0003: whose match keys are those that stand here, and which of them must be made anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the two columns; as nobody knows whose keys stand here, the next plan makes all of them anew."""
    op.add_column("pair", sa.Column("keyed", TEXT))
    op.add_column("due", sa.Column("keyed", sa.Integer, nullable=False, server_default="0"))
