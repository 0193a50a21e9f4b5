"""Version 0001: the first tables. Frozen with the first release; later changes are migrations of their own."""

from __future__ import annotations

from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op

from tieout.store.dialect import create_guards

revision = "0001"
down_revision = None

ACTIVE = sa.text("state = 'active'")


def _column(kind: Any, name: str, *rest: sa.ForeignKey, nullable: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *rest, nullable=nullable, **options)


text = partial(_column, sa.Text().with_variant(sa.Text(collation="C"), "postgresql"))
number = partial(_column, sa.Integer)
blob = partial(_column, sa.LargeBinary)


def upgrade() -> None:
    """Make all tables and what guards the audit trail."""
    for table in TABLES:
        table()
    create_guards(op.get_bind())


def _endpoint() -> None:
    op.create_table(
        "endpoint",
        number("id", primary_key=True),
        text("adapter"),
        text("organisation"),
        text("object"),
        text("cursor", nullable=True),
        text("paths", server_default="[]"),
        text("complete_at", nullable=True),
        number("listing", server_default="0"),
        sa.UniqueConstraint("adapter", "organisation", "object"),
    )


def _pair() -> None:
    op.create_table(
        "pair",
        number("id", primary_key=True),
        number("first", sa.ForeignKey("endpoint.id")),
        number("second", sa.ForeignKey("endpoint.id")),
        text("label"),
        text("mapping", nullable=True),
        text("day", nullable=True),
        number("dormant", server_default="0"),
        sa.UniqueConstraint("first", "second"),
    )


def _record() -> None:
    op.create_table(
        "record",
        number("endpoint", sa.ForeignKey("endpoint.id")),
        text("id"),
        text("state"),
        text("into", nullable=True),
        text("marker", nullable=True),
        text("stamp", nullable=True),
        text("version", nullable=True),
        text("by", nullable=True),
        text("lock", nullable=True),
        text("fields"),
        text("digest"),
        text("firsts", server_default="{}"),
        number("revived", server_default="0"),
        sa.PrimaryKeyConstraint("endpoint", "id"),
        sa.CheckConstraint("state in ('present', 'archived', 'merged', 'gone', 'unknown')"),
    )
    op.create_index("record_into", "record", ["endpoint", "into"])
    op.create_index("record_marker", "record", ["endpoint", "marker"])


def _listed() -> None:
    op.create_table(
        "listed",
        number("endpoint"),
        text("id"),
        sa.PrimaryKeyConstraint("endpoint", "id"),
    )


def _due() -> None:
    op.create_table(
        "due",
        number("pair", sa.ForeignKey("pair.id")),
        number("end"),
        text("id"),
        sa.PrimaryKeyConstraint("pair", "end", "id"),
    )


def _match_key() -> None:
    op.create_table(
        "match_key",
        number("pair", sa.ForeignKey("pair.id")),
        number("end"),
        text("id"),
        number("rule"),
        text("value"),
        sa.PrimaryKeyConstraint("pair", "end", "id", "rule"),
    )
    op.create_index("match_key_value", "match_key", ["pair", "rule", "value"])


def _described() -> None:
    op.create_table(
        "described",
        text("adapter"),
        text("organisation"),
        text("object"),
        text("type"),
        text("digest"),
        text("at"),
        sa.PrimaryKeyConstraint("adapter", "organisation", "object"),
    )


def _link() -> None:
    op.create_table(
        "link",
        number("id", primary_key=True),
        number("pair", sa.ForeignKey("pair.id")),
        text("part", server_default=""),
        text("first"),
        text("second"),
        text("state"),
        text("reason", server_default=""),
        number("generation", server_default="0"),
        text("evidence", server_default="{}"),
        text("base", server_default="{}"),
        sa.CheckConstraint("state in ('active', 'ended')"),
    )
    op.create_index("link_any_first", "link", ["pair", "first"])
    op.create_index("link_any_second", "link", ["pair", "second"])
    op.create_index(
        "link_first", "link", ["pair", "part", "first"], unique=True, sqlite_where=ACTIVE, postgresql_where=ACTIVE
    )
    op.create_index(
        "link_second", "link", ["pair", "part", "second"], unique=True, sqlite_where=ACTIVE, postgresql_where=ACTIVE
    )


def _child() -> None:
    op.create_table(
        "child",
        number("id", primary_key=True),
        number("link", sa.ForeignKey("link.id")),
        text("list"),
        text("first"),
        text("second"),
        number("ordinal", server_default="0"),
        text("base", server_default="{}"),
        sa.UniqueConstraint("link", "list", "first", "ordinal"),
    )


def _suppress() -> None:
    op.create_table(
        "suppress",
        number("pair", sa.ForeignKey("pair.id")),
        text("scope"),
        text("rule"),
        text("fingerprint"),
        text("kind"),
        text("code"),
        text("detail"),
        text("since"),
        text("run"),
        sa.PrimaryKeyConstraint("pair", "scope", "rule"),
    )


def _hold() -> None:
    op.create_table(
        "hold",
        number("pair", sa.ForeignKey("pair.id")),
        text("scope"),
        text("rule"),
        text("code"),
        text("detail"),
        text("fingerprint"),
        text("since"),
        text("run"),
        sa.PrimaryKeyConstraint("pair", "scope", "rule"),
    )


def _review() -> None:
    op.create_table(
        "review",
        number("id", primary_key=True),
        number("pair", sa.ForeignKey("pair.id")),
        text("scope"),
        text("rule"),
        text("kind"),
        text("fingerprint"),
        text("question"),
        text("asked"),
        text("run"),
        text("state"),
        text("answer", nullable=True),
        text("who", nullable=True),
        text("why", nullable=True),
        text("answered", nullable=True),
    )
    op.create_index("review_subject", "review", ["pair", "scope", "state"])


def _run() -> None:
    op.create_table(
        "run",
        text("id", primary_key=True),
        text("environment"),
        text("command"),
        text("started"),
        text("ended", nullable=True),
        number("epoch"),
        number("exit", nullable=True),
        text("summary", server_default="{}"),
    )


def _plan() -> None:
    op.create_table(
        "plan",
        text("digest", primary_key=True),
        text("run"),
        text("made"),
        text("environment"),
        text("mappings"),
        text("head"),
        text("state"),
        text("allowed", server_default="[]"),
        text("allowed_by", nullable=True),
    )


def _operation() -> None:
    op.create_table(
        "operation",
        text("plan"),
        number("seq"),
        text("mapping"),
        number("pair"),
        number("end"),
        text("verb"),
        text("record", nullable=True),
        text("source"),
        number("phase"),
        text("body"),
        text("ended", nullable=True),
        text("detail", server_default=""),
        sa.PrimaryKeyConstraint("plan", "seq"),
    )
    op.create_index("operation_order", "operation", ["plan", "phase", "seq"])
    op.create_index("operation_source", "operation", ["plan", "pair", "source"])
    op.create_index("operation_record", "operation", ["plan", "pair", "record"])


def _intent() -> None:
    op.create_table(
        "intent",
        number("id", primary_key=True),
        text("run"),
        number("epoch"),
        number("pair", sa.ForeignKey("pair.id")),
        number("link", sa.ForeignKey("link.id"), nullable=True),
        text("part", server_default=""),
        number("end"),
        text("verb"),
        text("record", nullable=True),
        text("source"),
        text("key"),
        number("generation", server_default="0"),
        text("batch"),
        text("body"),
        text("state"),
        text("sent_at"),
        text("until"),
        sa.CheckConstraint("state in ('prepared', 'accepted')"),
    )
    op.create_index("intent_batch", "intent", ["batch"])
    op.create_index("intent_claim", "intent", ["pair", "part", "end", "source"], unique=True)


def _lease() -> None:
    op.create_table(
        "lease",
        text("name", primary_key=True),
        text("owner"),
        number("epoch"),
        text("expires"),
    )


def _token() -> None:
    op.create_table(
        "token",
        text("connection", primary_key=True),
        number("version"),
        blob("sealed"),
        text("changed"),
    )


def _access() -> None:
    op.create_table(
        "access",
        text("connection", primary_key=True),
        text("organisation"),
        text("name"),
        *(text(name, nullable=True) for name in ("granted", "granted_by", "used", "refused", "ended", "ended_by")),
    )


def _secret() -> None:
    op.create_table(
        "secret",
        text("name", primary_key=True),
        blob("sealed"),
        text("changed"),
    )


def _window() -> None:
    op.create_table(
        "window",
        text("connection"),
        number("seconds"),
        text("opened"),
        number("used"),
        number("left", nullable=True),
        text("said", nullable=True),
        sa.PrimaryKeyConstraint("connection", "seconds"),
    )


def _audit() -> None:
    op.create_table(
        "audit", number("seq", primary_key=True), text("previous"), text("hash"), text("at"), text("run"),
        number("epoch"), text("kind"), text("payload"), text("commitment", nullable=True)
    )  # fmt: skip


def _audit_value() -> None:
    op.create_table(
        "audit_value",
        number("seq", sa.ForeignKey("audit.seq"), primary_key=True),
        text("salt", nullable=True),
        text("value", nullable=True),
    )


def _alert() -> None:
    op.create_table(
        "alert", text("key", primary_key=True), text("event"), text("since"), number("seen"), number("told"),
        text("told_at", nullable=True)
    )  # fmt: skip


def _notice() -> None:
    op.create_table(
        "notice", number("pair", sa.ForeignKey("pair.id")), number("link", sa.ForeignKey("link.id")),
        text("name"), number("days"), text("date"), text("day"), text("came", nullable=True),
        text("told", nullable=True), sa.PrimaryKeyConstraint("link", "name", "days", "date")
    )  # fmt: skip
    op.create_index("notice_day", "notice", ["pair", "day"])


TABLES = (
    _endpoint, _pair, _record, _listed, _due, _match_key, _described, _link,
    _child, _suppress, _hold, _review, _run, _plan, _operation, _intent, _lease,
    _token, _access, _secret, _window, _alert, _notice, _audit, _audit_value,
)  # fmt: skip
