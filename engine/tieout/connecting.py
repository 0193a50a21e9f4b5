"""Opening one connection of a project: credentials, the client, the adapter, and whose account it turns out to be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tieout.adapter import Tools
from tieout.errors import UsageError, WrongOrganisation
from tieout.language.nodes import MapNode
from tieout.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tieout.adapter import Adapter, Connection, Service
    from tieout.http.client import Client
    from tieout.http.ports import Ports
    from tieout.model import Organisation
    from tieout.problems import Position
    from tieout.project import ConnectionConfig
    from tieout.secrets import Secret, Sources


@dataclass(frozen=True, slots=True)
class Opened:
    """An open connection; close its client."""

    connection: Connection
    client: Client


def credentials(config: ConnectionConfig, sources: Sources) -> dict[str, Secret]:
    """Look up what the project names for a connection. Raises UsageError naming the reference that leads nowhere."""
    found = {name: config.secret(name, sources) for name in config.credentials}
    return {name: secret for name, secret in found.items() if secret is not None}


def missing(configs: Iterable[ConnectionConfig], sources: Sources) -> list[Problem]:
    """Give a problem for every credential that leads nowhere, at its place."""
    found = []
    for config in configs:
        for name in config.credentials:
            try:
                config.secret(name, sources)
            except UsageError as error:
                said = f"the credential {name} of {config.name}: {error}"
                found.append(Problem("missing-reference", said, _at(config, name), error.mend))
    return found


def _at(config: ConnectionConfig, name: str) -> Position:
    written = config.node.get("credentials")
    return written.key_at(name) if isinstance(written, MapNode) else config.at


def service(adapter: Adapter, config: ConnectionConfig) -> Service:
    """Give how the system is reached, with the project's share of its calls."""
    made = adapter.service(config.options, config.organisation)
    return made if config.share is None else replace(made, limits=replace(made.limits, share=config.share))


def open_connection(
    adapter: Adapter, config: ConnectionConfig, credentials: Mapping[str, Secret], ports: Ports
) -> Opened:
    """Make the client and hand it to the adapter; no call yet. Raises UsageError for unusable options."""
    from tieout.http.client import Client  # noqa: PLC0415  # httpx, which only those who ask a system need

    client = Client(config.name, service(adapter, config), credentials, ports)
    try:
        tools = Tools(client, ports.clock.now, ports.log, client.token_ends, client.scopes)
        return Opened(adapter.open(config.options, tools), client)
    except BaseException:
        client.close()
        raise


def identified(config: ConnectionConfig, connection: Connection) -> Organisation:
    """Ask whose account this is. Raises WrongOrganisation if it is not the pinned one."""
    found = connection.organisation()
    if config.organisation and found.id != config.organisation:
        raise WrongOrganisation(
            f"{config.name} answers as {found.name} ({found.id}), but tieout.yaml pins {config.organisation}",
            mend=f"reconnect to the right one with tieout connect {config.name}, or correct"
            f" connections.{config.name}.organisation",
        )
    return found
