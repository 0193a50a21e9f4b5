"""What notices tell people of: the events that came up and that nobody heard of yet."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection as Tx

from tieout.store import notices
from tieout.store.notices import Came
from tieout.sync.naming import title
from tieout.sync.observe import images
from tieout.sync.planview import reference
from tieout.sync.run import Joined, Run


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
        return f"{self.say}: {self.records[1]}{named}, {when if self.days else ''}{self.date}"


def noticed(run: Run) -> list[Noticed]:
    """Give the events that came up and that nobody was told of; of mappings that do not run now they wait."""
    by_pair = {joined.pair: joined for joined in run.joined}
    known = {(joined.pair, one.name) for joined in run.joined for one in joined.mapping.notices}
    with run.database.read() as tx:
        return [
            _noticed(by_pair[came.pair], came, _title(tx, by_pair[came.pair], came))
            for came in notices.untold(tx, by_pair)
            if (came.pair, came.name) in known
        ]


def _noticed(joined: Joined, came: Came, named: str) -> Noticed:
    mapping = joined.mapping
    first, second = (reference(mapping.name, side.name, id_, came.part)
                     for side, id_ in zip(mapping.sides, came.ids, strict=True))  # fmt: skip
    (say,) = (one.say for one in mapping.notices if one.name == came.name)
    return Noticed(mapping.name, came.name, say, (first, second), named, came.date, came.days, came)


def _title(tx: Tx, joined: Joined, came: Came) -> str:
    for end in (1, 0):
        image = images(tx, joined.ends[end], [came.ids[end]]).get(came.ids[end])
        if image is not None and (named := title(joined.mapping, end, image)):
            return named
    return ""
