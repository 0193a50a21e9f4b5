"""`tieout status RECORD`: how one record stands, without asking any system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tieout.cli.asked import asked
from tieout.cli.show import clean, dim, good, json_line, say, strong, warn
from tieout.report.run_text import OF_A_RECORD, failure_lines
from tieout.report.run_view import stands_json

if TYPE_CHECKING:
    from tieout.report.record_status import InFlight, RecordStatus
    from tieout.report.run_view import Standing


def show_record(record: str) -> int:
    """Show what is linked, held, failed, asked and on its way of a record. Raises UsageError with the nearest name."""
    from tieout.report.record_status import Titles, must_be_known, record_status  # noqa: PLC0415  # heavy
    from tieout.report.standing import side_names  # noqa: PLC0415  # as above
    from tieout.session import Session, load  # noqa: PLC0415  # as above
    from tieout.store import overview  # noqa: PLC0415  # as above

    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    with Session(loaded, settings.env, create=False) as session, session.database.read() as tx:
        names = side_names(loaded.project, overview.pairs(tx))
        must_be_known(tx, names, record)
        titles = Titles(tx, names, session.check().mappings)
        found = record_status(tx, names, record)
        held = tuple(replace(one, title=titles.of(one.record)) for one in found.held)
        found, title = replace(found, held=held), titles.of(record)
        partners = [(one, titles.of(one)) for one in found.partners]
    if settings.json:
        json_line(_as_json(record, title, found))
    else:
        for line in _lines(record, title, partners, found):
            say(clean(line))
    return 0


def hold_lines(one: Standing) -> Iterator[str]:
    """Show one hold or failure at length."""
    rule = f" {one.rule}" if one.rule and not one.rule.startswith(OF_A_RECORD) else ""
    both = f"{_named(one.record, one.title)}{f' and {one.partner}' if one.partner else ''}"
    yield f"{both}{rule} {dim(f'[{one.code}] since {one.since[:10]}')}  {one.message}"
    if one.page:
        yield f"    page: {one.page}"
    if one.partner_page:
        yield f"    page of {one.partner}: {one.partner_page}"
    yield from failure_lines(one)


def _named(record: str, title: str) -> str:
    return f'{record} ("{title}")' if title else record


def _as_json(record: str, title: str, found: RecordStatus) -> dict[str, object]:
    return {
        "record": record,
        "title": title,
        "partners": list(found.partners),
        "holds": [stands_json(one) for one in found.held],
        "reviews": [stands_json(one) for one in found.asked],
        "in_flight": [one.as_json() for one in found.sent],
    }


def _lines(record: str, title: str, partners: list[tuple[str, str]], found: RecordStatus) -> Iterator[str]:
    yield strong(_named(record, title))
    yield from (f"linked to {_named(partner, called)}" for partner, called in partners)
    if not partners:
        yield "linked to nothing"
    yield from _under("held", [line for one in found.held for line in hold_lines(one)])
    yield from _under("asked", [f"{one.id}  {one.record}  {one.message}" for one in found.asked])
    if found.asked:
        yield dim("tieout review show N, tieout review answer N ANSWER")
    yield from _under("in flight", [_sent(one) for one in found.sent])
    if not (found.held or found.asked or found.sent):
        yield good("\nnothing of it waits")


def _under(word: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"\n{strong(word)}"
    yield from lines


def _sent(one: InFlight) -> str:
    written = one.record or f"for {one.source}"
    return f"{warn(one.do)} {written} {dim(f'since {one.since}')}: the next run finds out"
