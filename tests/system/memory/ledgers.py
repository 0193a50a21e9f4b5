"""A CRM over a ledger for each of two regions: a stage for mappings over several connections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from schemas.world import connection
from system.memory.stage import KEYED, OPEN, VERBS, Stage, thing
from system.memory.test_chart_picks import CHART
from tieout.errors import Unreachable
from tieout.model import Deletions, Page, Query, Verb
from tieout.project import ConnectionConfig
from tieout.store import links
from tieout.store.standing import Standing
from tieout.sync.figures import Planning, Selection
from tieout.sync.offering import offers
from tieout.sync.passes import Reading, Report, apply_plan, make_plan
from tieout.sync.run import Joined
from tieout.testing.memory import Row
from tieout.testing.memory_port import MemoryConnection

ONE, BOTH = "crm.region == settings.region", "contains(crm.region, settings.region)"
CRM, UK, EU = 0, 1, 2
LISTED = KEYED.replace("connection: xero,", 'connection: [xero_uk, xero_eu], route: "ROUTE",')
NAMED = "  - {crm: name, books: name}\n"


def things(route: str = ONE, fields: str = "", **more: str) -> str:
    """A mapping over both ledgers, whose names go both ways; `more` are keys of it."""
    keys = "".join(f"{name}: {value}\n" for name, value in more.items())
    return LISTED.replace("ROUTE", route).replace("match:", f"{keys}match:") + NAMED + fields


class Deaf(MemoryConnection):
    """A system that tells who it is and lists nothing."""

    def changes(self, query: Query) -> Iterator[Page]:
        raise Unreachable(f"{self.system.name} does not answer")


class Ledgers(Stage):
    """A CRM, and a ledger for each of two regions."""

    names = ("crm", "uk", "eu")
    connections = ("salesforce", "xero_uk", "xero_eu")

    def __init__(self, mapping: str, *paths: str, verbs: Mapping[Verb, int] = VERBS) -> None:
        self.regions: Mapping[str, str] = {"xero_uk": "UK", "xero_eu": "EU"}
        self.dead: set[str] = set()
        types = [
            thing("code", "name", *paths, *more, verbs=verbs, deletions=Deletions.REPORTED)
            for more in (["region"], [], [])
        ]
        super().__init__(mapping, tuple(types), beside={"Account": CHART})

    def project(self) -> dict[str, object]:
        ledgers = {name: self._ledger(name, region) for name, region in self.regions.items()}
        return {"connections": {"salesforce": connection("salesforce"), **ledgers}}

    def _ledger(self, name: str, region: str) -> ConnectionConfig:
        made = connection(
            "xero", f"adapter: xero\nsettings: {{region: {region}}}\ntables: {{codes: {{a: {region}-1}}}}\n"
        )
        return replace(made, name=name)

    def connection(self, end: int) -> MemoryConnection:
        return Deaf(self.systems[end]) if self.names[end] in self.dead else super().connection(end)

    def plan(self, *names: str) -> Planning:
        return self.chosen(Selection({name: [] for name in names}) if names else None)

    def chosen(self, selection: Selection | None) -> Planning:
        with self._leased() as epoch:
            return make_plan(self._open(epoch), Reading(), selection=selection)[0]

    def apply(self, planning: Planning) -> Report:
        with self._leased() as epoch:
            return apply_plan(self._open(epoch), planning.digest, OPEN, allow={"first-run"}, who="ann")

    def offered(self, id_: str, *names: str) -> list[str]:
        """Give what a person may pick for a record of these copies."""
        chosen = Selection({name: [(CRM, id_)] for name in names}, requesting="create")
        with self._leased() as epoch:
            made = offers(self._open(epoch), Reading(), chosen)
        return [option.key for offer in made for option in offer.options]

    def linked(self) -> list[tuple[Joined, int]]:
        """Give each mapping with the links that it has."""
        with self._leased() as epoch:
            joined = self._open(epoch).joined
        with self.database.read() as tx:
            return [(one, links.count_active(tx, one.pair)) for one in joined]

    def named(self, end: int) -> list[str]:
        return sorted(str(row.record["name"]) for row in self.rows(end))

    def only(self, end: int) -> Row:
        (row,) = self.rows(end)
        return row

    def held(self, code: str) -> list[Standing]:
        return [one for one in self.holds() if one.code == code]

    def settle(self, runs: int = 3) -> Report:
        for _ in range(runs):
            report = self.run()
        return report
