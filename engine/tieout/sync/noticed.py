"""What notices tell people of: the events that came up and that nobody heard of yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection as Tx

from tieout.mapping.compiled import ExpressionFailed
from tieout.mapping.notice import Notice
from tieout.store import links, notices
from tieout.store.notices import Came
from tieout.sync.decide import Decider
from tieout.sync.linked import linked_sight
from tieout.sync.naming import title
from tieout.sync.planview import reference
from tieout.sync.run import Joined, Run
from tieout.sync.sight import Sight
from tieout.sync.telling import told


@dataclass(frozen=True, slots=True)
class Noticed:
    """One event for people."""

    mapping: str
    notice: str
    say: str
    records: tuple[str, str]
    """Both records, as the command line names them."""
    title: str
    """What the record is called, without what is personal; "": nothing tells."""
    date: str
    days: int
    told: Mapping[str, str]
    """What `tell` names, as it is now: name -> text, masked where it is personal."""
    came: Came

    @property
    def key(self) -> str:
        """Tell it from all others."""
        return f"notice/{self.came.link}/{self.notice}/{self.days}/{self.date}"

    @property
    def text(self) -> str:
        """Tell it in one line."""
        when = f"{abs(self.days)} day{'' if abs(self.days) == 1 else 's'} {'after' if self.days > 0 else 'before'} "
        named = f" ({self.title})" if self.title else ""
        head = f"{self.say}: {self.records[1]}{named}, {when if self.days else ''}{self.date}"
        return "; ".join([head, *(f"{name} {text}" for name, text in self.told.items())])


def noticed(run: Run) -> list[Noticed]:
    """Give the events that came up and that nobody was told of; of mappings that do not run now they wait."""
    by_pair = {joined.pair: joined for joined in run.joined}
    known = {(joined.pair, one.name): one for joined in run.joined for one in joined.mapping.notices}
    with run.database.read() as tx:
        return [
            _noticed(run, by_pair[came.pair], known[came.pair, came.name], came, tx)
            for came in notices.untold(tx, by_pair)
            if (came.pair, came.name) in known
        ]


def _noticed(run: Run, joined: Joined, notice: Notice, came: Came, tx: Tx) -> Noticed:
    mapping = joined.mapping
    first, second = (reference(mapping.name, side.name, id_, came.part)
                     for side, id_ in zip(mapping.sides, came.ids, strict=True))  # fmt: skip
    rows = links.active(tx, joined.pair, 0, [came.ids[0]], children=False)
    (row,) = (one for one in rows if one.id == came.link)
    sight = linked_sight(Decider(run, joined, tx, "", changed=False), row)
    return Noticed(
        mapping.name,
        came.name,
        notice.say,
        (first, second),
        next(_titles(sight), ""),
        came.date,
        came.days,
        _told(notice, sight),
        came,
    )


def _titles(sight: Sight) -> Iterator[str]:
    for end in (1, 0):
        image = sight.images[end]
        if image is not None and (named := title(sight.mapping, end, image)):
            yield named


def _told(notice: Notice, sight: Sight) -> dict[str, str]:
    try:
        return told(sight.mapping, notice, sight.scope)
    except ExpressionFailed:
        return {}  # it is held, and says so
