"""What tests of writes build and take apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from contract.xero.world import write
from tieout.adapter import (
    Applied,
    Connection,
    Operation,
    Outcome,
    Present,
    Refused,
    Verb,
)

NOBODY = "11111111-1111-4111-8111-111111111111"
PAGE = "https://acme.my.salesforce.com/006000000000001AAA"


def applied(outcome: Outcome) -> Applied:
    assert isinstance(outcome, Applied), outcome
    return outcome


def refusal(outcome: Outcome) -> Refused:
    assert isinstance(outcome, Refused), outcome
    return outcome


def record(outcome: Outcome) -> Any:
    now = applied(outcome).now
    assert isinstance(now, Present)
    return now.record


def made(books: Connection, key: str = "c.1", **values: Any) -> str:
    (outcome,) = write(books, "Contact", Verb.CREATE, Operation(key, values={"Name": "Acme", **values}), key=key)
    return applied(outcome).id


def document(contact: str, *lines: Mapping[str, Any], **more: Any) -> Any:
    given = lines or ({"Description": "Work", "Quantity": Decimal(2), "UnitAmount": Decimal(10), "AccountCode": "200"},)
    due = {"Date": date(2026, 3, 4), "DueDate": date(2026, 4, 3)}
    return {"Type": "ACCREC", "Contact": {"ContactID": contact}, **due, "LineItems": list(given), **more}


def draft(books: Connection, *lines: Mapping[str, Any], key: str = "i.1", **more: Any) -> Outcome:
    values = document(made(books), *lines, **more)
    (outcome,) = write(books, "Invoice", Verb.CREATE, Operation(key, values=values, source_url=PAGE), key=key)
    return outcome
