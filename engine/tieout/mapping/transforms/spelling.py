"""Texts that are spelt in many ways and mean one thing: phone, email, postcode, vat_number, company_name.

In a rule what was spelt is written, and spellings of one thing are the same. Under `compare:` the plain form is
compared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from tieout.mapping.transforms.values import blank, comparing, folded, text
from tieout.model import Value
from tieout.money.tax_numbers import plain as plain_vat_number
from tieout.transform import Binding, Bound, Misused, Scope, Transform, Unconvertible


@dataclass(frozen=True, slots=True)
class _Spelt(Bound):
    name: str
    write: Callable[[str], str]
    plain: Callable[[str], str]

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        return None if blank(value) else self.write(text(value, self.name)) or None

    def same(self, one: Value, other: Value, *, on: str) -> bool:  # noqa: ARG002
        left, right = (self.plain(value) if isinstance(value, str) else value or "" for value in (one, other))
        return left == right


def _one_line(written: str) -> str:
    return " ".join(written.split())


def _alphanumeric(written: str) -> str:
    capital = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", written).upper())
    return "".join(sign for sign in capital if sign.isalnum())


def _bound(binding: Binding, name: str, write: Callable[[str], str], plain: Callable[[str], str]) -> Bound:
    return _Spelt(name, plain if comparing(binding) else write, plain)


class Phone(Transform):
    """Telephone numbers."""

    name = "phone"
    summary = "a telephone number as it is spelt; compared by its digits"

    def bind(self, binding: Binding) -> Bound:
        """Bind."""
        return _bound(binding, self.name, _one_line, plain_phone)


def plain_phone(written: str) -> str:
    """Give the digits, with + for an international number: 00 is +, and a (0) after the country code nothing."""
    kept = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", written).casefold())
    signs = "".join(sign for sign in kept if sign.isalnum())
    plus = re.match(r"[\s(]*\+", kept) is not None
    if not plus and not signs.startswith("00"):
        return signs
    signs = "".join(sign for sign in kept.replace("(0)", "") if sign.isalnum())
    return "+" + (signs if plus else signs.removeprefix("00"))


class Email(Transform):
    """E-mail addresses."""

    name = "email"
    summary = "an e-mail address without blanks around it; compared without regard to case"

    def bind(self, binding: Binding) -> Bound:
        """Bind."""
        return _bound(binding, self.name, _address, _plain_address)


def _plain_address(written: str) -> str:
    return re.sub(r"^mailto:", "", written.strip(), flags=re.IGNORECASE).strip().casefold()


def _address(written: str) -> str:
    address = re.sub(r"^mailto:", "", written.strip(), flags=re.IGNORECASE).strip()
    if address and not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise Unconvertible(
            "not-an-email", "this is no e-mail address: one @ with a name before it and a domain after it"
        )
    return address


class Postcode(Transform):
    """Postcodes."""

    name = "postcode"
    summary = "a postcode as it is spelt; compared without blanks, dashes and case"

    def bind(self, binding: Binding) -> Bound:
        """Bind."""
        return _bound(binding, self.name, _one_line, _alphanumeric)


class VatNumber(Transform):
    """VAT and other tax numbers."""

    name = "vat_number"
    summary = "a tax number as it is spelt; compared by letters and digits, its country's letters included"

    def bind(self, binding: Binding) -> Bound:
        """Bind."""
        return _bound(binding, self.name, _one_line, plain_vat_number)


# --- company_name --------------------------------------------------------------------------------------------------

_LEGAL_FORMS = (
    "gmbh and co kgaa|gmbh and co kg|gmbh co kg|ag and co kg|ug haftungsbeschrankt and co kg|ug haftungsbeschrankt|"
    "s de rl de cv|sapi de cv|sa de cv|sas de cv|sab de cv|pty limited|pty ltd|pte ltd|pvt ltd|private limited|"
    "public limited company|sdn bhd|co ltd|company limited|company ltd|limited liability company|"
    "ltd|limited|plc|llp|llc|lp|inc|incorporated|corp|corporation|gmbh|mbh|ag|kg|kgaa|ohg|gbr|ug|ev|eg|se|sa|sas|sasu|"
    "sarl|eurl|sca|srl|srls|spa|snc|slu|sl|sau|bv|bvba|nv|vof|cv|ab|asa|as|oy|oyj|aps|is|hf|ehf|doo|dd|kft|zrt|nyrt|"
    "sro|spol sro|sp z oo|sp zoo|ltda|eireli|kk|co|company"
)
"""Our own short list (facts: libraries 2.4), as they look after folding; longer ones are tried first."""
_FORMS = tuple(sorted((tuple(form.split()) for form in _LEGAL_FORMS.split("|")), key=len, reverse=True))
_NOT_DECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"}
)


class CompanyName(Transform):
    """Names of companies, for comparing only."""

    name = "company_name"
    summary = "compares company names without accents, case, punctuation and legal form; only under compare"

    def bind(self, binding: Binding) -> Bound:
        """Refuse to be written."""
        if not comparing(binding):
            raise Misused("company_name compares names and is no name to write: use it under compare in match")
        return _CompanyName()


class _CompanyName(Bound):
    exact = False

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        return None if blank(value) else plain_company_name(text(value, "company_name")) or None

    def same(self, one: Value, other: Value, *, on: str) -> bool:
        return self.convert(one, to=on, scope={}) == self.convert(other, to=on, scope={})


def plain_company_name(written: str) -> str:
    """Give the name without accents, case, punctuation, a leading `the` and trailing legal forms.

    Nothing else is dropped: Acme and Acme Widgets Europe stay two companies.
    """
    letters = folded(written).translate(_NOT_DECOMPOSED)
    # Dots inside of S.p.A. and apostrophes are dropped, all other punctuation parts words.
    letters = re.sub(r"(?<=\b\w)\.(?=\w)|(?<=\w)['\u2019](?=\w)", "", letters)
    letters = letters.replace("&", " and ").replace("+", " and ")
    words = re.sub(r"[^\w]+|_", " ", letters).split()
    while len(words) > 1 and words[0] == "the":
        del words[0]
    return " ".join(_without_form(words))


def _without_form(words: list[str]) -> list[str]:
    while True:
        form = next((form for form in _FORMS if len(form) < len(words) and tuple(words[-len(form) :]) == form), None)
        # "Smith & Co" is more than "Smith".
        if form is None or (form[0] in {"co", "company"} and words[-len(form) - 1] == "and"):
            return words
        words = words[: -len(form)]
