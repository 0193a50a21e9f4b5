from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tieout.errors import UsageError
from tieout.language.loading import load_text
from tieout.language.nodes import plain
from tieout.language.validation import validate
from tieout.mapping.limit_checks import limit_problems
from tieout.mapping_sources import lines_of
from tieout.problems import Problem, render
from tieout.project import Project, load_project
from tieout.secrets import Sources

BASE = """tieout: 1
project: acme
environment: dev
connections:
  salesforce:
    adapter: salesforce
    options: {url: "${env:SF_URL:-http://127.0.0.1:8801}"}
    credentials: {client_id: "${env:SF_ID}", client_secret: "${env:SF_SECRET}"}
    full_read: 24h
    calls: {share: 40%}
  xero:
    adapter: xero
    organisation: 00000000-0000-0000-0000-000000000001
    settings: {revenue_code: "200"}
mappings:
  - use: mappings/
environments:
  production:
    connections: {xero: {organisation: 00000000-0000-0000-0000-000000000002, settings: {region: UK}}}
    store: "${env:DATABASE_URL}"
    guards: {creates: 20}
"""
MAPPING = """mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
settings: {days: 30, codes: [a, b]}
fields:
  - {crm: Name, books: Name}
  - {crm: Phone, from: books.Phone}
"""


def write(folder: Path, text: str = BASE, **files: str) -> Path:
    (folder / "tieout.yaml").write_text(text, "utf-8")
    (folder / "mappings").mkdir(exist_ok=True)
    for name, content in (files or {"customers": MAPPING}).items():
        (folder / "mappings" / f"{name}.yaml").write_text(content, "utf-8")
    return folder


def load(folder: Path, environment: str | None = None, **env: str) -> Project:
    project, problems = load_project(folder, environment, env)
    assert project is not None, problems
    assert problems == []
    return project


def problems_of(folder: Path, **env: str) -> list[Problem]:
    return load_project(folder, None, env)[1]


def test_a_project_is_what_its_file_says(tmp_path: Path) -> None:
    project = load(write(tmp_path))
    assert (project.name, project.environment) == ("acme", "dev")
    salesforce = project.connections["salesforce"]
    assert salesforce.options == {"url": "http://127.0.0.1:8801"}
    assert (salesforce.full_read, salesforce.share) == (timedelta(hours=24), Decimal("0.4"))
    assert project.connections["xero"].organisation == "00000000-0000-0000-0000-000000000001"
    assert project.store.reveal() == "sqlite:.tieout/state.db"
    assert (project.guards.creates, project.guards.updates, project.guards.deletes) == (50, 500, 0)
    assert project.guards.share == Decimal("0.2")
    assert [source.name for source in project.mappings] == ["customers"]


def test_an_environment_is_laid_over_the_rest(tmp_path: Path) -> None:
    url = "postgresql://tieout:very-secret@db/tieout"
    project = load(write(tmp_path), "production", DATABASE_URL=url)
    xero = project.connections["xero"]
    assert xero.organisation == "00000000-0000-0000-0000-000000000002"
    assert xero.settings == {"revenue_code": "200", "region": "UK"}
    assert (project.guards.creates, project.guards.updates) == (20, 500)
    assert project.store.reveal() == url
    assert "very-secret" not in repr(project)


def test_the_environment_variable_chooses_and_the_option_wins(tmp_path: Path) -> None:
    write(tmp_path)
    assert load(tmp_path, None, TIEOUT_ENV="production", DATABASE_URL="sqlite:x").environment == "production"
    assert load(tmp_path, "dev", TIEOUT_ENV="production").environment == "dev"


def test_an_unknown_environment_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean production") as caught:
        load_project(write(tmp_path), "prodction", {})
    assert "dev, production" in caught.value.mend


def test_a_folder_without_a_project_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no tieout\.yaml") as caught:
        load_project(tmp_path, None, {})
    assert "tieout init" in caught.value.mend


def test_credentials_are_looked_up_only_when_they_are_needed(tmp_path: Path) -> None:
    salesforce = load(write(tmp_path)).connections["salesforce"]
    with pytest.raises(UsageError, match="SF_SECRET"):
        salesforce.secret("client_secret", Sources({}))
    found = salesforce.secret("client_secret", Sources({"SF_SECRET": "canary"}))
    assert found is not None
    assert found.reveal() == "canary"
    assert "canary" not in f"{salesforce!r} {found}"
    assert salesforce.secret("other", Sources({})) is None


@pytest.mark.parametrize(
    ("old", "new", "code", "column"),
    [
        ('client_secret: "${env:SF_SECRET}"', "client_secret: hunter2", "literal-secret", 61),
        ('url: "${env:SF_URL:-http://127.0.0.1:8801}"', 'url: "${env:SF_URL}"', "missing-reference", 20),
        ('url: "${env:SF_URL:-http://127.0.0.1:8801}"', 'url: "${secret:url}"', "secret-in-options", 20),
        ("adapter: salesforce", "adaptor: salesforce", "unknown-key", 5),
        ("full_read: 24h", "full_read: 24", "wrong-type", 16),
        ("share: 40%", "share: 0.4", "wrong-type", 20),
        ("use: mappings/", "use: mapings/", "unknown-pack", 10),
        ("tieout: 1", "tieout: 2", "wrong-value", 9),
        ("project: acme", "project: acme\nrates: {chain: []}", "wrong-count", 16),
    ],
)
def test_what_is_wrong_is_named_at_its_place(tmp_path: Path, old: str, new: str, code: str, column: int) -> None:
    found = [problem for problem in problems_of(write(tmp_path, BASE.replace(old, new))) if problem.code == code]
    assert found
    at = found[0].at
    assert at is not None
    assert (at.file, at.column) == ("tieout.yaml", column)


def test_a_literal_secret_never_stands_in_the_message(tmp_path: Path) -> None:
    write(tmp_path, BASE.replace('"${env:SF_SECRET}"', "hunter2"))
    assert all("hunter2" not in f"{one.message}{one.mend}" for one in problems_of(tmp_path))


def test_a_password_in_the_stores_address_is_a_literal_secret(tmp_path: Path) -> None:
    write(tmp_path, BASE + "store: postgresql://me:hunter2@db/x\n")
    assert [one.code for one in problems_of(tmp_path)] == ["literal-secret"]


def test_two_connections_to_one_organisation_are_refused(tmp_path: Path) -> None:
    second = "  again: {adapter: xero, organisation: 00000000-0000-0000-0000-000000000001}\nmappings:"
    write(tmp_path, BASE.replace("mappings:", second, 1))
    assert [one.code for one in problems_of(tmp_path)] == ["same-organisation"]


def test_problems_of_all_files_come_together(tmp_path: Path) -> None:
    write(tmp_path, BASE.replace("use: mappings/", "use: mappings"), a="a: [", b="b: !x", customers=MAPPING)
    assert {(one.code, one.at.file) for one in problems_of(tmp_path) if one.at} == {
        ("yaml-syntax", "mappings/a.yaml"),
        ("tagged-scalar", "mappings/b.yaml"),
        ("missing-key", "mappings/b.yaml"),
    }


def test_two_mappings_of_one_name_are_refused(tmp_path: Path) -> None:
    [problem] = problems_of(write(tmp_path, BASE, a=MAPPING, b=MAPPING))
    assert problem.code == "duplicate-mapping"
    assert "mappings/a.yaml" in problem.message


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "tieout.yaml").write_text(BASE, "utf-8")
    assert [one.code for one in problems_of(tmp_path)] == ["no-mappings"]


def test_a_link_whose_mapping_is_gone_is_told(tmp_path: Path) -> None:
    write(tmp_path, BASE, customers=MAPPING)
    (tmp_path / "mappings" / "gone.yaml").symlink_to(tmp_path / "nowhere.yaml")
    [problem] = problems_of(tmp_path)
    assert problem.code == "unreadable-file"
    assert problem.at is not None
    assert problem.at.file == "mappings/gone.yaml"


# --- Packs and change ---------------------------------------------------------------------------------------------


def changed(folder: Path, change: str) -> dict[str, object]:
    pack = folder / "pack"
    pack.mkdir()
    (pack / "customers.yaml").write_text(MAPPING, "utf-8")
    text = BASE.replace("- use: mappings/", f"- use: acme-pack\n    change: {{customers: {change}}}")
    (folder / "tieout.yaml").write_text(text, "utf-8")
    project, problems = load_project(folder, None, {}, {"acme-pack": pack})
    assert problems == []
    assert project is not None
    [source] = project.mappings
    assert (source.pack, source.file) == ("acme-pack", "acme-pack/customers.yaml")
    written = plain(source.root)
    assert isinstance(written, dict)
    return written


def test_maps_merge_and_lists_replace(tmp_path: Path) -> None:
    written = changed(tmp_path, "{settings: {days: 14, codes: [c]}, conflict: crm}")
    assert written["settings"] == {"days": 14, "codes": ["c"]}
    assert written["conflict"] == "crm"


def test_rules_replace_by_their_target_or_are_added(tmp_path: Path) -> None:
    written = changed(tmp_path, "{fields: [{books: Name, from: crm.Other}, {crm: Fax, from: books.Fax}]}")
    assert written["fields"] == [
        {"books": "Name", "from": "crm.Other"},
        {"crm": "Phone", "from": "books.Phone"},
        {"crm": "Fax", "from": "books.Fax"},
    ]


def test_a_rule_that_takes_both_ends_of_two_rules_replaces_both(tmp_path: Path) -> None:
    written = changed(tmp_path, "{fields: [{crm: Phone, books: Name}]}")
    assert written["fields"] == [{"crm": "Phone", "books": "Name"}]


def test_a_change_to_no_mapping_is_refused(tmp_path: Path) -> None:
    write(tmp_path, BASE.replace("- use: mappings/", "- use: mappings/\n    change: {custmers: {conflict: crm}}"))
    [problem] = problems_of(tmp_path)
    assert (problem.code, problem.nearest) == ("unknown-mapping", ("customers",))


def test_what_a_change_says_wrong_stands_in_tieout_yaml(tmp_path: Path) -> None:
    write(tmp_path, BASE.replace("- use: mappings/", "- use: mappings/\n    change: {customers: {drift: never}}"))
    project = load(tmp_path)
    node = project.mappings[0].root.entries["drift"]
    assert (node.at.file, node.at.line) == ("tieout.yaml", 17)


def test_lines_of_packs_and_of_the_project_can_be_shown(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "customers.yaml").write_text(MAPPING, "utf-8")
    write(tmp_path)
    lines = lines_of(tmp_path, {"acme-pack": pack})
    assert lines("acme-pack/customers.yaml")[0] == "mapping: customers"
    assert lines("tieout.yaml")[1] == "project: acme"
    assert lines("mappings/customers.yaml")[1] == "version: 1"
    assert lines("nowhere.yaml") == ()
    assert "|" not in render(Problem("x", "m"), lines)


MONEY = "project: acme\nguards: {voids: 3, money: {receivables: GBP 10000, tax: [GBP 500.50, EUR 600]}}"


def test_t04_money_guards_have_one_amount_or_one_a_currency(tmp_path: Path) -> None:
    project = load(write(tmp_path, BASE.replace("project: acme", MONEY)))
    limits = {"receivables": {"GBP": Decimal(10000)}, "tax": {"GBP": Decimal("500.50"), "EUR": Decimal(600)}}
    assert (project.guards.money, project.guards.voids) == (limits, 3)


@pytest.mark.parametrize(
    ("money", "code", "told"),
    [
        ("receivables: 10000", "wrong-type", "text"),
        ("tax: [GBP 1, 1 EUR]", "wrong-form", "'1 EUR': an amount is written with its currency"),
        ("receivables: 10000 GBP", "wrong-form", "an amount is written with its currency"),
        ("recievables: GBP 1", "unknown-key", "recievables"),
    ],
)
def test_t04_money_guards_of_the_wrong_form_are_named(tmp_path: Path, money: str, code: str, told: str) -> None:
    text = BASE.replace("project: acme", f"project: acme\nguards: {{money: {{{money}}}}}")
    (problem,) = [one for one in problems_of(write(tmp_path, text)) if one.code == code]
    assert told in problem.message
    if code in {"wrong-type", "wrong-form"}:
        assert "GBP 10000" in problem.mend
    else:
        assert problem.nearest == ("receivables",)


@pytest.mark.parametrize(
    ("money", "code", "told", "near"),
    [
        ("tax: XXX 500", "unknown-currency", "XXX is no currency that amounts can be in", None),
        ("tax: GPB 500", "unknown-currency", "GPB is no currency", "GBP"),
        ("tax: [GBP 500, GBP 600]", "duplicate-limit", "tax has two limits in GBP", None),
        ("revenue: JPY 500.5", "too-many-decimals", "JPY has 0 decimals", None),
    ],
)
def test_t04_money_guards_that_make_no_sense_are_named(
    tmp_path: Path, money: str, code: str, told: str, near: str | None
) -> None:
    project = load(write(tmp_path, BASE.replace("project: acme", f"project: acme\nguards: {{money: {{{money}}}}}")))
    (problem,) = limit_problems(project.guards)
    assert (problem.code, problem.at.line if problem.at else 0) == (code, 3)
    assert told in problem.message
    assert near is None or near in problem.nearest


def test_a_locale_that_is_none_is_named_with_what_is_near(tmp_path: Path) -> None:
    text = BASE.replace("project: acme", "project: acme\nlocale: dee")
    (problem,) = [one for one in problems_of(write(tmp_path, text)) if one.code == "unknown-locale"]
    assert "de" in problem.nearest


def test_a_value_of_the_wrong_form_is_told_what_it_means() -> None:
    schema = {"type": "string", "pattern": "^https://", "description": "Where the API is; https only."}
    root = load_text("url: ftp://x", "one.yaml").root
    assert root is not None
    (problem,) = validate(root, {"properties": {"url": schema}})
    assert problem.message == "'ftp://x': Where the API is; https only. It is expected in the form ^https://"
