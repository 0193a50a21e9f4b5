"""Level 1: no secret and no payload where people or files keep text (capability SX-62)."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial

import httpx

from tieout.adapter import Query, Verb
from tieout.errors import TieoutError
from tieout.http.memory import MemoryTokens
from tieout.testing.comparing import paths_of, values_at
from tieout.testing.faults import Fault, Strike
from tieout.testing.making import fresh
from tieout.testing.promises import hold, promise
from tieout.testing.session import Session
from tieout.testing.suite import Basis

FOR_EVER = 10_000
SHOWN = 80
QUOTING = (302, 400, 401, 403, 404, 409, 422, 429, 500)
TELLING = 8
"""Characters; shorter values of a record stand in many a line by chance."""


class Quoting(httpx.BaseTransport):
    """A peer that answers every call with an error that quotes the call's own headers and body, as some proxies do."""

    def __init__(self, status: int, _network: httpx.BaseTransport) -> None:
        self._status = status

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Quote."""
        told = f"bad request: {dict(request.headers)} {request.read().decode('utf-8', 'replace')}"
        said = dict.fromkeys(("error", "message", "Message", "Detail", "title", "error_description"), told)
        forms = ({"errorCode": "QUOTED", **said}, {"Type": "ValidationException", **said})
        body = [forms[0]] if request.method == "GET" else forms[1]
        return httpx.Response(self._status, json=body, headers={"Location": "https://elsewhere.invalid/"})


class SecretChecks(Basis):
    """The bench's credentials and every token that went over the wire are looked for."""

    @promise(1)
    def test_no_secret_is_in_logs_errors_or_reprs(self) -> None:
        """No credential and no token is in the log, in any error or its causes, in a repr, a link or a finding.

        Not even when the system quotes them in its own errors.
        """
        session = self.trial.open()
        said = [*self._broken(session), *self._quoted(session)]
        errors = [one for one in said if isinstance(one, Exception)]
        hold(errors, "no fault made the adapter raise anything")
        shown = {f"{type(error).__name__}: {error}": "".join(traceback.format_exception(error)) for error in errors}
        shown |= {f"an outcome: {one!r}": repr(one) for one in said if not isinstance(one, Exception)}
        connection = session.connection
        told = [*connection.check(), *(connection.url(one.object, "ID0001") for one in self.peer.samples())]
        objects = (self.adapter, connection, session.service, session.client, self.trial.tokens, told)
        reprs = {f"repr of {type(one).__name__}": repr(one) for one in objects}
        reprs |= {f"vars of {type(one).__name__}": repr(vars(one)) for one in objects if hasattr(one, "__dict__")}
        for where, text in {**shown, **reprs, "the log": "\n".join(self.trial.notes.lines)}.items():
            found = [secret for secret in self.trial.secrets() if secret in text or secret in where]
            place = self.trial.redaction.mask(where)[:SHOWN]
            hold(not found, f"{len(found)} secrets, e.g. one of {len(found[0] if found else '')} letters, in {place}")

    @promise(1)
    def test_no_value_of_a_record_is_in_the_log(self) -> None:
        """Log lines hold ids and counts, never what stands in a record."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE, Verb.UPDATE):
            operation = fresh(sample)
            (made,) = session.deliver(sample, Verb.CREATE, [operation])
            session.deliver(sample, Verb.UPDATE, [session.edit(sample, getattr(made, "id", ""), sample.edit)])
            session.read(sample)
            log = "\n".join(self.trial.notes.lines)
            for values in (operation.values, sample.edit):
                texts = [(path, one) for path in paths_of(values) for one in values_at(values, path.split("."))]
                logged = [path for path, text in texts if _telling(text) and str(text) in log]
                hold(not logged, f"the log quotes {', '.join(logged)} of {sample.object}")

    # --- what makes it speak ---

    def _broken(self, session: Session) -> Iterator[object]:
        """Say what each fault makes it say, on a read and on a write."""
        for sample in self.peer.samples():
            query = session.query(sample)
            for fault in Fault:
                with session.faulty(Strike(fault, times=FOR_EVER, when=session.asks)):
                    yield from _said(partial(_all_of, session, query))
                    if Verb.CREATE in query.type.verbs:
                        batch = session.batch(sample, Verb.CREATE, [fresh(sample)])
                        yield from _said(partial(session.connection.write, batch))

    def _quoted(self, session: Session) -> Iterator[object]:
        """Say what a peer makes it say that quotes whatever it is sent, the token's own endpoint too."""
        for status in QUOTING:
            for sample in self.samples(session, Verb.CREATE):
                query, batch = session.query(sample), session.batch(sample, Verb.CREATE, [fresh(sample)])
                with session.line.through(partial(Quoting, status)):
                    yield from _said(partial(_all_of, session, query))
                    yield from _said(partial(_fetched, session, query))
                    yield from _said(partial(session.connection.write, batch))
                    yield from _said(partial(session.connection.find_created, batch))
            stranger = self.trial.open(tokens=MemoryTokens())
            with stranger.line.through(partial(Quoting, status)):
                yield from _said(stranger.connection.organisation)


def _all_of(session: Session, query: Query) -> object:
    return list(session.connection.changes(query))


def _fetched(session: Session, query: Query) -> object:
    return list(session.connection.fetch(query, ["ID0001"]))


def _said(call: Callable[[], object]) -> Iterator[object]:
    try:
        yield call()
    except TieoutError as error:
        yield error


def _telling(value: object) -> bool:
    return isinstance(value, str | Decimal) and len(str(value)) >= TELLING
