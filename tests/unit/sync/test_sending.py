"""What is sent, and what would be sent again from the journal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import cast

from tieout.adapter import Connection
from tieout.model import Field, Kind, ObjectType, Organisation, Value
from tieout.sync import words
from tieout.sync.run import Endpoint, Peer
from tieout.sync.sending import wire_values
from tieout.sync.wire import plain, to_system
from tieout.sync.words import Planned, Write
from tieout.values import dumps, loads_object

FIELDS = (Field("Total", Kind.NUMBER), Field("Name", Kind.TEXT), Field("Due", Kind.DATE), Field("At", Kind.INSTANT))
TYPE = ObjectType("Invoice", {field.path: field for field in FIELDS})
NOBODY = cast("Connection", None)  # nothing is called here


def test_what_the_journal_holds_is_what_was_sent_to_the_byte() -> None:
    sent: dict[str, Value] = {
        "Total": Decimal("5.10"), "Name": "Ann", "Due": "2026-07-29", "At": "2026-07-29T12:00:00Z"
    }  # fmt: skip
    writes = [Write(name, 1, (name,), None, value, value, "create") for name, value in sent.items()]
    operation = Planned(words.Kind.CREATE, "deals", 1, 1, None, "006", writes=writes)
    endpoint = Endpoint(1, Peer("books", "memory", NOBODY, Organisation("1", "Books")), TYPE, frozenset())
    first = wire_values(operation, None, endpoint)
    again = to_system(loads_object(dumps(plain(first))), TYPE)
    assert list(first.items()) == list(again.items())
    assert [str(value) for value in first.values()] == [str(value) for value in again.values()]
    assert first["Due"] == date(2026, 7, 29)
