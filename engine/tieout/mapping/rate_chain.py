"""The chain of sources of exchange rates: what each of its names stands for, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tieout.mapping.catalogue import near
from tieout.money.documents import DOCUMENTS
from tieout.money.rate_sources.files import read_rate_file
from tieout.money.rate_sources.systems import PROFILES
from tieout.money.rates import DOCUMENT, ECB
from tieout.problems import Problem

if TYPE_CHECKING:
    from tieout.hookspecs import RateSource
    from tieout.money.rate_sources.table import Table
    from tieout.project import Project
    from tieout.rates_config import ChainLink

BUILT_IN = (DOCUMENT, ECB)


class Origin(StrEnum):
    """Where the rates of one link of the chain come from."""

    DOCUMENT = "document"
    ECB = "ecb"
    FILE = "file"
    PLUGIN = "plugin"
    TABLES = "tables"
    """Tables of a connection's own system."""
    POSTED = "posted"
    """What a ledger has put on the documents that are known of it."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """One link of the chain."""

    name: str
    origin: Origin
    connection: str = ""
    table: Table | None = None


def resolve_chain(
    project: Project, plugins: Mapping[str, RateSource]
) -> tuple[tuple[Resolved, ...], tuple[Problem, ...]]:
    """Say what each link of the chain stands for; the problems name links that stand for nothing, or twice."""
    found: list[Problem] = []
    chain: list[Resolved] = []
    for link in project.rates.chain:
        one = _file(link, project, found) if link.file else _named(link, project, plugins, found)
        if one is not None and any(one.name == earlier.name for earlier in chain):
            found.append(Problem("given-twice", f"the chain names {one.name} twice", link.at, "leave one of them out"))
        elif one is not None:
            chain.append(one)
    return tuple(chain), tuple(found)


def _file(link: ChainLink, project: Project, found: list[Problem]) -> Resolved | None:
    table, problems = read_rate_file(project.folder, link.name, link.at)
    found += problems
    return None if table is None else Resolved(link.name, Origin.FILE, table=table)


def _named(
    link: ChainLink, project: Project, plugins: Mapping[str, RateSource], found: list[Problem]
) -> Resolved | None:
    name = link.name
    if name in BUILT_IN:
        return Resolved(name, Origin(name))
    if name in plugins:
        return Resolved(name, Origin.PLUGIN)
    those = [name] if name in project.connections else _by_adapter(project, name)
    if not those:
        choices = list(dict.fromkeys(_choices(project, plugins)))
        message = f"there is no source of rates {name}"
        mend = f"there are: {', '.join(choices)}, and {{file: …}}"
        found.append(Problem("unknown-rate-source", message, link.at, mend, near(name, choices)))
        return None
    if len(those) > 1:
        message = f"several connections are of {name}, and each has rates of its own"
        found.append(Problem("unknown-rate-source", message, link.at, f"name one of them: {', '.join(those)}"))
        return None
    origin = _origin(project.connections[those[0]].adapter)
    if origin is None:
        mend = "a plugin may offer its rates: hook tieout_rate_sources"
        found.append(Problem("unknown-rate-source", f"{name} is no system whose rates are known", link.at, mend))
        return None
    return Resolved(name, origin, those[0])


def _by_adapter(project: Project, adapter: str) -> list[str]:
    return [name for name, config in project.connections.items() if config.adapter == adapter]


def _origin(adapter: str) -> Origin | None:
    if adapter in PROFILES:
        return Origin.TABLES
    posts = any(one == adapter and money.rate for (one, _), money in DOCUMENTS.items())
    return Origin.POSTED if posts else None


def _choices(project: Project, plugins: Mapping[str, RateSource]) -> Iterator[str]:
    yield from BUILT_IN
    yield from sorted(plugins)
    yield from (name for name, config in project.connections.items() if _origin(config.adapter))
    yield from sorted({config.adapter for config in project.connections.values() if _origin(config.adapter)})
