"""Writing: one record a call, of the fields that are named (facts 1.1, verbs, create and PATCH status; A10).

Nothing makes a repeated POST harmless, so each is guarded by a look-up: by our key where the object has a field for it,
else by its natural key (A9). A record that is found is not made again, and is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tieout.adapter import Applied, Cause, Gone, InDoubt, Kind, Present, Refused, Verb
from tieout.errors import AnswerLost, BadAnswer, BatchRefused
from tieout_spotlercrm.errors import NOT_FOUND, outside_the_plan
from tieout_spotlercrm.records import Unwritable, encode
from tieout_spotlercrm.shape import id_of, single

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieout.adapter import Answer, Batch, Operation, Outcome, Value
    from tieout_spotlercrm.reads import Reads
    from tieout_spotlercrm.records import Reader
    from tieout_spotlercrm.settings import Settings
    from tieout_spotlercrm.shape import Row


@dataclass(frozen=True, slots=True)
class Writer:
    """Carries out batches of one object; `reader` reads the answers."""

    reads: Reads
    reader: Reader
    settings: Settings

    def __call__(self, batch: Batch) -> Sequence[Outcome]:
        """Carry out one batch, record by record; what the client raises passes."""
        return [self._outcome(batch.verb, operation) for operation in batch.operations]

    def _outcome(self, verb: Verb, operation: Operation) -> Outcome:
        try:
            return self._deleted(operation) if verb is Verb.DELETE else self._saved(verb, operation)
        except Unwritable as problem:
            cause = Cause.REFERENCE if problem.code == "no-id" else Cause.MAPPING
            return Refused(cause, problem.code, str(problem), (problem.path,))
        except BatchRefused as refused:
            if refused.code != NOT_FOUND:
                return Refused(Cause.DATA, refused.code, str(refused))
            if verb is Verb.CREATE:
                raise outside_the_plan(f": {self._name}") from refused
            return Refused(Cause.MOVED, NOT_FOUND, str(refused))

    @property
    def _name(self) -> str:
        return self.reader.of.type.name

    def _saved(self, verb: Verb, operation: Operation) -> Outcome:
        body = encode(self.reader.of, operation.values, self.settings.zone)
        if verb is Verb.UPDATE:
            return self._told(self._send("PATCH", f"/{self._name}/{operation.id}", body), operation)
        if marker := self.reader.of.type.marker:
            body[marker] = operation.key
        twin = self._twin(operation, body)
        return twin or self._told(self._send("POST", f"/{self._name}", body), operation)

    def _deleted(self, operation: Operation) -> Outcome:
        id = str(operation.id)
        self._send("DELETE", f"/{self._name}/{id}", None)
        return Applied(id, Gone(id))

    def _send(self, method: str, path: str, body: Mapping[str, Value] | None) -> Answer:
        return self.reads.api.send(method, path, body)

    def _told(self, answer: Answer, operation: Operation) -> Outcome:
        """Read the answer to a write: any 2xx is a yes, its record is told where there is one."""
        row = _row(answer)
        if row is None and operation.id is None:
            raise AnswerLost(f"the answer to the create of one of {self._name} does not name what was made")
        id = id_of(row) if row is not None else operation.id
        if id is None or (operation.id is not None and id != operation.id):
            return InDoubt("SpotlerCRM answered for another record than the one that was sent")
        now = self.reader.answered(row) if row is not None else None
        return Applied(id, now if isinstance(now, Present) else None)

    # --- twins ---

    def _twin(self, operation: Operation, body: Mapping[str, Value]) -> Refused | None:
        """Find a record that is there already. One that appears between this look and the POST is a twin."""
        q = self._key(operation, body)
        # A server that does not filter must stop no create: what is found is compared again.
        found = [row for row in self.reads.api.matching(self._name, q) if _holds(row, q)] if q else ()
        if not found:
            return None
        ids = ", ".join(str(id_of(row)) for row in found)
        message = f"{self._name} has a record with the same {', '.join(q)} already: {ids}"
        return Refused(Cause.EXISTS, "made-already", message, tuple(q), id_of(found[0]) if len(found) == 1 else None)

    def _key(self, operation: Operation, body: Mapping[str, Value]) -> Mapping[str, Value]:
        of = self.reader.of
        if of.type.marker:
            return {of.type.marker: operation.key}
        for names in self.settings.natural_keys.get(self._name, ()):
            known = {of.wire.get(name, name): _asked(of.type.fields[name].kind, body.get(of.wire.get(name, name)))
                     for name in names if name in of.type.fields}  # fmt: skip
            if len(known) == len(names) and all(known.values()):
                return known
        return {}


def _holds(row: Row, q: Mapping[str, Value]) -> bool:
    return all(_folded(row.get(name)) == _folded(wanted) for name, wanted in q.items())


def _folded(value: Value) -> str:
    return str(value).strip().casefold()


def _asked(kind: Kind, value: Value) -> Value:
    """Put a value into a query: ids as whole numbers, texts as they are; others are no keys."""
    if kind is Kind.REFERENCE:
        return None if value is None else str(value)
    return value if isinstance(value, str) else None


def _row(answer: Answer) -> Row | None:
    """Give the record of an answer to a write, if it has one: nothing says that it must."""
    if not answer.text.strip():
        return None
    try:
        row = single(answer.json(), "a write")
    except BadAnswer:
        return None
    return row if id_of(row) else None
