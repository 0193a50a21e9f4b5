from __future__ import annotations

import json
from typing import Any

import pytest

from unit.testing.sample import MAPPINGS, Sample, customer

# --- wrong files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "line", "nearest"),
    [
        ("test: costumers\ncases: [{case: a, expect: nothing}]", "unknown-mapping", 1, ("customers",)),
        (
            "test: customers\ncases: [{case: a, crm: {Name: A}, expect: nothing, expct: nothing}]",
            "unknown-key",
            2,
            ("expect",),
        ),
        ("test: customers\ncases: [{case: a, crm: {Name: A}}]", "missing-key", 2, ()),
        ("test: customers\ncases: []", "wrong-count", 2, ()),
        ("test: customers\ncases: [{case: a, expect: nothing}]", "missing-key", 2, ()),
        ("test: customers\ncases: [{case: a, crm: {Nam: A}, expect: nothing}]", "unknown-field", 2, ("Name",)),
        ("test: customers\ncases: [{case: a, crm: {Employees: many}, expect: nothing}]", "wrong-kind", 2, ()),
        ("test: customers\ncases: [{case: a, crm: {Type: Customer}, expect: nothing}]", "unknown-choice", 2, None),
        ("test: customers\ncases: [{case: a, start: bth, crm: {Name: A}, expect: nothing}]", "unknown-name", 2, ()),
        ("test: customers\ncases: [{case: a, crm: {Name: A}, linked: true, expect: nothing}]", "missing-key", 2, ()),
        ("test: customers\ncases: [{case: a, crm: {Name: A}, expect: everything}]", "unknown-word", 2, None),
        (
            "test: customers\nsettings: {term: 3}\ncases: [{case: a, crm: {Name: A}, expect: nothing}]",
            "unknown-setting",
            2,
            ("terms",),
        ),
        ("test: customers\ncases: {", "yaml-syntax", 3, ()),
    ],
)
def test_a_wrong_file_is_a_problem_with_its_place(
    sample: Sample, text: str, code: str, line: int, nearest: tuple[str, ...] | None
) -> None:
    report = sample.run(text + "\n")

    assert report.exit_code == 2
    assert [problem.code for problem in report.problems] == [code]
    (problem,) = report.problems
    assert problem.at is not None
    assert (problem.at.file, problem.at.line) == ("tests/cases.yaml", line)
    assert nearest is None or problem.nearest == nearest
    assert problem.code in sample.text(report)


def test_a_wrong_file_does_not_stop_the_others(sample: Sample) -> None:
    sample.write("tests", {"a.yaml": "test: nobody\ncases: []\n"})
    report = sample.run(customer("{others: true, create: {books: {}}}"))

    assert len(report.results) == 1
    assert report.exit_code == 2


def test_a_mapping_with_errors_cannot_be_tested(sample: Sample) -> None:
    sample.write("mappings", {"customers.yaml": MAPPINGS["customers.yaml"].replace("crm: Name", "crm: Nmae")})
    report = sample.run(customer("nothing"))

    assert {problem.code for problem in report.problems} >= {"unknown-field", "untestable-mapping"}
    assert report.results == ()


def test_no_tests_at_all_is_no_failure(sample: Sample) -> None:
    report = sample.run()

    assert report.exit_code == 0
    assert sample.text(report) == "there are no mapping tests"


def test_the_report_as_json(sample: Sample) -> None:
    report = sample.run(customer("{create: {books: {Name: Acne, AccountNumber: A1, TaxNumber: none}}}"))

    said: Any = json.loads(json.dumps(report.as_json()))
    assert (said["passed"], said["failed"], said["problems"]) == (0, 1, [])
    (case,) = said["cases"]
    assert (case["case"], case["mapping"], case["at"], case["passed"]) == (
        "one",
        "customers",
        "tests/cases.yaml:3:5",
        False,
    )
    assert case["failures"] == [
        {
            "at": "tests/cases.yaml:5:37",
            "what": "books.Name",
            "expected": '"Acne"',
            "got": '"Acme"',
            "rule": "mappings/customers.yaml:13:5",
        }
    ]
    assert said["coverage"]["customers"]["rules"] == 7
    assert said["coverage"]["customers"]["reached"] == 4
