"""Xero's envelope around every answer, and how the two kinds of calls fail (facts (b), (c))."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tieout.errors import AnswerLost, BadAnswer, BatchRefused
from tieout_xero.errors import NOT_FOUND, LacksScope
from tieout_xero.scopes import unreadable
from tieout_xero.wire import instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tieout.adapter import Http
    from tieout_xero.objects import Endpoint

Row = dict[str, Any]
TENANT = "xero-tenant-id"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One answer to a read. `at`: the server's clock; `total` and `pages`: of a paged listing."""

    rows: Sequence[Row]
    at: datetime
    headers: Mapping[str, str]
    total: int | None = None
    pages: int = 1


@dataclass(slots=True)
class Api:
    """The calls of one connection. `standing`: headers that the connection adds to every call."""

    http: Http
    standing: dict[str, str] = field(default_factory=dict)
    unasked: frozenset[str] = frozenset()
    """Parameters that this connection never sends."""

    def read(
        self,
        endpoint: Endpoint,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        id: str | None = None,
    ) -> Envelope:
        """Read a listing, or one record.

        Raises BadAnswer for what makes no sense, NoRecord for an unknown id, ObjectForbidden for want of a scope.
        """
        url = endpoint.url if id is None else f"{endpoint.url}/{id}"
        try:
            answer = self.http("GET", url, params=self._asked(params), headers={**self.standing, **(headers or {})})
        except LacksScope as lacking:
            raise unreadable(endpoint.name) from lacking
        except BatchRefused as refused:  # the status alone cannot tell a read from a write
            if id is not None and refused.code == NOT_FOUND:
                raise NoRecord(id) from refused
            raise ListRefused(endpoint.plural, str(refused), refused.code) from refused
        return _envelope(endpoint, answer.json(), answer.headers)

    def read_plain(self, path: str) -> Any:
        """Read what has no envelope."""
        return self.http("GET", path, headers=self.standing).json()

    def write(
        self, method: str, url: str, key: str, json: Mapping[str, Any], params: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """Send a write under an idempotency key; an answer that is no object leaves open what was done: AnswerLost."""
        headers = {**self.standing, "Idempotency-Key": key}
        told = self.http(method, url, params=self._asked(params), json=json, headers=headers, repeatable=True).json()
        if not isinstance(told, dict):
            raise AnswerLost(f"the answer to {method} {url} cannot be read")
        return told

    def _asked(self, params: Mapping[str, str] | None) -> dict[str, str] | None:
        return None if params is None else {name: told for name, told in params.items() if name not in self.unasked}

    def delete(self, url: str) -> None:
        """Send a DELETE, which has no body and knows no idempotency key."""
        self.http("DELETE", url, headers=self.standing)


class ListRefused(BadAnswer):
    """Xero refuses a listing; nothing that is documented tells one that is too long from one that is wrong."""

    def __init__(self, plural: str, why: str, refusal: str) -> None:
        super().__init__(
            f"Xero refuses to list {plural}: {why}",
            mend=f"if the organisation has more than 100,000 {plural}, see Large organisations in the operators' guide",
        )
        self.refusal = refusal


class NoRecord(BadAnswer):
    """Xero answers 404 for this id: it is not there, or not for this login."""

    def __init__(self, id: str) -> None:
        super().__init__(f"Xero cannot find {id}")


def rows_of(endpoint: Endpoint, told: Any) -> Sequence[Row] | None:
    """Give the rows of an answer; None if it has none where they belong."""
    rows = told.get(endpoint.plural) if isinstance(told, dict) else None
    return rows if isinstance(rows, list) and all(isinstance(row, dict) for row in rows) else None


def _envelope(endpoint: Endpoint, told: Any, headers: Mapping[str, str]) -> Envelope:
    rows = rows_of(endpoint, told)
    if rows is None:
        raise BadAnswer(f"Xero's answer holds no list of {endpoint.plural}", mend="check options.url")
    try:
        at = instant(told.get("DateTimeUTC"))
        paging = told.get("pagination") or {}
        total, pages = paging.get("itemCount"), paging.get("pageCount")
        counts = None if total is None else int(total), 1 if pages is None else int(pages)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadAnswer(f"Xero's answer for {endpoint.plural} cannot be read: {error}") from error
    if at is None:
        raise BadAnswer(f"Xero's answer for {endpoint.plural} does not say when it was given")
    return Envelope(rows, at, headers, *counts)
