"""What is told of a mistake in a `route` or in what spreads a mapping over several connections (PX-02)."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.world import Installed
from tieout.mapping.check import check_project
from tieout.problems import errors
from tieout.project import load_project
from unit.mapping.two_ledgers import CUSTOMERS, INVOICES, PROJECT, Written, peers


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


OPTIONAL = CUSTOMERS.replace("version: 1", "version: 1\noptional: true")


def test_px02_a_wrong_name_in_a_route_is_an_error_of_an_optional_mapping_too(written: Written) -> None:
    written.mapping(OPTIONAL.replace("crm.Type ==", "crm.Typ =="))
    (told,) = written.told()
    assert "mappings/customers.yaml:6:67  error[unknown-field]  there is no field Typ in Account (salesforce)" in told
    assert "= nearest: Type" in told
    assert not written.check().mappings


def test_px02_it_is_told_even_if_the_mapping_is_left_out_for_something_else(written: Written) -> None:
    written.mapping(OPTIONAL.replace("crm.Type ==", "crm.Typ ==").replace("books: Name", "books: Nome"))
    problems = written.check().problems
    assert [(one.code, one.at.column) for one in problems if one.at] == [("unknown-field", 67), *[("skipped", 24)] * 2]


def test_px02_what_tieout_yaml_lays_over_an_optional_mapping_is_an_error_if_it_is_missing(written: Written) -> None:
    written.mapping(OPTIONAL)
    for change, code in (
        ("{fields: [{crm: Fox, from: books.Name}]}", "unknown-field"),
        ("{between: {crm: {where: crm.Fox}}}", "unknown-field"),
        ("{between: {books: {object: Kontact}}}", "unknown-object"),
    ):
        written.change(f"{{customers: {change}}}")
        found = errors(written.check().problems)
        assert {(one.code, one.at.file) for one in found if one.at} == {(code, "tieout.yaml")}, found


def test_what_an_optional_mapping_itself_names_and_the_organisation_lacks_leaves_it_out(written: Written) -> None:
    written.mapping(OPTIONAL.replace("books: Name", "books: Nome"))
    found = written.check()
    assert (found.mappings, [one.code for one in found.problems]) == ((), ["skipped", "skipped"])
    assert found.problems[0].nearest[0] == "Name", "it may be misspelt"


def test_px02_a_setting_that_one_connection_lacks_is_told_of_its_copy(written: Written) -> None:
    written.project(PROJECT.replace(", settings: {region: EU}", ""))
    (told,) = written.told()
    assert "error[unknown-setting]  there is no setting region (in customers@xero_eu)" in told
    written.project(PROJECT.replace(", settings: {region: EU}", "").replace(", settings: {region: UK}", ""))
    (told,) = written.told()
    assert "there is no setting region\n" in told, "it is missing in all of them, and told once"


def test_px02_copies_that_write_what_they_share_only_in_records_that_they_make_need_no_route(written: Written) -> None:
    once = CUSTOMERS.replace(", route: crm.Type == settings.region", "").replace("{crm: Name, books: Name}", "{}")
    once = once.replace("remember: {crm: Xero_Contact_ID__c}\n", "")
    written.mapping(once.replace("{}", "{crm: Name, from: books.Name, only: create}"))
    assert [one.rivals for one in written.good().values()] == [(), ()]
    written.change("{customers@xero_eu: {fields: [{crm: Name, from: books.Name}]}}")
    assert [problem.code for problem in errors(written.check().problems)] == ["two-writers"], "one of them goes on"


def test_px02_a_link_to_a_mapping_that_does_not_go_over_the_connection_says_what_to_do(written: Written) -> None:
    written.mapping(
        CUSTOMERS.replace("[xero_uk, xero_eu]", "xero_uk").replace(", route: crm.Type == settings.region", "")
    )
    written.mapping(INVOICES, "invoices")
    (told,) = written.told()
    assert "Contact.ContactID refers to Contact of xero_eu" in told
    assert "or have customers go over xero_eu, too" in told


def test_px02_connections_that_are_no_list_are_told_how_to_be_one(written: Written) -> None:
    alone = CUSTOMERS.replace(", route: crm.Type == settings.region", "")
    written.mapping(alone.replace("[xero_uk, xero_eu]", "'xero_uk, xero_eu'"))
    (told,) = written.told()
    assert "tieout.yaml has: salesforce, xero_uk, xero_eu; several are a list: connection: [xero_uk, xero_eu]" in told


def test_px02_a_pack_over_a_connection_of_another_name_says_where_to_name_yours(written: Written) -> None:
    pack = written.folder / "own"
    pack.mkdir()
    alone = CUSTOMERS.replace("[xero_uk, xero_eu]", "xero").replace(", route: crm.Type == settings.region", "")
    (pack / "customers.yaml").write_text(alone.lstrip(), "utf-8")
    written.project(PROJECT.replace("mappings/", "own"))
    project, problems = load_project(written.folder, None, {}, {"own": pack})
    assert project is not None, problems
    (told,) = errors(check_project(project, Installed(), peers).problems)
    assert told.mend.endswith("; say there which: `change: {customers: {between: {books: {connection: …}}}}`")
    assert told.nearest == ("xero_eu", "xero_uk")
