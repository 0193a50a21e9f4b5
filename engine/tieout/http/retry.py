"""What an answer, or its absence, means for a call: one pure decision, and the arithmetic of waiting.

Statuses that the adapter's `Service.error` says nothing about:

    2xx, 304            the answer; unreadable: a read is repeated, a write is AnswerLost
    other 3xx           never followed: a token must not travel. Read: BadAnswer; write: AnswerLost
    400 404 409 412 413 414 422 431    write: BatchRefused(code=the status); read: BadAnswer
    401                 Unauthorised (after authorising again once, if `Service.expired` says so)
    403                 Forbidden
    408 5xx             read: repeated; write: AnswerLost, for it may have been done
    420 429             refused for certain: waited for and sent again, a write too
    other 4xx           BadAnswer (405, 410, 426: the adapter speaks something that the system no longer does)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from tieout.errors import AnswerLost, BadAnswer, BatchRefused, Forbidden, TieoutError, Unauthorised
from tieout.http.codec import NotJson, decode
from tieout.http.wire import Broken, Call, Raw, Reply, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieout.adapter import Log, Service
    from tieout.http.redact import Redaction

_OF_THE_BATCH = frozenset({400, 404, 409, 412, 413, 414, 422, 431})
_SLOW_DOWN = frozenset({420, 429})
_LONGEST = 366 * 86400


@dataclass(frozen=True, slots=True)
class Again:
    """Try again. `wait`: as the system said; `lost`: this attempt may have taken effect; `broken`: unreadable."""

    why: str
    wait: float | None = None
    lost: bool = False
    broken: bool = False
    slow_down: bool = False


@dataclass(frozen=True, slots=True)
class Renew:
    """The token is dead; if a new one is refused as well, `error` stands."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Stop:
    """This is final."""

    error: Exception


Verdict = Reply | Again | Renew | Stop


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides by the service's own words first, then by status."""

    connection: str
    service: Service
    redaction: Redaction
    log: Log

    def of(self, call: Call, result: Raw | Broken, now: datetime) -> Verdict:
        """Decide what this result means."""
        if isinstance(result, Broken):
            return self._broken(call, result)
        if 200 <= result.status < 300 or result.status == 304:  # noqa: PLR2004  # HTTP's own classes
            return self._good(call, result)
        if self._expired(result):
            return Renew(self._said(result) or self._unauthorised(result))
        if (said := self._said(result)) is not None:
            return Stop(said)
        return self._by_status(call, result, now)

    def _broken(self, call: Call, result: Broken) -> Verdict:
        why = f"{self.connection}: {call.method} {call.path}: {self.redaction.mask(result.why)}"
        if not result.sent:
            return Stop(BadAnswer(why)) if result.hopeless else Again(why)
        if call.writes and (result.hopeless or not call.repeatable):
            return Stop(AnswerLost(why))
        return Stop(BadAnswer(why)) if result.hopeless else Again(why, lost=call.writes)

    def _good(self, call: Call, result: Raw) -> Verdict:
        reply = Reply(result.status, result.headers, result.text, call)
        if result.body and (call.wants_json or "json" in result.headers.get("content-type", "")):
            try:
                return Reply(result.status, result.headers, result.text, call, decode(result.body))
            except NotJson as error:
                return self._unreadable(call, result, str(error))
        return reply

    def _unreadable(self, call: Call, result: Raw, why: str) -> Verdict:
        kind = result.headers.get("content-type", "no content type")
        # What begins like JSON is data, perhaps a customer's: it is not quoted. A page of a proxy is.
        quoted = "" if result.body.lstrip()[:1] in {b"{", b"["} else f": {self.redaction.excerpt(result.text)}"
        error = unreadable(call, f"{why} ({result.status}, {kind}){quoted}")
        if call.writes and not call.repeatable:
            return Stop(error)
        return Again(str(error), lost=call.writes, broken=True)

    def _by_status(self, call: Call, result: Raw, now: datetime) -> Verdict:
        status, what = result.status, self._what(call, result)
        if status in _SLOW_DOWN:
            return Again(what, wait=retry_after(result.headers, now), slow_down=True)
        if status == 408 or status >= 500:  # noqa: PLR2004  # HTTP's own numbers
            if call.writes and not call.repeatable:
                return Stop(AnswerLost(what))
            return Again(what, wait=retry_after(result.headers, now), lost=call.writes)
        return Stop(self._final(call, result, what))

    def _final(self, call: Call, result: Raw, what: str) -> Exception:
        match result.status:
            case 401:
                error: Exception = self._unauthorised(result)
            case 403:
                error = Forbidden(what, mend=f"give the user of connection {self.connection} this right")
            case status if status < 400 and call.writes:  # noqa: PLR2004  # a redirect says nothing about what was done
                error = AnswerLost(what)
            case status if status in _OF_THE_BATCH and call.writes:
                error = BatchRefused(str(status), what)
            case _:
                error = BadAnswer(what)
        return error

    def _said(self, result: Raw) -> Exception | None:
        # Some peers quote a request's own headers in their errors, and an adapter would quote them again.
        masked = self.redaction.mask(result.text)
        body = result.body if masked == result.text else masked.encode()
        try:
            return self.service.error(result.status, result.headers, body)
        except TieoutError as error:
            return error
        except Exception as error:  # noqa: BLE001  # an adapter that trips over an odd body must not lose a write
            self._tripped("error", error)
            return None

    def _expired(self, result: Raw) -> bool:
        try:
            return self.service.expired(result.status, result.headers, result.body)
        except Exception as error:  # noqa: BLE001  # as above
            self._tripped("expired", error)
            return result.status == 401  # noqa: PLR2004  # the default rule

    def left(self, result: Raw) -> Mapping[int, int]:
        """Give what the answer says is left of each window."""
        try:
            return self.service.left(result.headers)
        except Exception as error:  # noqa: BLE001  # as above
            self._tripped("left", error)
            return {}

    def _tripped(self, function: str, error: Exception) -> None:
        self.log.warning("adapter-tripped", function=f"Service.{function}", failure=type(error).__name__)

    def _unauthorised(self, result: Raw) -> Unauthorised:
        said = self.redaction.excerpt(result.text)
        return Unauthorised(
            f"{self.connection}: the system refuses the login ({result.status}){': ' + said if said else ''}",
            mend=f"tieout connect {self.connection}",
        )

    def _what(self, call: Call, result: Raw) -> str:
        said = self.redaction.excerpt(result.text) or "no text"
        return f"{self.connection}: {call.method} {call.path} was answered {result.status}: {said}"


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read Retry-After, seconds or an HTTP date; None if there is none that can be understood."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(min(int(said[:9]), _LONGEST))
    try:
        then = parsedate_to_datetime(said)
    except ValueError:
        return None
    aware = then if then.tzinfo else then.replace(tzinfo=UTC)
    return min(max((aware - now).total_seconds(), 0.0), float(_LONGEST))
