"""A mapping over several connections: its copies, what each of them means by a name, and what is refused (PX-02)."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.world import Installed
from tieout.errors import UnknownObject
from tieout.mapping.check import check_project, offline
from tieout.mapping.compiled import OneWay
from tieout.mapping.editor import schemas_for
from tieout.model import ObjectType
from tieout.problems import errors
from unit.mapping.two_ledgers import CUSTOMERS, INVOICES, PROJECT, Written, peers


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


# --- copies -------------------------------------------------------------------------------------------------------


def test_px02_a_list_of_connections_is_one_copy_for_each(written: Written) -> None:
    found = written.good()
    assert [*found] == ["customers@xero_uk", "customers@xero_eu"]
    uk, eu = found.values()
    assert [side.connection for one in (uk, eu) for side in one.sides] == [
        "salesforce", "xero_uk", "salesforce", "xero_eu",
    ]  # fmt: skip
    assert (uk.settings["region"], eu.settings["region"]) == ("UK", "EU")
    assert uk.digest != eu.digest


def test_px02_rounding_is_that_of_the_copys_own_connection(written: Written) -> None:
    written.project(PROJECT.replace("organisation: e,", "organisation: e, rounding: xero,"))
    assert [one.side("books").rounding for one in written.good().values()] == ["", "xero"]


def test_px02_a_list_of_one_is_a_copy_too(written: Written) -> None:
    written.mapping(CUSTOMERS.replace("[xero_uk, xero_eu]", "[xero_eu]"))
    assert [*written.good()] == ["customers@xero_eu"]


def test_px02_a_pack_is_spread_over_connections_by_change(written: Written) -> None:
    written.mapping(CUSTOMERS.replace("[xero_uk, xero_eu]", "xero").replace(", route: crm.Type == settings.region", ""))
    between = "{books: {connection: [xero_uk, xero_eu], route: crm.Type == settings.region}}"
    written.change(f"{{customers: {{between: {between}}}}}")
    assert [*written.good()] == ["customers@xero_uk", "customers@xero_eu"]


def test_px02_a_change_names_the_mapping_or_one_copy(written: Written) -> None:
    written.change("{customers: {drift: keep}, customers@xero_eu: {remember: {crm: Xero_Status__c}, drift: review}}")
    found = written.good()
    assert [str(one.drift) for one in found.values()] == ["keep", "review"]
    remembered = [one.side("crm").remember for one in found.values()]
    assert [path.text for path in remembered if path] == ["Xero_Contact_ID__c", "Xero_Status__c"]


def test_px02_an_environment_replaces_what_the_connections_are(written: Written) -> None:
    other = "environments: {live: {connections: {xero_eu: {organisation: live, settings: {region: Europe}}}}}"
    written.project(PROJECT + other)
    project = written.load("live")
    assert [source.name for source in project.mappings] == ["customers@xero_uk", "customers@xero_eu"]
    assert project.connections["xero_eu"].organisation == "live"
    checked = check_project(project, Installed(), peers)
    assert checked.mappings[1].settings["region"] == "Europe"


def test_px02_a_link_means_the_copy_over_a_connection_that_both_share(written: Written) -> None:
    written.mapping(INVOICES, "invoices")
    for name, mapping in written.good().items():
        for rule in mapping.rules:
            if isinstance(rule, OneWay) and rule.link:
                assert rule.link.mapping.partition("@")[2] == name.partition("@")[2]
    assert [one.name for one in written.check().mappings][-2:] == ["invoices@xero_uk", "invoices@xero_eu"]


def test_px02_a_mapping_of_one_connection_links_to_the_copy_over_it_or_to_one_that_it_names(written: Written) -> None:
    alone = INVOICES.replace("[xero_uk, xero_eu]", "xero_eu").replace(", route: crm.StageName == settings.region", "")
    for link in ("customers", "customers@xero_eu"):
        written.mapping(alone.replace("link: customers", f"link: {link}"), "invoices")
        (rule,) = written.good()["invoices"].rules
        assert rule.link is not None
        assert rule.link.mapping == "customers@xero_eu"


def test_px02_which_records_a_copy_takes_is_part_of_every_copy(written: Written) -> None:
    before = {name: one.digest for name, one in written.good().items()}
    written.project(PROJECT.replace("region: EU", "region: Europe"))
    after = {name: one.digest for name, one in written.good().items()}
    assert all(before[name] != after[name] for name in before), "what is in none of them depends on all"


def test_px02_a_copy_reads_what_tells_whether_another_one_takes_a_record(written: Written) -> None:
    written.change("{customers@xero_eu: {between: {books: {route: crm.Fax == settings.region}}}}")
    assert all({"Type", "Fax", "AccountNumber"} <= one.side("crm").paths for one in written.good().values())


def test_px02_the_schema_of_an_editor_is_one_and_takes_the_list(written: Written) -> None:
    made = schemas_for(written.load(), peers)
    assert [*made] == ["mappings/customers.yaml"]
    connection = made["mappings/customers.yaml"]["definitions"]["end"]["properties"]["connection"]
    assert connection["items"]["enum"] == ["salesforce", "xero_uk", "xero_eu"]
    assert "Name" in made["mappings/customers.yaml"]["definitions"]["field"]["properties"]["books"]["enum"]


# --- what is refused ----------------------------------------------------------------------------------------------


def test_px02_a_route_without_a_list_is_refused(written: Written) -> None:
    written.mapping(CUSTOMERS.replace("[xero_uk, xero_eu]", "xero_uk"))
    (told,) = written.told()
    assert told.splitlines() == [
        "mappings/customers.yaml:5:49  error[stray-route]  books has one connection, so there is nothing to route",
        "  5 |   books: {connection: xero_uk, object: Contact, route: crm.Type == settings.region}",
        f"    | {' ' * 48}^",
        "    = mend: leave it out; which records take part is said by `where` of their own side",
    ]


def test_px02_lists_on_both_sides_are_refused(written: Written) -> None:
    written.mapping(CUSTOMERS.replace("connection: salesforce", "connection: [salesforce]"))
    (told,) = written.told()
    assert "mappings/customers.yaml:5:23  error[two-lists]" in told
    assert "= mend: name one connection here, and write a mapping for each other" in told


@pytest.mark.parametrize(
    ("written_list", "told"),
    [
        ("[]", "5:23  error[wrong-count]  a connection, or a list of different connections"),
        ("[xero_uk, xero_uk]", "5:23  error[wrong-value]  a connection, or a list of different connections"),
        ("[xero_uk, 5]", "5:33  error[wrong-type]  expected text, not the number 5"),
    ],
)
def test_px02_a_malformed_list_is_told_once(written: Written, written_list: str, told: str) -> None:
    written.mapping(CUSTOMERS.replace("[xero_uk, xero_eu]", written_list))
    assert [one.startswith(f"mappings/customers.yaml:{told}") for one in written.told()] == [True]


def test_px02_a_misspelt_connection_is_told_where_it_stands_in_the_list(written: Written) -> None:
    written.mapping(CUSTOMERS.replace("xero_eu]", "xero_fr]"))
    (told,) = written.told()
    assert told.startswith("mappings/customers.yaml:5:33  error[unknown-connection]  there is no connection xero_fr")
    assert [one.name for one in written.check().mappings] == ["customers@xero_uk"]


def test_px02_what_is_wrong_in_every_copy_is_told_once(written: Written) -> None:
    written.mapping(CUSTOMERS.replace("crm.Type ==", "crm.Typ ==").replace("version: 1", "version: 2"))
    assert sorted(problem.code for problem in errors(written.check().problems)) == ["unknown-field", "wrong-value"]


def test_px02_what_one_organisation_lacks_is_told_of_it_alone(written: Written) -> None:
    def without(connection: str, name: str) -> ObjectType:
        if (connection, name) == ("xero_eu", "Contact"):
            raise UnknownObject(name, ())
        return peers(connection, name)

    checked = check_project(written.load(), Installed(), without)
    (told,) = errors(checked.problems)
    assert told.message == "xero_eu has no object Contact"


def test_px02_a_route_sees_the_other_side_and_settings(written: Written) -> None:
    written.mapping(CUSTOMERS.replace("route: crm.Type", "route: books.Name"))
    (told,) = written.told()
    assert told.startswith("mappings/customers.yaml:5:67  error[no-root]  'books' is no root")
    assert "the roots here are crm, settings" in told


def test_px02_two_copies_that_write_one_path_are_refused_unless_a_route_may_part_the_records(written: Written) -> None:
    for same in (
        CUSTOMERS.replace("settings.region", "'UK'"),
        CUSTOMERS.replace(", route: crm.Type == settings.region", ""),
    ):
        written.mapping(same.replace(", where: crm.AccountNumber", ""))
        written_twice = [problem for problem in written.check().problems if problem.code == "two-writers"]
        assert {problem.message.partition(" of ")[0] for problem in written_twice} == {"Name", "Xero_Contact_ID__c"}
        assert "by the mapping customers@xero_uk, too" in written_twice[0].message
        assert "give customers@xero_uk a path of its own under `change:`" in written_twice[0].mend


def test_px02_copies_without_a_route_that_write_only_their_own_ledger_are_right(written: Written) -> None:
    written.mapping(
        CUSTOMERS.replace(", route: crm.Type == settings.region", "")
        .replace("remember: {crm: Xero_Contact_ID__c}\n", "")
        .replace("{crm: Name, books: Name}", "{books: Name, from: crm.Name}")
    )
    assert [*written.good()] == ["customers@xero_uk", "customers@xero_eu"]


def test_px02_copies_that_may_not_write_what_they_share_are_right(written: Written) -> None:
    shared = CUSTOMERS.replace(", route: crm.Type == settings.region", "")
    written.mapping(shared.replace("remember:", "update: {crm: never}\nremember:"))
    assert [one.rivals for one in written.good().values()] == [(), ()]
    written.mapping(shared.replace("remember:", "update: {crm: never}\ncreate: {crm: always}\nremember:"))
    assert {problem.code for problem in errors(written.check().problems)} == {"two-writers"}


def test_px02_a_link_to_no_copy_or_to_several_names_them(written: Written) -> None:
    alone = INVOICES.replace("[xero_uk, xero_eu]", "xero_fr").replace(", route: crm.StageName == settings.region", "")
    french = '  xero_fr: {adapter: xero, organisation: f, options: {url: "http://127.0.0.1:4"}}\nmappings:'
    written.project(PROJECT.replace("mappings:", french, 1))
    written.mapping(alone, "invoices")
    (told,) = written.told()
    assert "7:59  error[which-copy]  customers is over xero_uk, xero_eu, and invoices over none of them" in told
    assert "= mend: name the copy that is meant: customers@xero_uk, customers@xero_eu" in told
    between = INVOICES.replace("connection: salesforce, object: Opportunity", "connection: xero_uk, object: Invoice")
    between = between.replace("[xero_uk, xero_eu]", "xero_eu").replace(", route: crm.StageName == settings.region", "")
    written.mapping(between.replace("crm.AccountId", "crm.Contact.ContactID"), "invoices")
    assert any("and invoices over several of them" in told for told in written.told())


def test_px02_a_misspelt_name_is_answered_with_the_mapping_and_its_copies(written: Written) -> None:
    written.mapping(INVOICES.replace("link: customers", "link: custmers"), "invoices")
    assert all("= nearest: customers" in told for told in written.told())
    written.mapping(INVOICES, "invoices")
    written.change("{customers@xero_fr: {drift: keep}}")
    (told,) = written.told()
    assert "error[unknown-mapping]  there is no mapping customers@xero_fr in what is used here" in told
    assert "customers@xero_uk, customers@xero_eu" in told


def test_px02_the_connection_of_a_copy_is_not_changed(written: Written) -> None:
    written.change("{customers@xero_eu: {between: {books: {connection: xero_uk}}}}")
    (told,) = written.told()
    assert "error[copy-connection]  customers@xero_eu is the copy over xero_eu" in told


def test_px02_two_mappings_of_one_name_are_refused_whether_they_have_copies_or_not(written: Written) -> None:
    written.mapping(
        CUSTOMERS.replace("[xero_uk, xero_eu]", "xero_uk").replace(", route: crm.Type == settings.region", ""), "more"
    )
    (told,) = written.told()
    assert "error[duplicate-mapping]  customers is in mappings/customers.yaml, too" in told


def test_px02_two_connections_to_one_organisation_are_refused_below_copies_too(written: Written) -> None:
    written.project(PROJECT.replace("organisation: e", "organisation: u"))
    (told,) = written.told()
    assert "error[same-organisation]  xero_eu and xero_uk are connections to one organisation (u)" in told


def test_px02_a_setting_is_given_by_one_of_the_connections_of_a_copy(written: Written) -> None:
    crm = 'salesforce: {adapter: salesforce, options: {url: "http://127.0.0.1:1"}'
    written.project(PROJECT.replace(crm, f"{crm}, settings: {{region: US}}"))
    assert [problem.code for problem in errors(written.check().problems)] == ["given-twice", "given-twice"]


def test_px02_offline_copies_are_checked_all_the_same(written: Written) -> None:
    written.mapping(CUSTOMERS.replace("settings.region", "settings.regoin"))
    checked = check_project(written.load(), Installed(), offline)
    assert [problem.code for problem in errors(checked.problems)] == ["unknown-setting"]
