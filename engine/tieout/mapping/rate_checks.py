"""What mappings need of the project's chain of rates: a chain at all, and what a ledger's documents say of theirs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from tieout.mapping.compiled import CompiledMapping, Side, Source
from tieout.mapping.rate_chain import Origin, Resolved
from tieout.mapping.rated import asks_for_rates
from tieout.money.documents import DOCUMENTS
from tieout.problems import Problem


def without_chain(mappings: Iterable[CompiledMapping]) -> Iterator[Problem]:
    """Refuse rules that ask for rates in a project that names no source of them."""
    for mapping in mappings:
        for name, at in asks_for_rates(mapping):
            message = f"{name} needs an exchange rate, and tieout.yaml names no source of rates"
            yield Problem("no-rate-chain", message, at, "write there: rates: {chain: [document, ecb]}")


def reading_posted(mappings: Sequence[CompiledMapping], chain: Iterable[Resolved]) -> list[CompiledMapping]:
    """Let the documents of a ledger in the chain be read with their own rate, if a rule of any mapping needs rates."""
    ledgers = {link.connection for link in chain if link.origin is Origin.POSTED}
    if not ledgers or not any(True for mapping in mappings for _ in asks_for_rates(mapping)):
        return list(mappings)
    return [
        replace(
            mapping,
            sides=(_with_rate(mapping.sides[0], ledgers), _with_rate(mapping.sides[1], ledgers)),
            sources=tuple(_with_rate(source, ledgers) for source in mapping.sources),
        )
        for mapping in mappings
    ]


Read = TypeVar("Read", Side, Source)


def _with_rate(read: Read, ledgers: set[str]) -> Read:
    money = DOCUMENTS.get((read.adapter, read.object))
    if read.connection not in ledgers or money is None or not money.rate:
        return read
    return replace(read, paths=read.paths | ({money.rate, money.currency, money.day} & read.type.fields.keys()))
