"""Every table of the state database but those of `store.members`. Values are canonical JSON text; instants ISO text.

What each table means stands beside it; which laws rest on it, in docs/how-it-thinks.md. Ends are 0 and 1: a pair's
first and second endpoint. Names of mappings, sides and connections are labels here and never keys of a link.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy import Text as AnyText

metadata = MetaData()
Text = AnyText().with_variant(AnyText(collation="C"), "postgresql")
"""Texts sort by their bytes everywhere: pages go on after the last id, and Python compares them in the same way."""


def _active() -> dict[str, Any]:
    condition = text("state = 'active'")
    return {"sqlite_where": condition, "postgresql_where": condition}


endpoint = Table(
    "endpoint",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("adapter", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("object", Text, nullable=False),
    # The adapter's opaque mark, the paths it was read with, when and at which number a complete listing last ended.
    Column("cursor", Text),
    Column("paths", Text, nullable=False, server_default="[]"),
    Column("complete_at", Text),
    Column("listing", Integer, nullable=False, server_default="0"),
    UniqueConstraint("adapter", "organisation", "object"),
)
"""One object of one organisation: survives renames of connections, sides, files and mappings."""

pair = Table(
    "pair",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("first", Integer, ForeignKey("endpoint.id"), nullable=False),
    Column("second", Integer, ForeignKey("endpoint.id"), nullable=False),
    Column("label", Text, nullable=False),  # the mapping's name when last seen
    Column("mapping", Text),  # digest of the mapping when its plan was last applied; null: never
    Column("day", Text),  # run.today at the last look at every record, for mappings that read it
    Column("dormant", Integer, nullable=False, server_default="0"),  # 1: no mapping over these two any more
    Column("keyed", Text),  # digest of the mapping that match keys were made by
    UniqueConstraint("first", "second"),
)
"""Two endpoints that a mapping keeps in agreement; links and markers hang here."""

record = Table(
    "record",
    metadata,
    Column("endpoint", Integer, ForeignKey("endpoint.id"), nullable=False),
    Column("id", Text, nullable=False),
    Column("state", Text, nullable=False),  # present archived merged gone unknown
    Column("into", Text),
    Column("marker", Text),
    Column("stamp", Text),
    Column("version", Text),
    Column("by", Text),
    Column("lock", Text),
    Column("fields", Text, nullable=False),
    Column("digest", Text, nullable=False),  # of fields, state, into and lock
    Column("firsts", Text, nullable=False, server_default="{}"),  # path -> stamp at which this value first appeared
    Column("revived", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("endpoint", "id"),
    CheckConstraint("state in ('present', 'archived', 'merged', 'gone', 'unknown')"),
)
"""The mirror: what was last seen of each record; a cache that may be thrown away."""
Index("record_marker", record.c.endpoint, record.c.marker)
Index("record_into", record.c.endpoint, record.c.into)

listed = Table(
    "listed",
    metadata,
    Column("endpoint", Integer, primary_key=True),
    Column("id", Text, primary_key=True),
)
"""Ids seen in the complete listing under way; emptied when it ends."""

due = Table(
    "due",
    metadata,
    Column("pair", Integer, ForeignKey("pair.id"), primary_key=True),
    Column("end", Integer, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("keyed", Integer, nullable=False, server_default="0"),  # 1: its match keys were made since
)
"""Records that a pair must look at: changed, held, never looked at. What makes a run O(changes)."""

match_key = Table(
    "match_key",
    metadata,
    Column("pair", Integer, ForeignKey("pair.id"), primary_key=True),
    Column("end", Integer, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("rule", Integer, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Match keys of the unlinked records of a pair."""
Index("match_key_value", match_key.c.pair, match_key.c.rule, match_key.c.value)

link = Table(
    "link",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pair", Integer, ForeignKey("pair.id"), nullable=False),
    Column("part", Text, nullable=False, server_default=""),
    Column("first", Text, nullable=False),
    Column("second", Text, nullable=False),
    Column("state", Text, nullable=False),  # active ended
    Column("reason", Text, nullable=False, server_default=""),
    Column("generation", Integer, nullable=False, server_default="0"),
    Column("evidence", Text, nullable=False, server_default="{}"),
    Column("base", Text, nullable=False, server_default="{}"),  # rule -> [value of end 0, value of end 1, quality]
    CheckConstraint("state in ('active', 'ended')"),
)
"""The pairing of two records, and each side's own mapped values at the last agreement."""
Index("link_first", link.c.pair, link.c.part, link.c.first, unique=True, **_active())
Index("link_second", link.c.pair, link.c.part, link.c.second, unique=True, **_active())
Index("link_any_first", link.c.pair, link.c.first)
Index("link_any_second", link.c.pair, link.c.second)

child = Table(
    "child",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("link", Integer, ForeignKey("link.id"), nullable=False),
    Column("list", Text, nullable=False),
    Column("first", Text, nullable=False),
    Column("second", Text, nullable=False),
    Column("ordinal", Integer, nullable=False, server_default="0"),
    Column("base", Text, nullable=False, server_default="{}"),
    UniqueConstraint("link", "list", "first", "ordinal"),
)
"""Paired lines of a linked pair, with their bases."""

run = Table(
    "run",
    metadata,
    Column("id", Text, primary_key=True),
    Column("environment", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("ended", Text),
    Column("epoch", Integer, nullable=False),
    Column("exit", Integer),
    Column("summary", Text, nullable=False, server_default="{}"),
)

plan = Table(
    "plan",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("run", Text, nullable=False),
    Column("made", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("mappings", Text, nullable=False),  # name -> digest
    Column("head", Text, nullable=False),  # JSON: scope, counts, effect on the books, holds, reviews, guards' verdict
    Column("state", Text, nullable=False),  # saved stopped applied
    Column("allowed", Text, nullable=False, server_default="[]"),
    Column("allowed_by", Text),
)

operation = Table(
    "operation",
    metadata,
    Column("plan", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("pair", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("verb", Text, nullable=False),
    Column("record", Text),  # null: a create
    Column("source", Text, nullable=False),
    Column("phase", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("ended", Text),  # null: not yet; done, stored differently, not stored, stale, failed, blocked, held, unsure
    Column("detail", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("plan", "seq"),
)
"""The planned writes, with their values; the plan file is the masked, readable view."""
Index("operation_order", operation.c.plan, operation.c.phase, operation.c.seq)
Index("operation_source", operation.c.plan, operation.c.pair, operation.c.source)
Index("operation_record", operation.c.plan, operation.c.pair, operation.c.record)

intent = Table(
    "intent",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("pair", Integer, ForeignKey("pair.id"), nullable=False),
    Column("link", Integer, ForeignKey("link.id")),
    Column("part", Text, nullable=False, server_default=""),
    Column("end", Integer, nullable=False),
    Column("verb", Text, nullable=False),
    Column("record", Text),  # of the side written; null: a create not yet answered
    Column("source", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("generation", Integer, nullable=False, server_default="0"),
    Column("batch", Text, nullable=False),  # the batch's key
    Column("body", Text, nullable=False),  # the operation: fields {rule: before, sent, source}, lists, values verbatim
    Column("state", Text, nullable=False),  # prepared accepted
    Column("sent_at", Text, nullable=False),
    Column("until", Text, nullable=False),  # quarantined: may still take effect before
    CheckConstraint("state in ('prepared', 'accepted')"),
)
"""The journal: `prepared` means "may have happened". A settled or void intent is deleted; its story is in the audit."""
Index("intent_claim", intent.c.pair, intent.c.part, intent.c.end, intent.c.source, unique=True)
Index("intent_batch", intent.c.batch)

suppress = Table(
    "suppress",
    metadata,
    Column("pair", Integer, ForeignKey("pair.id"), nullable=False),
    Column("scope", Text, nullable=False),  # "link:<id>", "record:<end>:<id>[#part]"
    Column("rule", Text, nullable=False),  # "" = the whole
    Column("fingerprint", Text, nullable=False),
    Column("kind", Text, nullable=False),  # not-stored failed undone frozen refused unsure apart noted
    Column("code", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("run", Text, nullable=False),
    PrimaryKeyConstraint("pair", "scope", "rule"),
)
"""A decision with this fingerprint is shown as a hold and not sent."""

hold = Table(
    "hold",
    metadata,
    Column("pair", Integer, ForeignKey("pair.id"), nullable=False),
    Column("scope", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON: message, ways out, values (erasable)
    Column("fingerprint", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("run", Text, nullable=False),  # the run that first reported it
    PrimaryKeyConstraint("pair", "scope", "rule"),
)
"""What stands: holds of the last look at each record, so that status needs no run."""

review = Table(
    "review",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pair", Integer, ForeignKey("pair.id"), nullable=False),
    Column("scope", Text, nullable=False),  # as in suppress
    Column("rule", Text, nullable=False),
    Column("kind", Text, nullable=False),  # conflict match create delete archive void drift check return unsure merge
    Column("fingerprint", Text, nullable=False),
    Column("question", Text, nullable=False),  # JSON: text, choices, candidates
    Column("asked", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("state", Text, nullable=False),  # open answered dropped
    Column("answer", Text),
    Column("who", Text),
    Column("why", Text),
    Column("answered", Text),
)
"""A question for a person; the answer counts while the fingerprint is equal."""
Index("review_subject", review.c.pair, review.c.scope, review.c.state)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),  # ids and codes, never a value
    Column("commitment", Text),  # sha256 over salt and values
)
"""The hash chain; UPDATE and DELETE are refused by the database itself."""

audit_value = Table(
    "audit_value",
    metadata,
    Column("seq", Integer, ForeignKey("audit.seq"), primary_key=True),
    Column("salt", Text),
    Column("value", Text),  # null: erased
)
"""The values of an audit entry: the one table that may be erased."""

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("expires", Text, nullable=False),
)

token = Table(
    "token",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed", Text, nullable=False),
)

access = Table(
    "access",
    metadata,
    Column("connection", Text, primary_key=True),  # its name, and a digest of what its tokens open, as in token
    Column("organisation", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("granted", Text),  # when a person connected it; null: nobody did, its credentials suffice
    Column("granted_by", Text),
    Column("used", Text),
    Column("refused", Text),  # since when the system does not let us in
    Column("ended", Text),  # when a person disconnected it; null: it is in use
    Column("ended_by", Text),
)
"""Who let Tieout into which account; what a person took back stays taken back until somebody connects it again."""

secret = Table(
    "secret",
    metadata,
    Column("name", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed", Text, nullable=False),
)

window = Table(
    "window",
    metadata,
    Column("connection", Text, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("opened", Text, nullable=False),
    Column("used", Integer, nullable=False),
    Column("left", Integer),  # what the system last said is left to us; null: nothing
    Column("said", Text),
    PrimaryKeyConstraint("connection", "seconds"),
)

alert = Table(
    "alert",
    metadata,
    Column("key", Text, primary_key=True),  # connection/NAME, guard/MAPPING, records/MAPPING, questions/MAPPING, run …
    Column("event", Text, nullable=False),  # failures reviews silence
    Column("since", Text, nullable=False),
    Column("seen", Integer, nullable=False),  # in so many runs in a row
    Column("told", Integer, nullable=False),  # how often somebody was told
    Column("told_at", Text),
)
"""What is wrong now, and when somebody was last told of it: so that nobody is told in every run."""

notice = Table(
    "notice",
    metadata,
    Column("pair", Integer, ForeignKey("pair.id"), nullable=False),
    Column("link", Integer, ForeignKey("link.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("days", Integer, nullable=False),  # after the date
    Column("date", Text, nullable=False),
    Column("day", Text, nullable=False),  # the date and so many days
    Column("came", Text),  # when it came up; null: not yet
    Column("told", Text),  # when somebody was told; null: nobody yet
    PrimaryKeyConstraint("link", "name", "days", "date"),
)
"""The steps of the notices of each link."""
Index("notice_day", notice.c.pair, notice.c.day)

described = Table(
    "described",
    metadata,
    Column("adapter", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("page", Text),  # of a record, with {id} where its id stands; null: none is known
    PrimaryKeyConstraint("adapter", "organisation", "object"),
)
