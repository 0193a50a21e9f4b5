"""`tieout adapters`: what is installed, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import click

from tieout.cli.asked import asked, common
from tieout.cli.show import bad, clean, dim, good, json_line, say, say_table, strong, warn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieout.adapter import Adapter
    from tieout.plugins import Plugin, Plugins


@click.command("adapters")
@click.argument("name", required=False)
@common
def command(name: str | None) -> int:
    """List the plugins of this installation: adapters, transforms, packs; broken ones with the reason.

    With NAME: what a connection through that adapter needs, option by option. What can be done with an object is said
    by each system itself: tieout describe CONNECTION OBJECT.
    """
    from tieout import plugins  # noqa: PLC0415  # loads every plugin

    installed = plugins.load()
    if name is not None:
        return _one(installed, name)
    if asked().json:
        json_line([_as_json(installed, plugin) for plugin in installed.listing])
        return 0
    rows = [
        [plugin.name, plugin.version, plugin.distribution, _status(plugin), _offers(plugin)]
        for plugin in installed.listing
    ]
    say_table(["plugin", "version", "from", "status", "offers"], rows)
    for plugin in installed.listing:
        if plugin.reason:
            say(f"\n{warn(plugin.name)}: {clean(plugin.reason)}")
    say(dim("\ntieout adapters NAME shows what a connection needs"))
    return 0


def _status(plugin: Plugin) -> str:
    return good(plugin.status.value) if plugin.status.value == "ok" else bad(plugin.status.value)


def _offers(plugin: Plugin) -> str:
    told = [f"adapter {adapter.name}" for adapter in plugin.adapters]
    if plugin.transforms:
        told.append(f"{len(plugin.transforms)} transform{'' if len(plugin.transforms) == 1 else 's'}")
    told += [f"rate source {source.name}" for source in plugin.rate_sources]
    told += [f"pack {pack}" for pack in plugin.packs]
    return ", ".join(told)


def _as_json(installed: Plugins, plugin: Plugin) -> dict[str, object]:
    return {
        "name": plugin.name,
        "version": plugin.version,
        "distribution": plugin.distribution,
        "status": plugin.status.value,
        "reason": plugin.reason or None,
        "adapters": [_adapter_json(installed, adapter) for adapter in plugin.adapters],
        "transforms": [transform.name for transform in plugin.transforms],
        "rate_sources": [source.name for source in plugin.rate_sources],
        "packs": list(plugin.packs),
    }


def _adapter_json(installed: Plugins, adapter: Adapter) -> dict[str, object]:
    usable = installed.adapters.get(adapter.name) is adapter
    return {
        "name": adapter.name,
        "version": installed.version(adapter.name) if usable else adapter.version,
        "port": adapter.port,
        "usable": usable,
        "simulator": usable and adapter.simulator() is not None,
        "options": adapter.options,
        "credentials": adapter.credentials,
    }


def _one(installed: Plugins, name: str) -> int:
    adapter = installed.adapter(name)
    if asked().json:
        json_line(_adapter_json(installed, adapter))
        return 0
    stand_in = "; tieout sandbox stands in for it" if adapter.simulator() is not None else ""
    say(f"{strong(adapter.name)} {installed.version(name)}{stand_in}\n")
    properties = cast("Mapping[str, Mapping[str, Any]]", adapter.options.get("properties", {}))
    required = cast("list[str]", adapter.options.get("required", []))
    if properties:
        rows = [[key, _default(key, about, required), str(about.get("description", ""))]
                for key, about in properties.items()]  # fmt: skip
        say_table(["option", "default", "meaning"], rows)
        say()
    if adapter.credentials:
        say_table(["credential", "meaning"], [[key, meaning] for key, meaning in adapter.credentials.items()])
    return 0


def _default(key: str, about: Mapping[str, Any], required: list[str]) -> str:
    if key in required:
        return "required"
    default = about.get("default", "")
    return str(default).lower() if isinstance(default, bool) else str(default)
