"""country: countries by any of their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import ClassVar

from tieout.mapping.transforms.values import blank, comparing, folded, known_side, text
from tieout.model import Value
from tieout.transform import Binding, Bound, Misused, Scope, Transform, Unconvertible

_FORMS = ("name", "code")


@dataclass(frozen=True, slots=True)
class Table:
    """All countries of ISO 3166-1."""

    names: Mapping[str, str]
    """Two-letter code -> English name."""
    codes: Mapping[str, str]
    """Any spelling, folded -> two-letter code."""


@cache
def table() -> Table:
    """Read the table: a line per country, `two-letter code, three-letter code, name|other names`."""
    names, codes = dict[str, str](), dict[str, str]()
    for line in files(__package__).joinpath("countries.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            code, long, spelt = line.split(" ", 2)
            spellings = spelt.split("|")
            names[code] = spellings[0]
            codes.update(dict.fromkeys(map(plain_name, (code, long, *spellings)), code))
    return Table(MappingProxyType(names), MappingProxyType(codes))


def plain_name(written: str) -> str:
    """Give a spelling without case, accents, punctuation and a leading `the`."""
    letters = re.sub(r"(?<=\b\w)\.", "", folded(written)).replace("&", " and ")
    words = [{"st": "saint"}.get(word, word) for word in re.sub(r"[^\w]+", " ", letters).split()]
    while len(words) > 1 and words[0] == "the":
        del words[0]
    return " ".join(words)


def code_of(written: str) -> str | None:
    """Give the two-letter code of a country spelt in any known way."""
    return table().codes.get(plain_name(written))


def _plain(written: str) -> str:
    return code_of(written) or plain_name(written)


@dataclass(frozen=True, slots=True)
class _Country(Bound):
    forms: Mapping[str, str]
    """Side -> `name` or `code`; a side without one gets what was spelt."""
    compares: bool

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        if blank(value):
            return None
        written = text(value, "country").strip()
        if self.compares:
            return _plain(written) or None
        form, code = self.forms.get(to), code_of(written)
        if code is None and written and "code" in self.forms.values():
            raise Unconvertible("unknown-country", "this country is spelt in no way that is known, so it has no code")
        if form is None or code is None:
            return written or None
        return code if form == "code" else table().names[code]

    def same(self, one: Value, other: Value, *, on: str) -> bool:  # noqa: ARG002
        left, right = (_plain(value) if isinstance(value, str) else value or "" for value in (one, other))
        return left == right


class Country(Transform):
    """Countries by any of their names."""

    name = "country"
    summary = "compares countries by ISO code and writes what was spelt, or the name or code if named by side"
    arguments: ClassVar[Mapping[str, object]] = {
        "description": "the form to write, by side: {crm: name, books: code}",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"enum": list(_FORMS)},
    }
    optional_argument = True

    def bind(self, binding: Binding) -> Bound:
        """Take the forms."""
        given = binding.argument if binding.argument is not None else {}
        if not isinstance(given, Mapping):
            raise Misused("country takes the form to write, by side: {country: {crm: name, books: code}}")
        forms = {known_side(side, binding, self.name): str(form) for side, form in given.items()}
        for form in forms.values():
            if form not in _FORMS:
                raise Misused(f"country writes {' or '.join(_FORMS)}, not {form!r}")
        return _Country(forms, comparing(binding))
