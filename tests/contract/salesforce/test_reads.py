from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contract.salesforce.canned import Canned, Said, described, raw_field, raw_object, rows
from tieout.adapter import Applied, Batch, Gone, InDoubt, NotApplied, Operation, Page, Present, Query, Unknown, Verb
from tieout.errors import BadAnswer, BatchRefused, CursorExpired, Forbidden
from tieout_salesforce.catalogue import Catalogue
from tieout_salesforce.reads import Reads
from tieout_salesforce.rest import LONGEST, Rest

A, B, C = "001000000000001AAA", "001000000000002AAA", "001000000000003AAA"
DEAL = "006000000000001AAA"
LINES = [f"00k00000000000{n}AAA" for n in range(3)]
AT_TEN, AT_TWELVE = "2026-11-21T10:00:00.000+0000", "2026-11-21T12:00:00.000+0000"
REST_OF_NOON = {"stamp": "2026-11-21T11:48:00Z"}
"""Noon by the server's clock, less two minutes and ten."""


def reads(http: Canned) -> Reads:
    rest = Rest(http.tools(), "66.0")
    catalogue = Catalogue(rest, marker="Tieout_Key__c", currency="GBP")
    behind = {"overlap": timedelta(minutes=10), "late": timedelta(minutes=2)}
    return Reads(rest, catalogue, marker="Tieout_Key__c", **behind)


def account(id: str, stamp: str = AT_TEN, **more: Any) -> dict[str, Any]:
    return {"Id": id, "IsDeleted": False, "SystemModstamp": stamp, "Name": f"Name of {id}", **more}


def accounts(**more: Any) -> Query:
    return Query(described("Account"), frozenset({"Name"}), **more)


def deals(since: dict[str, str] | None = None) -> Query:
    paths = frozenset({"Name", "OpportunityLineItems", "OpportunityLineItems.Quantity"})
    return Query(described("Opportunity"), paths, since)


def deal(*records: dict[str, Any], done: bool = True) -> dict[str, Any]:
    return account(DEAL, OpportunityLineItems=rows(*records, done=done) if records else None)


def ids(page: Page) -> list[str]:
    return [one.id for one in page.observations]


# --- changes ---


def test_a_first_read_goes_up_to_now_and_only_the_cursor_stays_behind() -> None:
    http = Canned(rows(account(A), account(B, AT_TWELVE)))
    (page,) = reads(http).changes(accounts())
    assert ids(page) == [A, B]
    assert (page.complete, page.cursor) == (True, REST_OF_NOON)
    assert "WHERE" not in http.asked[0].query
    assert http.asked[0].path == "/services/data/v66.0/queryAll"


def test_an_empty_object_is_complete_too() -> None:
    (page,) = reads(Canned(rows())).changes(accounts())
    assert (ids(page), page.complete, page.cursor) == ([], True, REST_OF_NOON)


def test_a_later_read_begins_at_the_cursor_with_equal_stamps_and_is_never_complete() -> None:
    http = Canned(rows(account(A)))
    (page,) = reads(http).changes(accounts(since={"stamp": "2026-11-21T09:00:00Z"}))
    assert "WHERE SystemModstamp >= 2026-11-21T09:00:00Z ORDER BY SystemModstamp, Id" in http.asked[0].query
    assert not page.complete


def test_fewer_rows_are_no_end_and_the_next_page_is_asked_by_keyset() -> None:
    http = Canned(rows(account(A), account(B), done=False), rows(account(C)))
    first, last = reads(http).changes(accounts())
    assert (
        f"WHERE ((SystemModstamp = 2026-11-21T10:00:00Z AND Id > '{B}') OR SystemModstamp > 2026" in http.asked[1].query
    )
    assert (first.complete, last.complete) == (False, True)
    assert first.cursor == {"stamp": "2026-11-21T09:50:00Z"}
    assert last.cursor == REST_OF_NOON


def test_a_page_never_rests_later_than_the_servers_clock_allows() -> None:
    first, _ = reads(Canned(rows(account(A, AT_TWELVE), done=False), rows())).changes(accounts())
    assert first.cursor == REST_OF_NOON


def test_a_read_that_breaks_raises_after_its_pages() -> None:
    pages = reads(Canned(rows(account(A), done=False), Forbidden("gone"))).changes(accounts())
    assert not next(pages).complete
    with pytest.raises(Forbidden):
        next(pages)


@pytest.mark.parametrize("again", [rows(account(A), done=False), rows(done=False)])
def test_a_read_that_does_not_get_on_stops(again: dict[str, Any]) -> None:
    pages = reads(Canned(rows(account(A), done=False), again, again)).changes(accounts())
    with pytest.raises(BadAnswer, match="nothing new"):
        list(pages)


@pytest.mark.parametrize("stamp", ["yesterday", None])
def test_a_walk_stops_at_a_stamp_that_cannot_be_read(stamp: Any) -> None:
    with pytest.raises(BadAnswer, match="stamp"):
        list(reads(Canned(rows(account(A, stamp), done=False))).changes(accounts()))


def test_a_figure_of_the_lines_watches_them_too() -> None:
    lines = rows({"Id": LINES[0], "SystemModstamp": AT_TEN, "OpportunityId": DEAL})
    http = Canned(lines, rows(), rows(account(DEAL, Amount=Decimal(5))))
    query = Query(described("Opportunity"), frozenset({"Amount"}), REST_OF_NOON)
    _, extra = reads(http).changes(query)
    assert ids(extra) == [DEAL]
    assert "OpportunityLineItems" not in http.asked[2].query


def test_a_foreign_cursor_asks_for_a_full_read() -> None:
    with pytest.raises(CursorExpired):
        list(reads(Canned()).changes(accounts(since={"page": "7"})))


def test_an_object_without_a_stamp_to_filter_by_is_read_whole_by_id() -> None:
    raw = raw_object("Thing__c")
    blind = {**raw, "fields": [{**f, "filterable": f["name"] != "SystemModstamp"} for f in raw["fields"]]}
    http = Canned(rows(account(A), done=False), rows(account(B)), org={"Thing__c": blind})
    query = Query(described("Thing__c", {"Thing__c": blind}), frozenset({"Id"}), REST_OF_NOON)
    first, last = reads(http).changes(query)
    assert f"WHERE Id > '{A}' ORDER BY Id LIMIT" in http.asked[1].query
    assert (first.cursor, first.complete, last.complete) == (None, False, True)


# --- child lists ---


def test_a_changed_line_brings_its_parent_by_one_more_question_asked_first() -> None:
    lines = rows({"Id": LINES[0], "SystemModstamp": AT_TEN, "OpportunityId": DEAL})
    http = Canned(lines, rows(), rows(deal({"Id": LINES[1], "Quantity": Decimal(2)})))
    main, extra = reads(http).changes(deals(REST_OF_NOON))
    assert http.asked[0].query.startswith("SELECT Id, SystemModstamp, OpportunityId FROM OpportunityLineItem WHERE")
    assert (main.cursor, ids(main)) == (None, [])
    assert (extra.cursor, extra.complete, ids(extra)) == (REST_OF_NOON, False, [DEAL])
    assert f"WHERE Id IN ('{DEAL}')" in http.asked[2].query


def test_a_parent_that_was_read_anyway_is_not_fetched_again() -> None:
    lines = rows({"Id": LINES[0], "SystemModstamp": AT_TEN, "OpportunityId": DEAL})
    http = Canned(lines, rows(deal()))
    (page,) = reads(http).changes(deals(REST_OF_NOON))
    assert (ids(page), page.cursor) == ([DEAL], REST_OF_NOON)


def test_a_first_read_asks_nothing_of_the_lines() -> None:
    http = Canned(rows(deal()))
    (page,) = reads(http).changes(deals())
    assert page.complete
    assert len(http.asked) == 1


def test_a_list_that_was_cut_off_is_completed_from_the_last_id_on() -> None:
    items = [{"Id": id, "Quantity": Decimal(n)} for n, id in enumerate(LINES)]
    http = Canned(rows(deal(items[0], done=False)), rows(items[1], done=False), rows(items[2]))
    (page,) = reads(http).changes(deals())
    (found,) = page.observations
    assert isinstance(found, Present)
    assert found.record["OpportunityLineItems"] == items
    assert (
        f"FROM OpportunityLineItem WHERE OpportunityId = '{DEAL}' AND IsDeleted = false AND Id > '{LINES[0]}' AND Id >"
        in http.asked[2].query
    )


# --- fetch ---


def test_fetch_answers_each_id_in_order_and_what_is_not_found_is_unknown() -> None:
    gone = account(C, IsDeleted=True)
    http = Canned(rows(account(B), gone))
    found = list(reads(http).fetch(accounts(), [A, B, C, "x' OR Name != '"]))
    assert [type(one) for one in found] == [Unknown, Present, Gone, Unknown]
    assert [one.id for one in found] == [A, B, C, "x' OR Name != '"]
    assert "OR Name" not in http.asked[0].query


def test_fetch_asks_for_300_at_a_time_and_for_none_without_a_call() -> None:
    many = [f"001{n:012}AAA" for n in range(301)]
    http = Canned(rows(), rows())
    assert len(list(reads(http).fetch(accounts(), many))) == 301
    assert [asked.query.count("AAA'") for asked in http.asked] == [300, 1]
    assert list(reads(http).fetch(accounts(), [])) == []


def test_fetch_goes_on_where_the_server_gave_fewer() -> None:
    http = Canned(rows(account(A), done=False), rows(account(B)))
    assert [type(one) for one in reads(http).fetch(accounts(), [A, B])] == [Present, Present]


def everything_of_a_wide_object() -> Query:
    fields = [raw_field(f"A_field_with_a_long_name_{n}__c", length=80) for n in range(600)]
    kind = described("Account", {"Account": raw_object("Account", *fields)})
    return Query(kind, frozenset(kind.fields))


def test_a_statement_too_long_for_a_url_travels_in_a_body() -> None:
    inner = {"body": rows(account(A)), "httpStatusCode": Decimal(200), "referenceId": "query"}
    http = Canned({"compositeResponse": [inner]})
    (found,) = reads(http).fetch(everything_of_a_wide_object(), [A])
    assert isinstance(found, Present)
    (asked,) = http.asked
    assert (asked.method, asked.path, asked.read) == ("POST", "/services/data/v66.0/composite", True)
    (request,) = asked.json["compositeRequest"]
    assert len(request["url"]) > LONGEST
    assert request["url"].startswith("/services/data/v66.0/queryAll?q=SELECT%20Id%2C")


def test_a_refusal_inside_a_composite_is_a_refusal() -> None:
    refusal = [{"errorCode": "INVALID_FIELD", "message": "No such column"}]
    http = Canned({"compositeResponse": [{"body": refusal, "httpStatusCode": Decimal(400)}]})
    with pytest.raises(Forbidden, match="No such column") as told:
        list(reads(http).fetch(everything_of_a_wide_object(), [A]))
    assert told.value.mend == "tieout check --online"


def test_a_refused_query_stops_the_connection_not_a_batch() -> None:
    with pytest.raises(Forbidden, match="cannot read what a mapping uses"):
        list(reads(Canned(BatchRefused("INVALID_FIELD", "No such column 'X'"))).fetch(accounts(), [A]))


@pytest.mark.parametrize(
    "body",
    [[], {"records": None, "done": True}, {"records": []}, "text", rows({"Name": "x"}), {"records": [1], "done": True}],
)
def test_an_answer_that_is_no_query_result_is_refused(body: Any) -> None:
    with pytest.raises(BadAnswer):
        list(reads(Canned(body)).fetch(accounts(), [A]))


def test_without_a_date_our_own_clock_counts() -> None:
    (page,) = reads(Canned(Said(rows(), headers={}))).changes(accounts())
    assert page.cursor == REST_OF_NOON


# --- creates without an answer ---


def batch(*keys: str, kind: str = "Account") -> Batch:
    operations = [Operation(key, values={"Name": "x"}) for key in keys]
    sent = datetime(2026, 11, 21, tzinfo=UTC)
    return Batch(described(kind), Verb.CREATE, operations, frozenset({"Name"}), "batch", sent)


def test_creates_are_found_by_their_key_deleted_ones_too() -> None:
    made, gone = account(A, Tieout_Key__c="k.1"), account(B, Tieout_Key__c="k.2", IsDeleted=True)
    http = Canned(rows(made, gone))
    one, two, three = reads(http).created(batch("k.1", "k.2", "k.3"))
    assert isinstance(one, Applied)
    assert isinstance(one.now, Present)
    assert (one.id, one.now.key) == (A, "k.1")
    assert isinstance(two, Applied)
    assert isinstance(two.now, Gone)
    assert three == NotApplied()
    assert "WHERE Tieout_Key__c IN ('k.1','k.2','k.3')" in http.asked[0].query


def test_a_live_record_stands_before_a_deleted_one_with_the_same_key() -> None:
    http = Canned(rows(account(A, Tieout_Key__c="k", IsDeleted=True), account(B, Tieout_Key__c="k")))
    (found,) = reads(http).created(batch("k"))
    assert isinstance(found, Applied)
    assert found.id == B


def test_two_live_records_with_one_key_are_for_a_person() -> None:
    http = Canned(rows(account(A, Tieout_Key__c="k"), account(B, Tieout_Key__c="k")))
    (found,) = reads(http).created(batch("k"))
    assert isinstance(found, InDoubt)
    assert A in found.why


def test_without_a_marker_nothing_can_be_found_out() -> None:
    http = Canned()
    (found,) = reads(http).created(batch("k", kind="Contact"))
    assert isinstance(found, InDoubt)
    assert http.asked == []
