from __future__ import annotations

import pytest

from schemas.world import Quiet
from tieout.errors import UnknownObject, UsageError
from tieout.finding import Severity
from tieout.plugins import load
from tieout.testing.simulated import simulated
from unit.testing.sample import Sample, customer, failures

# --- passing and failing --------------------------------------------------------------------------------------------


def test_a_case_that_says_all_that_happens_passes(sample: Sample) -> None:
    report = sample.run(customer("{create: {books: {Name: Acme, AccountNumber: A1, TaxNumber: none}}}"))

    assert failures(report) == []
    assert report.exit_code == 0
    assert sample.text(report).endswith("\n\n1 passed")


def test_a_failure_is_shown_like_a_compiler_does(sample: Sample) -> None:
    report = sample.run(customer("{create: {books: {Name: Acne, AccountNumber: A1, TaxNumber: none}}}"))

    assert report.exit_code == 2
    head, *rest = sample.text(report).splitlines()
    assert head == "tests/cases.yaml:5:37  failed  one: books.Name"
    assert rest[:2] == [
        "  5 |     expect: {create: {books: {Name: Acne, AccountNumber: A1, TaxNumber: none}}}",
        "    |                                     ^",
    ]
    assert [line.strip() for line in rest[2:5]] == [
        '= expected: "Acne"',
        '=      got: "Acme"',
        "=  written: mappings/customers.yaml:13:5",
    ]
    assert rest[-1] == "0 passed, 1 failed"


@pytest.mark.parametrize(
    ("expect", "what", "expected", "got"),
    [
        ("nothing", "create of books", "", 'Name = "Acme"; AccountNumber = "A1"; TaxNumber = "none" (because: '),
        ("{create: {books: {Name: Acme, AccountNumber: A1}}}", "books.TaxNumber", "not written", '"none"'),
        (
            "{others: true, create: {books: {EmailAddress: a@b.example}}}",
            "books.EmailAddress",
            '"a@b.example"',
            "not written",
        ),
        ("{update: {crm: {Name: Acme}}, others: true, create: {books: {}}}", "update of crm", "this record", "none"),
        ("{others: true, create: {books: {}}, ends: true}", "the link", "ends", "goes on"),
        ("{others: true, create: {books: {}}, remove: {books: archive}}", "removal of books", "archive", "none"),
        ("{others: true, create: {books: {}}, match: link}", "matching", "link", "no two unlinked records"),
        ("{others: true, create: {books: {}}, held: [{code: locked}]}", "held", 'code "locked"', "nothing is held"),
        ("{others: true, create: {books: {}}, asked: [{kind: create}]}", "asked", 'kind "create"', "nothing is asked"),
        ("{others: true, create: {books: {}}, noted: [address]}", "a note", "address", "There is no phone number."),
    ],
)
def test_every_kind_of_difference_fails(sample: Sample, expect: str, what: str, expected: str, got: str) -> None:
    report = sample.run(customer(expect))

    assert report.exit_code == 2
    ((found, wanted, came),) = failures(report)
    assert (found, wanted) == (what, expected)
    assert came.startswith(got)


def test_what_is_held_or_asked_and_not_expected_fails(sample: Sample) -> None:
    report = sample.run(
        """
        test: invoices
        cases:
          - case: no partner
            crm: {AccountId: a1, IsWon: true, CloseDate: "2026-01-01"}
            expect: nothing
          - case: a wrong part of a message
            crm: {AccountId: a1, IsWon: true, CloseDate: "2026-01-01"}
            expect: {held: [{code: blocked, says: waits for invoices}]}
        """
    )

    assert [what for what, _, _ in failures(report)] == ["held", "held", "held"]
    assert "it waits for customers: a1 has no partner there" in failures(report)[0][2]


def test_a_question_that_is_not_expected_fails(sample: Sample) -> None:
    report = sample.run(
        """
        test: customers
        cases:
          - case: a contact alone
            books: {Name: Acme}
            expect: nothing
        """
    )

    assert [what for what, _, _ in failures(report)] == ["asked"]


# --- what a case can say --------------------------------------------------------------------------------------------


def test_links_settings_lists_and_dates(sample: Sample) -> None:
    report = sample.run(
        """
        test: invoices
        settings: {terms: 10}
        links:
          customers: [{crm: a1, books: c1}, {crm: a2, books: {id: c2, Name: Two}}]
        cases:
          - case: by the file's settings, which win over the connection's
            crm: {AccountId: a1, IsWon: true, CloseDate: "2026-01-01", OpportunityLineItems: [{Name: Tea, Quantity: 2}]}
            expect:
              create:
                books:
                  Type: ACCREC
                  Contact: {ContactID: c1}
                  DueDate: "2026-01-11"
                  LineItems: [{Description: Tea, Quantity: 2}]
          - case: by the case's own, and a row that is not as expected
            settings: {terms: 0}
            crm: {AccountId: a2, IsWon: true, CloseDate: "2026-01-01", OpportunityLineItems: [{Name: Tea, Quantity: 2}]}
            expect:
              create:
                books:
                  Type: ACCREC
                  Contact.ContactID: c2
                  DueDate: "2026-01-01"
                  LineItems: [{Description: Tea, Quantity: 3}]
          - case: a row too few
            crm: {AccountId: a1, IsWon: true, CloseDate: "2026-01-01"}
            expect: {others: true, create: {books: {LineItems: [{Description: Tea}]}}}
        """
    )

    assert failures(report) == [
        ("books.LineItems[1].Quantity", "3", "2"),
        ("books.LineItems", '[{"Description":"Tea"}]', "not written"),
    ]


def test_what_changed_since_the_agreement(sample: Sample) -> None:
    report = sample.run(
        """
        test: customers
        start:
          both:
            crm: {Name: Acme, AccountNumber: A1}
            books: {Name: Acme, AccountNumber: A1}
        cases:
          - {case: nothing changed, start: both, linked: true, expect: nothing}
          - case: one side
            start: both
            linked: true
            crm: {Name: Acme Ltd}
            expect: {update: {books: {Name: Acme Ltd}}}
          - case: cleared
            start: both
            linked: true
            books: {AccountNumber: null}
            expect: {update: {crm: {AccountNumber: null}}}
          - case: both, and the answer
            start: both
            linked: true
            crm: {Name: Acme A}
            books: {Name: Acme B}
            answers: {crm.Name=books.Name: books}
            expect: {update: {crm: {Name: Acme B}}}
          - case: gone
            start: both
            linked: true
            state: {crm: gone}
            answers: {removal: "yes"}
            expect: {remove: {books: archive}}
          - case: locked
            start: both
            linked: true
            crm: {Name: Acme Ltd}
            lock: {books: {reason: closed, ways_out: [open it]}}
            expect: {held: [{code: locked, says: closed, ways_out: [open it]}]}
        """
    )

    assert failures(report) == []
    assert len(report.results) == 6


def test_matching(sample: Sample) -> None:
    report = sample.run(
        """
        test: customers
        cases:
          - case: the same
            crm: {Name: Acme, AccountNumber: A1}
            books: {Name: Acme, AccountNumber: A1}
            expect:
              match: link
              update: {crm: {Xero_Contact_ID__c: books-1, Xero_Link__c: https://test.example/Contact/books-1}}
          - case: not the same
            crm: {Name: Acme, AccountNumber: A1}
            books: {Name: Acme, AccountNumber: A2}
            expect: {match: none, others: true, create: {books: {}}, asked: [{kind: create}]}
          - case: out of scope
            crm: {Name: Acme}
            books: {Name: Acme}
            expect: {match: none}
        """
    )

    assert failures(report) == []


def test_an_organisation_without_a_field(sample: Sample) -> None:
    report = sample.run(
        """
        test: customers
        cases:
          - case: no link shown
            without: {crm: ["Xero_*__c", Tieout_Key__c]}
            crm: {Name: Acme, AccountNumber: A1, Xero_Link__c: old}
            books: {Name: Acme, AccountNumber: A1}
            expect: {match: link}
        """
    )

    assert failures(report) == []


def test_only_some_mappings(sample: Sample) -> None:
    sample.write(
        "tests", {"a.yaml": customer("nothing"), "b.yaml": customer("nothing").replace("customers", "invoices")}
    )

    assert {result.case.mapping for result in sample.run(only=["customers"]).results} == {"customers"}


# --- coverage ---------------------------------------------------------------------------------------------------


def test_rules_that_no_case_reaches_are_named(sample: Sample) -> None:
    report = sample.run(customer("{others: true, create: {books: {}}}"))

    (coverage,) = report.coverage
    assert [name for name, _ in coverage.missed] == ["match 1", "crm.Xero_Link__c", "books.TaxNumber, case 1"]
    assert "customers: 4 of 7 rules reached" in sample.text(report)
    assert "  mappings/customers.yaml:15:5  not reached: crm.Xero_Link__c" in sample.text(report)


# --- simulators that describe -------------------------------------------------------------------------------------


def test_simulators_describe_without_a_socket() -> None:
    plugins = load()
    adapters = {"crm": plugins.adapter("salesforce"), "books": plugins.adapter("xero"), "other": Quiet()}
    with simulated(adapters) as ask:
        account, invoice = ask("crm", "Account"), ask("books", "Invoice")
        assert account is not None
        assert invoice is not None
        assert "Xero_Contact_ID__c" in account.fields
        assert "LineItems.UnitAmount" in invoice.fields
        assert ask("nobody", "Account") is None
        with pytest.raises(UnknownObject, match="Acount"):
            ask("crm", "Acount")
        with pytest.raises(UsageError, match="quiet ships no simulator"):
            ask("other", "Account")


def test_problems_of_the_project_that_are_no_errors_do_not_fail(sample: Sample) -> None:
    report = sample.run(customer("{others: true, create: {books: {}}}"))

    assert all(problem.severity is Severity.ERROR for problem in report.problems)


# --- copies -----------------------------------------------------------------------------------------------------


BOTH = """
test: customers
links: {customers: [{crm: "001", books: c-1}]}
cases:
  - case: an account of the region
    crm: {Name: Acme, AccountNumber: UK}
    expect: {create: {books: {Name: Acme}}}
  - case: any other one
    crm: {Name: Acme, AccountNumber: EU}
    expect: nothing
  - case: the parent is a customer of the same organisation
    crm: {Name: Acme, AccountNumber: UK, ParentId: "001"}
    expect: {others: true, create: {books: {AccountNumber: c-1}}}
"""


@pytest.fixture
def spread(sample: Sample) -> Sample:
    """The sample with customers over two ledgers."""
    between = (
        "{crm: {where: crm.Name}, books: {connection: [xero, xero_eu], route: crm.AccountNumber == settings.region}}"
    )
    rules = "[{books: AccountNumber, from: crm.ParentId, link: customers}]"
    (sample.folder / "tieout.yaml").write_text(
        f"""
tieout: 1
project: sample
connections:
  salesforce: {{adapter: salesforce, options: {{url: "http://127.0.0.1:1"}}}}
  xero: {{adapter: xero, options: {{url: "http://127.0.0.1:2"}}, settings: {{region: UK}}}}
  xero_eu: {{adapter: xero, options: {{url: "http://127.0.0.1:3"}}, settings: {{region: EU}}}}
mappings:
  - use: mappings/
    change: {{customers: {{create: {{books: always}}, between: {between}, fields: {rules}}}}}
""",
        "utf-8",
    )
    (sample.folder / "mappings" / "customers.yaml").write_text(CUSTOMERS, "utf-8")
    (sample.folder / "mappings" / "invoices.yaml").unlink()
    return sample


CUSTOMERS = """mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
create: {books: always}
fields:
  - {books: Name, from: crm.Name}
"""


def test_px02_the_cases_of_a_mapping_with_copies_are_played_once(spread: Sample) -> None:
    report = spread.run(BOTH)
    assert (len(report.results), failures(report), report.problems) == (3, [], ())
    (coverage,) = report.coverage
    assert (coverage.mapping, list(coverage.missed)) == ("customers", [])


def test_px02_a_file_names_a_copy_or_a_person_does(spread: Sample) -> None:
    named = BOTH.replace("test: customers", "test: customers@xero_eu")
    assert [what for what, _, _ in failures(spread.run(named))] != []
    asked = spread.run(BOTH, only=["customers@xero_eu"])
    assert len(asked.failed) == 3
    assert len(spread.run(BOTH, only=["customers"]).failed) == 0
    swapped = named.replace("UK", "XX").replace("EU", "UK").replace("XX", "EU")
    assert failures(spread.run(swapped)) == []
    assert spread.run(swapped, only=["customers@xero"]).results == ()
