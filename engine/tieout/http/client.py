"""The client that adapters are handed: authorised, paced, patient, and careful never to write twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import httpx

from tieout.errors import AnswerLost, BadAnswer, NotNow, TieoutError, Unreachable
from tieout.http.auth import Authoriser
from tieout.http.codec import encode
from tieout.http.grants import Credentials
from tieout.http.hosts import checked_url, is_loopback
from tieout.http.pacing import Pacing
from tieout.http.redact import shown_path
from tieout.http.retry import Again, Judge, Renew, Stop
from tieout.http.token_endpoint import TokenEndpoint
from tieout.http.wire import Broken, Call, Raw, Reply, exchange, timeouts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tieout.adapter import Service
    from tieout.http.ports import Ports
    from tieout.http.protocols import StoredToken
    from tieout.http.retry import Verdict
    from tieout.model import Value
    from tieout.secrets import Secret


@dataclass(slots=True)
class _Progress:
    """What has happened to one call so far."""

    began: datetime
    attempt: int = 0
    lost: str = ""
    """Why an earlier attempt may have taken effect."""
    renewed: bool = False
    token: StoredToken | None = None


def open_network(url: str, ports: Ports, concurrent: int = 1) -> httpx.Client:
    """Make a connection pool: redirects are not followed, TLS is always checked.

    Proxies and certificate files named by the environment count, except towards this machine itself.
    """
    return httpx.Client(
        timeout=timeouts(),
        follow_redirects=False,
        limits=httpx.Limits(max_connections=max(concurrent, 1)),
        transport=ports.transport,
        trust_env=not is_loopback(urlsplit(url).hostname or ""),
    )


class Client:
    """Implements `tieout.adapter.Http` for one connection; close it, or use it in a `with`.

    `connection` is its name in tieout.yaml; `credentials` are resolved. Raises UsageError for a URL that would carry
    secrets in clear text.
    """

    def __init__(self, connection: str, service: Service, credentials: Mapping[str, Secret], ports: Ports) -> None:
        self._name = connection
        self._service = service
        self._ports = ports
        self._url = checked_url(service.url, f"the url of connection {connection}")
        self._network = open_network(self._url, ports, service.limits.concurrent)
        self._pacing = Pacing(connection, service.limits, ports)
        self._judge = Judge(connection, service, ports.redaction, ports.log)
        endpoint = TokenEndpoint(connection, self._network, ports)
        self._authoriser = Authoriser(service.auth, Credentials(connection, credentials), endpoint, ports)
        for secret in credentials.values():
            ports.redaction.know(secret)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._network.close()

    def token_ends(self) -> datetime | None:
        """Tell when the connection's fixed token ends; see `tieout.adapter.Tools`."""
        return self._authoriser.ends()

    def scopes(self) -> frozenset[str]:
        """Tell what the connection's login may do; see `tieout.adapter.Tools`."""
        return self._authoriser.scopes()

    def __call__(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Value = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
        read: bool = False,
    ) -> Reply:
        """Make one call; see `tieout.adapter.Http`. A body of null is none."""
        if not path.startswith("/"):
            raise BadAnswer(f"{self._name}: a path begins with a slash; {path[:80]!r} would lead to another host")
        content = None if json is None else encode(json)
        call = Call(method.upper(), path, params, content, headers or {}, repeatable, read)
        progress = _Progress(self._ports.clock.now())
        try:
            return self._until_done(call, progress)
        except AnswerLost:
            raise
        except TieoutError as error:
            if not progress.lost:
                raise
            # An earlier attempt may have been carried out: whatever came after it, the engine must settle.
            raise AnswerLost(f"{progress.lost}; then: {error}") from error

    def _until_done(self, call: Call, progress: _Progress) -> Reply:
        while True:
            progress.attempt += 1
            verdict = self._once(call, progress)
            if isinstance(verdict, Reply):
                return verdict
            if isinstance(verdict, Stop):
                raise verdict.error
            if isinstance(verdict, Renew):
                self._renew(verdict, progress)
            else:
                self._wait(verdict, progress)

    def _once(self, call: Call, progress: _Progress) -> Verdict:
        token = progress.token or self._authoriser.token()
        progress.token = token
        request = self._request(call, token)
        self._pacing.wait()
        if call.writes:
            self._ports.permit()
        started = self._ports.clock.now()
        with self._pacing.slot():
            result = exchange(self._network, request, self._ports.clock)
        self._log(call, result, progress.attempt, started)
        verdict = self._judge.of(call, result, self._ports.clock.now())
        return self._learnt(result, verdict) if isinstance(result, Raw) else verdict

    def _request(self, call: Call, token: StoredToken) -> httpx.Request:
        standing = {
            "accept": "application/json",
            "user-agent": "tieout",
            **({"content-type": "application/json"} if call.content is not None else {}),
        }
        for given in (self._service.headers, call.headers):
            standing |= {name.lower(): value for name, value in given.items()}
        standing["authorization"] = self._authoriser.header(token)
        return self._network.build_request(
            call.method,
            (token.base or self._url) + call.path,
            params=call.params,
            content=call.content,
            headers=standing,
        )

    def _learnt(self, result: Raw, verdict: Verdict) -> Verdict:
        left = self._judge.left(result)
        self._pacing.learn(left)
        if isinstance(verdict, Again) and verdict.slow_down and (window := self._pacing.used_up(left)):
            until = None if verdict.wait is None else self._ports.clock.now() + timedelta(seconds=verdict.wait)
            when = f"; again at {until:%Y-%m-%d %H:%M:%S} UTC" if until else ""
            return Stop(NotNow(f"{self._name}: the system's calls for {window} s are used up{when}", until=until))
        return verdict

    def _renew(self, verdict: Renew, progress: _Progress) -> None:
        if progress.renewed or progress.token is None:
            raise verdict.error
        progress.token = self._authoriser.renewed(progress.token, verdict.error)
        progress.renewed = True

    def _wait(self, verdict: Again, progress: _Progress) -> None:
        policy, now = self._ports.policy, self._ports.clock.now()
        if verdict.lost:
            progress.lost = progress.lost or verdict.why
        jitter = policy.backoff(progress.attempt, self._ports.random)
        wait = jitter if verdict.wait is None else verdict.wait + min(jitter, 1.0)
        spent = (now - progress.began).total_seconds() + wait
        if wait > policy.patience:
            raise NotNow(f"{verdict.why}; it asks to wait {wait:.0f} s", until=now + timedelta(seconds=wait))
        if progress.lost and spent > policy.resend:
            raise AnswerLost(progress.lost)
        if progress.attempt >= policy.attempts or spent > policy.total:
            raise self._given_up(verdict, progress)
        self._ports.log.warning("again", why=verdict.why, attempt=progress.attempt, wait_seconds=round(wait, 2))
        self._ports.clock.sleep(wait)

    def _given_up(self, verdict: Again, progress: _Progress) -> TieoutError:
        why = f"{verdict.why} (given up after {progress.attempt} attempts)"
        if progress.lost:
            return AnswerLost(why)
        if verdict.slow_down:
            return NotNow(why)
        return BadAnswer(why) if verdict.broken else Unreachable(why)

    def _log(self, call: Call, result: Raw | Broken, attempt: int, started: datetime) -> None:
        self._ports.log.debug(
            "request",
            method=call.method,
            path=shown_path(call.path, call.params),
            status=result.status if isinstance(result, Raw) else None,
            failure=self._ports.redaction.mask(result.why) if isinstance(result, Broken) else None,
            ms=round((self._ports.clock.now() - started).total_seconds() * 1000),
            attempt=attempt,
        )
