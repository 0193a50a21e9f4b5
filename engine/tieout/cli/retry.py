"""`tieout retry`: decisions that failed, and fields that froze, are made again on request (laws 8 and 1)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from tieout.choosing import no_such
from tieout.cli.asked import asked, common, to_repeat
from tieout.cli.show import clean, dim, good, json_line, say
from tieout.errors import UsageError
from tieout.language.copies import names_to_call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieout.report.standing import Words
    from tieout.store.standing import Standing


@click.command("retry")
@click.argument("records", nargs=-1, metavar="[MAPPING[/SIDE:ID]]…")
@click.option("--code", multiple=True, metavar="CODE", help="Only what failed with this code; may be repeated.")
@common
def command(records: Sequence[str], code: Sequence[str]) -> int:
    """Try again what a system refused or did not store, once its cause is mended; thaw what is frozen.

    A failed write is repeated by itself only when its values, its mapping or the rights to its fields change. What is
    mended elsewhere (a setting, a lock date, the name that was taken) no run can see: say so, for all, by code, by
    mapping or by record, and the next plan has these writes again. The same goes for a field
    that froze because two parties kept rewriting it, and for a record whose partner tieout undo took back, if you name
    the record. Nothing is sent by this command.

    \b
      tieout retry
      tieout retry --code period-locked
      tieout retry invoices/crm:006Sm0000000001AAA
    """  # noqa: D301  # click reads the character \b, a raw string has none
    from tieout.report.standing import Words, side_names  # noqa: PLC0415  # heavy
    from tieout.runner import person  # noqa: PLC0415  # as above
    from tieout.session import Session, load  # noqa: PLC0415  # as above
    from tieout.store import audit, overview, standing  # noqa: PLC0415  # as above
    from tieout.sync.noting import NOTES  # noqa: PLC0415  # as above
    from tieout.sync.thawing import frozen_fields, thaw  # noqa: PLC0415  # as above

    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    with Session(loaded, settings.env, create=False) as session, session.database.write() as tx:
        words = Words(tx, side_names(loaded.project, overview.pairs(tx)))
        # A person's own decision is not dropped by a word for all: only for a record that is named.
        undone = standing.taken_back(tx) if records and all("/" in name for name in records) else []
        # A note that was refused is asked for anew: by itself no plan writes it again.
        refused = [one for one in standing.refused(tx) if not one.rule.startswith(NOTES)]
        found = _of_codes(code, [*refused, *(frozen := frozen_fields(tx)), *undone])
        chosen = _chosen(records, found, words)
        who = person()
        for kept in chosen.values():
            if kept in frozen:
                thaw(tx, kept, who=who)
                continue
            payload = {"pair": kept.pair, "scope": kept.scope, "rule": kept.rule, "code": kept.code, "who": who}
            audit.append(tx, run="", epoch=0, kind="retry", payload=payload)
            standing.allow_again(tx, kept.pair, {kept.scope: [kept.rule]}, tell=partial(audit.tell, tx))
        told = [(words.record(kept.pair, kept.scope, kept.rule), kept) for kept in chosen.values()]
    _tell(told)
    return 0


def _of_codes(codes: Sequence[str], found: list[Standing]) -> list[Standing]:
    known = {kept.code for kept in found}
    for code in codes:
        if code not in known:
            raise UsageError(no_such("failure with the code", code, sorted(known)), mend="tieout status")
    return [kept for kept in found if not codes or kept.code in codes]


def _chosen(names: Sequence[str], found: Sequence[Standing], words: Words) -> Mapping[tuple[int, str, str], Standing]:
    known: dict[str, list[Standing]] = {}
    for kept in found:
        for name in words.names_of(kept.pair, kept.scope):
            mapping, _, record = name.partition("/")
            for called in names_to_call([mapping]):
                known.setdefault(f"{called}/{record}", []).append(kept)
                known.setdefault(called, []).append(kept)
    wanted = list(names) or list(known)
    for name in wanted:
        if name not in known:
            raise UsageError(no_such("failed or frozen record", name, known), mend="tieout status")
    return {(kept.pair, kept.scope, kept.rule): kept for name in wanted for kept in known[name]}


def _tell(told: Sequence[tuple[str, Standing]]) -> None:
    if asked().json:
        json_line([{"record": name, "code": kept.code, "since": kept.since} for name, kept in told])
        return
    for name, kept in told:
        say(clean(f"{name}  {dim(f'[{kept.code}]')}"))
    if told:
        say(
            f"{good('noted')}: the next plan tries {'it' if len(told) == 1 else 'them'} again: tieout plan{to_repeat()}"
        )
    else:
        say("nothing failed or froze that could be tried again")
