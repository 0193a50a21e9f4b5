"""What the simulator refuses, in the two shapes that Salesforce has for it (fact sheet, section 2.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BAD_REQUEST, UNAUTHORISED, FORBIDDEN, NOT_FOUND, NOT_ALLOWED = 400, 401, 403, 404, 405


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one record or request."""

    code: str
    message: str
    fields: tuple[str, ...] = ()

    def as_rest(self) -> dict[str, Any]:
        """Give the shape of a REST error, an element of the body's array."""
        body: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        return {**body, "fields": list(self.fields)} if self.fields else body

    def as_row(self) -> dict[str, Any]:
        """Give the shape inside Collections: same codes, other key (sections 2.7 and 2.8)."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}


class RowRefused(Exception):
    """One record was refused; nothing of it was stored."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{p.code}: {p.message}" for p in problems))
        self.problems = problems


class RequestRefused(Exception):
    """A whole request was refused with a REST error array."""

    def __init__(self, status: int, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{p.code}: {p.message}" for p in problems))
        self.status = status
        self.problems = tuple(problems)


def refuse_row(code: str, message: str, *fields: str) -> RowRefused:
    """Make the refusal of one record for one reason."""
    return RowRefused(Problem(code, message, fields))


def no_access() -> RowRefused:
    """Make the refusal of a user who may not do this with the object (section 2.7; its text is not recorded)."""
    return refuse_row("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")


def refuse(status: int, code: str, message: str) -> RequestRefused:
    """Make the refusal of a request for one reason."""
    return RequestRefused(status, [Problem(code, message)])


def not_found() -> RequestRefused:
    """Say that there is nothing here, or nothing that the user may see (section 2.7)."""
    return refuse(NOT_FOUND, "NOT_FOUND", "The requested resource does not exist")


_SINGLE_STATUS = {"ENTITY_IS_DELETED": NOT_FOUND, "NOT_FOUND": NOT_FOUND, "INSUFFICIENT_ACCESS_OR_READONLY": FORBIDDEN}


def single(refused: RowRefused) -> RequestRefused:
    """Turn the refusal of a record into that of the single-record request that carried it."""
    return RequestRefused(_SINGLE_STATUS.get(refused.problems[0].code, BAD_REQUEST), refused.problems)
