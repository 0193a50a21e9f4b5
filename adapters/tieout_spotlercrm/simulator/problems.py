"""How SpotlerCRM says no: a status, and a body of type, code and message (1.1, errors)."""

from __future__ import annotations

from dataclasses import dataclass

BAD_REQUEST, PAYMENT_REQUIRED, FORBIDDEN, NOT_FOUND = 400, 402, 403, 404


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """A refused request."""

    status: int
    type: str
    message: str

    def body(self) -> dict[str, object]:
        """Give the body; that `code` repeats the status is an assumption."""
        return {"type": self.type, "code": self.status, "message": self.message}


def bad(message: str) -> Refused:
    """Refuse what is wrong, and what is not confirmed."""
    return Refused(BAD_REQUEST, "BadRequest", message)


def dead_token() -> Refused:
    """Refuse a token that was good once (1.1: 402 is of the type Forbidden)."""
    return Refused(PAYMENT_REQUIRED, "Forbidden", "Please check your access token")


def bad_token() -> Refused:
    """Refuse what never was a token (1.1: 403)."""
    return Refused(FORBIDDEN, "Unauthenticated", "Unauthenticated")


def outside_the_plan(status: int, name: str) -> Refused:
    """Refuse a record type that the plan lacks, by 403 or 404 (1.1: both were seen)."""
    return Refused(status, "Forbidden" if status == FORBIDDEN else "NotFound", f"{name} is not available")


def no_right(name: str) -> Refused:
    """Refuse a write to a user who may only read; nothing is known of such an answer but that 403 is for rights."""
    return Refused(FORBIDDEN, "Forbidden", f"you may not change {name}")


def not_found(name: str, id_: str) -> Refused:
    """Refuse an id that no record has."""
    return Refused(NOT_FOUND, "NotFound", f"{name} {id_} was not found")
