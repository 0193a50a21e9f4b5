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
            "init": "make a project: tieout.yaml, mappings/, tests/, schemas for your editor",
            "sandbox": "start local stand-ins of the systems, to try everything without an account",
            "adapters": "list the plugins of this installation, broken ones with the reason",
            "help": "explain a problem code, a command or a topic",
        },
    ),
    Panel(
        "Prepare",
        {
            "connect": "authorise a connection, or store a secret",
            "describe": "show the objects and fields of a connection",
            "schema": "write JSON Schemas with this project's own names, for your editor",
            "check": "find everything that is wrong in the project, without touching a system",
        },
    ),
    Panel("Look back", {"audit": "verify the chain of everything that was done"}),
)

COMMANDS = {name: summary for panel in PANELS for name, summary in panel.commands.items()}
