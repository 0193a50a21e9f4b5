"""What can be wrong with a request: each an exception that the API layer turns into Xero's own answer."""

from __future__ import annotations


class Problem(Exception):
    """Anything that makes a request fail."""


class Malformed(Problem):
    """The body cannot be read: 400 PostDataInvalidException (facts: Status table)."""


class BadQuery(Problem):
    """A `where`, `order` or paging parameter cannot be read: 400 QueryParseException (facts: Status table)."""


class Missing(Problem):
    """Nothing stands under this id or path: 404 as HTML (facts: Status table)."""


class Invalid(Problem):
    """One element breaks rules: its validation messages, in the order found (facts: Error text catalogue)."""

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages
