from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from contract.salesforce.canned import Canned, described
from tieout.adapter import Applied, Batch, Cause, Gone, InDoubt, ObjectType, Operation, Outcome, Refused, Twins, Verb
from tieout.errors import AnswerLost, BatchRefused
from tieout_salesforce.rest import Rest
from tieout_salesforce.writes import write

ROOT = "/services/data/v66.0/composite/sobjects"
A, B = "001000000000001AAA", "001000000000002AAA"


def batch(verb: Verb, *operations: Operation, type: ObjectType | None = None) -> Batch:
    sent = datetime(2026, 11, 21, tzinfo=UTC)
    return Batch(type or described("Account"), verb, operations, frozenset({"Name"}), "batch", sent)


def create(*operations: Operation, type: ObjectType | None = None) -> Batch:
    return batch(Verb.CREATE, *(operations or [Operation("k.1", values={"Name": "Ann"})]), type=type)


def sent(http: Canned, one: Batch) -> list[Outcome]:
    return write(Rest(http.tools(), "66.0"), one)


def ok(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "success": True, "errors": [], **more}


def failed(code: str, message: str = "words", *fields: str, **more: Any) -> dict[str, Any]:
    return {"success": False, "errors": [{"statusCode": code, "message": message, "fields": list(fields), **more}]}


def test_a_create_is_a_post_that_carries_our_unique_key() -> None:
    http = Canned([ok(A)])
    assert sent(http, create()) == [Applied(A)]
    (asked,) = http.asked
    assert (asked.method, asked.path) == ("POST", ROOT)
    record = {"attributes": {"type": "Account"}, "Name": "Ann", "Tieout_Key__c": "k.1"}
    assert asked.json == {"allOrNone": False, "records": [record]}


def test_a_create_whose_key_is_taken_is_refused_and_names_the_record() -> None:
    message = f"duplicate value found: Tieout_Key__c duplicates value on record with id: {B}"
    (found,) = sent(Canned([failed("DUPLICATE_VALUE", message, "Tieout_Key__c")]), create())
    assert found == Refused(Cause.EXISTS, "DUPLICATE_VALUE", message, ("Tieout_Key__c",), B)


@pytest.mark.parametrize(
    ("type", "path"),
    [
        (replace(described("Account"), twins=Twins.FOUND), {"Tieout_Key__c": "k.1"}),
        (replace(described("Account"), twins=Twins.POSSIBLE, marker=None), {}),
    ],
)
def test_a_key_that_is_not_unique_is_sent_all_the_same(type: ObjectType, path: dict[str, str]) -> None:
    http = Canned([ok(A)])
    assert sent(http, create(type=type)) == [Applied(A)]
    (asked,) = http.asked
    assert (asked.method, asked.path) == ("POST", ROOT)
    assert asked.json["records"] == [{"attributes": {"type": "Account"}, "Name": "Ann", **path}]


def test_an_update_sends_what_it_names_and_clears_with_null() -> None:
    http = Canned([ok(A)])
    values = {"Name": None, "Credit__c": Decimal("1.50")}
    assert sent(http, batch(Verb.UPDATE, Operation("k", A, values))) == [Applied(A)]
    (asked,) = http.asked
    assert (asked.method, asked.path) == ("PATCH", ROOT)
    assert asked.json["records"] == [{"attributes": {"type": "Account"}, "id": A, **values}]


def test_a_delete_names_its_ids_and_what_was_deleted_is_gone() -> None:
    http = Canned([ok(A), failed("ENTITY_IS_DELETED", "entity is deleted")])
    gone, moved = sent(http, batch(Verb.DELETE, Operation("k1", A), Operation("k2", B)))
    assert gone == Applied(A, Gone(A))
    assert moved == Refused(Cause.MOVED, "ENTITY_IS_DELETED", "entity is deleted")
    (asked,) = http.asked
    assert (asked.method, asked.path, asked.params) == ("DELETE", ROOT, {"ids": f"{A},{B}", "allOrNone": "false"})


def test_200_is_not_success_and_rows_keep_their_order() -> None:
    answer = [failed("REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", "Name"), ok(B, created=True)]
    operations = [Operation("k.1"), Operation("k.2", values={"Name": "Bob"})]
    message = "Required fields are missing: [Name]"
    refused = Refused(Cause.DATA, "REQUIRED_FIELD_MISSING", message, ("Name",))
    assert sent(Canned(answer), create(*operations)) == [refused, Applied(B)]


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", Cause.DATA),
        ("STRING_TOO_LONG", Cause.MAPPING),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", Cause.MAPPING),
        ("INSUFFICIENT_ACCESS_OR_READONLY", Cause.PERMISSION),
        ("INVALID_CROSS_REFERENCE_KEY", Cause.REFERENCE),
        ("ENTITY_IS_LOCKED", Cause.LOCKED),
        ("UNABLE_TO_LOCK_ROW", Cause.BUSY),
        ("ALL_OR_NONE_OPERATION_ROLLED_BACK", Cause.COLLATERAL),
        ("SOMETHING_NEW", Cause.DATA),
    ],
)
def test_a_refused_row_says_whose_move_it_is(code: str, cause: Cause) -> None:
    (found,) = sent(Canned([failed(code)]), create())
    assert isinstance(found, Refused)
    assert (found.cause, found.code, found.message) == (cause, code, "words")


def test_an_automation_that_met_a_lock_is_only_busy() -> None:
    code = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    (busy,) = sent(Canned([failed(code, "trigger: UNABLE_TO_LOCK_ROW, unable to obtain")]), create())
    (data,) = sent(Canned([failed(code, "trigger: no")]), create())
    assert isinstance(busy, Refused)
    assert isinstance(data, Refused)
    assert (busy.cause, data.cause) == (Cause.BUSY, Cause.DATA)


def test_an_update_that_refers_to_nothing_else_has_lost_its_own_record() -> None:
    row = failed("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    contact = described("Contact")
    (own,) = sent(Canned([row]), batch(Verb.UPDATE, Operation("k", A, {"LastName": "x"}), type=contact))
    (other,) = sent(Canned([row]), batch(Verb.UPDATE, Operation("k", A, {"AccountId": B}), type=contact))
    assert isinstance(own, Refused)
    assert isinstance(other, Refused)
    assert (own.cause, other.cause) == (Cause.MOVED, Cause.REFERENCE)


def test_a_duplicate_value_names_the_other_record() -> None:
    message = f"duplicate value found: Ext__c duplicates value on record with id: {B}"
    (found,) = sent(Canned([failed("DUPLICATE_VALUE", message)]), create())
    assert found == Refused(Cause.EXISTS, "DUPLICATE_VALUE", message, (), B)


@pytest.mark.parametrize("spelling", ["duplicateResut", "duplicateResult"])
def test_a_duplicate_rule_names_the_other_record_in_both_spellings(spelling: str) -> None:
    result = {"matchResults": [{"matchRecords": [{"record": {"Id": B}}]}]}
    (found,) = sent(
        Canned([failed("DUPLICATES_DETECTED", "Use one of these records?", **{spelling: result})]), create()
    )
    assert isinstance(found, Refused)
    assert (found.cause, found.other) == (Cause.EXISTS, B)


@pytest.mark.parametrize("answer", [[], [ok(A), ok(B)], {"id": A}])
def test_an_answer_without_a_row_for_each_record_settles_nothing(answer: Any) -> None:
    with pytest.raises(AnswerLost):
        sent(Canned(answer), create())


@pytest.mark.parametrize("row", [None, {}, {"success": "yes"}, "text"])
def test_a_row_that_cannot_be_read_is_in_doubt(row: Any) -> None:
    (found,) = sent(Canned([row]), create())
    assert isinstance(found, InDoubt)


def test_a_refusal_without_a_reason_is_still_a_refusal() -> None:
    (found,) = sent(Canned([{"success": False, "errors": []}]), create())
    assert isinstance(found, Refused)


@pytest.mark.parametrize("error", [BatchRefused("JSON_PARSER_ERROR", "x"), AnswerLost("x")])
def test_what_concerns_the_whole_batch_passes(error: Exception) -> None:
    with pytest.raises(type(error)):
        sent(Canned(error), create())
