"""`tieout schema`: JSON Schemas for an editor, with the project's own names and fields."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from tieout.cli.asked import asked, common
from tieout.cli.group import no_such
from tieout.cli.show import dim, json_line, say
from tieout.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tieout.language.nodes import MapNode
    from tieout.language.schemas import Names
    from tieout.model import ObjectType
    from tieout.session import Loaded

FOLDER = "schemas"
SHIPPED = ("project", "mapping")


@click.command("schema")
@click.argument("name", required=False)
@click.option("--write", is_flag=True, help=f"Write all of them into {FOLDER}/ of the project.")
@common
def command(name: str | None, *, write: bool) -> int:
    """Print the JSON Schema of a mapping of this project by NAME, of any mapping, or of tieout.yaml (NAME: project).

    A mapping's own schema knows its side names, the project's connections, and the fields that the systems were last
    described to have. With --write all of them are written, for the first line of your files:

    \b
      # yaml-language-server: $schema=../schemas/customers.mapping.schema.json
    """  # noqa: D301  # click reads the character \b, a raw string has none
    from tieout.language.schemas import mapping_schema, project_schema  # noqa: PLC0415  # heavy

    settings = asked()
    if not write and name in {None, *SHIPPED}:
        json_line(project_schema() if name == "project" else mapping_schema())
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
    from tieout.language.schemas import mapping_schema, project_schema  # noqa: PLC0415  # heavy

    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    return [
        _write(folder / FOLDER / "project.schema.json", project_schema()),
        _write(folder / FOLDER / "mapping.schema.json", mapping_schema()),
    ]


def _write(path: Path, schema: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return path


def _own(loaded: Loaded, env: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    from tieout.language.nodes import MapNode  # noqa: PLC0415  # after the session's imports
    from tieout.language.schemas import mapping_schema  # noqa: PLC0415  # as above
    from tieout.session import Session  # noqa: PLC0415  # as above

    own = {}
    with Session(loaded, env) as session:
        for source in loaded.project.mappings:
            ends = {side: node for side, node in source.root.table("between").entries.items()
                    if isinstance(node, MapNode)}  # fmt: skip
            if len(ends) != 2:  # noqa: PLR2004  # a mapping has two sides; check says so
                continue
            kinds = {side: _kept(session, node) for side, node in ends.items()}
            one, other = ends
            own[source.name] = mapping_schema((one, other), _names(loaded, ends, kinds))
    return own


def _kept(session: Any, node: MapNode) -> ObjectType | None:
    name = node.text("connection")
    if name not in session.project.connections:
        return None
    found: ObjectType | None = session.describe_cached(name, node.text("object"))
    return found


def _names(loaded: Loaded, ends: Mapping[str, MapNode], kinds: Mapping[str, ObjectType | None]) -> Names:
    from tieout.language.schemas import Names  # noqa: PLC0415  # loaded already

    return Names(
        connections=tuple(loaded.project.connections),
        objects={side: node.text("object") for side, node in ends.items()},
        paths={side: _paths(kind) for side, kind in kinds.items() if kind is not None},
        items={side: _items(kind) for side, kind in kinds.items() if kind is not None and kind.children},
    )


def _paths(kind: ObjectType) -> tuple[str, ...]:
    below = tuple(f"{child}." for child in kind.children)
    own = [path for path in kind.fields if not path.startswith(below or ("\0",))]
    groups = {path.rpartition(".")[0] for path in own if "." in path}
    return tuple(sorted({*own, *groups}))


def _items(kind: ObjectType) -> tuple[str, ...]:
    heads = [f"{child}." for child in kind.children]
    return tuple(sorted({path.removeprefix(head) for path in kind.fields for head in heads if path.startswith(head)}))
