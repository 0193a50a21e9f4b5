"""The calls of one connection, and what a refusal of a read means (facts 1.1, verbs, paging, filter, sort)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tieout.errors import BadAnswer, BatchRefused
from tieout_spotlercrm.errors import NOT_FOUND, outside_the_plan
from tieout_spotlercrm.shape import Listed, Row, id_of, listed, records, single

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tieout.adapter import Answer, Http, Value

NEWEST_FIRST = json.dumps({"modifieddate": "desc"})


class NoRecord(BadAnswer):
    """SpotlerCRM answers 404 for this id."""

    def __init__(self, id: str) -> None:
        super().__init__(f"SpotlerCRM cannot find {id}")


@dataclass(frozen=True, slots=True)
class Api:
    """The calls. `page_size`: rows asked for at once."""

    http: Http
    page_size: int

    def page(self, name: str, number: int, more: Mapping[str, str] | None = None, size: int | None = None) -> Listed:
        """Read one page of a list. Raises ObjectForbidden for one outside the plan, BadAnswer for odd answers."""
        params = {"page": str(number), "limit": str(size or self.page_size), **(more or {})}
        return listed(self._read(f"/{name}", params, name), name)

    def pages(self, name: str, more: Mapping[str, str]) -> Iterator[Listed]:
        """Read a list page by page, to the one that says that it is the last, or to an empty one."""
        number = 1
        while True:
            found = self.page(name, number, more)
            yield found
            if not found.more or not found.rows:
                return
            number += 1

    def matching(self, name: str, q: Mapping[str, object], more: Mapping[str, str] | None = None) -> Sequence[Row]:
        """Give all records that `q` chooses. Raises BadAnswer for a list that does not get on."""
        asked = {"q": json.dumps(q, ensure_ascii=False), **(more or {})}
        chosen: dict[str | None, Row] = {}
        for found in self.pages(name, asked):
            new = {id_of(row): row for row in found.rows}
            if found.more and not new.keys() - chosen.keys():
                raise BadAnswer(f"SpotlerCRM's list of {name} does not get on: there is more, and nothing new comes")
            chosen |= new
        return list(chosen.values())

    def one(self, name: str, id: str) -> Row:
        """Read one record. Raises NoRecord for a 404."""
        try:
            answer = self.http("GET", f"/{name}/{id}")
        except BatchRefused as refused:
            if refused.code == NOT_FOUND:
                raise NoRecord(id) from refused
            raise BadAnswer(f"SpotlerCRM refuses to read {name} {id}: {refused}") from refused
        return single(answer.json(), f"{name} {id}")

    def dictionary(self, name: str) -> Sequence[Row]:
        """Read the data dictionary of one object, a record a field (A14)."""
        return records(self._read(f"/datadictionary/{name}", None, name), f"the data dictionary of {name}")

    def lookup(self, name: str, field: str) -> Sequence[Any] | None:
        """Read the values of a pick-list, None where SpotlerCRM knows none (A15)."""
        try:
            told: Any = self.http("GET", f"/lookup/{name}/{quote(field, safe='')}").json()
        except BatchRefused:
            return None
        found = told.get("list") if isinstance(told, dict) else told
        return found if isinstance(found, list) else None

    def send(self, method: str, path: str, json: Mapping[str, Value] | None = None) -> Answer:
        """Write once. What the client raises passes: AnswerLost, BatchRefused."""
        return self.http(method, path, json=json)

    def _read(self, path: str, params: Mapping[str, str] | None, name: str) -> Value:
        try:
            return self.http("GET", path, params=params).json()
        except BatchRefused as refused:
            if refused.code == NOT_FOUND:
                raise outside_the_plan(f": {name}") from refused
            raise BadAnswer(f"SpotlerCRM refuses to list {name}: {refused}") from refused
