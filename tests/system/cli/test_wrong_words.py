"""Wrong words on every command: a message that says what is wrong, exit code 2, nothing on standard output, no trace.

The commands and their options are found, so that a new one is tried, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from system.cli.desk import Desk
from system.northwind.stage import Stage
from tieout.cli.asked import common
from tieout.cli.group import root
from tieout.cli.outcome import run
from tieout.cli.table import COMMANDS
from tieout.exits import USAGE

FREE = {"why", "who"}
"""Options whose text is anybody's."""
NAMES_ANYTHING = {("init", "into"), ("init", "name"), ("demo", "into"), ("connect", "secret")}
"""Where any word is a new name."""
READS_NO_PROJECT = {"init", "demo", "sandbox", "adapters", "help", "schema"}
Words = tuple[str, ...]


def leaves(group: click.Group, above: Words = ()) -> Iterator[tuple[Words, click.Command]]:
    with click.Context(group) as context:
        for name in group.list_commands(context):
            found = group.get_command(context, name)
            assert found is not None
            if isinstance(found, click.Group):
                yield from leaves(found, (*above, name))
            else:
                yield (*above, name), found


LEAVES = dict(leaves(root))


@common
def nothing() -> None:
    """Take the options that all commands have."""


SHARED = {option.name for option in click.command(nothing).params}


def own(command: click.Command) -> tuple[list[click.Argument], list[click.Option]]:
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    options = [one for one in command.params if isinstance(one, click.Option) and one.name not in SHARED]
    return arguments, [one for one in options if not one.is_flag]


def wrong(words: Words, command: click.Command) -> Iterator[Words]:
    """Give what is wrong with any command, and with the values of its own arguments and options."""
    arguments, options = own(command)
    needed = tuple("x" for one in arguments if one.required)
    yield (*words, "--jsno")
    yield (*words, *needed, "-C", "missing")
    yield (*words, *needed, "-C", "tieout.yaml")
    yield (*words, *needed, "-C", "")
    yield (*words, *needed, "--env", "")
    if words[0] not in READS_NO_PROJECT:
        yield (*words, *needed, "--env", "prodution")
    if not any(one.nargs == -1 for one in arguments):
        yield (*words, *("x" for _ in arguments), "surplus")
    for place, argument in enumerate(arguments):
        before = tuple("x" for _ in arguments[:place])
        yield (*words, *before, "")
        if (words[0], argument.name) not in NAMES_ANYTHING:
            yield (*words, *before, "no-such-thing")
    for option in options:
        for value in values(words, option):
            yield (*words, *needed, f"{option.opts[-1]}={value}")


def values(words: Words, option: click.Option) -> Iterator[str]:
    yield ""
    if option.name in FREE or (words[0], option.name) in NAMES_ANYTHING:
        return
    if isinstance(option.type, click.Path):
        yield from ("folder", "missing/file")
    else:
        yield from ("no-such-thing", "missing/file", "-1")


@pytest.fixture(scope="module")
def folder(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was planned once, so that there is a state."""
    made = Desk(tmp_path_factory.mktemp("wrong"), stage)
    made.write()
    assert made.run("plan").code == 0
    (made.folder / "folder").mkdir()
    return made.folder


@pytest.fixture
def inside(folder: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in that project, with its secrets in the environment."""
    monkeypatch.chdir(folder)
    for name, secret in stage.secrets.items():
        monkeypatch.setenv(name, secret)
    return folder


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_wrong_words_end_in_a_message_and_exit_code_2(
    inside: Path, words: Words, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(inside.iterdir())
    for case in wrong(words, LEAVES[words]):
        code = run(root, case)
        told = capsys.readouterr()
        shown = f"{' '.join(case)!r}: exit {code}\n{told.err}{told.out}"
        assert code == USAGE, shown
        assert "error: " in told.err, shown
        assert "Traceback" not in told.err, shown
        assert told.out == "", shown
        assert max(map(len, told.err.splitlines())) < 700, shown
    assert sorted(inside.iterdir()) == before


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_a_misspelt_option_is_answered_with_the_right_one(words: Words, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, (*words, "--jsno")) == USAGE
    told = capsys.readouterr().err
    assert "--json" in told
    assert f"next: tieout {' '.join(words)} --help" in told


@pytest.mark.parametrize("name", [name for name in COMMANDS if (name,) not in LEAVES])
def test_a_misspelt_command_below_a_command_is_answered(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, (name, "shwo")) == USAGE
    assert f"there is no command of tieout {name} 'shwo'; did you mean show?" in capsys.readouterr().err
    assert run(root, (name, "--help")) == 0
    shown = capsys.readouterr().out
    assert "..." not in shown.partition("Commands:")[2]
    assert all(len(line) <= 100 for line in shown.splitlines())


def test_all_commands_are_tried() -> None:
    assert {words[0] for words in LEAVES} == set(COMMANDS)
    assert len(LEAVES) > len(COMMANDS)
