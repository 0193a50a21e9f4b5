"""Level 1: what an adapter says of itself, of the organisation and of its objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

from tieout.adapter import Kind, ObjectType, Severity, Twins, Verb
from tieout.errors import UnknownObject
from tieout.http.codec import encode
from tieout.http.hosts import is_loopback
from tieout.testing.promises import DoesNotApply, hold, promise
from tieout.testing.suite import Basis

_CURRENCY = re.compile("[A-Z]{3}")


class DescribingChecks(Basis):
    """Before anything is read or written."""

    @promise(1)
    def test_opening_a_connection_makes_no_call(self) -> None:
        """`open` makes a connection and no call: a command that needs nothing of a system works while it is down."""
        session = self.trial.open()
        hold(session.line.calls == 0, f"{session.line.calls} calls were made by `service` and `open`")

    @promise(1)
    def test_options_are_a_closed_schema_in_which_each_is_described(self) -> None:
        """`options` is a closed JSON Schema, each property described for people, and none of them is a secret."""
        schema: Mapping[str, Any] = self.adapter.options
        Draft202012Validator.check_schema(dict(schema))
        hold(schema.get("additionalProperties") is False, "a misspelt option would pass: additionalProperties: false")
        bare = [name for name, one in schema.get("properties", {}).items() if not one.get("description")]
        hold(not bare, f"without a description: {', '.join(bare)}")
        both = set(schema.get("properties", {})) & set(self.adapter.credentials)
        hold(not both, f"credentials are no options: {', '.join(sorted(both))}")
        given = json.loads(encode(self.peer.options()))
        wrong = [error.message for error in Draft202012Validator(dict(schema)).iter_errors(given)]
        hold(not wrong, f"the bench's own options do not fit: {wrong}")

    @promise(1)
    def test_the_organisation_is_the_same_on_every_connection(self) -> None:
        """`organisation` names whose books these are by an id that stays: it is pinned, and another one is refused."""
        first, second = (self.trial.open().connection.organisation() for _ in range(2))
        hold(first.id and first.name, f"id and name must not be empty: {first!r}")
        hold(first == second, f"{first!r}, then {second!r}")

    @promise(1)
    def test_an_unknown_object_is_refused_with_the_nearest_names(self) -> None:
        """`objects` names what `describe` knows; another name raises UnknownObject with the names that come closest."""
        connection = self.trial.open().connection
        names = connection.objects()
        hold(len(set(names)) == len(names), "a name stands twice in `objects`")
        for sample in self.peer.samples():
            hold(sample.object in names, f"{sample.object} can be described, but `objects` does not name it")
            hold(connection.describe(sample.object).name == sample.object, "`describe` answers for another object")
            try:
                described = connection.describe(f"{sample.object}q")
            except UnknownObject as error:
                hold(sample.object in error.nearest, f"nearest to {sample.object}q are {error.nearest}")
            else:
                hold(kept=False, seen=f"{sample.object}q is described as {described.name}")

    @promise(1)
    def test_a_description_holds_together(self) -> None:
        """What an ObjectType says of fields, limits, markers and children agrees with itself."""
        session = self.trial.open()
        for sample in self.peer.samples():
            found = [f"{sample.object}: {problem}" for problem in _inconsistencies(session.type(sample.object))]
            hold(not found, "; ".join(found))

    @promise(1)
    def test_a_finding_that_matters_says_how_to_mend_it(self) -> None:
        """Every line of the pre-flight has a code and a message, and a warning or an error also its mend."""
        for finding in self.trial.open().connection.check():
            hold(finding.code and finding.message, f"{finding!r} says nothing")
            hold(finding.severity is Severity.NOTE or finding.mend, f"{finding.code} does not say how to mend it")

    @promise(1)
    def test_the_page_of_a_record_is_a_link_that_names_it(self) -> None:
        """`url` is None, or an address that a browser opens over https and that names the record's id."""
        session = self.trial.open()
        links = [session.connection.url(sample.object, "ID0001") for sample in self.peer.samples()]
        if not any(links):
            raise DoesNotApply("no object of the samples has a page")
        for link in filter(None, links):
            parts = urlsplit(link)
            safe = parts.scheme == "https" or is_loopback(parts.hostname or "")
            hold(safe and "ID0001" in link, f"{link} is not such an address")


def _inconsistencies(type: ObjectType) -> Iterator[str]:
    yield from _of_fields(type)
    for verb, most in type.verbs.items():
        if most < 1:
            yield f"{verb} takes {most} operations a batch"
    for name, id in type.children.items():
        if name not in type.fields or type.fields[name].kind is not Kind.LIST:
            yield f"the children {name} are no field of kind list"
        if id is not None and f"{name}.{id}" not in type.fields:
            yield f"the id {id} of the rows of {name} is no field"
    if type.marker is not None and type.marker not in type.fields:
        yield f"the marker {type.marker} is no field"
    if type.twins is Twins.FOUND and type.marker is None:
        yield "creates are said to be found again, but nothing carries their key"
    if Verb.CREATE in type.verbs and not any(field.creatable for field in type.fields.values()):
        yield "it can be created, but no field can be set"
    yield from (f"{verb} is withheld, but no verb" for verb in sorted(type.withheld - type.verbs.keys()))
    yield from _below_hidden(type)
    if type.fetch < 1:
        yield f"one call of `fetch` reads {type.fetch} ids"
    yield from (f"{path} is replaced whole, but no field" for path in type.whole if path not in type.fields)


def _below_hidden(type: ObjectType) -> Iterator[str]:
    for above in type.hidden:
        below = [path for path in type.fields if path.startswith(f"{above}.")]
        yield from (f"{above} is hidden, and {path} is described" for path in below)


def _of_fields(type: ObjectType) -> Iterator[str]:
    for path, field in type.fields.items():
        if path != field.path:
            yield f"{path} holds the field {field.path}"
        if field.kind is Kind.REFERENCE and not field.refers_to:
            yield f"{path} does not say to what it refers"
        if field.required and not field.creatable:
            yield f"{path} is required on create, but cannot be set"
        barred = (
            not field.creatable and Verb.CREATE in field.withheld,
            not field.updatable and Verb.UPDATE in field.withheld,
        )
        if any(barred):
            yield f"{path} is withheld from this login, but nobody can set it"
        code = field.currency
        if field.kind is Kind.MONEY and code not in type.fields and not _CURRENCY.fullmatch(code or ""):
            yield f"the amount {path} has no currency: {code!r} is neither a field nor a code"
