"""Migrations of the state database, one file a version, run by alembic within one transaction of ours.

A change of `tieout.store.tables` comes with a new file here and a new `tieout.store.versions.CURRENT`. A change of the
guards of the audit trail drops the old ones and calls `tieout.store.dialect.create_guards`.
"""
