"""What a login may not do, named once."""

from __future__ import annotations

from tieout.model import Field, Kind, ObjectType, Verb
from tieout.sync import words
from tieout.sync.rights import Lacking, lacking
from tieout.sync.words import Planned, Write

FIELDS = {
    "Name": Field("Name", Kind.TEXT),
    "Phone": Field("Phone", Kind.TEXT, withheld=frozenset({Verb.CREATE, Verb.UPDATE})),
}
OPEN = ObjectType("Account", FIELDS, verbs={Verb.CREATE: 1, Verb.UPDATE: 1, Verb.NOTE: 1})
CLOSED = ObjectType("Account", FIELDS, verbs=OPEN.verbs, withheld=frozenset(OPEN.verbs), grant="ask Ann")


def planned(kind: words.Kind, *paths: str, source: str = "1") -> Planned:
    writes = [Write(path, 0, (path,), None, "x", "x", "why") for path in paths]
    return Planned(kind, "people", 1, 0, None, source, writes=writes)


def test_sx06_a_write_lacks_its_verb_or_else_the_fields_that_it_sets() -> None:
    assert lacking(planned(words.Kind.UPDATE, "Name"), OPEN) == ()
    assert lacking(planned(words.Kind.UPDATE, "Name", "Phone"), OPEN) == ("update Account.Phone",)
    assert lacking(planned(words.Kind.CREATE, "Phone"), OPEN) == ("create Account.Phone",)
    assert lacking(planned(words.Kind.CREATE, "Phone"), CLOSED) == ("create Account",)
    assert lacking(planned(words.Kind.NOTE), CLOSED) == ("note Account",)
    assert lacking(planned(words.Kind.AGREE), CLOSED) == ()


def test_sx06_each_right_is_named_once_and_what_two_passes_plan_counts_once() -> None:
    found = Lacking()
    for number in range(2):
        one = Lacking()
        for source in ("1", "2"):
            one.add(planned(words.Kind.CREATE, source=source), ("create Account",), "ask Ann")
        if number:
            one.add(planned(words.Kind.UPDATE, "Phone"), ("update Account.Phone",), "ask Bob")
        found.take(one)
    fault = found.fault("crm")
    assert str(fault) == "this login may not create Account (2), update Account.Phone (1): 3 writes were not sent"
    assert fault.mend == "ask Ann; ask Bob; the next run carries on, and tieout plan shows them"
    assert fault.exit_code == 6


def test_sx06_a_system_that_does_not_say_where_rights_are_given_is_named() -> None:
    found = Lacking()
    found.add(planned(words.Kind.CREATE), ("create Account",), "")
    assert found.fault("crm").mend.startswith("give this login the right in crm; ")
