"""What time, other users and administrators do to records, and what a reader sees of it."""

from __future__ import annotations

from typing import Any

from .conftest import ROOT, Sim


def keys(sim: Sim, resource: str = "query") -> list[str]:
    return [row["Name"] for row in sim.rows("SELECT Name FROM Account ORDER BY Name", resource)]


def patch(sim: Sim, id: str, **values: Any) -> Any:
    return sim.http.patch(f"{ROOT}/sobjects/Account/{id}", json=values)


def test_a_deleted_record_is_seen_by_query_all_only(sim: Sim) -> None:
    id = sim.create("Account", Name="A", Tieout_Key__c="k")
    sim.control("clock", advance=60)
    sim.control("delete", object="Account", id=id)

    row = sim.rows("SELECT Id, IsDeleted, CreatedDate, SystemModstamp FROM Account", "queryAll")[0]
    assert row["IsDeleted"] is True
    assert row["SystemModstamp"] > row["CreatedDate"]
    assert keys(sim) == []
    again = sim.create("Account", Name="A again", Tieout_Key__c="k")
    refused = sim.http.post("/__sim__/undelete", json={"object": "Account", "id": id})
    assert refused.json()[0]["errorCode"] == "DUPLICATE_VALUE"
    sim.control("delete", object="Account", id=again)
    sim.control("undelete", object="Account", id=id)
    assert sim.rows("SELECT Id, IsDeleted FROM Account") == [{"Id": id, "IsDeleted": False}]


def test_deleting_takes_what_belongs_to_the_record_and_restoring_brings_it_back(sim: Sim) -> None:
    account = sim.create("Account", Name="A")
    old = sim.create("Contact", LastName="Old", AccountId=account)
    contact = sim.create("Contact", LastName="New", AccountId=account)
    deal = sim.create("Opportunity", Name="D", StageName="Closed Won", CloseDate="2026-05-01", AccountId=account)
    sim.control("delete", object="Contact", id=old)
    sim.control("clock", advance=60)
    sim.control("delete", object="Account", id=account)

    assert sim.rows("SELECT Id FROM Contact") == sim.rows("SELECT Id FROM Opportunity") == []
    sim.control("undelete", object="Account", id=account)
    assert sim.rows("SELECT Id FROM Contact") == [{"Id": contact}]
    assert sim.rows("SELECT Id FROM Opportunity") == [{"Id": deal}]


def test_a_merge_leaves_a_loser_that_points_to_the_winner(sim: Sim) -> None:
    winner, loser = sim.create("Account", Name="Winner"), sim.create("Account", Name="Loser", Tieout_Key__c="k")
    contact = sim.create("Contact", LastName="C", AccountId=loser)
    before = sim.read("Contact", contact, "SystemModstamp")
    sim.control("clock", advance=60)
    sim.control("merge", object="Account", winner=winner, loser=loser, fields={"Tieout_Key__c": "k"})

    rows = sim.rows("SELECT Id, IsDeleted, MasterRecordId, Tieout_Key__c FROM Account ORDER BY Name", "queryAll")
    assert rows == [
        {"Id": loser, "IsDeleted": True, "MasterRecordId": winner, "Tieout_Key__c": "k"},
        {"Id": winner, "IsDeleted": False, "MasterRecordId": None, "Tieout_Key__c": "k"},
    ]
    assert sim.read("Contact", contact, "AccountId") == {"AccountId": winner}
    assert sim.read("Contact", contact, "SystemModstamp") == before
    not_mergeable = sim.http.post("/__sim__/merge", json={"object": "Product2", "winner": winner, "loser": loser})
    assert not_mergeable.status_code == 400


def test_an_erased_record_is_only_in_the_list_of_deleted(sim: Sim) -> None:
    id = sim.create("Account", Name="A")
    sim.control("hard_delete", object="Account", id=id)
    sim.control("clock", advance=300)
    window = {"start": "2020-01-01T00:00:00Z", "end": sim.control("clock")["now"]}

    assert keys(sim, "queryAll") == []
    assert patch(sim, id, Name="B").status_code == 404
    too_old = sim.http.get(f"{ROOT}/sobjects/Account/deleted/", params=window).json()[0]
    assert too_old["errorCode"] == "INVALID_REPLICATION_DATE"
    window["start"] = sim.rows("SELECT CreatedDate FROM User")[0]["CreatedDate"].replace("+0000", "Z")
    found = sim.http.get(f"{ROOT}/sobjects/Account/deleted/", params=window).json()
    assert [record["id"] for record in found["deletedRecords"]] == [id]
    backwards = {"start": window["end"], "end": window["start"]}
    refused = sim.http.get(f"{ROOT}/sobjects/Account/updated/", params=backwards).json()[0]
    assert refused["errorCode"] == "INVALID_REPLICATION_DATE"


def test_a_late_record_has_the_stamp_of_its_transactions_start(sim: Sim) -> None:
    sim.control("clock", advance=3600)
    id = sim.control("late", object="Account", fields={"Name": "Late"}, modstamp="2026-01-01T00:00:00Z")["id"]

    assert sim.read("Account", id, "SystemModstamp") == {"SystemModstamp": "2026-01-01T00:00:00.000+0000"}
    where = "WHERE SystemModstamp = 2026-01-01T00:00:00Z ORDER BY SystemModstamp, Id"
    assert sim.rows(f"SELECT Id FROM Account {where}") == [{"Id": id}]  # noqa: S608 - no outsider's text


def test_a_touch_gives_many_rows_one_stamp_and_no_user(sim: Sim) -> None:
    ids = [sim.create("Account", Name=name) for name in "ABC"]
    sim.control("clock", advance=60)
    stamp = sim.control("touch", object="Account", ids=ids[:2])["stamp"]

    rows = sim.rows("SELECT Name, SystemModstamp, LastModifiedDate FROM Account ORDER BY Name")
    assert [row["SystemModstamp"] == stamp for row in rows] == [True, True, False]
    assert all(row["LastModifiedDate"] < stamp for row in rows)


def test_an_edit_is_somebody_elses(sim: Sim) -> None:
    id = sim.create("Account", Name="A")
    sim.control("edit", object="Account", id=id, fields={"Phone": "1"})
    made = sim.control("edit", object="Account", fields={"Name": "Made"})["id"]

    users = {
        row["Name"]: row["LastModifiedBy"]["Name"] for row in sim.rows("SELECT Name, LastModifiedBy.Name FROM Account")
    }
    assert users == {"A": "Harriet Human", "Made": "Harriet Human"}
    assert sim.read("Account", made, "CreatedById") != {"CreatedById": None}
    counted = sim.counters()["by_user"]
    person, machine = sim.rows("SELECT Id FROM User ORDER BY LastName")
    assert counted == {machine["Id"]: {"created": 1}, person["Id"]: {"updated": 1, "created": 1}}


def test_automation_rewrites_after_a_save(sim: Sim) -> None:
    sim.control("trigger", object="Account", when="Phone", set={"Phone": "+44 1", "Site": "HQ"})
    id = sim.create("Account", Name="A", Phone="1")
    patch(sim, id, Site="Elsewhere")

    assert sim.read("Account", id, "Phone", "Site") == {"Phone": "+44 1", "Site": "Elsewhere"}
    unknown = sim.http.post("/__sim__/trigger", json={"object": "Account", "set": {"Nope": 1}})
    assert unknown.json()[0]["errorCode"] == "INVALID_FIELD"


def test_an_ignored_write_says_yes_and_changes_nothing(sim: Sim) -> None:
    id = sim.create("Account", Name="A", Phone="1")
    sim.control("ignore", object="Account", field="Phone")

    assert patch(sim, id, Phone="2", Fax="3").status_code == 204
    assert sim.read("Account", id, "Phone", "Fax") == {"Phone": "1", "Fax": "3"}
    sim.control("ignore", object="Account", field="Phone", ignored=False)
    patch(sim, id, Phone="2")
    assert sim.read("Account", id, "Phone") == {"Phone": "2"}


def test_an_administrators_rule_speaks_in_its_own_words(sim: Sim) -> None:
    rule = {"object": "Account", "field": "Site", "message": "Ask Brigitte first."}
    sim.control("validation", **rule, equals="Moon")
    id = sim.create("Account", Name="A", Site="Earth")
    refused = patch(sim, id, Site="Moon")

    assert refused.status_code == 400
    assert refused.json() == [
        {"message": "Ask Brigitte first.", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["Site"]}
    ]
    sim.control("validation", **rule, remove=True)
    assert patch(sim, id, Site="Moon").status_code == 204


def test_a_locked_record_refuses_as_often_as_asked(sim: Sim) -> None:
    id = sim.create("Account", Name="A")
    sim.control("lock", object="Account", id=id, times=2)
    answers = [patch(sim, id, Site="X") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [400, 400, 204]
    assert answers[0].json()[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"


def test_a_removed_field_is_gone_and_records_keep_their_stamps(sim: Sim) -> None:
    id = sim.create("Account", Name="A", VAT_Number__c="GB1")
    before = sim.read("Account", id, "SystemModstamp")
    sim.control("field/remove", object="Account", field="VAT_Number__c")

    assert sim.refused("SELECT VAT_Number__c FROM Account")["errorCode"] == "INVALID_FIELD"
    assert sim.read("Account", id, "SystemModstamp") == before
    sim.control("field/add", object="Account", field="VAT_Number__c", length=20)
    assert sim.read("Account", id, "VAT_Number__c") == {"VAT_Number__c": None}
    standard = sim.http.post("/__sim__/field/remove", json={"object": "Account", "field": "Name"})
    assert standard.status_code == 400


def test_the_clock_goes_forward_only(sim: Sim) -> None:
    sim.control("clock", set="2030-01-01T00:00:00Z")
    back = sim.http.post("/__sim__/clock", json={"set": "2029-01-01T00:00:00Z"})
    nonsense = sim.http.post("/__sim__/clock", json={"set": "tomorrow"})
    id = sim.create("Account", Name="A")

    assert (back.status_code, nonsense.status_code) == (400, 400)
    assert sim.read("Account", id, "CreatedDate")["CreatedDate"].startswith("2030-01-01T00:00")
    assert "01 Jan 2030" in sim.http.get("/services/data").headers["date"]


def test_counters_tell_calls_and_what_lasted(sim: Sim) -> None:
    id = sim.create("Account", Name="A", Tieout_Key__c="k")
    sim.rows("SELECT Id FROM Account")
    patch(sim, id, Name=None)
    sim.control("delete", object="Account", id=id)

    assert sim.counters()["calls"] == {"record.create": 1, "writes": 2, "query": 1, "record.update": 1}
    assert sim.counters()["effects"] == {"Account": {"created": 1, "deleted": 1}}
    assert sim.counters()["by_key"] == {"k": {"created": 1, "deleted": 1}}
    sim.control("counters/reset")
    assert sim.counters()["effects"] == {}


def test_an_unknown_route_is_a_rest_error(sim: Sim) -> None:
    for path in ("/nothing", f"{ROOT}/nothing", "/__sim__/nothing", f"{ROOT}/sobjects/Nothing/describe"):
        answer = sim.http.get(path)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "NOT_FOUND")
    wrong = sim.http.put(f"{ROOT}/sobjects/Account", json={})
    assert (wrong.status_code, wrong.json()[0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")
