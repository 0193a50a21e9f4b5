"""Writing: one request a batch, one outcome an element.

PUT creates and nothing else; POST is only ever sent with an id, for without one Xero would match by name or number and
silently overwrite (facts 5). With `summarizeErrors=false` each element is judged by itself (facts (c)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tieout.adapter import (
    Applied,
    Archived,
    Batch,
    Cause,
    Gone,
    InDoubt,
    Operation,
    Outcome,
    Present,
    Refused,
    Verb,
)
from tieout.errors import AnswerLost, BatchRefused
from tieout_xero.api import Api, NoRecord, rows_of
from tieout_xero.crediting import Crediting
from tieout_xero.errors import NOT_FOUND, failed, messages, refused
from tieout_xero.markers import mark
from tieout_xero.objects import PAYMENT, Endpoint
from tieout_xero.records import Blanks, Unwritable, encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieout_xero.observing import Observer

NOTE_LENGTH = 2500
"""Characters of one history record (facts 2.5)."""
ENDS: Mapping[Verb, Mapping[str, str]] = {
    Verb.ARCHIVE: {"ContactStatus": "ARCHIVED"},
    Verb.DELETE: {"Status": "DELETED"},
    Verb.VOID: {"Status": "VOIDED"},
}
"""Verb -> what is sent beside the id, and nothing else (facts 2.1, 2.3, 2.4)."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Carries out batches of one object. `observer` reads answers; `page`: see `markers.mark`."""

    api: Api
    observer: Observer
    page: str
    base: str
    """The organisation's currency."""

    def __call__(self, batch: Batch) -> Sequence[Outcome]:
        """Carry out one batch; raises BatchRefused if Xero refused several for the sake of one."""
        try:
            return self._sent(batch)
        except BatchRefused as whole:
            if len(batch.operations) > 1:
                raise
            return [_alone(whole)]

    def _sent(self, batch: Batch) -> Sequence[Outcome]:
        endpoint = self.observer.endpoint
        if batch.verb is Verb.NOTE:
            return [self._note(endpoint, operation, batch.key) for operation in batch.operations]
        if batch.verb is Verb.CREDIT:
            return Crediting(self.api, self.base)(batch)
        if batch.verb is Verb.DELETE and endpoint.name == "Item":
            return [self._delete(endpoint, operation) for operation in batch.operations]
        return self._elements(endpoint, batch)

    def _elements(self, endpoint: Endpoint, batch: Batch) -> Sequence[Outcome]:
        """Send what can be put into a request; what cannot is refused here, and keeps its place."""
        made = [self._element(endpoint, batch, operation) for operation in batch.operations]
        bodies = [one for one in made if not isinstance(one, Refused)]
        answered = iter(self._put(endpoint, batch, bodies) if bodies else ())
        outcomes: list[Outcome] = []
        for operation, one in zip(batch.operations, made, strict=True):
            outcomes.append(one if isinstance(one, Refused) else self._outcome(operation, next(answered)))
        return outcomes

    def _element(self, endpoint: Endpoint, batch: Batch, operation: Operation) -> dict[str, Any] | Refused:
        named: dict[str, Any] = {endpoint.id: operation.id} if operation.id else {}
        if endpoint.carried and operation.id:
            kept = self._carried(endpoint, operation)
            if isinstance(kept, Refused):
                return kept
            named |= kept
        if batch.verb in ENDS:
            return {**named, **ENDS[batch.verb]}
        blanks = Blanks.LEFT_OUT if batch.verb is Verb.CREATE else Blanks.CLEARED
        if not endpoint.partial and batch.verb is not Verb.CREATE:
            blanks = Blanks.EMPTY
        try:
            values = encode(batch.type.fields, operation.values, blanks)
        except Unwritable as error:
            return Refused(Cause.MAPPING, error.code, str(error), (error.path,))
        marked = mark(endpoint, operation, self.page) if batch.verb is Verb.CREATE else {}
        return {**named, **values, **marked}

    def _carried(self, endpoint: Endpoint, operation: Operation) -> dict[str, Any] | Refused:
        """Read what an update would otherwise clear; of a contact no more than its id, or Xero would update it.

        A record that is found locked now is refused here, for nothing tells whether Xero would.
        """
        try:
            row = next(iter(self.api.read(endpoint, id=operation.id).rows), {})
        except NoRecord as gone:
            return Refused(Cause.MOVED, NOT_FOUND, str(gone))
        lock = self.observer.lock(row)
        if lock is not None and not operation.values.keys() <= lock.editable:
            return Refused(Cause.LOCKED, "document-status", lock.reason, ("Status",))
        kept = {name: row[name] for name in endpoint.carried if row.get(name)}
        contact = kept.get("Contact")
        return {**kept, "Contact": {"ContactID": contact["ContactID"]}} if isinstance(contact, dict) else kept

    def _put(
        self, endpoint: Endpoint, batch: Batch, bodies: Sequence[Mapping[str, Any]]
    ) -> Sequence[Mapping[str, Any]]:
        method = "PUT" if batch.verb is Verb.CREATE else "POST"
        url, params = endpoint.url, endpoint.writes
        body: Mapping[str, Any] = {endpoint.plural: list(bodies)}
        if endpoint is PAYMENT and method == "POST":  # POST /Payments knows no summarizeErrors
            url, params, body = f"{url}/{bodies[0][endpoint.id]}", {}, ENDS[Verb.DELETE]
        rows = rows_of(endpoint, self.api.write(method, url, batch.key, body, params))
        if rows is None or len(rows) != len(bodies):
            raise AnswerLost(f"Xero's answer does not name the {len(bodies)} {endpoint.plural} that were sent")
        return rows

    def _outcome(self, operation: Operation, row: Mapping[str, Any]) -> Outcome:
        endpoint = self.observer.endpoint
        if failed(row):
            return refused("; ".join(messages(row)) or "Xero gave no reason")
        id = str(row.get(endpoint.id) or "")
        carried = row.get(endpoint.marker) if endpoint.marker and not operation.id else None
        if not id or (operation.id and id != operation.id) or (carried and operation.key not in self._keys(row)):
            return InDoubt("Xero answered for another record than the one that was sent")
        now = self.observer(row)
        known = now if isinstance(now, Present | Archived | Gone) else None
        return Applied(id, known, messages(row, "Warnings"))

    def _keys(self, row: Mapping[str, Any]) -> Sequence[str]:
        now = self.observer(row)
        return [now.key] if isinstance(now, Present) and now.key else []

    def _note(self, endpoint: Endpoint, operation: Operation, key: str) -> Outcome:
        told = (operation.note or "")[:NOTE_LENGTH]
        body = {"HistoryRecords": [{"Details": told}]}
        self.api.write("PUT", f"{endpoint.url}/{operation.id}/History", key, body)
        return Applied(str(operation.id))

    def _delete(self, endpoint: Endpoint, operation: Operation) -> Outcome:
        self.api.delete(f"{endpoint.url}/{operation.id}")
        return Applied(str(operation.id), Gone(str(operation.id)))


def _alone(whole: BatchRefused) -> Refused:
    """Judge the refusal of a batch of one as that record's."""
    if whole.code == NOT_FOUND:
        return Refused(Cause.MOVED, NOT_FOUND, str(whole))
    return refused(str(whole), whole.code)
