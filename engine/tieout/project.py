"""tieout.yaml: a folder becomes a `Project`, or problems with their places.

Credentials stay references until a connection is opened (`ConnectionConfig.secret`); the state database's address is a
Secret, for it may hold a password. Everything else is resolved here, `${env:}` in options included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from importlib.resources.abc import Traversable
from pathlib import Path

from tieout import locales
from tieout.alert_config import Notify, read_notify
from tieout.errors import UsageError
from tieout.guard_config import Guards, read_guards
from tieout.language.loading import load_file
from tieout.language.nodes import ListNode, MapNode, Node, ScalarNode, merge, value
from tieout.language.schemas import project_schema
from tieout.language.validation import broken, validate
from tieout.mapping_sources import MappingSource, find_mappings
from tieout.model import Record, Value
from tieout.problems import Position, Problem, errors, in_order
from tieout.rates_config import RatesConfig, read_rates
from tieout.secrets import Secret, Sources, looks_secret, references, resolve, resolve_secret
from tieout.toolkit import nearest

FILE = "tieout.yaml"
DEFAULT_STORE = "sqlite:.tieout/state.db"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class ConnectionConfig:
    """One configured account in one system."""

    name: str
    adapter: str
    organisation: str | None
    """Pinned; None: not pinned yet."""
    options: Record
    """As the adapter's schema wants them; never a secret."""
    options_node: MapNode
    """The same with places, for the checker."""
    credentials: Mapping[str, str]
    """Credential -> text with references, unresolved."""
    settings: Mapping[str, Value]
    tables: Mapping[str, Value]
    rounding: str | None
    full_read: timedelta | None
    """How often everything is read again."""
    share: Decimal | None
    """Of the daily calls; None: the adapter's."""
    at: Position
    node: MapNode
    tax: str | None = None
    """A tax table of the project's own, as a path below the project."""
    sales_accounts: tuple[str, ...] = ()
    """Codes of accounts of the ledger to which sales are booked beside those of revenue."""

    def secret(self, credential: str, sources: Sources) -> Secret | None:
        """Look a credential up; None if the project names none. Raises UsageError naming the reference."""
        text = self.credentials.get(credential)
        return None if text is None else resolve_secret(text, sources)


@dataclass(frozen=True, slots=True)
class Project:
    """What tieout.yaml says, for one environment."""

    folder: Path
    name: str
    environment: str | None
    connections: Mapping[str, ConnectionConfig]
    mappings: tuple[MappingSource, ...]
    settings: Mapping[str, Value]
    tables: Mapping[str, Value]
    store: Secret
    """URL of the state database; a relative sqlite path begins at `folder`."""
    guards: Guards = field(default_factory=Guards)
    notify: Notify = field(default_factory=Notify)
    rates: RatesConfig = field(default_factory=RatesConfig)
    locale: str = ""
    """How people write numbers, in reports and plans; "" is the default."""


def load_project(
    folder: Path,
    environment: str | None,
    env: Mapping[str, str],
    packs: Mapping[str, Traversable] | None = None,
) -> tuple[Project | None, list[Problem]]:
    """Read the project in a folder for an environment (else TIEOUT_ENV, else the file's own default).

    `packs`: what `use:` can name (`Plugins.packs`). The project is None if tieout.yaml itself has errors. Raises
    UsageError if there is no tieout.yaml, or no such environment.
    """
    path = folder / FILE
    if not path.is_file():
        raise UsageError(f"there is no {FILE} in {folder}", mend="tieout init, or name the project's folder: --project")
    loaded = load_file(path, FILE)
    if loaded.root is None:
        return None, list(loaded.problems)
    schema = project_schema()
    found = [*loaded.problems, *validate(loaded.root, schema)]
    chosen = _environment(loaded.root, environment, env)
    root = _merged(loaded.root, chosen)
    found += validate(root, schema)
    if broken(root, schema) or broken(loaded.root, schema):
        return None, in_order(found)
    sources = Sources(env=env, folder=folder)
    connections = {name: _connection(name, node, sources, found) for name, node in _maps(root.table("connections"))}
    _same_organisation(connections, found)
    mappings = find_mappings(root, folder, packs or {}, found)
    project = Project(
        folder=folder,
        name=root.text("project"),
        environment=chosen,
        connections=connections,
        mappings=tuple(mappings),
        settings=_values(root.table("settings")),
        tables=_values(root.table("tables")),
        store=_store(root, sources, found),
        guards=read_guards(root.table("guards")),
        notify=read_notify(root.table("notify"), found),
        rates=read_rates(root.table("rates")),
        locale=_locale(root, found),
    )
    return (None if errors(loaded.problems) else project), in_order(found)


def _environment(root: MapNode, asked: str | None, env: Mapping[str, str]) -> str | None:
    default = root.text("environment") or None
    wanted = asked or env.get("TIEOUT_ENV") or default
    known = [*root.table("environments").entries]
    if wanted is None or wanted == default or wanted in known:
        return wanted
    choices = sorted({*known, *([default] if default else [])})
    near = nearest(wanted, choices)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    listed = ", ".join(choices) or "none"
    whose = "--env" if asked else "TIEOUT_ENV"
    raise UsageError(f"there is no environment {wanted!r} ({whose}){hint}", mend=f"environments in {FILE}: {listed}")


def _merged(root: MapNode, environment: str | None) -> MapNode:
    above = root.table("environments").get(environment) if environment else None
    base = root.without("environments")
    merged = merge(base, above) if isinstance(above, MapNode) else base
    return merged if isinstance(merged, MapNode) else base


def _maps(node: MapNode) -> list[tuple[str, MapNode]]:
    return [(name, inner) for name, inner in node.entries.items() if isinstance(inner, MapNode)]


def _values(node: MapNode) -> dict[str, Value]:
    return {name: value(inner) for name, inner in node.entries.items()}


def _connection(name: str, node: MapNode, sources: Sources, found: list[Problem]) -> ConnectionConfig:
    options = _resolved(node.table("options"), f"connections.{name}.options", sources, found)
    credentials = {key: str(leaf.value) for key, leaf in _leaves(node.table("credentials"))}
    for key, leaf in _leaves(node.table("credentials")):
        if looks_secret(key, str(leaf.value)):
            _literal(f"the credential {key} of {name}", leaf.at, found)
    organisation = node.get("organisation")
    share = node.table("calls").text("share")
    full_read = node.text("full_read")
    return ConnectionConfig(
        name=name,
        adapter=node.text("adapter"),
        organisation=_text(organisation, sources, found) if isinstance(organisation, ScalarNode) else None,
        options={key: value(inner) for key, inner in options.entries.items()},
        options_node=options,
        credentials=credentials,
        settings=_values(node.table("settings")),
        tables=_values(node.table("tables")),
        rounding=node.text("rounding") or None,
        tax=node.text("tax") or None,
        sales_accounts=tuple(str(one.value) for one in node.list("sales_accounts") if isinstance(one, ScalarNode)),
        full_read=timedelta(**{_UNITS[full_read[-1]]: int(full_read[:-1])}) if full_read else None,
        share=_percent(share) if share else None,
        at=node.at,
        node=node,
    )


def _leaves(node: MapNode) -> list[tuple[str, ScalarNode]]:
    return [(key, leaf) for key, leaf in node.entries.items() if isinstance(leaf, ScalarNode)]


def _literal(what: str, at: Position, found: list[Problem]) -> None:
    mend = "name it instead: ${env:NAME}, ${file:/path} or ${secret:NAME}"
    found.append(Problem("literal-secret", f"{what} stands here in clear text", at, mend))


def _resolved(node: MapNode, where: str, sources: Sources, found: list[Problem]) -> MapNode:
    entries: dict[str, Node] = {}
    for key, inner in node.entries.items():
        entries[key] = _resolve_node(inner, key, where, sources, found)
    return MapNode(entries, node.at, node.keys)


def _resolve_node(node: Node, key: str, where: str, sources: Sources, found: list[Problem]) -> Node:
    match node:
        case MapNode():
            return _resolved(node, where, sources, found)
        case ListNode():
            items = tuple(_resolve_node(item, key, where, sources, found) for item in node.items)
            return ListNode(items, node.at)
        case ScalarNode(value=str(text)):
            if looks_secret(key, text):
                _literal(f"the option {key}", node.at, found)
            secret = [one for one in references(text) if not one.startswith("${env:")]
            if secret:
                mend = "options are shown in reports; a secret belongs under `credentials`"
                found.append(Problem("secret-in-options", f"{where} refers to {secret[0]}", node.at, mend))
                return node
            return ScalarNode(_text(node, sources, found), node.at, node.offset)
    return node


def _text(node: ScalarNode, sources: Sources, found: list[Problem]) -> str:
    try:
        resolved = resolve(str(node.value), sources)
    except UsageError as error:
        found.append(Problem("missing-reference", str(error), node.at, error.mend))
        return ""
    return resolved.reveal() if isinstance(resolved, Secret) else resolved


def _locale(root: MapNode, found: list[Problem]) -> str:
    node, name = root.get("locale"), root.text("locale")
    if node is not None and name and locales.find(name) is None:
        mend = "a language, or one with a country: de, de_CH"
        found.append(Problem("unknown-locale", f"there is no locale {name!r}", node.at, mend, locales.near(name)))
    return name


def _store(root: MapNode, sources: Sources, found: list[Problem]) -> Secret:
    node = root.get("store")
    if not isinstance(node, ScalarNode):
        return Secret(DEFAULT_STORE)
    text = str(node.value)
    user, at_sign, _ = text.partition("://")[2].partition("@")
    password = user.partition(":")[2] if at_sign else ""
    if password and not references(password):
        _literal("the password of the state database", node.at, found)
    return Secret(_text(node, sources, found))


def _percent(text: str) -> Decimal:
    return Decimal(text.removesuffix("%")) / 100


def _same_organisation(connections: Mapping[str, ConnectionConfig], found: list[Problem]) -> None:
    """Two connections to one organisation would give one record two identities."""
    seen: dict[tuple[str, str], str] = {}
    for name, connection in connections.items():
        if not connection.organisation:
            continue
        whose = (connection.adapter, connection.organisation)
        if whose in seen:
            message = f"{name} and {seen[whose]} are connections to one organisation ({connection.organisation})"
            node = connection.node.get("organisation")
            found.append(
                Problem("same-organisation", message, node.at if node else connection.at, "use one connection for both")
            )
        seen.setdefault(whose, name)
