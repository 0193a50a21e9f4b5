"""What was decided goes into the draft of a plan: operations, and what stands for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection as Tx

from tieout.store import audit, notices, plans, standing
from tieout.store.database import stamp
from tieout.store.links import LinkRow
from tieout.sync.codec import plan_row, stored_body
from tieout.sync.commit import entry
from tieout.sync.figures import Planning
from tieout.sync.needing import Needs
from tieout.sync.noticing import by_rule
from tieout.sync.noting import NOTED
from tieout.sync.routing import UNROUTED
from tieout.sync.run import Joined, Run
from tieout.sync.stating import hold_row, news, question_row
from tieout.sync.words import Decision, Event, Kind, Planned

QUIET = {"blocked", "undone", NOTED, UNROUTED}
"""Codes of holds that need nobody: what waits for another record, what a person has just decided, what is left out."""


@dataclass(slots=True)
class Drafting:
    """The draft of a plan, as one mapping fills it."""

    run: Run
    joined: Joined
    draft: str
    planning: Planning
    needs: Needs
    waiting: list[dict[str, object]] = field(default_factory=list)
    """Operations of the chunk in hand, stored together."""

    def store(self, tx: Tx, operations: Sequence[Planned], *, counted: bool) -> None:
        """Take operations in, and what they need; `counted`: by the guards."""
        name = self.joined.mapping.name
        self.run.charts.need(self.joined.mapping.sides, operations)
        for operation in operations:
            seq = len(self.planning.digests)
            text, digest = stored_body(operation, uncounted=not counted)
            self.planning.digests.append(digest)
            self.waiting.append(plan_row(seq, operation, text))
            self.planning.count(name, operation, self.joined.mapping, counted=counted)
            if operation.kind is Kind.LINK:
                self.flush(tx)  # the records that follow must see that these two are taken
        self.needs.take(tx, operations)

    def flush(self, tx: Tx) -> None:
        """Write down what was taken in."""
        plans.add_operations(tx, self.draft, self.waiting)
        self.waiting.clear()

    def schedule(self, tx: Tx, row: LinkRow, events: Sequence[Event]) -> None:
        """Make these the events of a link; the log tells of each that comes up."""
        days = {(one.notice, one.days, one.date): one.day for one in events}
        came = notices.schedule(tx, row.pair, row.id, days, self.run.today, stamp(self.run.now()))
        audit.append_many(
            tx,
            [
                entry(
                    self.run,
                    "notice",
                    {"pair": row.pair, "link": row.id, "notice": one.notice, "days": one.days},
                    {"date": one.date, **({"told": by_rule(one)} if one.told else {})},
                )
                for one in events
                if (one.notice, one.days, one.date) in came
            ],
        )

    def stand(self, tx: Tx, decided: Sequence[tuple[str, Decision]]) -> None:
        """Replace the holds and questions of what was looked at."""
        scopes = [scope for scope, _ in decided]
        holds = [hold_row(scope, hold) for scope, decision in decided for hold in decision.holds]
        questions = [question_row(scope, made) for scope, decision in decided for made in decision.questions]
        for _, decision in decided:
            self.planning.notes += decision.notes
        released = {scope: decision.released for scope, decision in decided if decision.released}
        now, pair, told = stamp(self.run.now()), self.joined.pair, list[audit.Entry]()

        def tell(kind: str, payload: Mapping[str, object], values: Mapping[str, object] | None) -> None:
            told.append(entry(self.run, kind, payload, values))

        standing.allow_again(tx, pair, released, tell=tell)
        finder = self.run.found_by or self.run.id
        new = standing.replace_holds(tx, pair, scopes, holds, finder, now, tell=tell)
        self.planning.new_holds += [row for row in news(new, self.run.id, pair) if row["code"] not in QUIET]
        self.planning.new_reviews += standing.ask(tx, pair, scopes, questions, finder, now, tell=tell)
        audit.append_many(tx, told)
