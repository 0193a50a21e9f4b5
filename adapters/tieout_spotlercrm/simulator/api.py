"""The API's own calls (1.1, verbs, metadata, sub-resources, envelopes)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tieout_spotlercrm.simulator.checking import checked, object_of
from tieout_spotlercrm.simulator.problems import bad, bad_token, dead_token, no_right, not_found, outside_the_plan
from tieout_spotlercrm.simulator.querying import LINES, chosen, listing
from tieout_spotlercrm.simulator.schema import Form
from tieout_spotlercrm.simulator.world import API_USER

if TYPE_CHECKING:
    from tieout_spotlercrm.simulator.schema import Field, Object
    from tieout_spotlercrm.simulator.world import Row, World

OK, CREATED = 200, 201
PAGED = ("page", "limit")


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `args` is what the variable parts of its path hold."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    body: object


Handler = Callable[["World", Call], Reply]


def answer(world: World, call: Call) -> Reply:
    """Answer a call of the API. Raises Refused."""
    _let_in(world, call.headers.get("authorization", ""))
    for method, pattern, name, handler in ROUTES:
        found = re.fullmatch(pattern, call.path)
        if found and method == call.method:
            world.counters.calls[f"{method} {name.format(*found.groups())}"] += 1
            args = tuple(found.groups())
            return handler(world, Call(method, call.path, call.params, call.headers, call.body, args))
    raise bad(f"{call.method} {call.path} is not confirmed")


def _let_in(world: World, header: str) -> None:
    if header != f"Bearer {world.token}":
        raise bad_token()
    if world.token_is_dead:
        raise dead_token()


def _object(world: World, name: str) -> Object:
    """Find a resource that the plan has (1.1, plan gate). Raises Refused."""
    if name not in world.objects:
        raise not_found("resource", name)
    if name in world.closed:
        raise outside_the_plan(world.closed[name], name)
    return world.objects[name]


def _writable(world: World, name: str) -> None:
    """Find a resource that the token's user may write. Raises Refused."""
    _object(world, name)
    if name in world.read_only:
        raise no_right(name)


def _no_params(call: Call) -> None:
    if call.params:
        raise bad(f"{next(iter(call.params))} is no parameter here")


# --- envelopes ----------------------------------------------------------------------------------------------------


def _single(world: World, name: str, row: Row) -> dict[str, Any]:
    """Wrap one record (1.1, single envelope); what its metadata holds is an assumption."""
    return {"metadata": {"url": f"/{name}/{row['id']}", "object_type": name}, "record": world.shown(name, row)}


def _listed(url: str, entries: Sequence[Any], *, total: int, more: bool) -> Reply:
    """Wrap a list (1.1, list envelope)."""
    metadata = {"url": url, "object_type": "list", "has_more": more, "total_count": total}
    return Reply(OK, {"metadata": metadata, "list": list(entries)})


def _list(world: World, name: str, call: Call, *allowed: str, only: Callable[[Row], bool] | None = None) -> Reply:
    asked = listing(_object(world, name), call.params, allowed)
    rows = [row for row in chosen(world, name, asked) if only is None or only(row)]
    start = (asked.page - 1) * asked.limit
    entries = [_entry(world, name, row, lines=asked.lines) for row in rows[start : start + asked.limit]]
    return _listed(call.path, entries, total=len(rows), more=start + asked.limit < len(rows))


def _entry(world: World, name: str, row: Row, *, lines: bool) -> dict[str, Any]:
    """Wrap a row of a list; that its lines stand in the record under `lines` is an assumption (1.1, lines inline)."""
    wrapped = _single(world, name, row)
    if lines:
        inline = [_single(world, "opportunity_lines", line) for line in world.lines(row["id"])]
        wrapped["record"] = {**wrapped["record"], "lines": inline}
    return wrapped


# --- calls --------------------------------------------------------------------------------------------------------


def _index(world: World, call: Call) -> Reply:
    (name,) = call.args
    lines = ("lines",) if name == LINES else ()
    return _list(world, name, call, *PAGED, "q", "order", *lines)


def _children(world: World, call: Call) -> Reply:
    """List the contacts of an account, with limit and page alone (1.1, sub-resources)."""
    account = world.find("accounts", call.args[0])["id"]
    return _list(world, "contacts", call, *PAGED, only=lambda row: row["accountid"] == account)


def _read(world: World, call: Call) -> Reply:
    _no_params(call)
    name, id_ = call.args
    _object(world, name)
    return Reply(OK, _single(world, name, world.find(name, id_)))


def _create(world: World, call: Call) -> Reply:
    """Create: 201 (1.1, create status)."""
    _no_params(call)
    (name,) = call.args
    _writable(world, name)
    values = checked(world, name, object_of(call.body))
    return Reply(CREATED, _single(world, name, world.create(name, values, API_USER)))


def _update(world: World, call: Call) -> Reply:
    """Change the fields that are named, and no others (1.1, verbs; its status is not known)."""
    _no_params(call)
    name, id_ = call.args
    _writable(world, name)
    row = world.find(name, id_)
    values = object_of(call.body)
    if not values:
        raise bad("nothing is to be changed")
    world.update(name, row, checked(world, name, values), API_USER)
    return Reply(OK, _single(world, name, row))


def _delete(world: World, call: Call) -> Reply:
    _no_params(call)
    name, id_ = call.args
    _writable(world, name)
    world.delete(name, world.find(name, id_))
    return Reply(OK, {"metadata": {"url": f"/{name}/{id_}", "object_type": name}})


def _dictionary(world: World, call: Call) -> Reply:
    """Give all fields (1.1, metadata); that they come as a list of name, label and type is an assumption."""
    _no_params(call)
    fields = _object(world, call.args[0]).fields.values()
    entries = [{"record": {"name": one.name, "label": one.label, "type": _type(one)}} for one in fields]
    return _listed(call.path, entries, total=len(entries), more=False)


def _type(one: Field) -> str:
    return {Form.ID: "number", Form.REFERENCE: "number", Form.AUTHOR: "text"}.get(one.form, one.form.value)


def _pick(world: World, name: str, path: str) -> Field:
    found = _object(world, name).fields.get(path)
    if found is None or found.form is not Form.PICK:
        raise not_found("lookup", f"{name}/{path}")
    return found


def _lookup(world: World, call: Call) -> Reply:
    """Give the values of a pick-list (1.1, metadata); that they come as a list of names is an assumption."""
    _no_params(call)
    values = _pick(world, *call.args).values
    return _listed(call.path, [{"record": {"name": one}} for one in values], total=len(values), more=False)


_NAME, _ID = r"([a-z_]+)", r"([^/]+)"
ROUTES: tuple[tuple[str, str, str, Handler], ...] = (
    ("GET", rf"/datadictionary/{_NAME}", "/datadictionary/{0}", _dictionary),
    ("GET", rf"/lookup/{_NAME}/{_ID}", "/lookup/{0}/{1}", _lookup),
    ("GET", rf"/accounts/{_ID}/contacts", "/accounts/ID/contacts", _children),
    ("GET", rf"/{_NAME}", "/{0}", _index),
    ("GET", rf"/{_NAME}/{_ID}", "/{0}/ID", _read),
    ("POST", rf"/{_NAME}", "/{0}", _create),
    ("PATCH", rf"/{_NAME}/{_ID}", "/{0}/ID", _update),
    ("DELETE", rf"/{_NAME}/{_ID}", "/{0}/ID", _delete),
)
"""Content of documents and the appending of pick-list values are confirmed too, and not offered: nothing needs them."""
