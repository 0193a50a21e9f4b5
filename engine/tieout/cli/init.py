"""`tieout init`: a project folder to begin with."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tieout.choosing import no_such
from tieout.cli.asked import asked, common
from tieout.cli.files import Folder
from tieout.cli.schema import write_shipped
from tieout.cli.show import dim, json_line, say, strong
from tieout.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieout.adapter import Adapter
    from tieout.plugins import Plugins

    Access = Mapping[str, Mapping[str, str]]
    Entry = Mapping[str, Any]

FILE = "tieout.yaml"
PRIVATE = ".tieout"
FULL_READ = "6h"
"""How long what shows in complete reads only may wait, until somebody says otherwise."""

_MAPPINGS = """\
Mappings of this project: one YAML file each, named in tieout.yaml with `- use: mappings/`.
Packs need none; change a pack in tieout.yaml with `change:` instead of copying it.
"""
_TESTS = """\
Mapping tests: examples of records before and after, run by `tieout test`.
"""


@click.command("init")
@click.argument("into", metavar="[FOLDER]", required=False, type=Folder())
@click.option("--name", metavar="NAME", help="Name of the project (default: the folder's).")
@click.option("--only", metavar="NAME,…", help="Adapters to connect (default: all that are installed).")
@click.option(
    "--sandbox",
    type=click.File("r", encoding="utf-8"),
    metavar="FILE",
    help="What `tieout sandbox` printed, or - : connect to that running sandbox.",
)
@common
def command(into: Path | None, name: str | None, only: str | None, sandbox: Any) -> int:
    """Make a project in FOLDER: tieout.yaml, mappings/, tests/, schemas/ for your editor, .gitignore.

    Nothing that exists is overwritten. Secrets are named, never written into tieout.yaml; those of a sandbox go into
    .tieout/, which git ignores.

    \b
      tieout sandbox > sandbox.json &
      tieout init acme --sandbox sandbox.json
    """  # noqa: D301  # click reads the character \b, a raw string has none
    from tieout import plugins  # noqa: PLC0415  # loads every plugin

    place = into or asked().folder
    if (place / FILE).exists():
        raise UsageError(f"there is a project in {place} already", mend=f"tieout check -C {place}")
    installed = plugins.load()
    access = _access(sandbox.read()) if sandbox is not None else None
    chosen = _chosen(installed, only, access)
    place.mkdir(parents=True, exist_ok=True)
    entries = {
        adapter.name: {
            **(_sandboxed(adapter, access[adapter.name], place) if access else _entry(adapter)),
            "unseen": adapter.unseen,
        }
        for adapter in chosen
    }
    packs = [pack for pack in installed.packs if set(pack.split("-")) <= set(entries)]
    text = _yaml(name or _word(place), entries, packs, environment="sandbox" if access else "dev")
    made = [*_folders(place), _new(place / FILE, text)]
    if asked().json:
        json_line([str(path) for path in made])
        return 0
    _tell(place, made, entries, running=access is not None)
    return 0


def _chosen(installed: Plugins, only: str | None, access: Access | None) -> Sequence[Adapter]:
    there = [*access] if access is not None else sorted(installed.adapters)
    wanted = [word.strip() for word in only.split(",") if word.strip()] if only is not None else there
    for word in wanted:
        if word not in there:
            raise UsageError(no_such("system", word, there), mend="tieout adapters")
    return [installed.adapter(word) for word in dict.fromkeys(wanted)]


def _access(text: str) -> Access:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(one, dict) and "url" in one for one in found.values()):
        raise UsageError("this is not what tieout sandbox prints", mend="tieout sandbox > sandbox.json &")
    return found


def _entry(adapter: Adapter) -> Entry:
    """Everything that is not known comes from the environment, so that check can name what is missing."""
    prefix = adapter.name.upper().replace("-", "_")
    simulator = adapter.simulator()
    usual = simulator.connection("https://example.invalid").get("credentials") if simulator else None
    names = list(usual) if isinstance(usual, dict) else list(adapter.credentials)
    required = adapter.options.get("required")
    options = {key: f"${{env:{prefix}_{key.upper()}}}" for key in required} if isinstance(required, list) else {}
    return {"adapter": adapter.name, "options": options,
            "credentials": {key: f"${{env:{prefix}_{key.upper()}}}" for key in names}}  # fmt: skip


def _sandboxed(adapter: Adapter, access: Mapping[str, str], place: Path) -> Entry:
    simulator = adapter.simulator()
    if simulator is None:
        raise UsageError(f"the adapter {adapter.name} has no simulator", mend="tieout adapters")
    entry = dict(simulator.connection(access["url"]))
    wanted = entry.get("credentials")
    credentials = {}
    for key in wanted if isinstance(wanted, dict) else ():
        kept = Path(PRIVATE) / "sandbox" / f"{adapter.name}.{key}"
        _secret(place / kept, access.get(key) or access["access_token"])
        credentials[key] = f"${{file:{kept.as_posix()}}}"
    return {**entry, "credentials": credentials}


def _secret(path: Path, value: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(value + "\n")


def _word(place: Path) -> str:
    word = re.sub(r"[^a-z0-9_]+", "_", place.resolve().name.lower()).strip("_")
    return word if re.match("[a-z]", word) else f"project_{word}".rstrip("_")


def _yaml(name: str, entries: Mapping[str, Entry], packs: Sequence[str], *, environment: str) -> str:
    lines = [
        "# yaml-language-server: $schema=schemas/project.schema.json",
        "tieout: 1",
        f"project: {name}",
        f"environment: {environment}",
        "",
        "connections:",
    ]
    for connection, entry in entries.items():
        lines += [f"  {connection}:", f"    adapter: {entry['adapter']}"]
        if pinned := entry.get("organisation"):
            lines.append(f"    organisation: {json.dumps(pinned)}")
        else:
            lines.append(f'    # organisation: "…"  `tieout connect {connection}` says which one to pin')
        lines += [f"    {key}: {_flow(entry[key])}" for key in ("options", "credentials") if entry.get(key)]
        if unseen := entry["unseen"]:
            lines.append(f"    full_read: {FULL_READ}  # {unseen} show in full reads")
    lines += ["", "mappings:"]
    lines += [f"  - use: {pack}" for pack in packs[:1]]
    # Two packs for one ledger have mappings of the same names: a project uses one of them as it is.
    lines += [f"  # - use: {pack}  instead; or tieout init --only {pack.replace('-', ',')}" for pack in packs[1:]]
    lines.append("  # - use: mappings/  as soon as there is one" if packs else "  - use: mappings/")
    return "\n".join(lines) + "\n"


def _flow(given: Mapping[str, object]) -> str:
    return "{" + ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in given.items()) + "}"


def _folders(place: Path) -> list[Path]:
    made = []
    for folder, text in (("mappings", _MAPPINGS), ("tests", _TESTS)):
        (place / folder).mkdir(exist_ok=True)
        made += _unless_there(place / folder / "README.md", text)
    made += _unless_there(place / ".gitignore", f"{PRIVATE}/\n")
    return made if (place / "schemas").exists() else [*made, *write_shipped(place)]


def _unless_there(path: Path, text: str) -> list[Path]:
    return [] if path.exists() else [_new(path, text)]


def _new(path: Path, text: str) -> Path:
    with path.open("x", encoding="utf-8") as stream:
        stream.write(text)
    return path


def _tell(place: Path, made: Sequence[Path], entries: Mapping[str, Entry], *, running: bool) -> None:
    for path in made:
        say(f"  {path}")
    say()
    inside = "" if place.resolve() == Path.cwd() else f" -C {place}"
    say(strong("next"))
    if not running:
        for connection, entry in entries.items():
            say(f"  tieout connect {connection}{inside}  {dim(f'needs {_needed(entry)}')}")
    say(f"  tieout check --online{inside}")
    if not running:
        sys.stdout.flush()


def _needed(entry: Entry) -> str:
    texts = [*entry["options"].values(), *entry["credentials"].values()]
    return ", ".join(text.removeprefix("${env:").removesuffix("}") for text in texts)
