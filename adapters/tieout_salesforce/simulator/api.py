"""Takes every request through the same gates: address, token, allowance, version, resource (fact sheet, section 2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from email.utils import format_datetime

from tieout_salesforce.simulator import api_composite, api_meta, api_oauth, controls
from tieout_salesforce.simulator.problems import UNAUTHORISED, RequestRefused, RowRefused, refuse, single
from tieout_salesforce.simulator.resources import PLAIN, VERSIONED, resource
from tieout_salesforce.simulator.routing import Call, Reply, find
from tieout_salesforce.simulator.world import World

LONGEST_ADDRESS = 16_384
"""Bytes of the address alone (414), or with the headers (431): section 2.5."""
_ADDRESS_TOO_LONG, _HEADERS_TOO_LONG = 414, 431
_VERSION_LIST = re.compile(r"/services/data/?")

RESOURCES = (*PLAIN, *api_composite.ROUTES)


class Api:
    """Answers requests for one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def answer(self, call: Call) -> Reply:
        """Answer a request; what is refused is an answer as well. The Date is the simulator's (section 0, 4)."""
        reply = self._guarded(self._dispatch, call)
        headers = {"date": format_datetime(self.world.org.now(), usegmt=True), **reply.headers}
        if VERSIONED.fullmatch(call.path):
            headers["Sforce-Limit-Info"] = self.world.allowance.header
        return replace(reply, headers=headers)

    def _guarded(self, work: Callable[[Call], Reply], call: Call) -> Reply:
        try:
            return self._work(work, call)
        except RequestRefused as refused:
            self.world.org.counters.rejected.update(problem.code for problem in refused.problems)
            headers = {"WWW-Authenticate": "Token"} if refused.status == UNAUTHORISED else {}
            return Reply(refused.status, [problem.as_rest() for problem in refused.problems], headers)

    @staticmethod
    def _work(work: Callable[[Call], Reply], call: Call) -> Reply:
        try:
            return work(call)
        except RowRefused as refused:
            raise single(refused) from None

    def _dispatch(self, call: Call) -> Reply:
        if call.path.startswith("/__sim__/"):
            one, args = find(controls.ROUTES, call.method, call.path)
            return one.handler(self.world, replace(call, args=args))
        if _VERSION_LIST.fullmatch(call.path):
            return api_meta.versions(self.world, call)
        if not VERSIONED.fullmatch(call.path):
            one, args = find(api_oauth.ROUTES, call.method, call.path)
            self.world.org.counters.calls[one.kind] += 1
            return one.handler(self.world, replace(call, args=args))
        session = self.world.sessions.use(call.headers.get("authorization", ""))
        self.world.allowance.spend()
        return resource(self.world, RESOURCES, replace(call, user=session.user, token=session.token))


def too_long(address: int, headers: int) -> Reply | None:
    """Refuse an address of too many bytes (section 2.5)."""
    if address > LONGEST_ADDRESS:
        problem = refuse(_ADDRESS_TOO_LONG, "URI_TOO_LONG", "URI Too Long").problems[0]
        return Reply(_ADDRESS_TOO_LONG, [problem.as_rest()])
    if address + headers > LONGEST_ADDRESS:
        problem = refuse(_HEADERS_TOO_LONG, "REQUEST_HEADER_FIELDS_TOO_LARGE", "Request Header Too Large").problems[0]
        return Reply(_HEADERS_TOO_LONG, [problem.as_rest()])
    return None
