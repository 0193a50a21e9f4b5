"""One file a version; alembic finds them by their `revision` and `down_revision`."""
