"""`tieout review`: questions that only a person can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tieout.choosing import no_such
from tieout.cli.asked import asked, common, to_repeat
from tieout.cli.group import Subcommands
from tieout.cli.numbers import whole
from tieout.cli.review_file import export, import_
from tieout.cli.show import clean, dim, good, json_line, say, say_table, strong
from tieout.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from tieout.report.run_view import Standing
    from tieout.session import Session
    from tieout.store.standing import Review


@click.group("review", cls=Subcommands, no_args_is_help=True)
def command() -> None:
    """List, show and answer questions that only a person can answer; an answer is remembered."""


command.add_command(export)
command.add_command(import_)


@command.command("list")
@click.option("--answered", is_flag=True, help="List the answers that are remembered, with who gave them and why.")
@common
def list_(*, answered: bool) -> int:
    """List the open questions; or those that were answered and count as long as what was asked stays the same."""
    for _, found in _open("answered" if answered else "open"):
        if answered:
            _answers(found)
            continue
        if asked().json:
            json_line([_as_json(one) for one in found])
        elif not found:
            say("no question is open")
        else:
            say_table(["no", "record", "question"], [[str(one.id), one.record, one.message] for one in found])
            say(dim(f"\ntieout review show N{to_repeat()}"))
            if any(one.code == "request" for one in found):
                say(dim(f"tieout review forget N{to_repeat()} withdraws a request"))
    return 0


@command.command("show")
@click.argument("number", type=whole())
@common
def show(number: int) -> int:
    """Show one question with everything that can be answered."""
    for _, found in _open():
        one = _chosen(found, number)
        if asked().json:
            json_line(_as_json(one))
            return 0
        say(f"{strong(f'question {one.id}')}  {one.record}  {dim(f'asked {one.since[:10]}')}")
        say(clean(one.message))
        say()
        if one.candidates:
            rows = [[row["side"], row["id"], row["name"], row["url"]] for row in one.candidates]
            say_table(["side", "id", "name", "page"], rows)
            say()
        say_table(["answer", "meaning"], [[name, meaning] for name, meaning in (one.choices or {}).items()])
        say(dim(f"\ntieout review answer {one.id} ANSWER --why REASON{to_repeat()}"))
    return 0


@command.command("answer")
@click.argument("number", type=whole())
@click.argument("answer")
@click.option("--why", default="", metavar="REASON", help="The reason, for the audit log.")
@common
def answer(number: int, answer: str, why: str) -> int:
    """Answer a question; the next plan follows it. An answer counts while what it is about stays the same.

    An answer that can't be true beside another one is refused: the same two records, asked about from either side.
    """
    from tieout.report.review_csv import otherwise, to_forget  # noqa: PLC0415  # heavy
    from tieout.runner import person  # noqa: PLC0415  # as above
    from tieout.store import answering, standing  # noqa: PLC0415  # as above
    from tieout.store.database import stamp  # noqa: PLC0415  # as above

    for session, found in _open():
        with session.database.read() as tx:
            given = standing.find_review(tx, number)
        if given is not None and given.state == "answered":
            told = f"{given.who} answered question {number} already: {given.answer}; if that is wrong, take it back"
            raise UsageError(told, mend=to_forget(given))
        one = _chosen(found, number)
        choices = one.choices or {}
        if answer not in choices:
            raise UsageError(no_such("answer", answer, choices), mend=f"tieout review show {number}")
        who, now = person(), stamp(session.database.now())
        with session.database.write() as tx:
            kept = standing.find_review(tx, number)
            if kept is None or kept.state != "open":
                raise UsageError(f"question {number} is not open any more", mend="tieout review list")
            other = answering.Given.of(tx).against(kept, answer)
            if other is not None:
                raise UsageError(f"{otherwise(other)}; if that is wrong, take it back first", mend=to_forget(other))
            answering.note(tx, kept, answer, who=who, why=why, now=now)
        if asked().json:
            json_line({"id": number, "answer": answer, "who": who})
        else:
            say(f"{good('noted')}: {choices[answer]}. {_followed(session, one, answer)}")
    return 0


@command.command("forget")
@click.argument("number", type=whole(), required=False)
@click.option("--plan", "plan", metavar="PLAN", help="Withdraw every request that this plan shows.")
@click.option("--why", default="", metavar="REASON", help="The reason, for the audit log.")
@common
def forget(number: int | None, plan: str | None, why: str) -> int:
    """Take an answer back, or withdraw a request that is open. What was done by it stays done.

    The next plan asks a question again whose answer was taken back; a request stands again when somebody makes it.
    """
    if (number is None) == (plan is None):
        raise UsageError("name a question or a plan", mend="tieout review forget N, or --plan PLAN")
    for session, _ in _open():
        if number is not None:
            _forget_one(session, number, why)
        elif plan is not None:
            _forget_all(session, plan, why)
    return 0


def _forget_one(session: Session, number: int, why: str) -> None:
    from tieout.runner import person  # noqa: PLC0415  # heavy
    from tieout.store import answering, standing  # noqa: PLC0415  # as above
    from tieout.sync.approving import withdraw  # noqa: PLC0415  # as above
    from tieout.sync.requesting import REQUEST  # noqa: PLC0415  # as above

    with session.database.write() as tx:
        kept = standing.find_review(tx, number)
        if kept is not None and kept.state == "open" and kept.kind == REQUEST:
            withdraw(tx, kept, who=person(), why=why, now=session.database.now())
        elif kept is not None and kept.state == "answered":
            answering.take_back(tx, kept, who=person(), why=why)
            _look_again(tx, kept)
        else:
            told = ", ".join(str(one.id) for one in standing.reviews(tx, state="answered")) or "none"
            raise UsageError(f"no answer to a question {number} is remembered, and it is no open request;"
                             f" remembered: {told}", mend="tieout review list --answered")  # fmt: skip
    if asked().json:
        json_line({"id": number, "forgotten": kept.answer or REQUEST, "answered_by": kept.who})
    elif kept.answer is None:
        say(f"{good('forgotten')}: request {number}; it stands again when somebody asks for it")
    else:
        said = f"what {kept.who} answered to question {number}: {kept.answer}"
        say(f"{good('forgotten')}: {said}. What was done by it stays done; the next plan asks again what is still open:"
            f" tieout plan{to_repeat()}")  # fmt: skip


def _look_again(tx: Connection, kept: Review) -> None:
    """Have the next plan look at the records of a question again: by its answer they were settled."""
    from tieout.store import mirror, overview  # noqa: PLC0415  # heavy

    kind, _, rest = kept.scope.partition(":")
    if kind == "link":
        linked = overview.link_of(tx, int(rest))
        places = [] if linked is None else list(enumerate(linked.ids))
    else:
        end, _, unit = rest.partition(":")
        # Of a record that has parts its id stands before the #; an id may also have one itself.
        places = [(int(end), unit), (int(end), unit.partition("#")[0])]
    ends = mirror.ends_of(tx, kept.pair)
    for place, id_ in dict.fromkeys(places):
        mirror.mark_due(tx, [(kept.pair, place)], mirror.seen(tx, ends[place], [id_]))


def _forget_all(session: Session, plan: str, why: str) -> None:
    from tieout.runner import person  # noqa: PLC0415  # heavy
    from tieout.store import plans  # noqa: PLC0415  # as above
    from tieout.sync import approving  # noqa: PLC0415  # as above

    with session.database.write() as tx:
        digest = plans.find(tx, plan).digest
        many = approving.forget(tx, digest, who=person(), now=session.database.now(), why=why)
    if asked().json:
        json_line({"plan": digest, "forgotten": many})
    else:
        say(f"{good('forgotten')}: {many} request{'' if many == 1 else 's'}")


def _followed(session: Session, one: Standing, answer: str) -> str:
    """Say what follows an answer. What waits for a request is not written because a question about it is answered."""
    from tieout.mapping.compiled import Act  # noqa: PLC0415  # heavy

    if one.code in {"drift", "list"} and answer != "keep":
        mapping, _, rest = one.record.partition("/")
        side = rest.partition(":")[0]
        found = (each for joined in session.check().mappings if joined.name == mapping for each in joined.sides)
        if any(each.name == side and each.update.do is Act.REQUEST for each in found):
            return (
                f"It is written with the next update that is asked for: tieout plan {one.record} --update{to_repeat()}"
            )
    return f"The next plan follows it: tieout plan{to_repeat()}"


def _answers(found: tuple[Standing, ...]) -> None:
    if asked().json:
        json_line([{**_as_json(one), "answer": one.answer, "who": one.who, "why": one.why} for one in found])
        return
    rows = [[str(one.id), one.record, one.message, one.answer, one.who, one.why] for one in found]
    say_table(["no", "record", "question", "answer", "who", "why"], rows) if rows else say("no answer is remembered")


def _open(state: str = "open") -> Iterator[tuple[Session, tuple[Standing, ...]]]:
    """Open the store and give the open questions, or the answered ones, once."""
    from tieout.report.standing import Words, side_names  # noqa: PLC0415  # heavy
    from tieout.session import Session, load  # noqa: PLC0415  # as above
    from tieout.store import overview  # noqa: PLC0415  # as above

    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    with Session(loaded, settings.env, create=False) as session:
        with session.database.read() as tx:
            found = Words(tx, side_names(loaded.project, overview.pairs(tx))).reviews(state)
        yield session, found


def _chosen(found: tuple[Standing, ...], number: int) -> Standing:
    for one in found:
        if one.id == number:
            return one
    known = ", ".join(str(one.id) for one in found) or "none"
    raise UsageError(f"there is no open question {number}; open: {known}", mend="tieout review list")


def _as_json(one: Standing) -> dict[str, object]:
    return {
        "id": one.id,
        "record": one.record,
        "kind": one.code,
        "question": one.message,
        "choices": dict(one.choices or {}),
        "records": [dict(row) for row in one.candidates],
        "asked": one.since,
    }
