"""What the pages claim is so: commands run, files are right, links lead somewhere, options exist."""

from __future__ import annotations

import io
import re
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from docs.pages import PAGES, ROOT, Block, blocks, missing_line, play, typed
from schemas.world import check
from tieout import exits
from tieout.cli.group import root
from tieout.cli.table import COMMANDS
from tieout.finding import Severity
from tieout.language.loading import load_text
from tieout.language.schemas import project_schema
from tieout.language.validation import validate
from tieout.problems import Position
from tieout.rates_config import ChainLink, RatesConfig
from tieout.report.metrics import _HELP as METRICS

BLOCKS = [block for page in PAGES for block in blocks(page)]
SHOWN = (
    "console",
    "yaml mapping",
    "yaml fields",
    "yaml between",
    "yaml project",
    "yaml part",
    "yaml case",
    "yaml tax",
    "text",
)
AROUND = """mapping: shown
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
fields:
"""
RATES = RatesConfig((ChainLink("ecb", Position("tieout.yaml", 1, 1)),))
PROJECT = """tieout: 1
project: shown
connections: {salesforce: {adapter: salesforce}, xero: {adapter: xero}}
mappings: [{use: salesforce-xero}]
"""


def of_kind(kind: str) -> list[Block]:
    return [block for block in BLOCKS if block.kind == kind and block.runs]


def test_every_block_is_checked_or_says_why_not() -> None:
    bare = [block for block in BLOCKS if block.runs and block.kind not in SHOWN]
    assert [str(block) for block in bare if not all(line.startswith("#") for line in block.text.splitlines())] == []


def test_every_case_is_written_and_run_by_its_page() -> None:
    for block in of_kind("yaml case"):
        later = [one for one in blocks(block.page) if one.kind == "console" and one.line > block.line]
        assert len(block.info) == 3, str(block)
        assert any("$ tieout test" in one.text for one in later), str(block)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_tells_to_type_does_what_it_shows(page: Path, tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed: it is the shell that the pages are written for")
    steps = [
        step
        for block in blocks(page)
        if block.runs and (block.kind == "console" or len(block.info) == 3)
        for step in (typed(block) if block.kind == "console" else [block])
    ]
    commands = [step for step in steps if not isinstance(step, Block)]
    if not commands:
        pytest.skip(f"{page.name} tells to type nothing")
    shutil.copytree(ROOT / "docs" / "tutorial", tmp_path / "docs" / "tutorial")
    for command, answered in zip(commands, play(steps, tmp_path), strict=True):
        told = f"{command.place}: {command.command}\n{answered.output}"
        assert answered.exits == command.exits, told
        assert missing_line(answered, command.expected) is None, told


@pytest.mark.parametrize("block", of_kind("yaml mapping"), ids=str)
def test_mappings_are_right(block: Block) -> None:
    checked = check(block.text, rates=RATES)
    assert not [problem for problem in checked.problems if problem.severity is Severity.ERROR], checked.problems
    assert len(checked.mappings) == 1


@pytest.mark.parametrize("block", of_kind("yaml fields"), ids=str)
def test_rules_are_right(block: Block) -> None:
    checked = check(AROUND + "".join(f"  {line}\n" for line in block.text.splitlines()), rates=RATES)
    assert checked.problems == ()


@pytest.mark.parametrize("block", of_kind("yaml project"), ids=str)
def test_projects_are_right(block: Block) -> None:
    loaded = load_text(block.text, "tieout.yaml").root
    assert loaded is not None
    assert validate(loaded, project_schema()) == []


def _laid_over(base: Any, part: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(part, dict)):
        return part
    return {**base, **{key: _laid_over(base.get(key), value) for key, value in part.items()}}


@pytest.mark.parametrize("block", of_kind("yaml part"), ids=str)
def test_parts_of_projects_are_right(block: Block) -> None:
    yaml = YAML(typ="safe")
    whole = io.StringIO()
    yaml.dump(_laid_over(yaml.load(PROJECT), yaml.load(block.text)), whole)
    loaded = load_text(whole.getvalue(), "tieout.yaml").root
    assert loaded is not None
    assert validate(loaded, project_schema()) == []


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        found = (page.parent / path).resolve() if path else page
        headings = re.findall(r"^#+ (.*)$", found.read_text("utf-8"), re.MULTILINE) if found.is_file() else []
        if not found.exists() or (anchor and anchor not in map(_slug, headings)):
            lost.append(target)
    assert lost == []


def _spoken(page: Path) -> list[str]:
    """Give every command line of ours that a page names, in a sentence or in a block."""
    text = page.read_text("utf-8")
    inline = re.findall(r"`(tieout [^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    inside = [
        one
        for block in blocks(page)
        if block.kind in ("console", "sh", "ini", "")
        for one in re.findall(r"\btieout [a-z][^|;&>)#\n]*", block.text)
    ]
    return [*inline, *inside]


def _options(command: click.Command) -> set[str]:
    own = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    below = [_options(one) for one in command.commands.values()] if isinstance(command, click.Group) else []
    return own.union({"--help", "-h"}, *below)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_exist(page: Path) -> None:
    everywhere = _options(click.Command("tieout", params=root.params))
    wrong = []
    for line in _spoken(page):
        words = line.split()[1:]
        name = next((word for word in words if word in COMMANDS), None)
        if name is None:
            if not words[0].startswith("-"):
                wrong.append(line)
            continue
        known = everywhere | _options(import_module(f"tieout.cli.{name}").command)
        wrong += [
            f"{line}: {word}" for word in words if word.startswith("-") and word.partition("=")[0] not in known | {"-"}
        ]
    assert wrong == []


def test_the_exit_codes_are_those_of_the_command_line() -> None:
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    rows = {
        int(code): " ".join(meaning.split())
        for code, meaning in re.findall(r"^\| `(\d+)` \| ([^|]*) \|", page, re.MULTILINE)
    }
    assert rows == exits.MEANING


def test_the_readme_names_the_commands_that_there_are() -> None:
    page = (ROOT / "README.md").read_text("utf-8")
    shown = page[page.index("$ tieout --help") :].partition("```")[0]
    assert re.findall(r"^  ([a-z]+) {2,}\S", shown, re.MULTILINE) == list(COMMANDS)


def test_a_page_that_says_what_is_not_so_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo one; echo two\ntwo\none\n$ false\n$ echo never\n```\n")
    (block,) = blocks(page)
    commands = typed(block)
    first, second, third = play([*commands], tmp_path)
    assert missing_line(first, commands[0].expected) == "one"
    assert missing_line(first, ("one", "t…o")) is None
    assert (second.exits, third.exits) == (1, None)


def test_the_metrics_are_those_that_are_written() -> None:
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    assert dict(re.findall(r"^\| `(tieout_\w+)` \| ([^|]*) \|$", page, re.MULTILINE)) == METRICS
