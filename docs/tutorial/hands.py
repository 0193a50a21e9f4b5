"""The hands of a sales rep and of a bookkeeper: a sandbox has no screens, so this calls what the screens would.

    python hands.py crm   add Account Name="Aroma Ltd" Type="Customer - Direct"     prints the new id
    python hands.py crm   set Account ID Phone="020 7946 0000"
    python hands.py crm   show Account ID Name Phone
    python hands.py books set Contacts ID EmailAddress="tea@aroma.example"
    python hands.py books show Contacts ID EmailAddress
    python hands.py books list Invoices Status Total
    python hands.py books list Contacts ContactID                                   prints the ids alone

A value that is JSON is written with `:=`, as in `IsWon:=true`. It reads `sandbox.json`, what `tieout sandbox` printed,
here or in a folder above; it speaks the public APIs of Salesforce and Xero and knows nothing of Tieout.
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

SALESFORCE = "/services/data/v64.0"
XERO = "/api.xro/2.0"


def access() -> dict[str, dict[str, str]]:
    """Find and read sandbox.json."""
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / "sandbox.json").exists():
            found: dict[str, dict[str, str]] = json.loads((folder / "sandbox.json").read_text("utf-8"))
            return found
    sys.exit("there is no sandbox.json here; start one with: tieout sandbox > sandbox.json &")


def call(method: str, url: str, headers: dict[str, str], body: object = None) -> Any:
    """Make one request and give what came back."""
    data = None if body is None else json.dumps(body).encode()
    told = {"Accept": "application/json", "Content-Type": "application/json", **headers}
    try:
        with urlopen(Request(url, data, told, method=method)) as answer:  # noqa: S310  # the sandbox's own address
            return json.loads(answer.read() or b"null")
    except HTTPError as error:
        sys.exit(f"{error.code}: {error.read().decode()}")


def crm(verb: str, kind: str, id: str, values: dict[str, Any], names: list[str]) -> None:
    """Do what a sales rep does in Salesforce."""
    how = access()["salesforce"]
    base, headers = how["url"] + SALESFORCE, {"Authorization": f"Bearer {how['user_token']}"}
    if verb == "add":
        print(call("POST", f"{base}/sobjects/{kind}", headers, values)["id"])
    elif verb == "set":
        call("PATCH", f"{base}/sobjects/{kind}/{id}", headers, values)
    else:
        where = f" WHERE Id = '{id}'" if id else ""
        query = f"SELECT {', '.join(names)} FROM {kind}{where}"  # noqa: S608  # one's own sandbox
        show(call("GET", f"{base}/query?q={quote(query)}", headers)["records"], names)


def books(verb: str, kind: str, id: str, values: dict[str, Any], names: list[str]) -> None:
    """Do what a bookkeeper does in Xero."""
    how = access()["xero"]
    base = how["url"] + XERO
    headers = {"Authorization": f"Bearer {token(how)}", "Xero-Tenant-Id": how["tenant_id"]}
    if verb == "add":
        made = call("PUT", f"{base}/{kind}", headers, values)[kind][0]
        print(made[f"{kind.removesuffix('s')}ID"])
    elif verb == "set":
        call("POST", f"{base}/{kind}/{id}", headers, values)
    else:
        show(call("GET", f"{base}/{kind}/{id}".rstrip("/"), headers)[kind], names)


def token(how: dict[str, str]) -> str:
    """Log in anew: a token of Xero lives for half an hour."""
    app = b64encode(f"{how['client_id']}:{how['client_secret']}".encode()).decode()
    form = b"grant_type=client_credentials&scope=accounting.contacts+accounting.invoices+accounting.payments"
    told = {"Authorization": f"Basic {app}", "Content-Type": "application/x-www-form-urlencoded"}
    with urlopen(Request(how["url"] + "/connect/token", form, told)) as answer:  # noqa: S310  # the sandbox's own address
        return str(json.load(answer)["access_token"])


def show(records: list[dict[str, Any]], names: list[str]) -> None:
    """Print the named fields of records, a record a line; a single field without its name."""
    for record in records:
        print("  ".join(str(record.get(name)) if len(names) == 1 else f"{name}={record.get(name)}" for name in names))


def main(words: list[str]) -> None:
    """Read the words and do it."""
    match words:
        case [("crm" | "books") as side, ("set" | "show") as verb, kind, id, *rest]:
            pass
        case [("crm" | "books") as side, ("add" | "list") as verb, kind, *rest]:
            id = ""
        case _:
            sys.exit(str(__doc__))
    values: dict[str, Any] = {}
    for word in rest:
        name, equals, value = word.partition("=")
        if equals:
            values[name.removesuffix(":")] = json.loads(value) if name.endswith(":") else value
    {"crm": crm, "books": books}[side](verb, kind, id, values, rest)


if __name__ == "__main__":
    main(sys.argv[1:])
