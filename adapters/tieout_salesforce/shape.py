"""What an answer must have before anything is made of it: names and kinds, as the recorded describes have them (2.4).

An answer of another shape is a proxy's, a cut one's or a new version's: it is named, and nothing is guessed from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tieout.errors import BadAnswer

if TYPE_CHECKING:
    from tieout_salesforce.describe import Raw

Kinds = Mapping[str, tuple[type, ...]]
_TEXT, _FLAG, _LIST, _NUMBER = (str,), (bool,), (list,), (int, Decimal)
_MAY_LACK = (str, type(None))
LISTED: Kinds = {
    "name": _TEXT, "queryable": _FLAG, "createable": _FLAG, "updateable": _FLAG, "deletable": _FLAG,
}  # fmt: skip
DESCRIBED: Kinds = {
    "name": _TEXT, "label": _TEXT, "labelPlural": _TEXT, "fields": _LIST, "childRelationships": _LIST,
    "createable": _FLAG, "updateable": _FLAG, "deletable": _FLAG,
}  # fmt: skip
FIELD: Kinds = {
    "name": _TEXT, "label": _TEXT, "type": _TEXT, "length": _NUMBER, "scale": _NUMBER, "relationshipName": _MAY_LACK,
    "calculated": _FLAG, "createable": _FLAG, "updateable": _FLAG, "defaultedOnCreate": _FLAG, "externalId": _FLAG,
    "filterable": _FLAG, "nillable": _FLAG, "restrictedPicklist": _FLAG, "unique": _FLAG, "picklistValues": _LIST,
    "referenceTo": _LIST,
}  # fmt: skip
RELATION: Kinds = {"relationshipName": _MAY_LACK, "childSObject": _TEXT, "field": _TEXT}
ORGANISATION: Kinds = {"Id": _TEXT, "Name": _TEXT, "IsSandbox": _FLAG}
CHOICE: Kinds = {"value": _TEXT, "active": _FLAG}


def listed(answer: object) -> list[Raw]:
    """Read the list of objects. Raises BadAnswer."""
    found = answer.get("sobjects") if isinstance(answer, Mapping) else None
    return [_held(one, LISTED, "the list of objects") for one in _rows(found, "the list of objects")]


def described(answer: object, name: str) -> Raw:
    """Read the describe of an object. Raises BadAnswer for another shape, or another object."""
    what = f"the describe of {name}"
    found = _held(answer, DESCRIBED, what)
    if found["name"] != name:
        raise _other(what, "names another object")
    for field in _rows(found["fields"], what):
        known = _held(field, FIELD, what)
        if not all(isinstance(target, str) for target in known["referenceTo"]):
            raise _other(what, "has a reference to no object")
        for choice in _rows(known["picklistValues"], what):
            _held(choice, CHOICE, what)
    for relation in _rows(found["childRelationships"], what):
        _held(relation, RELATION, what)
    return found


def organisation(answer: object) -> Raw:
    """Read the row of the org itself. Raises BadAnswer."""
    return _held(answer, ORGANISATION, "the row of its Organization")


def _rows(found: object, what: str) -> list[Any]:
    if not isinstance(found, list):
        raise _other(what, "has no list where one belongs")
    return found


def _held(found: object, kinds: Kinds, what: str) -> Raw:
    if not isinstance(found, Mapping):
        raise _other(what, "holds something that is no JSON object")
    for name, kind in kinds.items():
        if not isinstance(found.get(name), kind) or (kind is _NUMBER and not _whole(found[name])):
            raise _other(what, f"has no {name} of the right kind")
    return found


def _whole(number: int | Decimal) -> bool:
    return not isinstance(number, bool) and (isinstance(number, int) or number.is_finite()) and 0 <= number < 10**9


def _other(what: str, how: str) -> BadAnswer:
    return BadAnswer(f"Salesforce answered with a shape that is none of its own: {what} {how}", mend="try again later")
