"""`tieout schema`: JSON Schemas for an editor, with the project's own names and fields."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from tieout.choosing import no_such
from tieout.cli.asked import asked, common
from tieout.cli.show import dim, json_line, say
from tieout.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tieout.session import Loaded

FOLDER = "schemas"
SHIPPED = (
    "project",
    "mapping",
    "mapping-test",
    "tax-table",
    "plan",
    "run-report",
    "verify-report",
    "match-report",
    "record-status",
    "status",
)
EDITED = SHIPPED[:4]
"""Those of files that people write."""


@click.command("schema")
@click.argument("name", required=False)
@click.option("--write", is_flag=True, help=f"Write all of them into {FOLDER}/ of the project.")
@common
def command(name: str | None, *, write: bool) -> int:
    """Print the JSON Schema of any mapping, or of NAME: a mapping of this project, or what else there is.

    Else there are project, mapping-test, tax-table, plan, run-report, verify-report, match-report, record-status,
    status. The schema of a mapping knows its side names, the project's connections, and the fields that the systems
    were last described to have. With --write all of them are written, for the first line of your files:

    \b
      # yaml-language-server: $schema=../schemas/customers.mapping.schema.json
    """  # noqa: D301  # click reads the character \b, a raw string has none
    settings = asked()
    if not write and name in {None, *SHIPPED}:
        say(_shipped(name or "mapping").rstrip("\n"))
        return 0
    from tieout.session import load  # noqa: PLC0415  # heavy

    loaded = load(settings.folder, settings.environment, settings.env)
    own = _own(loaded, settings.env)
    if not write:
        if name not in own:
            raise UsageError(no_such("mapping", str(name), [*SHIPPED, *own]), mend="tieout schema")
        json_line(own[str(name)])
        return 0
    made = write_shipped(settings.folder)
    for mapping, schema in own.items():
        made.append(_write(settings.folder / FOLDER / f"{mapping}.mapping.schema.json", schema))
    if settings.json:
        json_line([str(path) for path in made])
        return 0
    for path in made:
        say(str(path))
    say(dim("name one in the first line of a file: # yaml-language-server: $schema=PATH"))
    return 0


def write_shipped(folder: Path) -> list[Path]:
    """Write the schemas that hold for any project; give where."""
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    made = []
    for name in EDITED:
        path = folder / FOLDER / f"{name}.schema.json"
        path.write_text(_shipped(name), "utf-8")
        made.append(path)
    return made


def _shipped(name: str) -> str:
    from tieout.resources import schemas  # noqa: PLC0415  # only here

    return (schemas() / f"{name}.schema.json").read_text("utf-8")


def _write(path: Path, schema: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return path


def _own(loaded: Loaded, env: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Give the schema of each mapping by its name."""
    from tieout.mapping.check import offline  # noqa: PLC0415  # after the session's imports
    from tieout.mapping.editor import schemas_for  # noqa: PLC0415  # as above
    from tieout.session import Session  # noqa: PLC0415  # as above
    from tieout.store.place import locate  # noqa: PLC0415  # as above

    place = locate(loaded.project.store.reveal(), loaded.project.folder)
    if place.path is not None and not place.path.exists():
        made = schemas_for(loaded.project, offline)  # schemas make no state database
    else:
        with Session(loaded, env, create=False) as session:
            made = schemas_for(loaded.project, session.describe_cached)
    names = {source.file: source.family for source in loaded.project.mappings}
    return {names[file]: schema for file, schema in made.items()}
