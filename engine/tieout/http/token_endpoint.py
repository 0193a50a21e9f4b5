"""Posting to a token endpoint: what may be sent again, what is final, what its errors mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tieout.errors import AnswerLost, BadAnswer, NotNow, Unauthorised, Unreachable
from tieout.http.codec import NotJson, decode
from tieout.http.hosts import checked_url
from tieout.http.retry import retry_after
from tieout.http.wire import Broken, Raw, exchange

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tieout.http.grants import Form
    from tieout.http.ports import Ports
    from tieout.model import Value

# Their words for "not now" come with status 400 (facts/salesforce 1.2; RFC 6749 4.1.2.1).
_PASSING = frozenset({"rate_limit_exceeded", "temporarily_unavailable", "server_error"})


@dataclass(frozen=True, slots=True)
class _Missed:
    why: str
    lost: bool
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class _Given:
    answer: Value


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Speaks to one connection's token, code and revocation URLs."""

    connection: str
    client: httpx.Client
    ports: Ports

    def post(self, url: str, form: Callable[[], Form], *, replay_seconds: float) -> Value:
        """Post a form, made anew for each attempt; for so long it may be sent again after an answer was lost.

        Raises Unauthorised (refused), AnswerLost (spent, perhaps), Unreachable, NotNow, BadAnswer.
        """
        clock, policy = self.ports.clock, self.ports.policy
        began = clock.now()
        attempt = 0
        while True:
            attempt += 1
            missed = self._once(url, form())
            if isinstance(missed, _Given):
                return missed.answer
            wait = policy.backoff(attempt, self.ports.random) if missed.wait is None else missed.wait
            spent = (clock.now() - began).total_seconds() + wait
            if missed.lost and spent >= replay_seconds:
                raise AnswerLost(missed.why)
            if wait > policy.patience:
                raise NotNow(missed.why, until=clock.now() + timedelta(seconds=wait))
            if attempt >= policy.attempts or spent > policy.total:
                raise Unreachable(missed.why)
            clock.sleep(wait)

    def _once(self, url: str, form: Form) -> _Given | _Missed:
        host = checked_url(url, f"the token URL of connection {self.connection}")
        request = self.client.build_request(
            "POST",
            host,
            content=urlencode(form.fields).encode(),
            headers={
                "Accept": "application/json",
                "Content-Type": "application/x-www-form-urlencoded",
                **form.headers,
            },
        )
        result = exchange(self.client, request, self.ports.clock)
        where = f"{self.connection}: {request.url.host}"
        status = result.status if isinstance(result, Raw) else None
        self.ports.log.debug("authorise", host=request.url.host, path=request.url.path, status=status)
        if isinstance(result, Broken):
            why = f"{where} gave no token: {self.ports.redaction.mask(result.why)}"
            if result.hopeless:
                raise BadAnswer(why)
            return _Missed(why, lost=result.sent)
        return self._read(where, result)

    def _read(self, where: str, result: Raw) -> _Given | _Missed:
        wait = retry_after(result.headers, self.ports.clock.now())
        said = self.ports.redaction.excerpt(result.text)
        if result.status == 429:  # noqa: PLR2004  # too many requests
            return _Missed(f"{where} asks for fewer logins", lost=False, wait=wait)
        if result.status >= 500:  # noqa: PLR2004  # the server's fault
            return _Missed(f"{where} answered {result.status}: {said}", lost=True, wait=wait)
        try:
            answer = decode(result.body) if result.body else {}
        except NotJson as error:
            if 200 <= result.status < 300:  # noqa: PLR2004  # torn, or a page of a proxy
                return _Missed(f"{where} gave no readable token: {error}", lost=True)
            answer = {}
        if 200 <= result.status < 300:  # noqa: PLR2004
            return _Given(answer)
        return self._refused(where, result, answer)

    def _refused(self, where: str, result: Raw, answer: Value) -> _Missed:
        known = answer if isinstance(answer, dict) else {}
        code, why = known.get("error"), known.get("error_description")
        if code in _PASSING:
            return _Missed(f"{where}: {code}", lost=False)
        if isinstance(code, str) or result.status in {401, 403}:
            words = " ".join(str(word) for word in (code, f"({why})" if why else None) if word)
            raise Unauthorised(
                f"{where} refuses to authorise: {self.ports.redaction.excerpt(words or str(result.status))}",
                mend=f"check the credentials of {self.connection}, then: tieout connect {self.connection}",
            )
        raise BadAnswer(
            f"{where} answered {result.status} instead of a token: {self.ports.redaction.excerpt(result.text)}"
        )
