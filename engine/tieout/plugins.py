"""Finding plugins, one by one, so that a bad one is a line in a list and not the end of every command.

Who wins when two plugins claim one name (of an adapter, transform, pack or rate source): what ships with Tieout wins
against a third party; between third parties neither gets it, for which of them runs would hang on the order of
installation. Everything else that the two offer stays usable.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import pluggy

from tieout import hookspecs
from tieout.adapter import PORT
from tieout.errors import UsageError
from tieout.plugin_offer import Offer, Wrong, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from importlib.resources.abc import Traversable

    from tieout.adapter import Adapter
    from tieout.hookspecs import RateSource
    from tieout.transform import Transform

OURS = "tieout"
"""The distribution whose plugins are built in."""
HOOKS = ("tieout_adapters", "tieout_transforms", "tieout_rate_sources", "tieout_packs")
_KINDS = {"adapters": "adapter", "transforms": "transform", "rate_sources": "rate source", "packs": "pack"}


class Status(StrEnum):
    """How a plugin fares."""

    OK = "ok"
    BROKEN = "broken"
    """It can't be imported, a hook raises, or gives something else than promised."""
    INCOMPATIBLE = "incompatible"
    """Written for another version of the port."""
    DUPLICATE = "duplicate"
    """It claims a name that another plugin has; that name alone is refused."""
    MISSPELT = "misspelt"
    """It marks a hook that does not exist."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plugin that is not loaded yet: the entry point's name and who ships it."""

    name: str
    load: Callable[[], object]
    distribution: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Plugin:
    """One line of `tieout adapters`: who it is, how it fares and why, what it offers."""

    name: str
    distribution: str
    version: str
    status: Status = Status.OK
    reason: str = ""
    offer: Offer = field(default_factory=Offer)

    @property
    def adapters(self) -> tuple[Adapter, ...]:
        """Give what it offers, usable or not."""
        return self.offer.adapters

    @property
    def transforms(self) -> tuple[Transform, ...]:
        """Give what it offers, usable or not."""
        return self.offer.transforms

    @property
    def rate_sources(self) -> tuple[RateSource, ...]:
        """Give what it offers, usable or not."""
        return self.offer.rate_sources

    @property
    def packs(self) -> Mapping[str, Traversable]:
        """Give what it offers, usable or not."""
        return self.offer.packs

    @property
    def usable(self) -> bool:
        """Say whether what it offers counts, names that it shares with others apart."""
        return self.status in {Status.OK, Status.DUPLICATE}


@dataclass(frozen=True, slots=True)
class Plugins:
    """All plugins of this installation, and what can be used of them."""

    listing: tuple[Plugin, ...]
    adapters: Mapping[str, Adapter]
    transforms: Mapping[str, Transform]
    rate_sources: Mapping[str, RateSource]
    packs: Mapping[str, Traversable]
    refused: Mapping[str, str] = field(default_factory=dict)
    """Name of an adapter that is there but can't be used -> why."""

    def adapter(self, name: str) -> Adapter:
        """Give an adapter. Raises UsageError that says why there is none, or which name was meant."""
        found = self.adapters.get(name)
        if found is not None:
            return found
        if name in self.refused:
            raise UsageError(f"the adapter {name!r} can't be used: {self.refused[name]}", mend="tieout adapters")
        raise UsageError(f"there is no adapter {name!r}{self._hint(name)}", mend="tieout adapters")

    def version(self, name: str) -> str:
        """Give an adapter's version: its own, or that of the distribution that ships it."""
        adapter = self.adapter(name)
        return adapter.version or next(plugin.version for plugin in self.listing if adapter in plugin.adapters)

    def third_party(self, name: str) -> Plugin | None:
        """Give the plugin that offers an adapter, if it does not ship with Tieout."""
        found = self.adapters.get(name)
        return next((one for one in self.listing if found in one.adapters and one.distribution != OURS), None)

    def _hint(self, name: str) -> str:
        close = _nearest(name, [*self.adapters, *self.refused])
        if close:
            return f"; did you mean {' or '.join(close)}?"
        known = ", ".join(sorted(self.adapters)) or "none"
        broken = [plugin.name for plugin in self.listing if not plugin.usable]
        return f"; there are: {known}" + (f" (not usable: {', '.join(broken)})" if broken else "")


def load(candidates: Iterable[Candidate] | None = None) -> Plugins:
    """Load these plugins, or all that are installed. Never raises for a bad plugin."""
    chosen = installed() if candidates is None else candidates
    return _settled([_loaded(candidate) for candidate in chosen])


def installed() -> list[Candidate]:
    """Give the entry points of the group `tieout`, built-ins first; one that is found twice on the path counts once."""
    found: dict[tuple[str, str, str], Candidate] = {}
    for point in entry_points(group=hookspecs.PROJECT):
        distribution = point.dist.name if point.dist else ""
        version = point.dist.version if point.dist else ""
        candidate = Candidate(point.name, point.load, distribution, version)
        found.setdefault((distribution, point.name, point.value), candidate)
    return sorted(found.values(), key=lambda one: (one.distribution != OURS, one.distribution, one.name))


def _loaded(candidate: Candidate) -> Plugin:
    plugin = Plugin(candidate.name, candidate.distribution, candidate.version)
    try:
        module = candidate.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a stranger's import does, the others go on
        return replace(plugin, status=Status.BROKEN, reason=f"it can't be imported: {_brief(error)}")
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(module, candidate.name)
        offer = checked({name: _called(manager, name) for name in HOOKS})
    except Wrong as error:
        return replace(plugin, status=Status.BROKEN, reason=str(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001  # as above
        return replace(plugin, status=Status.BROKEN, reason=f"its hooks can't be used: {_brief(error)}")
    status, reason = _judged(module, manager, offer)
    return replace(plugin, status=status, reason=reason, offer=offer)


def _called(manager: pluggy.PluginManager, name: str) -> list[Any]:
    try:
        results = getattr(manager.hook, name)()
    except (Exception, SystemExit) as error:
        raise Wrong(f"its hook {name} fails: {_brief(error)}") from error
    return list(results)


def _judged(module: object, manager: pluggy.PluginManager, offer: Offer) -> tuple[Status, str]:
    try:
        manager.check_pending()
    except pluggy.PluginValidationError:
        return Status.MISSPELT, _unknown_hooks(manager)
    other = [adapter for adapter in offer.adapters if adapter.port != PORT]
    if other:
        said = ", ".join(f"{adapter.name} for port {adapter.port}" for adapter in other)
        return Status.INCOMPATIBLE, f"written for another version of the port: {said}; this Tieout has port {PORT}"
    if not any(getattr(manager.hook, name).get_hookimpls() for name in HOOKS):
        unmarked = [name for name in dir(module) if name.startswith("tieout_") and callable(getattr(module, name))]
        more = f": {', '.join(unmarked)} lacks the mark @hook" if unmarked else f"; the hooks are {', '.join(HOOKS)}"
        return Status.BROKEN, f"it offers nothing{more}"
    return Status.OK, ""


def _unknown_hooks(manager: pluggy.PluginManager) -> str:
    unknown = sorted(name for name in vars(manager.hook) if name not in HOOKS and not name.startswith("_"))
    meant = [f"{name}, did you mean {' or '.join(_nearest(name, HOOKS) or HOOKS)}?" for name in unknown]
    return f"there is no hook {'; no hook '.join(meant)}"


def _settled(plugins: list[Plugin]) -> Plugins:
    """Give every name to one plugin or to none."""
    refused = {name: f"plugin {p.name}: {p.reason}" for p in plugins if not p.usable for name in _claimed(p)}
    doubles: dict[Plugin, list[str]] = {}
    given: dict[str, dict[str, Any]] = {}
    for kind, word in _KINDS.items():
        given[kind] = {}
        for name, claimants in _claims(plugins, kind).items():
            winner = _winner(claimants)
            if winner is not None:
                given[kind][name] = winner.offer.named(kind)[name]
            elif kind == "adapters":
                refused[name] = f"{' and '.join(map(_who, claimants))} both claim this name; uninstall one of them"
            for loser in claimants:
                if loser is not winner:
                    others = " and ".join(_who(other) for other in claimants if other is not loser)
                    doubles.setdefault(loser, []).append(f"the {word} {name} comes from {others} too")
    listing = tuple(
        replace(plugin, status=Status.DUPLICATE, reason="; ".join(doubles[plugin])) if plugin in doubles else plugin
        for plugin in plugins
    )
    refused = {name: why for name, why in refused.items() if name not in given["adapters"]}
    return Plugins(listing, **given, refused=refused)


def _claims(plugins: list[Plugin], kind: str) -> dict[str, list[Plugin]]:
    claims: dict[str, list[Plugin]] = {}
    for plugin in plugins:
        for name in plugin.offer.named(kind) if plugin.usable else ():
            claims.setdefault(name, []).append(plugin)
    return claims


def _winner(claimants: list[Plugin]) -> Plugin | None:
    ours = [plugin for plugin in claimants if plugin.distribution == OURS]
    if len(ours) == 1:
        return ours[0]
    return claimants[0] if len(claimants) == 1 else None


def _claimed(plugin: Plugin) -> list[str]:
    # A plugin that can't be imported says no names; as a rule its entry point is called like its adapter.
    return [plugin.name, *plugin.offer.named("adapters")]


def _who(plugin: Plugin) -> str:
    return f"{plugin.distribution or 'plugin'} ({plugin.name})"


def _brief(error: BaseException) -> str:
    first, _, _ = str(error).partition("\n")
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _nearest(word: str, choices: Iterable[str]) -> list[str]:
    from tieout.toolkit import nearest  # noqa: PLC0415  # its search is slow to import, and only errors need it

    return nearest(word, choices)
