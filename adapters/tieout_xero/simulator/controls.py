"""The controls under /__sim__/: what only a system itself or its people can do. JSON in, JSON out, no token.

Every order may name a `tenant`; without one it means the first. `GET counters` reads, everything else is POST.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from tieout_xero.simulator import bookkeeping, people
from tieout_xero.simulator.books import CHOICES
from tieout_xero.simulator.codec import Row, decode, encode, read_date, read_moment
from tieout_xero.simulator.endpoints import JSON, not_found
from tieout_xero.simulator.grants import Grants
from tieout_xero.simulator.problems import Malformed, Problem
from tieout_xero.simulator.resource import View, text
from tieout_xero.simulator.tenants import Armed, Clock, Reply, Tenant

Answer = Mapping[str, object]


class Controls:
    """All orders, by name."""

    def __init__(self, tenants: Mapping[str, Tenant], grants: Grants, clock: Clock) -> None:
        self._tenants, self._grants, self._clock = tenants, grants, clock
        self._orders: Mapping[str, Callable[[Tenant, Row], Answer]] = {
            "clock": self._set_clock,
            "consent": self._consent,
            "tokens/revoke": self._revoke,
            "counters": lambda tenant, _: tenant.counters.shown(),
            "counters/reset": _reset,
            "limits": _limits,
            "edit": _edit,
            "late": _late,
            "touch": _touch,
            "shift": _shift,
            "archive": lambda tenant, order: _archive(tenant, order, "ARCHIVED"),
            "restore": lambda tenant, order: _archive(tenant, order, "ACTIVE"),
            "delete": _delete,
            "merge": _merge,
            "approve": _approve,
            "prepay": lambda tenant, order: _shown(tenant, str(order.get("kind")), people.prepay(tenant, order)),
            "pay": lambda tenant, order: _shown(tenant, "Payment", people.pay(tenant, order)),
            "unpay": _unpay,
            "renumber": _renumber,
            "lock": _lock,
            "disconnect": lambda tenant, _: _connect(tenant, connected=False),
            "connect": lambda tenant, _: _connect(tenant, connected=True),
            "ignore": _ignore,
            "switches": _switches,
            "rates": bookkeeping.set_rate,
            "tax_rate": bookkeeping.set_tax_rate,
            "organisation": bookkeeping.set_organisation,
        }

    def answer(self, method: str, path: str, body: bytes) -> Reply:
        """Carry out one order; 400 with the reason if it cannot be."""
        order = self._orders.get(path.strip("/"))
        if order is None or (method == "GET" and path.strip("/") != "counters"):
            return not_found()
        try:
            given = _read(body)
            done = order(self._tenant(given), given)
        except (Problem, ValueError) as problem:
            return Reply(400, encode({"error": str(problem)}), JSON)
        return Reply(200, encode(done), JSON)

    def _tenant(self, order: Row) -> Tenant:
        named = text(order, "tenant") or next(iter(self._tenants))
        if named not in self._tenants:
            raise Malformed(f"tenant must be one of {', '.join(self._tenants)}")
        return self._tenants[named]

    def _set_clock(self, _: Tenant, order: Row) -> Answer:
        """`{"advance": seconds}` or `{"set": moment}`; forward only."""
        now = self._clock()
        step = timedelta(seconds=float(_whole(order, "advance"))) if "advance" in order else None
        step = read_moment(order.get("set"), "set") - now if step is None else step
        if step < timedelta():
            raise Malformed("the clock goes forward only")
        self._clock.ahead += step
        return {"now": f"{self._clock():%Y-%m-%dT%H:%M:%S.%f}Z"}

    def _consent(self, _: Tenant, order: Row) -> Answer:
        """`{"answer": "allow" | "cancel"}`: what the person at the consent page does."""
        if order.get("answer") not in {"allow", "cancel"}:
            raise Malformed("answer must be allow or cancel")
        self._grants.consent = str(order["answer"])
        return {"consent": self._grants.consent}

    def _revoke(self, _: Tenant, __: Row) -> Answer:
        self._grants.revoke_all()
        return {"revoked": True}


def _read(body: bytes) -> Row:
    given = decode(body) if body.strip() else {}
    if not isinstance(given, dict):
        raise Malformed("an order is a JSON object")
    return given


def _whole(order: Row, name: str) -> Decimal:
    value = order.get(name)
    if not isinstance(value, Decimal) or value < 0:
        raise Malformed(f"{name} must be a number from 0")
    return value


def _shown(tenant: Tenant, name: str, row: Row) -> Answer:
    return tenant.by_name[name].view(row, View.SINGLE, 4)


def _reset(tenant: Tenant, _: Row) -> Answer:
    tenant.counters.reset()
    return {"reset": True}


def _limits(tenant: Tenant, order: Row) -> Answer:
    """`{"off": bool, "minute": n, "day": n, "appminute": n, "minute_used": n, "day_used": n, "concurrent": n}`.

    `rows`: how many records a request may match before it is refused.
    """
    limits = tenant.limits
    if "rows" in order:
        tenant.books.switches.big = int(_whole(order, "rows"))
    if "off" in order:
        limits.enforced = "off" if order["off"] else "on"
    if "concurrent" in order:
        limits.concurrent = int(_whole(order, "concurrent"))
    for name, window in limits.windows.items():
        window.enter(tenant.books.now())
        if name in order:
            window.limit = int(_whole(order, name))
        if f"{name}_used" in order:
            window.used = int(_whole(order, f"{name}_used"))
    return {name: {"limit": window.limit, "used": window.used} for name, window in limits.windows.items()}


def _edit(tenant: Tenant, order: Row) -> Answer:
    """`{"object", "id"?, "fields"}`: what a person types; without an id a new record."""
    row = people.edit(tenant, order)
    return _shown(tenant, people.resource_of(tenant, order).name, row)


def _late(tenant: Tenant, order: Row) -> Answer:
    """`{"object", "id"?, "fields", "stamp"}`: an edit that becomes visible with an older UpdatedDateUTC."""
    row = people.edit(tenant, order)
    resource = people.resource_of(tenant, order)
    people.restamp(resource, row, read_moment(order.get("stamp"), "stamp"))
    return _shown(tenant, resource.name, resource.table.rows[row[resource.key]])


def _touch(tenant: Tenant, order: Row) -> Answer:
    """`{"object", "ids": [...], "stamp"?}`: give records the same stamp, now if none is given."""
    resource, ids = people.resource_of(tenant, order), order.get("ids")
    if not isinstance(ids, list):
        raise Malformed("ids must be a list")
    stamp: datetime = read_moment(order["stamp"], "stamp") if order.get("stamp") else tenant.books.now()
    for id in ids:
        people.restamp(resource, people.row_of(resource, id), stamp)
    return {"touched": len(ids)}


def _shift(tenant: Tenant, order: Row) -> Answer:
    """`{"object", "id"?, "fields", "after"}`: an edit that happens once `after` more pages have been read."""
    resource = people.resource_of(tenant, order)
    tenant.armed.append(Armed(resource.name, int(_whole(order, "after")), order))
    return {"armed": len(tenant.armed)}


def _archive(tenant: Tenant, order: Row, status: str) -> Answer:
    """`{"object": "Contact" | "Account", "id"}`; `restore` brings one back, which the API cannot (facts 2.1)."""
    resource = people.resource_of(tenant, order)
    field = "ContactStatus" if resource.name == "Contact" else "Status"
    fields = {field: status}
    return _edit(tenant, {**order, "fields": fields})


def _delete(tenant: Tenant, order: Row) -> Answer:
    """`{"object", "id"}`."""
    people.delete(tenant, order)
    return {"deleted": True}


def _merge(tenant: Tenant, order: Row) -> Answer:
    """`{"winner", "loser"}`: contacts."""
    people.merge(tenant, text(order, "winner") or "", text(order, "loser") or "")
    return {"merged": True}


def _approve(tenant: Tenant, order: Row) -> Answer:
    """`{"invoice"}` or `{"credit_note"}`."""
    return _shown(tenant, "CreditNote" if "credit_note" in order else "Invoice", people.approve(tenant, order))


def _unpay(tenant: Tenant, order: Row) -> Answer:
    """`{"payment"}`: remove a payment."""
    people.delete(tenant, {"object": "Payment", "id": order.get("payment")})
    return {"removed": True}


def _renumber(tenant: Tenant, order: Row) -> Answer:
    """`{"invoice", "number"}`."""
    change = {"object": "Invoice", "id": order.get("invoice"), "fields": {"InvoiceNumber": order.get("number")}}
    return _edit(tenant, change)


def _lock(tenant: Tenant, order: Row) -> Answer:
    """`{"period": date | null, "year": date | null}` (facts 2.5 Organisation)."""
    books = tenant.books
    if "period" in order:
        books.period_lock = read_date(order["period"], "period") if order["period"] else None
    if "year" in order:
        books.year_lock = read_date(order["year"], "year") if order["year"] else None
    return {"PeriodLockDate": books.period_lock, "EndOfYearLockDate": books.year_lock}


def _connect(tenant: Tenant, *, connected: bool) -> Answer:
    """Connect or disconnect a tenant; tokens keep refreshing, calls get 403 (facts (a))."""
    tenant.connected = connected
    return {"connected": connected}


def _ignore(tenant: Tenant, order: Row) -> Answer:
    """`{"object", "field", "off"?}`: writes of this field (of LineItem too) are silently dropped."""
    lines = order.get("object") == "LineItem"
    pair = ("LineItem" if lines else people.resource_of(tenant, order).name, text(order, "field") or "")
    ignored = tenant.books.switches.ignored
    if order.get("off"):
        ignored.discard(pair)
    else:
        ignored.add(pair)
    return {"ignored": sorted(".".join(each) for each in ignored)}


def _switches(tenant: Tenant, order: Row) -> Answer:
    """Set any of `Switches` by name; without any, show them."""
    switches = tenant.books.switches
    for name, word in order.items():
        if name != "tenant":
            switches.turn(name, word)
    return {name: getattr(switches, name) for name in CHOICES}
