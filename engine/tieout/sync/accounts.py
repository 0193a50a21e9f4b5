"""The accounts of an organisation, outside a run: as its ledger says now, or as a run has kept them for a pick."""

from __future__ import annotations

from sqlalchemy import Connection as Tx

from tieout.errors import UnknownObject
from tieout.money.chart import Chart, chart
from tieout.money.profiles import profile_of
from tieout.store import mirror
from tieout.sync.observe import whole_table
from tieout.sync.run import Peer


def asked_accounts(peer: Peer) -> Chart | None:
    """Read the accounts of a ledger; None for what is none. Raises ConnectionFault."""
    profile = profile_of(peer.adapter)
    if profile is None:
        return None
    try:
        rows = whole_table(peer, profile.columns.account)
    except UnknownObject:
        return None
    return chart({profile.columns.account: rows}, profile.columns)


def kept_accounts(tx: Tx, adapter: str, organisation: str) -> Chart | None:
    """Give the accounts that runs have read to their end, as they were last seen; None: none were."""
    profile = profile_of(adapter)
    number = None if profile is None else mirror.known_endpoint(tx, adapter, organisation, profile.columns.account)
    if profile is None or number is None or mirror.mark(tx, number).complete_at is None:
        return None
    return chart({profile.columns.account: [seen.fields for seen in mirror.live(tx, number)]}, profile.columns)
