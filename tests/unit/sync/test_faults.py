"""Faults stand where they belong: at a connection, or at the one object that was asked for."""

from __future__ import annotations

import pytest

from tieout.errors import AdapterFault, ConnectionFault, Forbidden, ObjectForbidden, Unauthorised, Unreachable
from tieout.sync.faults import Faults, Place, asking, note, refusal, stopping, told

PAYMENT = Place("xero", "Payment")


def raised(fault: ConnectionFault, connection: str = "xero", object_: str = "Payment") -> ConnectionFault:
    """Raise a fault while an object is asked for, and give it as it arrives."""
    with pytest.raises(ConnectionFault) as found, asking(connection, object_):
        raise fault
    return found.value


def kept(*faults: ConnectionFault) -> Faults:
    """Keep faults that came while a payment was asked for."""
    found: Faults = {}
    for fault in faults:
        note(found, raised(fault), "other")
    return found


@pytest.mark.parametrize("fault", [Forbidden("no"), Unauthorised("no"), Unreachable("no")])
def test_sx06_whatever_may_concern_more_than_the_object_stops_the_connection(fault: ConnectionFault) -> None:
    assert [*kept(fault)] == [Place("xero")]


def test_sx06_a_right_to_one_object_stops_what_needs_it_and_nothing_else() -> None:
    faults = kept(ObjectForbidden("no scope"))
    assert [*faults] == [PAYMENT]
    assert stopping(faults, [("crm", "Payment"), ("xero", "Invoice")]) == []
    assert stopping(faults, [("xero", "Invoice"), ("xero", "Payment"), ("xero", "Payment")]) == [PAYMENT]
    assert told(PAYMENT) == "xero refuses Payment"


def test_sx06_where_no_object_was_asked_for_it_stops_the_connection() -> None:
    faults: Faults = {}
    note(faults, ObjectForbidden("no scope"), "xero")
    assert [*faults] == [Place("xero")]
    assert stopping(faults, [("xero", "Invoice")]) == [Place("xero")]


def test_a_fault_stays_where_it_was_noted_first() -> None:
    fault = raised(raised(ObjectForbidden("no scope")), "crm", "Task")
    assert (fault.connection, fault.object) == ("xero", "Payment")
    assert [*kept(AdapterFault("it broke the port", connection="shop"))] == [Place("shop")]


def test_a_mapping_is_refused_in_the_words_of_all_and_by_the_fault_that_counts_most() -> None:
    faults = {Place("crm"): Unreachable("no answer"), PAYMENT: ObjectForbidden("no scope", mend="tieout connect xero")}
    found = refusal(faults, [*faults])
    assert (str(found), found.exit_code, found.mend) == ("crm: no answer; xero: no scope", 6, "tieout connect xero")


def test_a_fault_is_said_in_other_words_without_losing_what_it_is() -> None:
    fault = AdapterFault("it broke the port", connection="shop", mend="ask its authors")
    other = fault.said("things can't run now")
    assert (type(other), str(other), other.mend, other.connection) == (
        AdapterFault,
        "things can't run now",
        "ask its authors",
        "shop",
    )
    assert str(fault) == "it broke the port"
