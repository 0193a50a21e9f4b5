"""A project around one or more mapping texts, over the systems of `systems.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from schemas.systems import describe
from tieout.adapter import Adapter, Bearer, Connection, Service, Tools
from tieout.errors import UsageError
from tieout.hookspecs import RateSource
from tieout.language.loading import load_text
from tieout.language.nodes import MapNode
from tieout.mapping.catalogue import Describe
from tieout.mapping.check import Checked, check_project
from tieout.mapping.transforms.registry import built_in
from tieout.mapping_sources import MappingSource, copies_of
from tieout.model import Record, Value
from tieout.problems import Problem, in_order
from tieout.project import ConnectionConfig, Project
from tieout.secrets import Secret
from tieout.transform import Transform


class Quiet(Adapter):
    """An adapter that is only asked for its options."""

    name: ClassVar[str] = "quiet"
    options: ClassVar[Mapping[str, object]] = {
        "type": "object",
        "properties": {"url": {"type": "string", "description": "where"}, "page": {"type": "integer", "minimum": 1}},
        "additionalProperties": False,
    }
    credentials: ClassVar[Mapping[str, str]] = {"client_id": "who", "client_secret": "the secret"}

    def service(self, options: Record, organisation: str | None) -> Service:
        return Service(str(options["url"]), Bearer())

    def open(self, options: Record, tools: Tools) -> Connection:
        raise UsageError("nothing is opened here")


@dataclass(frozen=True)
class Installed:
    """What the checker needs of the plugins."""

    adapters: Mapping[str, Adapter] = field(default_factory=lambda: {"salesforce": Quiet(), "xero": Quiet()})
    transforms: Mapping[str, Transform] = field(default_factory=lambda: {one.name: one for one in built_in()})
    rate_sources: Mapping[str, RateSource] = field(default_factory=dict)

    def adapter(self, name: str) -> Adapter:
        if name not in self.adapters:
            raise UsageError(f"there is no adapter {name!r}")
        return self.adapters[name]


def connection(name: str, text: str = "", settings: Mapping[str, Value] | None = None) -> ConnectionConfig:
    root = load_text(text or f"adapter: {name}\n", "tieout.yaml").root
    assert root is not None
    return ConnectionConfig(
        name, name, None, {}, root.table("options"), {}, settings or {}, {}, None, None, None, root.at, root
    )


def project(sources: list[MappingSource], **more: object) -> Project:
    given: dict[str, object] = {
        "connections": {name: connection(name) for name in ("salesforce", "xero")},
        "settings": {},
        "tables": {},
        **more,
    }
    return Project(Path(), "test", None, mappings=tuple(sources), store=Secret("sqlite:"), **given)  # type: ignore[arg-type]  # checked by the tests that give them


def source(text: str, file: str = "mapping.yaml") -> tuple[MappingSource | None, list[Problem]]:
    loaded = load_text(text, file)
    found = list(loaded.problems)
    root = loaded.root
    if not isinstance(root, MapNode):
        return None, found
    return MappingSource(root.text("mapping", "unnamed"), file, root), found


def check(*texts: str, describe: Describe = describe, **more: object) -> Checked:
    """Load and check mappings together; problems of loading are among the others. The first is called mapping.yaml."""
    sources, problems = [], []
    for number, text in enumerate(texts):
        one, found = source(text, "mapping.yaml" if number == 0 else f"other{number}.yaml")
        problems += found
        if one:
            sources += copies_of(one, problems)
    checked = check_project(project(sources, **more), Installed(), describe)
    return replace(checked, problems=tuple(in_order([*problems, *checked.problems])))


def codes(checked: Checked) -> list[str]:
    return [problem.code for problem in checked.problems]
