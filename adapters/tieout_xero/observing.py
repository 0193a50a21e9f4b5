"""From a row to what is known of the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tieout.adapter import Archived, Gone, Lock, Merged, Observation, Present, Unknown
from tieout_xero.locks import LockDates, contact_lock, credit_lock, document_lock, payment_lock, quote_lock
from tieout_xero.markers import key_of
from tieout_xero.wire import instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tieout.adapter import Record
    from tieout_xero.objects import Endpoint

OUT_OF_USE = frozenset({"ARCHIVED", "VOIDED", "GDPRREQUEST"})
"""An archived contact or account, a voided document; a contact that is about to be made anonymous."""


@dataclass(frozen=True, slots=True)
class Observer:
    """Reads rows of one object. `read` gives the record of a row; `locks` are the organisation's."""

    endpoint: Endpoint
    read: Callable[[Mapping[str, Any]], Record]
    locks: LockDates

    def __call__(self, row: Mapping[str, Any]) -> Observation:
        """Say what this row says; what cannot be read is Unknown, and stops no other record."""
        id = str(row.get(self.endpoint.id) or "")
        if into := row.get("MergedToContactID"):
            return Merged(id, str(into))
        try:
            modified = instant(row.get("UpdatedDateUTC"))
            status = row.get("ContactStatus") or row.get("Status")
            if status == "DELETED":
                return Gone(id, modified)
            kind = Archived if status in OUT_OF_USE else Present
            return kind(id, self.read(row), modified, lock=self.lock(row), key=key_of(self.endpoint, row))
        except ValueError as error:
            return Unknown(id, f"Xero's answer cannot be read: {error}")

    def lock(self, row: Mapping[str, Any]) -> Lock | None:
        """Tell why the record of a row cannot be edited freely."""
        match self.endpoint.name:
            case "Contact":
                return contact_lock(row)
            case "Invoice":
                return document_lock(row, self.locks)
            case "CreditNote":
                return credit_lock(row, self.locks)
            case "Quote":
                return quote_lock(row)
            case "Payment":
                return payment_lock(row, self.locks)
            case _:
                return None
