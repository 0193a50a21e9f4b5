"""Plugins of strangers: a broken one disturbs nobody who does not need it, a faulty one ends without a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from system.cli.desk import Desk

BROKEN = "import no_such_module_anywhere\n"
FAULTY = """
from tieout.adapter import Adapter, Bearer, Connection, Service, hook


class Faulty(Adapter):
    name = "faulty"
    credentials = {"token": "a token"}

    def service(self, options, organisation):
        return Service("https://127.0.0.1:9", Bearer())

    def open(self, options, tools):
        return FaultyConnection()


class FaultyConnection(Connection):
    def organisation(self):
        return 1 / 0

    def objects(self):
        return []

    def describe(self, name):
        raise NotImplementedError

    def changes(self, query):
        raise NotImplementedError

    def fetch(self, query, ids):
        raise NotImplementedError

    def write(self, batch):
        raise NotImplementedError


@hook
def tieout_adapters():
    return [Faulty()]
"""


def install(folder: Path, name: str, code: str) -> None:
    """Put a distribution on the path as pip would."""
    (folder / f"{name}_plugin.py").write_text(code)
    info = folder / f"tieout_{name}-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: tieout-{name}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[tieout]\n{name} = {name}_plugin\n")


@pytest.fixture
def strange(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A project on a machine with a broken and a faulty plugin."""
    site = tmp_path_factory.mktemp("site")
    install(site, "broken", BROKEN)
    install(site, "faulty", FAULTY)
    return Desk(desk.folder, desk.stage, more={"PYTHONPATH": str(site)})


def use(desk: Desk, adapter: str) -> None:
    desk.replace("adapter: xero", f"adapter: {adapter}")
    desk.replace(
        f", grant: custom_connection, {desk.yaml.read_text().partition('custom_connection, ')[2].partition('}')[0]}", ""
    )
    desk.replace(f'    options: {{url: "{desk.stage.xero.access["url"]}"}}\n', "")
    desk.replace(
        '{client_id: "${env:XERO_CLIENT_ID}", client_secret: "${env:XERO_CLIENT_SECRET}"}',
        '{token: "${env:SF_CLIENT_ID}"}',
    )


def test_sx01_a_broken_plugin_is_listed_with_its_reason(strange: Desk) -> None:
    ended = strange.run("adapters")
    assert ended.code == 0
    assert "broken" in ended.out
    assert "it can't be imported: ModuleNotFoundError" in ended.out
    listing = {one["name"]: one for one in strange.run("adapters", "--json").report}
    assert (listing["broken"]["status"], listing["broken"]["version"]) == ("broken", "1.2")
    assert listing["faulty"]["status"] == "ok"


def test_sx01_a_broken_plugin_that_nobody_needs_stops_nothing(strange: Desk) -> None:
    assert strange.run("plan").code == 0


def test_a_broken_plugin_that_is_needed_stops_the_run(strange: Desk) -> None:
    strange.replace("adapter: xero", "adapter: broken")
    ended = strange.run("run")
    assert ended.code == 2
    assert "error[unknown-adapter]" in ended.err
    assert "no_such_module_anywhere" in ended.err


def test_a_fault_is_no_traceback_unless_it_is_asked_for(strange: Desk) -> None:
    use(strange, "faulty")
    ended = strange.run("check", "--online")
    assert ended.code == 2
    assert "xero: the adapter faulty of tieout-faulty 1.2 is at fault" in ended.out
    assert "organisation raised ZeroDivisionError: division by zero" in ended.out
    assert "--debug" in ended.out
    assert "Traceback" not in ended.out + ended.err
    assert "Traceback" in strange.run("check", "--online", "--debug").err


OTHER = """\
mapping: others
version: 1
between:
  crm: {connection: salesforce, object: Account}
  erp: {connection: erp, object: Thing}
match:
  - {crm: Name, erp: Name}
fields:
  - {erp: Name, from: crm.Name}
"""


def test_a_strangers_fault_stops_its_own_mappings_and_no_more(strange: Desk) -> None:
    entry = '  erp: {adapter: faulty, organisation: "1", credentials: {token: "${env:SF_CLIENT_ID}"}}\n'
    strange.replace("connections:\n", f"connections:\n{entry}")
    strange.replace("  - use: salesforce-xero\n", "  - use: salesforce-xero\n  - use: others.yaml\n")
    (strange.folder / "others.yaml").write_text(OTHER)
    ended = strange.run("run", "--json")
    assert ended.code == 2, ended
    (fault,) = ended.report["connections"]
    assert (fault["name"], fault["fault"], fault["exit_code"]) == ("erp", "AdapterFault", 2)
    assert "tieout-faulty 1.2" in fault["message"]
    assert list(ended.report["refused"]) == ["others"]
    assert ended.report["passes"], "the mappings of the other connections run"
