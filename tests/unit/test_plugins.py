from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tieout.adapter import PORT, Adapter, Bearer, Connection, Quote, Record, Service, Tools, hook
from tieout.errors import UsageError
from tieout.plugins import OURS, Candidate, Plugins, Status, installed, load
from tieout.resources import packs, schemas
from tieout.transform import Binding, Bound, Transform


class Hubspot(Adapter):
    name = "hubspot"

    def service(self, options: Record, organisation: str | None) -> Service:
        return Service("https://api.example.com", Bearer())

    def open(self, options: Record, tools: Tools) -> Connection:
        raise NotImplementedError


class Other(Hubspot):
    name = "other"
    version = "7.1"


class Tomorrow(Hubspot):
    name = "tomorrow"
    port = PORT + 1


class BadName(Hubspot):
    name = "Hub Spot"


class Shout(Transform):
    name = "shout"
    summary = "capital letters"

    def bind(self, binding: Binding) -> Bound:
        raise NotImplementedError


class Ecb:
    name = "ecb"

    def rate(self, currency: str, base: str, day: date) -> Quote | None:
        return None


def offering(**hooks: object) -> SimpleNamespace:
    """A plugin module: each name is a hook that returns the value given."""

    def returning(value: object) -> Callable[[], object]:
        return hook(lambda: value)

    return SimpleNamespace(**{name: returning(value) for name, value in hooks.items()})


def raising(error: BaseException) -> Callable[[], object]:
    def fails() -> object:
        raise error

    return fails


def plugin(module: object, name: str = "theirs", distribution: str = "tieout-theirs") -> Candidate:
    return Candidate(name, lambda: module, distribution, "1.2")


def bad(module: object) -> tuple[Status, str]:
    """Load a bad plugin beside a good one, which must not notice."""
    plugins = load([plugin(module, "bad"), plugin(offering(tieout_adapters=[Other()]), "good")])
    assert plugins.adapter("other").name == "other"
    assert plugins.listing[1].status is Status.OK
    return plugins.listing[0].status, plugins.listing[0].reason


def test_a_plugin_offers_adapters_transforms_rates_and_packs(tmp_path: Path) -> None:
    module = offering(
        tieout_adapters=[Hubspot()],
        tieout_transforms=[Shout()],
        tieout_rate_sources=[Ecb()],
        tieout_packs={"hubspot-xero": tmp_path},
    )
    plugins = load([plugin(module)])
    assert plugins.adapter("hubspot").name == "hubspot"
    assert plugins.version("hubspot") == "1.2"
    assert list(plugins.transforms) == ["shout"]
    assert list(plugins.rate_sources) == ["ecb"]
    assert plugins.packs == {"hubspot-xero": tmp_path}
    listed = plugins.listing[0]
    assert (listed.name, listed.distribution, listed.version, listed.status) == ("theirs", "tieout-theirs", "1.2", "ok")
    assert [adapter.name for adapter in listed.adapters] == ["hubspot"]


def test_an_adapters_own_version_counts_before_its_distributions() -> None:
    assert load([plugin(offering(tieout_adapters=[Other()]))]).version("other") == "7.1"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ImportError("No module named 'hubspot'"), "it can't be imported: ImportError: No module named 'hubspot'"),
        (SyntaxError("bad"), "SyntaxError"),
        (SystemExit(3), "SystemExit: 3"),
        (ValueError("first\nsecond"), "ValueError: first"),
    ],
)
def test_an_import_that_fails_is_a_line_in_the_list(error: BaseException, said: str) -> None:
    good = plugin(offering(tieout_adapters=[Other()]), "good")
    plugins = load([Candidate("hubspot", raising(error)), good])
    assert plugins.listing[0].status is Status.BROKEN
    assert said in plugins.listing[0].reason
    assert "second" not in plugins.listing[0].reason
    assert plugins.adapter("other")
    with pytest.raises(UsageError, match=r"hubspot.*can't be imported") as caught:
        plugins.adapter("hubspot")
    assert caught.value.mend == "tieout adapters"


def test_an_interrupt_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        load([Candidate("x", raising(KeyboardInterrupt()))])


@pytest.mark.parametrize("error", [RuntimeError("no licence"), SystemExit("bye")])
def test_a_hook_that_raises(error: BaseException) -> None:
    status, reason = bad(SimpleNamespace(tieout_adapters=hook(raising(error))))
    assert status is Status.BROKEN
    assert "its hook tieout_adapters fails" in reason


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (offering(tieout_adapters=Hubspot()), "must give a list, not a Hubspot"),
        (offering(tieout_adapters="hubspot"), "must give a list, not a str"),
        (offering(tieout_adapters=[Hubspot]), r"Hubspot\(\) instead of Hubspot"),
        (offering(tieout_adapters=["hubspot"]), "not a str"),
        (offering(tieout_adapters=[None]), "not None"),
        (offering(tieout_adapters=[BadName()]), "'Hub Spot'; a name is"),
        (offering(tieout_adapters=[Hubspot(), Hubspot()]), "two things named 'hubspot'"),
        (offering(tieout_transforms=[Shout]), r"Shout\(\) instead of Shout"),
        (offering(tieout_transforms=[len]), "tieout.transform.Transform"),
        (offering(tieout_rate_sources=["ecb"]), "rate"),
        (offering(tieout_packs=["x"]), "{name: folder}"),
        (offering(tieout_packs={"x": "/tmp"}), "pathlib.Path"),  # noqa: S108  # a name, nothing is written
        (offering(tieout_packs={"x": Path("/nowhere/at/all")}), "not there"),
        (offering(), "it offers nothing"),
        (SimpleNamespace(tieout_adapters=lambda: [Hubspot()]), "tieout_adapters lacks the mark @hook"),
        (SimpleNamespace(tieout_adapters=hook(lambda options: [])), "hooks can't be used"),
        (None, "hooks can't be used|offers nothing"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_hook_that_gives_something_else_than_promised(module: object, said: str) -> None:
    status, reason = bad(module)
    assert status is Status.BROKEN
    assert pytest.raises(AssertionError, match=said).matches(AssertionError(reason)), reason


def test_another_version_of_the_port() -> None:
    plugins = load([plugin(offering(tieout_adapters=[Tomorrow()]))])
    assert plugins.listing[0].status is Status.INCOMPATIBLE
    with pytest.raises(UsageError, match=f"tomorrow for port {PORT + 1}; this Tieout has port {PORT}"):
        plugins.adapter("tomorrow")


def test_a_misspelt_hook_is_named_with_the_right_one() -> None:
    module = offering(tieout_adapters=[Hubspot()], tieout_adaptors=[Hubspot()])
    plugins = load([plugin(module)])
    assert plugins.listing[0].status is Status.MISSPELT
    with pytest.raises(UsageError, match="no hook tieout_adaptors, did you mean tieout_adapters"):
        plugins.adapter("hubspot")


def two(first: str, second: str, **hooks: object) -> Plugins:
    return load([plugin(offering(**hooks), "one", first), plugin(offering(**hooks), "two", second)])


def test_two_third_parties_that_claim_one_adapter_both_lose_it_and_nothing_else() -> None:
    claims: Mapping[str, Any] = {"tieout_adapters": [Hubspot()]}
    plugins = load(
        [
            plugin(offering(**claims, tieout_transforms=[Shout()]), "one", "tieout-one"),
            plugin(offering(tieout_adapters=[Hubspot(), Other()]), "two", "tieout-two"),
        ]
    )
    assert [one.status for one in plugins.listing] == [Status.DUPLICATE] * 2
    assert "the adapter hubspot comes from tieout-two (two) too" in plugins.listing[0].reason
    with pytest.raises(UsageError, match=r"tieout-one .* and tieout-two .* both claim this name"):
        plugins.adapter("hubspot")
    assert plugins.adapter("other")
    assert list(plugins.transforms) == ["shout"]


@pytest.mark.parametrize("order", [(OURS, "tieout-two"), ("tieout-two", OURS)])
def test_what_ships_with_tieout_wins(order: tuple[str, str]) -> None:
    plugins = two(*order, tieout_adapters=[Hubspot()])
    assert {one.distribution: one.status for one in plugins.listing} == {OURS: "ok", "tieout-two": "duplicate"}
    assert plugins.adapter("hubspot") is next(one for one in plugins.listing if one.distribution == OURS).adapters[0]


def test_other_names_that_two_plugins_claim(tmp_path: Path) -> None:
    plugins = two("a", "b", tieout_transforms=[Shout()], tieout_rate_sources=[Ecb()], tieout_packs={"p": tmp_path})
    assert (plugins.transforms, plugins.rate_sources, plugins.packs) == ({}, {}, {})
    assert "the transform shout" in plugins.listing[0].reason
    assert "the rate source ecb" in plugins.listing[0].reason
    assert "the pack p" in plugins.listing[0].reason


@pytest.mark.parametrize(
    ("word", "said"), [("hubspt", "did you mean hubspot?"), ("zzzz", "there are: hubspot .not usable: bad")]
)
def test_an_unknown_adapter_names_the_nearest_or_all(word: str, said: str) -> None:
    good = plugin(offering(tieout_adapters=[Hubspot()]), "good")
    with pytest.raises(UsageError, match=said):
        load([good, Candidate("bad", raising(ImportError("x")))]).adapter(word)


def test_the_built_in_plugins_come_through_the_same_door_and_first() -> None:
    names = [(one.distribution, one.name) for one in installed()]
    assert names[: sum(owner == OURS for owner, _ in names)] == [
        (OURS, name) for name in ("packs", "salesforce", "spotlercrm", "transforms", "xero")
    ]
    assert "salesforce-xero" in load().packs


def test_the_shipped_folders_are_found() -> None:
    assert schemas().is_dir()
    assert {folder.name for folder in packs().iterdir()} >= {"salesforce-xero"}


def test_importing_it_is_cheap() -> None:
    heavy = ("httpx", "sqlalchemy", "rapidfuzz", "cryptography", "jsonschema",
             "tieout_xero", "tieout_salesforce", "tieout_spotlercrm")  # fmt: skip
    code = f"import sys, tieout.plugins; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
