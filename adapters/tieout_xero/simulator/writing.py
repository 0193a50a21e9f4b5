"""Batches: all or nothing, or element by element with summarizeErrors=false (facts (c), fact 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tieout_xero.simulator.codec import Row
from tieout_xero.simulator.problems import Invalid, Malformed, Missing
from tieout_xero.simulator.resource import Resource, Saved, View, Write
from tieout_xero.simulator.tables import STAMP, Table

VALIDATION = 10


@dataclass(frozen=True, slots=True)
class Refused:
    """One element that broke rules."""

    element: Row
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch came to: the answer's rows or the error's body, and what stays stored."""

    body: Sequence[Row] | None
    error: Row | None
    saved: Sequence[Saved]
    contacts: Sequence[Saved] = ()
    """Contacts that invoices carried along and so made or changed (facts 2.1: more than ContactID updates them)."""


def elements(body: object, plural: str) -> list[Row]:
    """Read a request's elements: one object, a list, or `{"Contacts": [...]}` (facts (b))."""
    found = body.get(plural, body) if isinstance(body, dict) else body
    found = [found] if isinstance(found, dict) else found
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        raise Malformed(f"The body has no {plural}")
    return found


def write(resource: Resource, sent: Sequence[Row], how: Write, *, each: bool) -> Written:
    """Write elements in turn; `each`: those that are right are saved whatever becomes of the others."""
    journal = resource.books.journal
    start = journal.mark()
    results: list[Saved | Refused] = []
    try:
        results.extend(_one(resource, element, how) for element in sent)
    except (Malformed, Missing):
        journal.roll_back(start)
        raise
    failed = [result for result in results if isinstance(result, Refused)]
    if failed and not each:
        journal.roll_back(start)
        return Written(None, validation_error(resource, failed), ())
    contacts = _carried(resource, journal.entries[start:])
    journal.forget()
    saved = [result for result in results if isinstance(result, Saved)]
    return Written([_shown(resource, result, how, each=each) for result in results], None, saved, contacts)


def _carried(resource: Resource, entries: Sequence[tuple[Table, str, Row | None]]) -> list[Saved]:
    contacts = resource.books.contacts
    if resource.table is contacts:
        return []
    return [
        Saved(contacts.rows[id], "updated" if old else "created")
        for table, id, old in entries
        if table is contacts and (old is None or old[STAMP] != contacts.rows[id][STAMP])
    ]


def _one(resource: Resource, element: Row, how: Write) -> Saved | Refused:
    mark = resource.books.journal.mark()
    try:
        return resource.save(element, how)
    except Invalid as problem:
        resource.books.journal.roll_back(mark)
        return Refused(element, problem.messages)


def validation_error(resource: Resource, failed: Sequence[Refused]) -> Row:
    """Give the body of a 400: the elements that failed, each with its messages (facts (c) 400)."""
    return {
        "ErrorNumber": VALIDATION,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [_failed(resource, result) for result in failed],
    }


def _failed(resource: Resource, result: Refused) -> Row:
    messages = [{"Message": message} for message in result.messages]
    flag = {resource.flag: True} if resource.flag else {}
    return {**resource.echo(result.element), **flag, "ValidationErrors": messages}


def _shown(resource: Resource, result: Saved | Refused, how: Write, *, each: bool) -> Row:
    """Show one element; StatusAttributeString only with summarizeErrors=false (facts (c))."""
    if isinstance(result, Refused):
        return {**_failed(resource, result), "StatusAttributeString": "ERROR"}
    shown = resource.view(result.row, View.WRITTEN, how.places)
    if result.warnings:
        shown["Warnings"] = [{"Message": message} for message in result.warnings]
    if each:
        shown["StatusAttributeString"] = "WARNING" if result.warnings else "OK"
    return shown
