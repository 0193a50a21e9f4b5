"""Rights that a mapping needs and its login lacks are warnings, each at the line that needs it."""

from __future__ import annotations

from dataclasses import replace

from schemas.systems import ACCOUNT
from schemas.systems import describe as systems
from schemas.world import check
from tieout.errors import UnknownObject
from tieout.finding import Severity
from tieout.mapping.check import Checked
from tieout.model import ObjectType, Verb
from tieout.problems import errors, mistakes


def mapping(fields: str, more: str) -> str:
    return f"""mapping: one
version: 1
between:
  crm: {{connection: salesforce, object: Account}}
  books: {{connection: xero, object: Contact}}
{more}fields:
{fields}"""


def told_of_rights(text: str, type_: ObjectType) -> list[tuple[str, str, int]]:
    checked = check(text, describe=lambda name, one: type_ if one == "Account" else systems(name, one))
    assert {problem.severity for problem in checked.problems} <= {Severity.WARNING}
    assert checked.mappings, "it runs all the same"
    return [(one.message, one.mend, one.at.line) for one in checked.problems if one.code == "right-missing" and one.at]


def test_sx06_each_right_that_the_login_lacks_is_a_warning_at_the_line_that_needs_it() -> None:
    more = "create: {crm: always}\nupdate: {crm: always}\ndelete: {crm: delete}\n"
    text = mapping("  - {crm: Name, books: Name}\n", more)
    every = frozenset({Verb.CREATE, Verb.UPDATE, Verb.DELETE})
    verbs = dict.fromkeys(every, 1)
    found = told_of_rights(text, replace(ACCOUNT, verbs=verbs, withheld=every, grant="ask Ann"))
    assert [(message, line) for message, _, line in found] == [
        ("this login may not create Account (salesforce)", 6),
        ("this login may not update Account (salesforce)", 7),
        ("this login may not delete Account (salesforce)", 8),
    ]
    assert all(mend.startswith("ask Ann; the plan is made all the same") for _, mend, _ in found)
    never = text.replace(more, "update: {crm: never}\n")
    assert told_of_rights(never, replace(ACCOUNT, verbs=verbs, withheld=every)) == []


def test_sx06_a_right_that_no_line_of_its_side_says_is_told_at_the_first_field_that_needs_it() -> None:
    text = mapping("  - {crm: Name, books: Name}\n", "update: {books: never}\n")
    closed = replace(ACCOUNT, withheld=frozenset({Verb.UPDATE}))
    found = told_of_rights(text, closed)
    assert [(message, line) for message, _, line in found] == [("this login may not update Account (salesforce)", 8)]


def test_sx06_a_field_is_named_where_only_it_may_not_be_set() -> None:
    fields = "  - {crm: Name, books: Name}\n  - {crm: AccountNumber, value: x, only: create}\n"
    text = mapping(fields, "create: {crm: always}\n")
    both = frozenset({Verb.CREATE, Verb.UPDATE})
    closed = {path: replace(ACCOUNT.fields[path], withheld=both) for path in ("Name", "AccountNumber")}
    found = told_of_rights(text, replace(ACCOUNT, fields={**ACCOUNT.fields, **closed}))
    assert [(message, line) for message, _, line in found] == [
        ("this login may not create Name of Account (salesforce)", 8),
        ("this login may not update Name of Account (salesforce)", 8),
        ("this login may not create AccountNumber of Account (salesforce)", 9),
    ]


HIDING = replace(ACCOUNT, hidden={"Owner": "User", "Items": "Item"}, hides="the login's permission set")
THROUGH = mapping("  - {crm: Name, books: Name}\n  - {books: AccountNumber, from: crm.Owner.Name}\n", "")


def hiding(text: str) -> Checked:
    return check(text, describe=lambda name, one: HIDING if one == "Account" else systems(name, one))


def test_sx06_what_is_read_through_an_object_out_of_sight_is_a_missing_right_and_no_mistake() -> None:
    checked = hiding(THROUGH)
    (found,) = errors(checked.problems)
    assert (found.code, found.at and found.at.line) == ("object-forbidden", 8)
    assert found.message == (
        "Owner.Name of Account (salesforce) is read through User, and this login has no right to User"
    )
    assert found.mend == "give the login the right to read User: the login's permission set; then tieout check --online"
    assert (mistakes(checked.problems), checked.mappings) == ([], ())
    assert checked.hidden == {"one": {("salesforce", "User"): found.mend}}


def test_sx06_an_optional_rule_through_an_object_out_of_sight_is_left_out_here() -> None:
    checked = hiding(THROUGH.replace("from: crm.Owner.Name}", "from: crm.Owner.Name, optional: true}"))
    assert ([one.code for one in checked.problems], checked.hidden) == (["skipped"], {})
    assert [one.name for one in checked.mappings] == ["one"]


def test_sx06_where_it_cannot_be_told_the_message_names_both_and_the_next_command() -> None:
    checked = hiding(THROUGH.replace("Owner.Name", "Nmae"))
    (found,) = mistakes(checked.problems)
    assert (found.code, found.nearest[0]) == ("unknown-field", "Name")
    assert found.message == (
        "there is no field Nmae in Account (salesforce) that this login sees:"
        " it is misspelt, or the login has no right to it"
    )
    assert found.mend == (
        "tieout describe salesforce Account lists what it sees; the right is given in the login's permission set"
    )


def test_sx06_an_object_that_may_be_hidden_is_told_so() -> None:
    def absent(name: str, one: str) -> ObjectType:
        if one == "Account":
            raise UnknownObject(one, ["Acount"], hides="the login's permission set")
        return systems(name, one)

    (found,) = errors(check(THROUGH, describe=absent).problems)
    assert (found.code, found.message) == (
        "unknown-object",
        "salesforce has no object Account that this login sees: it is misspelt, or the login has no right to it",
    )
    assert found.mend.startswith("tieout describe salesforce lists what it sees; the right is given in")
