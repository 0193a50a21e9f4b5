"""Version 0004: what the page of a record looks like, by object, so that it is known without asking the system."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the column; it is filled when the object is described the next time."""
    op.add_column("described", sa.Column("page", TEXT))
