"""What alembic runs: the migrations, on the connection and within the transaction that it is handed."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    # SQLite changes a column by copying the table.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
