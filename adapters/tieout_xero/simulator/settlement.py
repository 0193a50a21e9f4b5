"""What is due on an invoice and left of a credit, by payments and allocations (facts 2.3, 2.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tieout_xero.simulator.totals import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tieout_xero.simulator.books import Books
    from tieout_xero.simulator.codec import Row
    from tieout_xero.simulator.tables import Table


def live(rows: Iterable[Row]) -> list[Row]:
    """Leave out payments that were deleted."""
    return [row for row in rows if row["Status"] != "DELETED"]


def credit_table(books: Books, kind: str) -> Table:
    """Give the rows of a kind of credit: CreditNote, Overpayment, Prepayment."""
    return {"CreditNote": books.credit_notes, "Overpayment": books.overpayments, "Prepayment": books.prepayments}[kind]


def settle_invoice(books: Books, id: str) -> None:
    """Bring the paid and credited amounts, status and stamp of an invoice up to date (facts 2.3, Open)."""
    invoice = books.invoices.rows[id]
    paid_by, credited_by = live(books.payments.find("invoice", id)), books.allocations.find("invoice", id)
    paid, credited = _sum(paid_by), _sum(credited_by)
    due = invoice["Total"] - paid - credited
    state = _state([*paid_by, *credited_by], invoice, settled=due == 0)
    books.invoices.put({**invoice, "AmountPaid": paid, "AmountCredited": credited, "AmountDue": due, **state,
                        "UpdatedDateUTC": _stamp(books, invoice)})  # fmt: skip


def settle_credit(books: Books, kind: str, id: str) -> None:
    """Bring what is left of a credit, its status and stamp up to date: PAID once nothing is left (facts 2.4)."""
    table = credit_table(books, kind)
    credit = table.rows[id]
    used = [*live(books.payments.find("credit", id)), *books.allocations.find("credit", id)]
    left = credit["Total"] - _sum(used)
    state = _state(used, credit, settled=left == 0)
    table.put({**credit, "RemainingCredit": left, **state, "UpdatedDateUTC": _stamp(books, credit)})


def _state(used: Sequence[Row], document: Row, *, settled: bool) -> Row:
    day = max((row["Date"] for row in used), default=document["Date"])
    return {"Status": "PAID" if settled else "AUTHORISED", "FullyPaidOnDate": day if settled else None}


def _stamp(books: Books, document: Row) -> object:
    return books.now() if books.switches.payment_bumps == "yes" else document["UpdatedDateUTC"]


def _sum(rows: Iterable[Row]) -> Decimal:
    return sum((row["Amount"] for row in rows), ZERO)
