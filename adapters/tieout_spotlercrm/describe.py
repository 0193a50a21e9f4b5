"""A data dictionary as an ObjectType: fields of this account's own included (facts 1.1, metadata).

The ledger code is found by its label, and called `ledgercode` whatever its name is (A1). Lines are offered with their
opportunity, contacts with their account, and an account with what belongs to it. A change of one moves no stamp of
the other (A5): it shows there in full reads alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tieout.adapter import Deletions, Field, Kind, ObjectType, Twins
from tieout.errors import BadAnswer
from tieout_spotlercrm.objects import (
    ACCOUNT,
    ACCOUNTS,
    ALWAYS_PERSONAL,
    CURRENCY,
    DEALS,
    KINDS,
    LEDGER_CODE,
    LEDGER_LABELS,
    LINES,
    LISTS,
    PERSONAL,
    SET_BY_THE_SYSTEM,
    STAMP,
    STAMPS,
    VALUE,
    WORDS,
    WRITES,
    record_type,
)

if TYPE_CHECKING:
    from tieout_spotlercrm.objects import RecordType
    from tieout_spotlercrm.settings import Settings
    from tieout_spotlercrm.shape import Row

HORIZON = timedelta(minutes=15)
"""So long a request without an answer may still take effect: the client goes on trying for five minutes, and ten are
taken for the last attempt, of which nothing is known."""
IDS = 100
"""Ids in one `$in`: a page of answers."""
Choices = Callable[[str, str], Sequence[Any] | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One field by the data dictionary; `word` is what it calls its type."""

    name: str
    label: str
    word: str


@dataclass(frozen=True, slots=True)
class Described:
    """One object. `wire`: path -> API name, where they differ; `valued`: the opportunity's value comes from lines."""

    type: ObjectType
    wire: Mapping[str, str]
    valued: bool = False


def entries(rows: Sequence[Row], name: str) -> list[Entry]:
    """Read a data dictionary: each field has a name, and may have a label and a type (A14). Raises BadAnswer."""
    found = []
    for row in rows:
        if not isinstance(row.get("name"), str) or not row["name"]:
            raise BadAnswer(
                f"the data dictionary of {name} holds a field without a name",
                mend="its form is an assumption (A14 in docs/spotlercrm.md): report what it looks like",
            )
        found.append(Entry(row["name"], str(row.get("label") or row["name"]), str(row.get("type") or "").casefold()))
    return found


def ledger_field(known: Sequence[Entry], chosen: str | None) -> Entry | None:
    """Find the field of accounts for the ledger code: the one chosen, else by its label, the first label first."""
    if chosen is not None:
        return next((one for one in known if one.name == chosen), None)
    by_label = (one for label in LEDGER_LABELS for one in known if one.label.casefold() == label)
    return next(by_label, None)


def describe(
    name: str,
    known: Sequence[Entry],
    below: Sequence[Entry],
    above: Sequence[Entry],
    settings: Settings,
    choices: Choices,
) -> ObjectType:
    """Describe one object.

    `below`: the fields of what is listed with it, `above`: those of its account; none where the plan lacks that.
    """
    of = record_type(name)
    fields = {one.name: _field(of, one, settings, choices) for one in known}
    ledger = ledger_field(known, settings.ledger_code) if name == ACCOUNTS else None
    if ledger is not None and ledger.name != LEDGER_CODE:
        fields |= _renamed(fields[ledger.name])
    if below:
        fields |= {one.path: one for one in _listed(name, below, settings)}
    if ACCOUNT not in fields:
        fields |= {one.path: one for one in _of_account(above, settings)}
    if name == DEALS:
        fields |= {one.path: one for one in _worth(fields, settings, lines=bool(below))}
    marker = settings.marker if settings.marker in fields and of.writable else None
    return _type(of, fields, settings, marker)


def _renamed(ledger: Field) -> dict[str, Field]:
    """Offer the ledger code as `ledgercode`, and under its own name to be read alone: a field has one writer.

    A field that happens to be called ledgercode, while another one is the ledger code, is hidden by it.
    """
    own = replace(ledger, creatable=False, updatable=False)
    return {ledger.path: own, LEDGER_CODE: replace(ledger, path=LEDGER_CODE)}


def understood(type: ObjectType) -> Described:
    """Find out from a description what the reading and writing of records needs besides: nobody is asked again."""
    fields = type.fields
    ledger = fields.get(LEDGER_CODE) if type.name == ACCOUNTS else None
    own = [
        path
        for path, one in fields.items()
        if ledger is not None and path != LEDGER_CODE and one.label == ledger.label and not one.creatable
    ]
    valued = LINES in fields and VALUE in fields and not fields[VALUE].creatable
    return Described(type, {LEDGER_CODE: own[0]} if own else {}, valued)


def _type(of: RecordType, fields: Mapping[str, Field], settings: Settings, marker: str | None) -> ObjectType:
    return ObjectType(
        name=of.name,
        label=of.label,
        fields=fields,
        verbs=WRITES if of.writable else {},
        children={list_: "id" for list_ in LISTS.get(of.name, ())[:1] if list_ in fields},
        deletions=Deletions.ABSENCE,
        twins=Twins.FOUND if marker else Twins.POSSIBLE,
        marker=marker,
        incremental=STAMP in fields,
        horizon=HORIZON,
        sees_own=marker is not None,  # `find_created` is sure only when the horizon has passed
        fetch=IDS,
        page=settings.page_size,
    )


def _field(of: RecordType, one: Entry, settings: Settings, choices: Choices) -> Field:
    kind = _kind(of, one, settings)
    ours = one.name not in SET_BY_THE_SYSTEM and of.writable
    personal = PERSONAL if of.people else ALWAYS_PERSONAL
    return Field(
        path=one.name,
        kind=kind,
        label=one.label,
        currency=settings.currency if kind is Kind.MONEY else None,
        choices=_words(choices(of.name, one.name)) if kind is Kind.CHOICE and one.word in WORDS else None,
        refers_to=(of.refers[one.name],) if kind is Kind.REFERENCE else (),
        creatable=ours,
        updatable=ours,
        unique=one.name == "id",
        personal=one.name in personal,
    )


def _kind(of: RecordType, one: Entry, settings: Settings) -> Kind:
    """Tell a field's kind: what is known of standard fields, what the options say, what the dictionary says."""
    if one.name == "id":
        return Kind.TEXT
    if one.name in of.refers:
        return Kind.REFERENCE
    if one.name in STAMPS:
        return Kind.INSTANT
    if (of.name, one.name) in KINDS:
        return KINDS[of.name, one.name]
    chosen = settings.kinds.get(f"{of.name}.{one.name}")
    if chosen is not None:
        return Kind(chosen)
    return Kind.TEXT if one.name in SET_BY_THE_SYSTEM else WORDS.get(one.word, Kind.TEXT)


def _words(values: Sequence[Any] | None) -> tuple[str, ...] | None:
    """Read a pick-list: values stand alone, or in records under a usual name (A15); None: any text is taken."""
    found = [_word(one) for one in values or ()]
    words = [one for one in found if one is not None]
    return tuple(dict.fromkeys(words)) if words and len(words) == len(found) else None


def _word(one: Any) -> str | None:
    if isinstance(one, str):
        return one
    record = one.get("record", one) if isinstance(one, Mapping) else None
    if not isinstance(record, Mapping):
        return None
    return next((record[key] for key in ("name", "value", "label") if isinstance(record.get(key), str)), None)


def _listed(name: str, below: Sequence[Entry], settings: Settings) -> Iterator[Field]:
    """Give the list that is read with an object, and the fields of its items."""
    path, item = LISTS[name]
    yield _seen(Field(path, Kind.LIST, path.title(), refers_to=(item,)))
    for one in below:
        field = _field(record_type(item), one, settings, lambda _object, _field: None)
        yield _seen(replace(field, path=f"{path}.{one.name}", unique=False))


def _of_account(above: Sequence[Entry], settings: Settings) -> Iterator[Field]:
    """Give the fields of the account that a record belongs to, as they are read with the record."""
    for one in above:
        field = _field(record_type(ACCOUNTS), one, settings, lambda _object, _field: None)
        yield _seen(replace(field, path=f"{ACCOUNT}.{one.name}", unique=False))


def _worth(known: Mapping[str, Field], settings: Settings, *, lines: bool) -> Iterator[Field]:
    """Give the value of an opportunity, which its lines come to, and the currency of both."""
    if lines and settings.from_lines:
        label = known[VALUE].label if VALUE in known else "Value"
        yield _seen(Field(VALUE, Kind.MONEY, label, currency=settings.currency))
    if settings.currency and CURRENCY not in known:
        one = (settings.currency,)
        yield Field(CURRENCY, Kind.CHOICE, "Currency", choices=one, creatable=False, updatable=False, virtual=True)


def _seen(field: Field) -> Field:
    """Mark what is read with a record and moves no stamp of it."""
    return replace(field, creatable=False, updatable=False, required=False, tracked=False)
