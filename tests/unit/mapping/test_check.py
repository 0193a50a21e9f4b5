"""Checks that need more than one mapping, or more than a mapping."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from schemas.systems import ACCOUNT, SYSTEMS
from schemas.systems import describe as systems
from schemas.world import Installed, check, codes, connection, project, source
from tieout.errors import UnknownObject
from tieout.finding import Severity
from tieout.mapping.check import check_project
from tieout.mapping.compiled import Act, CompiledMapping, OneWay, Pair, Position
from tieout.model import ObjectType, Twins

EXAMPLES = Path(__file__).parents[2] / "schemas" / "positive"
CUSTOMERS, INVOICES, PRODUCTS = (
    (EXAMPLES / f"{name}.yaml").read_text("utf-8") for name in ("customers", "invoices", "products")
)


def mapping(name: str, crm: str, books: str, fields: str, more: str = "") -> str:
    return f"""mapping: {name}
version: 1
between:
  crm: {{connection: salesforce, object: {crm}}}
  books: {{connection: xero, object: {books}}}
{more}fields:
{fields}"""


def only(name: str, found: tuple[CompiledMapping, ...]) -> CompiledMapping:
    return next(one for one in found if one.name == name)


# --- Order and depth ----------------------------------------------------------------------------------------------


def test_mappings_run_after_those_whose_links_they_use() -> None:
    checked = check(INVOICES, CUSTOMERS, PRODUCTS)
    names = [one.name for one in checked.mappings]
    assert names.index("invoices") > names.index("customers")
    assert names.index("invoices") > names.index("products")


def test_order_is_that_of_the_files_where_links_do_not_say() -> None:
    assert [one.name for one in check(PRODUCTS, CUSTOMERS).mappings] == ["products", "customers"]


def test_links_in_a_circle_are_noted_and_run_in_the_order_of_the_files() -> None:
    one = mapping("one", "Account", "Contact", "  - {crm: ParentId, from: books.ContactID, link: two}\n")
    two = mapping("two", "Account", "Item", "  - {crm: Name, from: books.Name}\n")
    circle = two.replace("{crm: Name, from: books.Name}", "{crm: Xero_Link__c, from: books.ItemID, link: one}")
    checked = check(one, circle)
    assert codes(checked) == ["link-circle"]
    assert [one.name for one in checked.mappings] == ["one", "two"]


def test_a_link_to_itself_is_no_circle() -> None:
    text = mapping("one", "Account", "Contact", "  - {crm: ParentId, from: books.ContactID, link: one}\n")
    assert codes(check(text)) == []


def test_depth_counts_what_a_system_gives_back() -> None:
    pair = mapping("one", "Account", "Contact", "  - {crm: Name, books: Name}\n")
    assert check(pair).depth == 0
    back = pair + "  - {crm: Xero_Status__c, from: books.ContactStatus}\n"
    assert check(back).depth == 1


def test_what_people_write_is_nothing_that_a_system_gives_back() -> None:
    pair = mapping("one", "Account", "Contact", "  - {crm: Name, books: Name, when: crm.Active__c}\n")
    assert check(pair).depth == 0
    assert check(pair.replace("fields:", "create: {crm: always}\nfields:")).depth == 1


def test_depth_grows_along_a_chain_of_mappings() -> None:
    one = mapping("one", "Account", "Contact", "  - {books: Name, from: crm.Name}\n")
    two = mapping("two", "Opportunity", "Contact", "  - {crm: Description, from: books.Name}\n")
    assert check(one, two).depth == 1


# --- Writers ------------------------------------------------------------------------------------------------------


def test_two_mappings_over_one_pair_of_objects_are_refused() -> None:
    one = mapping("one", "Account", "Contact", "  - {crm: Xero_Status__c, from: books.ContactStatus}\n")
    two = mapping("two", "Account", "Contact", "  - {crm: Fax, from: books.Phones.DEFAULT.PhoneNumber, as: phone}\n")
    assert [problem.code for problem in check(one, two).problems if problem.severity is Severity.ERROR] == ["same-pair"]


def test_nothing_is_read_through_the_id_of_a_record() -> None:
    one = mapping("one", "Opportunity", "Invoice", "  - {books: Reference, from: crm.AccountId.Name}\n")
    found = next(problem for problem in check(one).problems if problem.code == "unknown-field")
    assert found.message.startswith("there is no field AccountId.Name in Opportunity (salesforce)")
    assert found.nearest[0] == "Account.Name"


def test_two_mappings_that_write_one_path_are_refused_at_the_later_one() -> None:
    one = mapping("one", "Account", "Contact", "  - {crm: Xero_Link__c, from: link.books.url}\n")
    two = mapping("two", "Account", "Item", "  - {crm: Xero_Link__c, from: link.books.url}\n")
    [problem] = check(one, two).problems
    assert problem.code == "two-writers"
    assert problem.at == Position("other1.yaml", 7, 11)
    assert "mapping.yaml:7:11" in problem.message


def test_two_mappings_with_a_where_of_their_own_may_write_one_path() -> None:
    one = mapping("one", "Account", "Contact", "  - {crm: Xero_Link__c, from: link.books.url}\n")
    two = mapping("two", "Account", "Item", "  - {crm: Xero_Link__c, from: link.books.url}\n")
    parted = [
        text.replace("object: Account", f"object: Account, where: \"crm.Type == '{kind}'\"")
        for text, kind in ((one, "Prospect"), (two, "Customer - Direct"))
    ]
    assert codes(check(*parted)) == []
    assert codes(check(parted[0], two)) == ["two-writers"]


def test_a_circle_of_values_over_three_mappings_is_found() -> None:
    one = mapping("one", "Account", "Contact", "  - {books: FirstName, from: crm.Fax}\n")
    two = mapping(
        "two", "Opportunity", "Contact", "  - {crm: Order_Number__c, from: books.FirstName, as: {truncate: 60}}\n"
    )
    three = """mapping: three
version: 1
between:
  one: {connection: salesforce, object: Account}
  other: {connection: salesforce, object: Opportunity}
fields:
  - {one: Fax, from: other.Order_Number__c, as: {truncate: 40}}
"""
    assert codes(check(one, two, three)) == ["value-circle"]


def test_pairs_that_hang_together_like_a_tree_are_no_circle() -> None:
    one = mapping("one", "Account", "Contact", "  - {crm: Fax, books: FirstName, as: phone}\n")
    two = mapping("two", "Opportunity", "Contact", "  - {crm: Order_Number__c, from: books.FirstName, as: phone}\n")
    assert "value-circle" not in codes(check(one, two))


# --- What is optional ---------------------------------------------------------------------------------------------


def test_an_optional_mapping_is_left_out_where_its_object_is_missing() -> None:
    text = mapping("shown", "Nowhere__c", "Invoice", "  - {crm: Name, from: books.Reference}\n", "optional: true\n")
    checked = check(CUSTOMERS, text)
    [note] = [problem for problem in checked.problems if problem.at and problem.at.file == "other1.yaml"]
    assert (note.code, note.severity) == ("skipped", Severity.NOTE)
    assert [one.name for one in checked.mappings] == ["customers"]


def test_an_optional_mapping_is_left_out_where_a_field_is_missing() -> None:
    text = mapping("shown", "Opportunity", "Invoice", "  - {crm: Nowhere__c, from: books.Total}\n", "optional: true\n")
    checked = check(text)
    assert {problem.severity for problem in checked.problems} == {Severity.NOTE}
    assert checked.mappings == ()


def test_what_links_to_a_mapping_that_is_left_out_must_be_optional_itself() -> None:
    gone = mapping("gone", "Nowhere__c", "Contact", "  - {crm: Name, from: books.Name}\n", "optional: true\n")
    rule = "  - {crm: Xero_Link__c, from: books.ItemID, link: gone%s}\n  - {crm: Xero_Status__c, from: books.Code}\n"
    assert "mapping-skipped" in codes(check(gone, mapping("items", "Account", "Item", rule % "")))
    checked = check(gone, mapping("items", "Account", "Item", rule % ", optional: true"))
    assert not any(problem.severity is Severity.ERROR for problem in checked.problems)
    assert len(only("items", checked.mappings).rules) == 1
    assert "the mapping gone is left out" in only("items", checked.mappings).skipped[0]


def test_what_is_left_out_is_named() -> None:
    assert only("customers", check(CUSTOMERS).mappings).skipped == (
        "match: salesforce: Account.VAT_Number__c is missing",
        "crm.VAT_Number__c=books.TaxNumber: salesforce: Account.VAT_Number__c is missing",
    )


def test_a_misspelt_optional_name_is_shown_with_the_right_one() -> None:
    text = mapping("one", "Account", "Contact", "  - {crm: Xero_Statuss__c, from: books.Name, optional: true}\n")
    assert "nearest: Xero_Status__c" in check(text).problems[0].message


# --- Settings, tables, connections --------------------------------------------------------------------------------

SETTING = mapping(
    "one", "Account", "Contact", "  - {crm: Xero_Link__c, from: settings.kind}\n", "settings: {kind: own}\n"
)


def kind_of(**more: object) -> object:
    [one] = check(SETTING, describe=systems, **more).mappings
    return one.settings["kind"]


def test_settings_of_a_connection_win_over_the_projects_and_these_over_the_mappings() -> None:
    xero = connection("xero", "adapter: xero\nsettings: {kind: theirs}\n")
    both = {"salesforce": connection("salesforce"), "xero": xero}
    assert kind_of() == "own"
    assert kind_of(settings={"kind": "project"}) == "project"
    assert kind_of(settings={"kind": "project"}, connections=both) == "theirs"


def test_one_setting_from_both_connections_is_refused() -> None:
    text = "adapter: %s\nsettings: {kind: theirs}\n"
    both = {name: connection(name, text % name) for name in ("salesforce", "xero")}
    assert codes(check(SETTING, connections=both)) == ["given-twice"]


def test_the_digest_follows_what_the_rules_mean() -> None:
    plain = check(SETTING).mappings[0]
    again = check("# a comment\n" + SETTING.replace("version: 1", "version: 1\ndescription: Said.")).mappings[0]
    other = check(SETTING, settings={"kind": "project"}).mappings[0]
    assert plain.digest == again.digest
    assert plain.rules[0].digest == again.rules[0].digest
    assert plain.digest != other.digest
    assert plain.rules[0].digest != other.rules[0].digest


def test_options_and_credentials_are_held_against_the_adapter() -> None:
    text = 'adapter: xero\noptions: {page: 0, ulr: x}\ncredentials: {client_di: "${env:X}"}\n'
    config = connection("xero", text)
    both = {"salesforce": connection("salesforce"), "xero": replace(config, options_node=config.node.table("options"))}
    found = check(SETTING, connections=both).problems
    assert {(one.code, one.nearest) for one in found} == {
        ("wrong-value", ()),
        ("unknown-key", ("url",)),
        ("unknown-credential", ("client_id",)),
    }
    assert all(one.at and one.at.file == "tieout.yaml" for one in found)


def test_an_unknown_adapter_is_named_at_its_place() -> None:
    both = {"salesforce": connection("salesforce"), "xero": connection("xero", "adapter: xeero\n")}
    both["xero"] = replace(both["xero"], adapter="xeero")
    [problem] = check(SETTING, connections=both).problems
    assert (problem.code, problem.nearest, problem.at) == ("unknown-adapter", ("xero",), Position("tieout.yaml", 1, 10))


# --- All at once --------------------------------------------------------------------------------------------------


def test_problems_of_all_files_and_kinds_come_together() -> None:
    one = mapping(
        "one", "Account", "Contact", "  - {crm: Nmae, books: Name}\n  - {crm: Fax, boks: Name}\n", "drift: no\n"
    )
    two = mapping("two", "Opportunity", "Invoice", "  - {crm: Description, from: crm.Name}\n")
    assert [(p.at.file, p.code) for p in check(one, two).problems if p.at] == [
        ("mapping.yaml", "unknown-word"),
        ("mapping.yaml", "unknown-field"),
        ("mapping.yaml", "missing-key"),
        ("mapping.yaml", "unknown-key"),
        ("other1.yaml", "reads-own-target"),
    ]


def test_a_mapping_with_an_error_is_not_given_out() -> None:
    wrong = mapping("one", "Account", "Contact", "  - {crm: Nmae, books: Name}\n  - {crm: Fax, from: books.LastName}\n")
    assert check(wrong).mappings == ()


def test_offline_the_rest_is_checked() -> None:
    one, _ = source(
        mapping("one", "Anything", "Contact", "  - {crm: A, from: crm.B}\n  - {crm: A, from: settings.x}\n")
    )
    assert one is not None
    checked = check_project(project([one]), Installed())
    assert {problem.code for problem in checked.problems} == {"reads-own-target", "two-writers", "unknown-setting"}
    assert checked.mappings == ()


def test_describe_is_asked_once_for_each_object() -> None:
    asked: list[tuple[str, str]] = []

    def describe(name: str, object_name: str) -> ObjectType:
        asked.append((name, object_name))
        if object_name not in SYSTEMS[name]:
            raise UnknownObject(object_name)
        return SYSTEMS[name][object_name]

    check(CUSTOMERS, INVOICES, PRODUCTS, describe=describe)
    assert len(asked) == len(set(asked))


# --- What is compiled ---------------------------------------------------------------------------------------------


def test_paths_hold_all_that_is_read_and_what_is_replaced_as_a_whole() -> None:
    found = check(CUSTOMERS, INVOICES, PRODUCTS).mappings
    crm, books = only("invoices", found).sides
    assert {"OpportunityLineItems", "OpportunityLineItems.Id", "OpportunityLineItems.Product2.Family"} <= crm.paths
    assert {"CloseDate", "Amount", "CurrencyIsoCode", "Account.Payment_Days__c", "IsWon"} <= crm.paths
    assert {"LineItems", "LineItems.LineItemID", "LineItems.UnitAmount", "CurrencyCode", "SubTotal"} <= books.paths
    contact = only("customers", found).side("books")
    assert {"Phones.DEFAULT.PhoneCountryCode", "Addresses.POBOX.AddressLine1"} <= contact.paths
    assert "Code" in only("products", found).side("books").paths, "link: products.Code reads it"


def test_the_rule_for_a_currency_comes_before_the_amounts() -> None:
    rules = only("invoices", check(INVOICES, CUSTOMERS, PRODUCTS).mappings).rules
    assert rules[0].key == "books.CurrencyCode"


def test_a_pair_and_a_one_way_rule_are_compiled() -> None:
    found = only("customers", check(CUSTOMERS).mappings)
    name = next(rule for rule in found.rules if rule.key == "crm.Name=books.Name")
    assert isinstance(name, Pair)
    assert (name.conflict, name.clears, name.pii, name.conversion.exact) == ("review", True, False, True)
    status = next(rule for rule in found.rules if rule.key == "crm.Xero_Status__c")
    assert isinstance(status, OneWay)
    assert (status.source_side, status.side, str(status.drift)) == ("books", "crm", "restore")
    phone = next(rule for rule in found.rules if rule.key.startswith("crm.Phone="))
    assert phone.pii


def test_policies_are_compiled_with_their_defaults() -> None:
    books = only("invoices", check(INVOICES, CUSTOMERS, PRODUCTS).mappings).side("books")
    assert (books.create.do, books.create.ask, books.create.otherwise) == (Act.ALWAYS, False, Act.NEVER)
    assert (books.update.otherwise, books.delete.do, books.delete.ask) == (Act.HOLD, Act.DELETE, True)
    crm = only("customers", check(CUSTOMERS).mappings).side("crm")
    assert (crm.create.do, crm.create.ask, crm.leave.do) == (Act.ALWAYS, True, Act.KEEP)


def test_without_a_unique_key_a_create_is_a_review() -> None:
    def keyless(name: str, object_name: str) -> ObjectType:
        known = SYSTEMS[name][object_name]
        if known is not ACCOUNT:
            return known
        fields = {path: one for path, one in ACCOUNT.fields.items() if path != "Tieout_Key__c"}
        return replace(ACCOUNT, fields=fields, marker=None, twins=Twins.POSSIBLE)

    text = CUSTOMERS.replace("create: {books: always, crm: review}", "create: {books: always, crm: always}")
    assert not only("customers", check(text).mappings).side("crm").create.ask
    checked = check(text, describe=keyless)
    assert only("customers", checked.mappings).side("crm").create.ask
    assert [p.code for p in checked.problems if p.severity is Severity.WARNING] == ["no-marker"]


def test_todays_date_makes_a_mapping_look_daily() -> None:
    text = mapping(
        "one", "Account", "Contact", "  - {crm: Xero_Link__c, from: books.Name, when: run.today > '2026-01-01'}\n"
    )
    assert check(text).mappings[0].clock
    assert not check(SETTING).mappings[0].clock


def test_on_link_follows_the_conflict_rule_where_it_can() -> None:
    rule = "  - {crm: Name, books: Name}\n"
    assert check(mapping("one", "Account", "Contact", rule, "conflict: books\n")).mappings[0].on_link == "books"
    assert check(mapping("one", "Account", "Contact", rule, "conflict: newest\n")).mappings[0].on_link == "newest"
    assert check(mapping("one", "Account", "Contact", rule)).mappings[0].on_link == "review"


def test_offline_an_object_that_was_never_described_is_told_with_those_that_were() -> None:
    one, _ = source(mapping("one", "Acount", "Contact", "  - {crm: Name, books: Name}\n"))
    assert one is not None

    def kept(connection: str, name: str) -> ObjectType | None:
        return systems(connection, name) if connection == "xero" else None

    names = {"salesforce": ["Account", "Opportunity"], "xero": ["Contact"]}
    [found] = check_project(project([one]), Installed(), kept, names.__getitem__).problems
    assert (found.code, found.severity) == ("undescribed-object", Severity.WARNING)
    assert found.nearest == ("Account",)
    assert found.mend == "tieout describe salesforce Acount asks for it; described are: Account, Opportunity"
    assert found.at is not None
    assert found.at.line == 4
    assert check_project(project([one]), Installed(), kept, lambda _: []).problems == ()


def test_offline_an_amount_is_not_refused_for_a_currency_that_only_describe_names() -> None:
    text = mapping("deals", "Opportunity", "Invoice", "  - {crm: Xero_Total__c, from: books.Total, as: money}\n")
    one, problems = source(text)
    assert one is not None
    assert not problems
    assert codes(check_project(project([one]), Installed())) == []
