"""Which planned writes a login has no right to: they are shown as such, and never sent. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tieout.errors import Forbidden
from tieout.model import ObjectType, Verb
from tieout.sync.words import INTERNAL, Planned


def lacking(operation: Planned, type_: ObjectType) -> tuple[str, ...]:
    """Name each right that a write needs and the login lacks: "create Account", "update Account.Phone"."""
    if operation.kind in INTERNAL:
        return ()
    verb = Verb(str(operation.kind))
    if verb in type_.withheld:
        return (f"{verb} {type_.name}",)
    names = [*(write.names for write in operation.writes), *(rows.names for rows in operation.lists)]
    paths = dict.fromkeys(".".join(one) for one in names)
    barred = [path for path in paths if path in type_.fields and verb in type_.fields[path].withheld]
    return tuple(f"{verb} {type_.name}.{path}" for path in barred)


@dataclass(slots=True)
class Lacking:
    """The rights that one connection's login lacked for what a run had to write; each is named once."""

    rights: Counter[str] = field(default_factory=Counter)
    """Right -> writes that needed it."""
    grants: dict[str, None] = field(default_factory=dict)
    """Where they are given, in the order in which they came up."""
    writes: set[tuple[str, int, str, str, str]] = field(default_factory=set)
    """What was not sent: passes that plan it again do not count it twice."""

    def add(self, operation: Planned, rights: Iterable[str], grant: str) -> None:
        """Note that a write was not sent."""
        key = (operation.mapping, operation.end, str(operation.kind), operation.source, operation.part)
        if key not in self.writes:
            self.writes.add(key)
            self.rights.update(rights)
            self.grants |= {grant: None} if grant else {}

    def take(self, other: Lacking) -> None:
        """Add what another pass found out; what both planned counts once."""
        self.rights |= other.rights
        self.grants |= other.grants
        self.writes |= other.writes

    def fault(self, connection: str) -> Forbidden:
        """Say it as what ends the run: each right once, and where it is given."""
        told = ", ".join(f"{right} ({count})" for right, count in sorted(self.rights.items()))
        count = len(self.writes)
        sent = f"{count} write{'' if count == 1 else 's'} {'was' if count == 1 else 'were'} not sent"
        mend = "; ".join(self.grants) or f"give this login the right in {connection}"
        return Forbidden(
            f"this login may not {told}: {sent}", mend=f"{mend}; the next run carries on, and tieout plan shows them"
        )
