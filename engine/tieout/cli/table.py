"""Every command in its panel, with the one line that the help shows: read without importing any of them."""

from __future__ import annotations

from typing import NamedTuple


class Panel(NamedTuple):
    """One panel of the help: command -> what it does, in one line."""

    title: str
    commands: dict[str, str]


PANELS = (
    Panel(
        "Learn",
        {
            "demo": "see two systems brought into agreement, nothing to configure",
            "init": "make a project folder",
            "sandbox": "start local stand-ins of the systems",
            "adapters": "list the installed plugins, broken ones with the reason",
            "help": "explain a problem code, a command or a topic",
        },
    ),
    Panel(
        "Prepare",
        {
            "connect": "authorise a connection, or store a secret",
            "disconnect": "take a connection back: end its login at the system, forget its tokens",
            "describe": "show the objects and fields of a connection",
            "schema": "write JSON Schemas with your own names, for your editor",
            "check": "find everything that is wrong in the project",
            "test": "run the mapping tests of the project",
            "match": "see which records of both sides belong together, before anything is made",
        },
    ),
    Panel(
        "Run",
        {
            "plan": "read both sides and show what would be done, and why",
            "apply": "carry out exactly a plan that was made",
            "run": "plan and apply until nothing is left: what a scheduler calls",
            "status": "show how things stand: runs, links, holds, questions",
            "review": "list, show and answer questions for a person",
            "retry": "try again what failed, once its cause is mended",
            "verify": "read both sides again and compare them",
            "undo": "plan to take back what a run did",
        },
    ),
    Panel("Look back", {"audit": "read, check, give out or erase what was done"}),
)

COMMANDS = {name: summary for panel in PANELS for name, summary in panel.commands.items()}
