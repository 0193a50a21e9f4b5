"""The table of keys of a tax table: what class of goods has which of the ledger's tax types, from when until when."""

from __future__ import annotations

from tieout.language.reference import TEXT, WORD, Key, Shape, Type, many, named, shape

TAX_TABLE = Shape(
    "tax_table",
    "One jurisdiction: class of goods -> the ledger's own tax type, with validity dates and sources.",
    (
        Key("tax_table", WORD, "Name of the table, as messages call it.", required=True),
        Key("version", Type("version"), "Version of this file's format: 1.", required=True),
        Key("description", TEXT, "What it is, for people."),
        Key("adapter", Type("name"), "The adapter whose tax types these are.", required=True),
        Key(
            "editions", many(TEXT, 1), "The ledger's own words for the editions that it is for (Xero: Version).", "any"
        ),
        Key("countries", many(TEXT, 1), "ISO codes of the countries that it is for.", "any"),
        Key("sources", named(TEXT), "Where its entries are from, by a name that they refer to.", required=True),
        Key(
            "classes",
            named(many(shape("tax_entry"), 1)),
            "Class -> its tax types, one at a time. Common ones: standard, reduced, zero, exempt, reverse_charge, "
            "out_of_scope; others are free.",
            required=True,
        ),
    ),
    notes=True,
)

TAX_ENTRY = Shape(
    "tax_entry",
    "The tax type of a class, for a time.",
    (
        Key("type", TEXT, "The ledger's code. It must stand in the organisation's own list.", required=True),
        Key("percent", Type("decimal"), "The rate, which the organisation's own must be. Absent: not known here."),
        Key("from", Type("day"), "First day on which it is valid, in quotes.", "always"),
        Key("until", Type("day"), "Last day on which it is valid, in quotes.", "for good"),
        Key("source", WORD, "Name of its source.", required=True),
        Key("verify", TEXT, "What is to be looked at in the organisation's own list before it is relied on."),
    ),
)

SHAPES = (TAX_TABLE, TAX_ENTRY)
