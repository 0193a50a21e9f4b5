"""The calls to Salesforce that everything else is made of: a resource, a query, a walk over a query by keyset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as percent

from tieout.adapter import Answer, Tools, Value
from tieout.errors import BadAnswer, BatchRefused
from tieout.toolkit import instant
from tieout_salesforce.errors import calls_left, unreadable
from tieout_salesforce.soql import moment, quote

if TYPE_CHECKING:
    from tieout_salesforce.records import Row

PAGE = 2000
"""Rows asked for at once, the most that Salesforce gives (section 2.5)."""
LONGEST = 12_000
"""Characters of a percent-encoded query: URI and headers together may have 16,384 bytes (section 2.5)."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One answer to a query. `done` alone says that there is no more; `at`: the server's clock."""

    records: Sequence[Row]
    done: bool
    at: datetime


class Rest:
    """One org's REST API in one version; keeps what the last answer said of the calls left."""

    def __init__(self, tools: Tools, version: str) -> None:
        self._http, self._now = tools.http, tools.now
        self.root = f"/services/data/v{version}"
        self.left: Mapping[int, int] = {}

    def get(self, path: str) -> Mapping[str, Any]:
        """Read a resource below the version's root; raise a `ConnectionFault` if Salesforce refuses."""
        try:
            answer = self._http("GET", self.root + path)
        except BatchRefused as refused:
            raise unreadable(refused) from refused
        return _mapping(self._seen(answer).json(), path or "the version")

    def query(self, statement: str) -> Rows:
        """Ask `queryAll`, which also lists what is deleted or merged away (section 2.5)."""
        try:
            answer = self._ask(statement)
        except BatchRefused as refused:
            raise unreadable(refused) from refused
        body = answer.json()
        found = _rows(_unwrapped(body) if isinstance(body, Mapping) and "compositeResponse" in body else body)
        return Rows(*found, at=self.clock(answer))

    def _ask(self, statement: str) -> Answer:
        path = f"{self.root}/queryAll"
        encoded = percent(statement, safe="")
        if len(encoded) <= LONGEST:
            return self._seen(self._http("GET", path, params={"q": statement}))
        inner: Value = {"method": "GET", "url": f"{path}?q={encoded}", "referenceId": "query"}
        body: Value = {"allOrNone": False, "compositeRequest": [inner]}
        return self._seen(self._http("POST", f"{self.root}/composite", json=body, read=True))

    def send(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, json: Value = None
    ) -> Sequence[Any]:
        """Write; the answer is a list of rows. Errors of the client pass: `AnswerLost`, `BatchRefused`."""
        answer = self._seen(self._http(method, self.root + path, params=params, json=json))
        body = answer.json()
        return body if isinstance(body, list) else []

    def _seen(self, answer: Answer) -> Answer:
        self.left = calls_left(answer.headers) or self.left
        return answer

    def clock(self, answer: Answer) -> datetime:
        """Tell the server's time from an answer's Date; ours where it says none."""
        try:
            return parsedate_to_datetime(answer.headers["date"]).replace(tzinfo=UTC)  # HTTP dates are GMT
        except (KeyError, ValueError):
            return self._now()


def _mapping(body: Value, what: str) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise BadAnswer(f"Salesforce answered {what} with something that is no JSON object")
    return body


def _rows(body: Value) -> tuple[Sequence[Row], bool]:
    found = _mapping(body, "a query")
    if not isinstance(found.get("records"), list) or not isinstance(found.get("done"), bool):
        raise BadAnswer("Salesforce answered a query without `records` and `done`")
    if not all(isinstance(row, Mapping) and isinstance(row.get("Id"), str) for row in found["records"]):
        raise BadAnswer("Salesforce answered a query with a row that has no Id")
    return found["records"], found["done"]


def _unwrapped(body: Mapping[str, Any]) -> Value:
    """Take the one answer out of a Composite, which is 200 even if its sub-request failed (section 2.9)."""
    inner = body["compositeResponse"][0]
    found: Value = inner["body"]
    if inner["httpStatusCode"] < 400:  # noqa: PLR2004 - HTTP statuses read best as figures
        return found
    problem = _mapping(found[0] if isinstance(found, list) and found else {}, "a query")
    raise unreadable(BatchRefused(str(problem.get("errorCode")), str(problem.get("message"))))


@dataclass(frozen=True, slots=True)
class Walk:
    """A query that is read to its proven end by keyset: a query locator dies with its session (section 1.3).

    `select` is SELECT ... FROM, `where` conditions that always hold; `stamped`: in the order of (SystemModstamp, Id)
    instead of Id alone.
    """

    select: str
    where: tuple[str, ...] = ()
    stamped: bool = False

    def statement(self, *more: str) -> str:
        """Write the query for the next page."""
        conditions = [condition for condition in (*self.where, *more) if condition]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        order = "SystemModstamp, Id" if self.stamped else "Id"
        return f"{self.select}{where} ORDER BY {order} LIMIT {PAGE}"

    def behind(self, row: Row) -> str:
        """Write the condition for what comes after a row."""
        later = f"Id > {quote(row['Id'])}"
        if not self.stamped:
            return later
        stamp = moment(instant(row["SystemModstamp"]))
        return f"((SystemModstamp = {stamp} AND {later}) OR SystemModstamp > {stamp})"


def walk(rest: Rest, way: Walk, *, since: datetime | None = None) -> Iterator[tuple[Rows, bool]]:
    """Read page after page; each with whether it is the last. Fewer rows than asked for are no end, only `done` is.

    Raises BadAnswer where the query does not get on: more rows without one, or the same last row again.
    """
    more = f"SystemModstamp >= {moment(since)}" if since else ""
    while True:
        rows = rest.query(way.statement(more))
        onward = None if rows.done and len(rows.records) < PAGE else _onward(way, rows, more)
        yield rows, onward is None
        if onward is None:
            return
        more = onward


def _onward(way: Walk, rows: Rows, more: str) -> str:
    try:
        onward = way.behind(rows.records[-1]) if rows.records else more
    except (KeyError, ValueError, TypeError) as problem:
        raise BadAnswer("Salesforce answered a query with a row whose stamp cannot be read") from problem
    if onward == more:
        raise BadAnswer("a query does not get on: Salesforce says that there is more, but gives nothing new")
    return onward
