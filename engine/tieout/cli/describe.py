"""`tieout describe`: what a system says of its objects and fields."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tieout.cli.asked import asked, common
from tieout.cli.show import clean, complain, dim, json_line, say, say_table, strong, warn
from tieout.errors import ConnectionFault, UnknownObject, UsageError
from tieout.model import Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieout.model import Field, ObjectType
    from tieout.session import Session

_CHOICES = 6


@click.command("describe")
@click.argument("connection", required=False)
@click.argument("object", required=False)
@click.option("--offline", is_flag=True, help="Show what was kept of the last time; ask nobody.")
@common
def command(connection: str | None, object: str | None, *, offline: bool) -> int:  # noqa: A002  # what it is
    """Show the objects of a CONNECTION, or the fields of one OBJECT as mappings spell them.

    What the system answers is kept for checks without a network. If the system can't be reached, what was kept is
    shown, and said so.
    """
    from tieout.session import Session, load  # noqa: PLC0415  # heavy

    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    if connection is None:
        known = ", ".join(loaded.project.connections) or "none"
        raise UsageError(f"name a connection; there are: {known}", mend="tieout describe CONNECTION")
    with Session(loaded, settings.env) as session:
        session.config(connection)
        if object is None:
            return _objects(session, connection, offline=offline)
        return _fields(_object(session, connection, object, offline=offline))


def _objects(session: Session, name: str, *, offline: bool) -> int:
    kept = session.described_names(name)
    try:
        names = kept if offline else list(session.peer(name).connection.objects())
    except ConnectionFault as fault:
        if not kept:
            raise
        complain(f"{warn('warning:')} {fault}; this is what was kept")
        names = kept
    if asked().json:
        json_line({"connection": name, "objects": names})
        return 0
    if not names:
        raise UsageError(f"nothing is kept of {name} yet", mend=f"tieout describe {name}")
    say_table(["object", "fields kept"], [[one, "yes" if one in kept else ""] for one in names])
    say(dim(f"\ntieout describe {name} OBJECT shows the fields of one"))
    return 0


def _object(session: Session, name: str, object_: str, *, offline: bool) -> ObjectType:
    if not offline:
        try:
            session.peer(name)
        except ConnectionFault as fault:
            if session.describe_cached(name, object_) is None:
                raise
            complain(f"{warn('warning:')} {fault}; this is what was kept")
        else:
            found = session.describe(name, object_)
            lost = session.fault(name, object_) or session.fault(name)
            if found is None and lost is not None:
                raise lost
            if found is not None and lost is not None:
                complain(f"{warn('warning:')} {lost}; this is what was kept")
            if found is not None:
                return found
    kept = session.describe_cached(name, object_)
    if kept is not None:
        return kept
    if names := session.described_names(name):
        from tieout.toolkit import nearest  # noqa: PLC0415  # only here

        raise UnknownObject(object_, nearest(object_, names))
    raise UsageError(f"nothing is kept of {name} yet", mend=f"tieout describe {name} {object_}")


def _fields(found: ObjectType) -> int:
    if asked().json:
        from tieout.store.described import to_json  # noqa: PLC0415  # loaded already
        from tieout.values import dumps  # noqa: PLC0415  # as above

        json_line(json.loads(dumps(to_json(found))))
        return 0
    say(strong(found.name) + (f"  {clean(found.label)}" if found.label and found.label != found.name else ""))
    say(dim(_can(found)))
    say()
    say_table(["path", "kind", "", "label"], [_row(field) for _, field in sorted(found.fields.items())])
    return 0


def _can(found: ObjectType) -> str:
    verbs = ", ".join(_verb(found, verb) for verb in Verb if verb in found.verbs)
    twins = {
        "refused": "twins refused by the system",
        "found": "lost creates can be found",
        "possible": "no twin check",
    }
    deletions = {"reported": "reported", "absence": "known by complete reads", "never": "none"}
    marker = f"; our key in {found.marker}" if found.marker else ""
    return f"{verbs or 'read only'}; {twins[found.twins.value]}{marker}; deletions: {deletions[found.deletions.value]}"


def _verb(found: ObjectType, verb: Verb) -> str:
    return f"{verb.value} ({'no right' if verb in found.withheld else f'{found.verbs[verb]} a call'})"


def _row(field: Field) -> Sequence[str]:
    return [field.path, _kind(field), ", ".join(_notes(field)), field.label if field.label != field.path else ""]


def _kind(field: Field) -> str:
    size = f"({field.length})" if field.length else f"(.{field.scale})" if field.scale is not None else ""
    to = f" → {', '.join(field.refers_to)}" if field.refers_to else ""
    return f"{field.kind.value}{size}{to}"


def _notes(field: Field) -> list[str]:
    told = []
    if not field.creatable and not field.updatable:
        told.append("read only")
    elif not field.updatable:
        told.append("on create only")
    if field.withheld:
        told.append(f"no right to {' or '.join(sorted(field.withheld))}")
    flags = {
        "required": field.required,
        "unique": field.unique,
        "personal": field.personal,
        "rewritten by the system": field.rewritten,
        "not tracked": not field.tracked,
        "not readable": not field.readable,
    }
    told += [word for word, holds in flags.items() if holds]
    if field.currency:
        told.append(f"in {field.currency}")
    if field.choices is not None:
        more = f" … {len(field.choices)} in all" if len(field.choices) > _CHOICES else ""
        told.append("one of " + " | ".join(field.choices[:_CHOICES]) + more)
    return told
