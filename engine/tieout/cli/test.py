"""`tieout test`: the project's mapping tests."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from tieout.choosing import no_such
from tieout.cli.asked import asked, common
from tieout.cli.show import json_line, say
from tieout.errors import UsageError

if TYPE_CHECKING:
    from tieout.mapping.catalogue import Describe
    from tieout.model import ObjectType
    from tieout.session import Loaded


@click.command("test")
@click.argument("mappings", nargs=-1, metavar="[MAPPING]…")
@common
def command(mappings: tuple[str, ...]) -> int:
    """Run the mapping tests in tests/: records before, what is expected, no system asked and nothing written.

    Fields are those that the systems were last described to have (tieout describe, tieout check --online), else those
    of the adapters' simulators.
    """
    from tieout.language.copies import names_to_call  # noqa: PLC0415  # heavy
    from tieout.session import load  # noqa: PLC0415  # as above
    from tieout.testing.mapping_tests import run_tests  # noqa: PLC0415  # as above

    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    names = names_to_call(source.name for source in loaded.project.mappings)
    for name in mappings:
        if name not in names:
            raise UsageError(no_such("mapping", name, names), mend="tieout check")
    with ExitStack() as stack:
        report = run_tests(loaded.project, loaded.plugins, _describe(loaded, stack), only=mappings)
    if settings.json:
        json_line(report.as_json())
    else:
        say(report.text(loaded.lines))
    return report.exit_code


def _describe(loaded: Loaded, stack: ExitStack) -> Describe:
    from tieout.session import Session  # noqa: PLC0415  # loaded already
    from tieout.store.place import locate  # noqa: PLC0415  # as above
    from tieout.testing.simulated import simulated  # noqa: PLC0415  # heavy

    usable = loaded.plugins.adapters
    adapters = {name: usable[one.adapter] for name, one in loaded.project.connections.items() if one.adapter in usable}
    stand_in = stack.enter_context(simulated(adapters))
    place = locate(loaded.project.store.reveal(), loaded.project.folder)
    if place.path is not None and not place.path.exists():
        return stand_in  # tests make no state database
    session = stack.enter_context(Session(loaded, asked().env, create=False))

    def describe(connection: str, name: str) -> ObjectType | None:
        return session.describe_cached(connection, name) or stand_in(connection, name)

    return describe
