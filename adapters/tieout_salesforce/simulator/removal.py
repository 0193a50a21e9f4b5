"""Deleting, restoring, merging and erasing records (fact sheet, section 2.12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tieout_salesforce.simulator import deals
from tieout_salesforce.simulator.org import Org
from tieout_salesforce.simulator.problems import no_access, refuse_row
from tieout_salesforce.simulator.saving import existing, update
from tieout_salesforce.simulator.table import Row


def delete(org: Org, user: str, name: str, id: str) -> None:
    """Put a record into the recycle bin, and with it what belongs to it; raises RowRefused."""
    with org.transaction():
        existing(org, name, id)
        org.automation.unlocked(id)
        if not org.layout.objects[name].deletable:
            raise refuse_row("DELETE_FAILED", f"records of {name} cannot be deleted")
        if "delete" in org.allowed(name, user).barred:
            raise no_access()
        _refuse_restricted(org, name, id)
        if "IsDeleted" not in org.layout.objects[name].fields:  # without it there is no recycle bin to be in
            erase(org, user, name, id)
            return
        for below, row in [*_below(org, name, id), (name, org.tables[name].rows[id])]:
            _mark(org, below, row, user, deleted=True)
            org.note("deleted", below, row, user)
        _totals(org, name, id, user)


def undelete(org: Org, user: str, name: str, id: str) -> None:
    """Bring a record back under the same id, and what was deleted with it; raises RowRefused."""
    with org.transaction():
        row = org.row(name, id)
        if row is None or not row.get("IsDeleted") or row.get("MasterRecordId"):
            raise refuse_row("UNDELETE_FAILED", "Entity is not in the recycle bin")
        _free_keys(org, name, row)
        deleted_at = row["SystemModstamp"]
        below = [(child, one) for child, one in _below(org, name, id, dead=True) if one["SystemModstamp"] == deleted_at]
        for child, one in [(name, row), *below]:
            _mark(org, child, one, user, deleted=False)
            org.note("undeleted", child, one, user)
        _totals(org, name, id, user)


def erase(org: Org, user: str, name: str, id: str) -> None:
    """Remove a record for good: no query shows it any more, only `/deleted` does (section 0, 5)."""
    with org.transaction():
        row = org.row(name, id)
        if row is None:
            raise refuse_row("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        for below, one in [*_below(org, name, id), *_below(org, name, id, dead=True), (name, row)]:
            org.erase(below, one["Id"])
            org.tables[below].erased.append((one["Id"], org.stamp()))
            org.note("erased", below, one, user)
        deals.total(org, name, row, user)


def merge(org: Org, user: str, name: str, winner: str, loser: str, fields: Mapping[str, Any]) -> None:
    """Merge the loser into the winner: it is deleted with MasterRecordId, its children move without their stamps.

    `fields`: what the person chose to keep on the winner, which is updated in any case.
    """
    with org.transaction():
        if not org.layout.objects[name].mergeable or winner == loser:
            raise refuse_row("MERGE_FAILED", f"these records of {name} cannot be merged")
        existing(org, name, winner)
        row = existing(org, name, loser)
        for child in org.layout.objects[name].children:
            for one in org.tables[child.object].live(child.field, loser):
                # Whether their SystemModstamp moves is not promised: it stays, the harder case for a reader.
                org.put(child.object, {**one, child.field: winner})
        _mark(org, name, {**row, "MasterRecordId": winner}, user, deleted=True)
        org.note("merged", name, row, user)
        update(org, user, name, winner, fields)


def _below(org: Org, name: str, id: str, *, dead: bool = False) -> Iterator[tuple[str, Row]]:
    """Walk what belongs to a record, deepest last: what lives, or what is dead."""
    for child in org.layout.objects[name].children:
        if not child.cascade:
            continue
        for row in org.tables[child.object].having(child.field, id):
            if bool(row.get("IsDeleted")) == dead:
                yield child.object, row
                yield from _below(org, child.object, row["Id"], dead=dead)


def _refuse_restricted(org: Org, name: str, id: str) -> None:
    for child in org.layout.objects[name].children:
        if child.restrict and org.tables[child.object].live(child.field, id):
            label = org.layout.objects[child.object].plural
            raise refuse_row("DELETE_FAILED", f"the record is in use by {label} and cannot be deleted")


def _mark(org: Org, name: str, row: Row, user: str, *, deleted: bool) -> None:
    now = org.stamp()
    stamps = {"SystemModstamp": now, "LastModifiedDate": now, "LastModifiedById": user}
    org.put(name, {**row, "IsDeleted": deleted, **stamps})


def _free_keys(org: Org, name: str, row: Row) -> None:
    for key, field in org.layout.objects[name].fields.items():
        if field.unique and row.get(key) is not None and org.tables[name].live(key, str(row[key])):
            other = org.tables[name].live(key, str(row[key]))[0]["Id"]
            message = f"duplicate value found: {key} duplicates value on record with id: {other}"
            raise refuse_row("DUPLICATE_VALUE", message, key)


def _totals(org: Org, name: str, id: str, user: str) -> None:
    deals.total(org, name, org.tables[name].rows[id], user)
