"""What a connection says of its ledger: a rounding profile that there is, and a tax table that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tieout.mapping.catalogue import near
from tieout.model import Organisation
from tieout.money.profiles import roundings_of, unfit_option
from tieout.money.tax import TaxTable, table_for
from tieout.money.tax_files import read_tax_file, shipped
from tieout.problems import Problem
from tieout.project import ConnectionConfig


def table_of(config: ConnectionConfig, folder: Path, found: Organisation) -> TaxTable | None:
    """Give the tax table of an organisation: the project's own, else the one that ships for its edition."""
    if config.tax is not None:
        table, _ = read_tax_file(folder, config.tax, config.at)  # what is wrong with it stopped the run already
        return table
    return table_for(shipped(), config.adapter, found.edition, found.country) if found.edition else None


def ledger_problems(config: ConnectionConfig, folder: Path) -> Iterator[Problem]:
    """Yield what is wrong with `rounding` and `tax` of a connection; `folder`: the project's."""
    choices = roundings_of(config.adapter)
    written = config.node.get("rounding")
    if config.rounding is not None and written is not None and config.rounding not in choices:
        mend = f"there are: {', '.join(choices)}" if choices else f"leave it out: {config.adapter} is no ledger"
        message = f"there is no rounding profile {config.rounding} for {config.adapter}"
        yield Problem("unknown-rounding", message, written.at, mend, near(config.rounding, choices))
    else:
        yield from _unfit(config)
    written = config.node.get("tax")
    if config.tax is None or written is None:
        return
    table, problems = read_tax_file(folder, config.tax, written.at)
    yield from problems
    if table is not None and table.adapter != config.adapter:
        message = (
            f"{config.tax} has tax types of {table.adapter}, and {config.name} is a connection to {config.adapter}"
        )
        yield Problem("other-adapter", message, written.at, "name a table for it, or leave `tax` out")


def _unfit(config: ConnectionConfig) -> Iterator[Problem]:
    """Yield that the rounding and the adapter's options say different things of the same figures."""
    found = unfit_option(config.adapter, config.rounding or "", config.options)
    if found is None:
        return
    name, wanted = found
    given = config.options.get(name, "not given")
    told = config.rounding or "the adapter's own"
    mend = f"leave {name} out, or name its rounding" if wanted is None else f"write options: {{{name}: {wanted}}}"
    message = f"the rounding is {told}, and the option {name} is {given}: predictions would not be what the ledger does"
    yield Problem("unfit-rounding", message, config.at, mend)
