"""Reading the rates of systems: tables through the port, and what is known of a ledger's documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tieout.adapter import Log
from tieout.errors import ConnectionFault, UnknownObject
from tieout.mapping.rated import asks_for_rates, with_rates
from tieout.model import Value
from tieout.money.documents import DOCUMENTS
from tieout.store import mirror
from tieout.store.database import Database
from tieout.sync.charting import documents
from tieout.sync.observe import whole_table
from tieout.sync.rating import Outside, Rating, Records
from tieout.sync.run import Endpoint, Joined, Peer


def outside(peers: Mapping[str, Peer], endpoints: Iterable[Endpoint], database: Database, log: Log) -> Outside:
    """Give a run's ways to the rates of its systems."""
    ledgers = [one for one in endpoints if (one.peer.adapter, one.type.name) in DOCUMENTS]

    def tables(connection: str, objects: Sequence[str]) -> Mapping[str, Records] | str:
        log.info("reading rates", connection=connection, objects=list(objects))
        found: dict[str, Records] = {}
        for name in objects:
            try:
                found[name] = whole_table(peers[connection], name)
            except UnknownObject:
                continue  # not every organisation has it
            except ConnectionFault as fault:
                log.warning("rates could not be read", connection=connection, reason=str(fault))
                return f"it could not be read: {fault}"
        return found

    def posted(connection: str) -> list[tuple[str, Mapping[str, Value]]]:
        with database.read() as tx:
            return [
                (one.type.name, seen.fields)
                for one in ledgers
                if one.peer.name == connection
                for seen in mirror.live(tx, one.number)
            ]

    adapters = {name: peer.adapter for name, peer in peers.items()}
    currencies = {name: peer.organisation.currency for name, peer in peers.items()}
    return Outside(adapters, {name: code for name, code in currencies.items() if code}, tables, posted)


def rated(joined: Sequence[Joined], rating: Rating) -> tuple[Joined, ...]:
    """Hand the rates to the mappings that use them; only then are they read.

    What a ledger's documents come to in base currency uses them, too: inside transactions, in which nothing is read.
    """
    rules = any(True for one in joined for _ in asks_for_rates(one.mapping))
    counted = rating.chained and any(documents(side) for one in joined for side in one.mapping.sides)
    if not rules and not counted:
        return tuple(joined)
    rates = rating.rates()
    return tuple(replace(one, mapping=with_rates(one.mapping, rates)) for one in joined)
