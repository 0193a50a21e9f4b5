"""Does a value of one field fit into another one: kinds, lengths, choices, constants, currencies, writability."""

from __future__ import annotations

import re
from decimal import Decimal

from tieout.mapping.catalogue import Endpoint, list_above, near, through_reference
from tieout.mapping.draft import Draft, Ground, Reach
from tieout.model import Field, Kind, ObjectType, Value
from tieout.problems import Position
from tieout.toolkit import instant

_CODE = re.compile("[A-Z]{3}")
_ID = re.compile("(ID|Id|_id|^id)(__c)?$")
"""How systems end the names of fields that hold an id; `Paid` does not end so."""
_TEXT = {Kind.TEXT, Kind.CHOICE, Kind.REFERENCE}
_NUMBER = {Kind.NUMBER, Kind.MONEY}
ORDERED = frozenset({Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.INSTANT})
"""Kinds of which one value is the greater."""
_MENDS = {
    (Kind.INSTANT, Kind.DATE): "as: date",
    (Kind.TEXT, Kind.GROUP): "as: lines",
    (Kind.MONEY, Kind.TEXT): "as: money_text",
}


def kinds(source: Field, target: Field, at: Position, draft: Draft) -> None:
    """Check that values pass from one field to the other without a transform."""
    if not _alike(source.kind, target.kind):
        mend = _MENDS.get((source.kind, target.kind))
        message = f"{source.path} is {_a(source.kind)}, {target.path} is {_a(target.kind)}"
        draft.error("wrong-kind", message, at, f"write {mend}" if mend else "put a transform between them with `as`")
        return
    if source.kind is Kind.REFERENCE and target.kind is Kind.REFERENCE:
        message = f"{source.path} and {target.path} hold ids of two different systems"
        draft.error("needs-link", message, at, "name the mapping that pairs these records: link: MAPPING")
    elif target.kind is Kind.REFERENCE:
        identifies(source, target, at, draft)
    elif source.kind in _TEXT and source.length and target.length and source.length > target.length:
        message = f"{target.path} keeps {target.length} characters, {source.path} has up to {source.length}"
        draft.warn(
            "too-short", message, at, f"as: {{truncate: {target.length}}} cuts; without it a longer text is held"
        )
    _choices(source, target, at, draft)


def identifies(source: Field, target: Field, at: Position, draft: Draft) -> None:
    """Refuse words where an id belongs: only a text that is called an id, and is not the record's own, can be one."""
    own = "." not in source.path and not source.creatable and not source.updatable
    if target.kind is not Kind.REFERENCE or source.kind is Kind.REFERENCE:
        return
    if own or not _ID.search(source.path):
        to = f" of {' or '.join(target.refers_to)}" if target.refers_to else ""
        message = f"{target.path} takes the id of a record{to}, and {source.path} is {_a(source.kind)}"
        mend = "link: MAPPING writes the id of the partner in that mapping; as: {lookup: {…}} gives an id for each text"
        draft.error("needs-link", message, at, mend)


def _choices(source: Field, target: Field, at: Position, draft: Draft) -> None:
    if source.choices is None or target.choices is None:
        return
    lost = [choice for choice in source.choices if choice not in target.choices]
    if lost:
        shown = ", ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")  # noqa: PLR2004
        message = f"{target.path} does not know {shown}"
        draft.warn("unmapped-choices", message, at, "map them with as: {lookup: …}")


def _alike(one: Kind, other: Kind) -> bool:
    return one is other or {one, other} <= _TEXT or {one, other} <= _NUMBER


def _a(kind: Kind) -> str:
    named = {Kind.INSTANT: "an instant", Kind.CHOICES: "a set of choices", Kind.MONEY: "an amount"}
    return named.get(kind, f"a {kind.value}")


def constant(given: Value, target: Field, at: Position, draft: Draft) -> None:
    """Check that a constant can stand in a field."""
    if given is None:
        return
    if target.kind is Kind.CHOICE and target.choices is not None and given not in target.choices:
        shown = ", ".join(target.choices[:12])
        nearest = near(str(given), target.choices)
        message = f"{target.path} cannot be {given!s}"
        draft.error("unknown-choice", message, at, f"there are: {shown}", nearest)
    elif not _is(given, target.kind):
        message = f"{given!s} is no value for {target.path}, which is {_a(target.kind)}"
        mend = f'quote it: "{given!s}"' if target.kind in _TEXT and not isinstance(given, str) else ""
        draft.error("wrong-kind", message, at, mend)
    elif isinstance(given, str) and target.length and len(given) > target.length:
        draft.error("too-long", f"{target.path} keeps {target.length} characters, this has {len(given)}", at)


def _is(given: Value, kind: Kind) -> bool:
    match kind:
        case Kind.BOOLEAN:
            return isinstance(given, bool)
        case Kind.NUMBER | Kind.MONEY:
            return isinstance(given, Decimal)
        case Kind.DATE | Kind.INSTANT:
            return isinstance(given, str) and _is_time(given)
        case Kind.TEXT | Kind.CHOICE | Kind.REFERENCE:
            return isinstance(given, str)
    return False


def _is_time(text: str) -> bool:
    try:
        instant(text)
    except ValueError:
        return False
    return True


def writable(
    reach: Reach, found: Field | None, path: str, at: Position, ground: Ground, draft: Draft, *, only: str | None
) -> None:
    """Check that a path (from the record on) can be written when the mapping wants to write it."""
    end = reach.end
    if end.type is None or not _own_place(reach, end.type, path, at, draft) or found is None:
        return
    if end.type.marker == path:
        draft.error("two-writers", f"{path} of {end} is where the adapter keeps its own key", at, "take another field")
    elif not found.creatable and not found.updatable:
        mend = "make it one way: give the side that can be written a `from`"
        draft.error("not-writable", f"{path} of {end} cannot be written", at, mend)
    elif not found.updatable and end.side in ground.updates and only != "create":
        message = f"{path} of {end} can only be set when the record is created"
        draft.error("not-writable", message, at, "give it a source and add `only: create`")
    elif not found.creatable and (only == "create" or end.side not in ground.updates):
        message = f"{path} of {end} cannot be set when the record is created"
        mend = "leave out `only: create`" if only == "create" else f"allow update on {end.side}"
        draft.error("not-writable", message, at, mend)


def _own_place(reach: Reach, kind: ObjectType, path: str, at: Position, draft: Draft) -> bool:
    reference = through_reference(kind, path) or _read_only_group(reach, kind, path)
    if reference:
        mend = "write the reference itself, with `link`, or map the other record in a mapping of its own"
        draft.error("not-writable", f"{path} is read through {reference} and cannot be written", at, mend)
        return False
    above = list_above(kind, path)
    if above and above not in reach.lists:
        mend = f"map its items under `lists`: {{{reach.end.side}: {above}, …}}"
        if reach.lists:
            mend = "lists inside lists are not supported"
        draft.error("not-writable", f"{path} lies inside the list {above}", at, mend)
        return False
    return True


def _read_only_group(reach: Reach, kind: ObjectType, path: str) -> str | None:
    """Some systems show a referenced record as a group of which nothing can be written (`Account.Name`)."""
    head = path.rpartition(".")[0]
    if not head or head in reach.lists or head in kind.children:
        return None
    below = [known for name, known in kind.fields.items() if name.startswith(f"{head}.")]
    return head if below and not any(known.creatable or known.updatable for known in below) else None


def currency(end: Endpoint, found: Field | None, at: Position, ground: Ground, draft: Draft) -> None:
    """Refuse an amount, read or written, of which nobody knows the currency."""
    if found is None or found.kind is not Kind.MONEY:
        return
    mend = "map a field with a known currency"
    if not found.currency:
        message = f"{found.path} of {end} is an amount, and the adapter does not say in which currency"
        draft.error("no-currency", message, at, mend)
    elif not _CODE.fullmatch(found.currency) and ground.catalogue.field(end, found.currency) is None:
        message = f"{found.path} of {end} is an amount in the currency of {found.currency}, which is not there"
        draft.error("no-currency", message, at, mend)
