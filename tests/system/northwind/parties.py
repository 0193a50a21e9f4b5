"""Customers in both systems, as people edit them: what each side shows, and who must win."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from system.northwind import crm
from system.northwind.conftest import World

ADDRESS = {"city": "City", "region": "Region", "postcode": "PostalCode", "country": "Country"}
PHONES = {"phone": "DEFAULT", "fax": "FAX"}
COLUMNS = {
    "name": "Name",
    "street": "BillingStreet",
    "city": "BillingCity",
    "region": "BillingState",
    "postcode": "BillingPostalCode",
    "country": "BillingCountry",
    "phone": "Phone",
    "fax": "Fax",
}
CLEARED = ("region", "fax")
"""What is sometimes emptied."""
COUNTRIES = ("Norway", "France", "Japan", "Brazil", "Kenya", "India", "Chile", "Iceland")
WORDS = ("Ærø", "Łódź", "Bjørk", "Señor", "Grün", "O'Neil", "Straße", "Çelik", "Naïve", "Müller")

Shown = dict[str, str]
"""Field -> text, blank if there is none."""


@dataclass
class Party:
    """One customer: its ids, what each side shows, what it showed after the last run, and when it was last edited."""

    account: str
    contact: str
    crm: Shown
    books: Shown
    agreed: tuple[Shown, Shown] = field(default_factory=lambda: ({}, {}))
    edited: list[int] = field(default_factory=lambda: [-1, -1])

    def rest(self) -> None:
        """Both sides have been brought together."""
        self.agreed = (dict(self.crm), dict(self.books))
        self.edited = [-1, -1]

    def settle(self) -> int:
        """Work out what both sides must show after the next run, and give in how many fields two edits met.

        One edit travels; of two the newest wins, by the stamps of the records, as neither system stamps its fields.
        """
        met = 0
        for name in COLUMNS:
            changed = [now[name] != then[name] for now, then in zip((self.crm, self.books), self.agreed, strict=True)]
            if not any(changed) or as_booked(name, self.crm[name]) == self.books[name]:
                continue
            met += all(changed)
            if changed[0] and (not changed[1] or self.edited[0] > self.edited[1]):
                self.books[name] = as_booked(name, self.crm[name])
            else:
                self.crm[name] = self.books[name]
        return met


def as_booked(name: str, text: str) -> str:
    """Spell a text as the ledger does: a name without blanks at its ends or two in a row."""
    return " ".join(text.split()) if name == "name" else text


def read_parties(world: World) -> dict[str, Party]:
    """Read both systems through the clients that others wrote: AccountNumber -> customer."""
    query = f"SELECT Id, AccountNumber, {', '.join(COLUMNS.values())} FROM Account"  # noqa: S608  names of our own
    rows = {row["AccountNumber"]: row for row in crm.all_rows(world.salesforce, query)}
    contacts = {one.account_number: one for one in world.ledger.contacts()}
    assert rows.keys() == contacts.keys()
    found = {}
    for number, row in rows.items():
        shown = {name: row[column] or "" for name, column in COLUMNS.items()}
        found[number] = Party(row["Id"], contacts[number].contact_id, shown, booked(contacts[number]))
        found[number].rest()
    return found


def booked(contact: Any) -> Shown:
    postal = next(one for one in contact.addresses if one.address_type == "POBOX")
    lines = (postal.address_line1, postal.address_line2, postal.address_line3, postal.address_line4)
    phones = {one.phone_type: one.phone_number or "" for one in contact.phones}
    address = {
        "city": postal.city,
        "region": postal.region,
        "postcode": postal.postal_code,
        "country": postal.country,
    }
    return {
        "name": contact.name,
        "street": "\n".join(line for line in lines if line),
        **{name: text or "" for name, text in address.items()},
        **{name: phones[kind] for name, kind in PHONES.items()},
    }


def edit(world: World, party: Party, moment: int, dice: random.Random) -> None:
    """Change one field on one side, as a person does."""
    end, name = dice.randrange(2), dice.choice(list(COLUMNS))
    shown = (party.crm, party.books)[end]
    text = invented(name, shown[name], moment, dice)
    shown[name] = text
    party.edited[end] = moment
    if end == 0:
        answered = world.salesforce.Account.update(party.account, {COLUMNS[name]: text or None})
        assert answered == 204
    else:
        order = {"object": "Contact", "id": party.contact, "fields": _typed(name, party.books)}
        world.stage.xero.order("edit", **order)


def invented(name: str, now: str, moment: int, dice: random.Random) -> str:
    """Make up a text that differs from what is there."""
    if name in CLEARED and now and dice.random() < 0.4:
        return ""
    word = dice.choice(WORDS)
    texts: Mapping[str, Callable[[], str]] = {
        "name": lambda: f"{word} & Söhne {moment}",
        "street": lambda: f"{moment} {word} Road" + ("\nBack yard" if dice.random() < 0.5 else ""),
        "postcode": lambda: f"{moment:05d}",
        "country": lambda: dice.choice([country for country in COUNTRIES if country != now]),
        "phone": lambda: f"(0{dice.randrange(9)}) {moment:03d}-{dice.randrange(10_000):04d}",
    }
    return texts.get(texts_like(name), lambda: f"{word} {moment}")()


def texts_like(name: str) -> str:
    return "phone" if name == "fax" else name


def _typed(name: str, shown: Shown) -> dict[str, Any]:
    """Give what a person's form sends for one field; an address is one form."""
    if name == "name":
        return {"Name": shown[name]}
    if name in PHONES:
        return {"Phones": [{"PhoneType": PHONES[name], "PhoneNumber": shown[name]}]}
    lines = [*shown["street"].split("\n"), "", "", ""][:4]
    numbered = {f"AddressLine{number}": line for number, line in enumerate(lines, 1)}
    rest = {theirs: shown[ours] for ours, theirs in ADDRESS.items()}
    return {"Addresses": [{"AddressType": "POBOX", **numbered, **rest}]}
