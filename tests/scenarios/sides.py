"""The systems of a scenario as their people reach them: what they make, and every record with its fields."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from system.northwind.stage import System
from system.spotlercrm.office import Crm

Row = Mapping[str, Any]
DAY = timedelta(days=1)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_STAMP = re.compile(r"/Date\((-?\d+)(?:\+0000)?\)/")


class Side(ABC):
    """One system. An order that it refuses raises AssertionError with its words."""

    @abstractmethod
    def order(self, name: str, body: Row) -> Any:
        """Do what only the system itself or its people can do."""

    @abstractmethod
    def records(self, kind: str) -> dict[str, Row]:
        """Read all records of an object: id -> record."""

    @abstractmethod
    def effects(self) -> Mapping[str, Mapping[str, int]]:
        """Tell what requests have changed since the last count: object -> created, updated, deleted -> how many."""

    def count_anew(self) -> None:
        """Count from nought."""
        self.order("counters/reset", {})

    def make(self, kind: str, fields: Row) -> str:
        """Make a record as a person; gives its id."""
        return self.id_of(kind, self.order("edit", {"object": kind, "fields": self.typed(fields)}))

    def change(self, kind: str, id_: str, fields: Row) -> None:
        """Edit a record as a person."""
        self.order("edit", {"object": kind, "id": id_, "fields": self.typed(fields)})

    def delete(self, kind: str, id_: str) -> None:
        """Delete a record as a person; in a ledger a document is voided if it is approved."""
        self.order("delete", {"object": kind, "id": id_})

    def more(self, kind: str, id_: str, names: Sequence[str]) -> Row:
        """Read what does not stand in a list of records."""
        del kind, id_, names
        return {}

    def id_of(self, kind: str, made: Row) -> str:
        """Give the id of a record that was made."""
        del kind
        return str(made["id"])

    def typed(self, fields: Row) -> Row:
        """Give fields as the system wants them."""
        return fields


@dataclass(frozen=True)
class Salesforce(Side):
    """An org."""

    system: System
    ROOT = "/services/data/v66.0"

    def order(self, name: str, body: Row) -> Any:
        return self.system.order(name, **body)

    def effects(self) -> Mapping[str, Mapping[str, int]]:
        return self.system.effects()

    def records(self, kind: str) -> dict[str, Row]:
        query = f"SELECT Id FROM {kind} ORDER BY Id"  # noqa: S608  # an object that a scenario of ours names
        found = self.system.read(f"{self.ROOT}/query", q=query)["records"]
        return {row["Id"]: self.system.read(f"{self.ROOT}/sobjects/{kind}/{row['Id']}") for row in found}

    def standard_price_book(self) -> str:
        """Give its id; prices and deals with products name it."""
        query = "SELECT Id FROM Pricebook2 WHERE IsStandard = true"
        return str(self.system.read(f"{self.ROOT}/query", q=query)["records"][0]["Id"])


@dataclass(frozen=True)
class Xero(Side):
    """An organisation. Rows of addresses and phones may be named: `Addresses.POBOX.City`; dates are plain."""

    system: System

    @property
    def organisation(self) -> str:
        return self.system.access["tenant_id"]

    def order(self, name: str, body: Row) -> Any:
        done = self.system.order(name, **{"tenant": self.organisation, **body})
        if name == "clock":
            self._log_in()  # whoever plays here is no part of the story, and must not be locked out by it
        return done

    def _log_in(self) -> None:
        access, http = self.system.access, self.system.http
        login = (access["client_id"], access["client_secret"])
        answer = http.post("/connect/token", data={"grant_type": "client_credentials"}, auth=login, headers=FORM)
        assert answer.status_code == HTTPStatus.OK, answer.text
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def effects(self) -> Mapping[str, Mapping[str, int]]:
        counted = self.system.order("counters", tenant=self.organisation)["effects"]
        return {name: counts for name, counts in counted.items() if any(counts.values())}

    def records(self, kind: str) -> dict[str, Row]:
        archived = {"includeArchived": "true"} if kind == "Contact" else {}
        rows = self.system.read(f"/api.xro/2.0/{kind}s", page="1", **archived)[f"{kind}s"]
        return {row[f"{kind}ID"]: _dated(row) for row in rows}

    def more(self, kind: str, id_: str, names: Sequence[str]) -> Row:
        if "Notes" not in names:
            return {}
        told = self.system.read(f"/api.xro/2.0/{kind}s/{id_}/History")["HistoryRecords"]
        return {"Notes": [one["Details"] for one in told if one["Changes"] == "Note"]}

    def id_of(self, kind: str, made: Row) -> str:
        return str(made[f"{kind}ID"])

    def typed(self, fields: Row) -> Row:
        typed: dict[str, Any] = {}
        for name, value in fields.items():
            whole, *rest = name.split(".")
            if not rest:
                typed[name] = value
                continue
            key, inner = rest
            kind = {"Addresses": "AddressType", "Phones": "PhoneType"}[whole]
            rows = typed.setdefault(whole, [])
            row = next((one for one in rows if one[kind] == key), None)
            if row is None:
                rows.append(row := {kind: key})
            row[inner] = value
        return typed


@dataclass(frozen=True)
class Spotler(Side):
    """An account. Ids of other records are numbers there."""

    crm: Crm

    def order(self, name: str, body: Row) -> Any:
        return self.crm.order(name, **body)

    def effects(self) -> Mapping[str, Mapping[str, int]]:
        counted = self.crm.order("counters")["effects"]
        return {name: counts for name, counts in counted.items() if any(counts.values())}

    def records(self, kind: str) -> dict[str, Row]:
        return dict(self.crm.rows(kind))

    def typed(self, fields: Row) -> Row:
        ids = {"accountid", "contactid", "opportunityid"}
        return {name: int(value) if name in ids and value else value for name, value in fields.items()}


def _dated(value: Any) -> Any:
    """Write Xero's own dates as days, or as instants where they are."""
    if isinstance(value, dict):
        return {name: _dated(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_dated(one) for one in value]
    if isinstance(value, str) and (found := _STAMP.fullmatch(value)):
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(found[1]))
        return f"{at:%Y-%m-%d}" if not at.timestamp() % DAY.total_seconds() else f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return value
