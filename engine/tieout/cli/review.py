"""`tieout review`: questions that only a person can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tieout.cli.asked import asked, common
from tieout.cli.group import no_such
from tieout.cli.show import clean, dim, good, json_line, say, say_table, strong
from tieout.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tieout.report.run_view import Standing
    from tieout.session import Session


@click.group("review", no_args_is_help=True)
def command() -> None:
    """List, show and answer questions that only a person can answer; an answer is remembered."""


@command.command("list")
@common
def list_() -> int:
    """List the open questions."""
    for _, found in _open():
        if asked().json:
            json_line([_as_json(one) for one in found])
        elif not found:
            say("no question is open")
        else:
            say_table(["no", "record", "question"], [[str(one.id), one.record, one.message] for one in found])
            say(dim("\ntieout review show N"))
    return 0


@command.command("show")
@click.argument("number", type=int)
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
        say(dim(f"\ntieout review answer {one.id} ANSWER --why REASON"))
    return 0


@command.command("answer")
@click.argument("number", type=int)
@click.argument("answer")
@click.option("--why", default="", metavar="REASON", help="The reason, for the audit log.")
@common
def answer(number: int, answer: str, why: str) -> int:
    """Answer a question; the next plan follows it. An answer counts while what it is about stays the same."""
    from tieout.runner import person  # noqa: PLC0415  # heavy
    from tieout.store import audit, standing  # noqa: PLC0415  # as above
    from tieout.store.database import stamp  # noqa: PLC0415  # as above

    for session, found in _open():
        one = _chosen(found, number)
        choices = one.choices or {}
        if answer not in choices:
            raise UsageError(no_such("answer", answer, choices), mend=f"tieout review show {number}")
        who, now = person(), stamp(session.database.now())
        with session.database.write() as tx:
            kept = standing.find_review(tx, number)
            if kept is None or kept.state != "open":
                raise UsageError(f"question {number} is not open any more", mend="tieout review list")
            standing.answer(tx, number, chosen=answer, who=who, why=why, now=now)
            payload = {"review": number, "pair": kept.pair, "scope": kept.scope, "rule": kept.rule, "who": who,
                       "answer": answer}  # fmt: skip
            audit.tell(tx, "answer", payload, {"why": why, "fingerprint": kept.fingerprint})
        if asked().json:
            json_line({"id": number, "answer": answer, "who": who})
        else:
            say(f"{good('noted')}: {choices[answer]}. The next plan follows it: tieout plan")
    return 0


def _open() -> Iterator[tuple[Session, tuple[Standing, ...]]]:
    """Open the store and give the open questions, once."""
    from tieout.report.standing import Words, side_names  # noqa: PLC0415  # heavy
    from tieout.session import Session, load  # noqa: PLC0415  # as above
    from tieout.store import overview  # noqa: PLC0415  # as above

    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    with Session(loaded, settings.env, create=False) as session:
        with session.database.read() as tx:
            found = Words(tx, side_names(loaded.project, overview.pairs(tx))).reviews()
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
