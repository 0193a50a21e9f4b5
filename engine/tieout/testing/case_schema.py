"""The JSON Schema of a mapping test file: `schemas/mapping-test.schema.json`, held to this by a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tieout.language.schemas import DRAFT, SHIPPED_SIDES
from tieout.sync.ways import WAYS

Json = dict[str, Any]

STATES = ("present", "archived", "gone")
ABOUT = "The rule's name, such as books.DueDate or books.LineItems, or what the question is about: create, removal."


def case_schema(sides: tuple[str, str] = SHIPPED_SIDES) -> Json:
    """Make the schema of a test file for a mapping with these side names."""
    return {
        "$schema": DRAFT,
        "title": "Tieout mapping test" + (" (sides crm and books)" if sides == SHIPPED_SIDES else ""),
        "description": "Cases for one mapping: records of both sides as they are, and what the mapping does with them.",
        "type": "object",
        "properties": {
            "test": _text("Name of the mapping under test."),
            "description": _text("What the file is about."),
            "settings": _open("Settings for all cases; they win over the project's."),
            "tables": _open("Tables for all cases; they win over the project's."),
            "organisation": _organisations(sides),
            "rates": _rates("Exchange rates for all cases, beside those of the project's table files and of the ECB"),
            "run": _closed(
                "What expressions see as run.NAME.",
                {
                    "today": _text("The day of the run, as 2026-01-31."),
                    "environment": _text("The environment's name."),
                },
            ),
            "links": _open(
                "Partners under other mappings: mapping -> list of pairs, each with the id of both sides, or an object "
                "with `id` and the fields that `link: mapping.Field` reads.",
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {side: {"type": ["string", "object"]} for side in sides},
                        "required": list(sides),
                        "additionalProperties": False,
                    },
                },
            ),
            "start": _open(
                "Records with a name, for cases to start from.",
                _closed("Records of one side or of both.", {**_records(sides), "beside": _beside(sides)}),
            ),
            "cases": {
                "description": "The cases, each for itself.",
                "type": "array",
                "minItems": 1,
                "items": {"$ref": "#/definitions/case"},
            },
        },
        "patternProperties": {"^x-": {"description": "A note for people."}},
        "additionalProperties": False,
        "required": ["test", "cases"],
        "definitions": {"case": _case(sides), "expect": _expect(sides)},
    }


def _organisations(sides: tuple[str, str]) -> Json:
    said = {
        "country": _text("ISO code of its country, as GB."),
        "edition": _text("The ledger's own word for its edition, as UK: it decides which tax table `tax` goes by."),
        "currency": _text("The currency in which it keeps its books, as GBP: the base of `rate`."),
    }
    about = "What the organisation behind a side says of itself; a ledger's tax types and rates hang on it."
    return _closed(about, {side: _closed(f"The organisation behind {side}.", said) for side in sides})


def _rates(about: str) -> Json:
    rate = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "errorMessage": 'a rate in quotes, such as "1.25"'}
    pair = {"pattern": "^[A-Z]{3}/[A-Z]{3}$", "errorMessage": "a pair of currencies is written as USD/GBP"}
    said = f"{about}: USD/GBP -> units of USD for one GBP, whatever the day."
    return {**_open(said, rate), "propertyNames": pair}


def _case(sides: tuple[str, str]) -> Json:
    made = _closed(
        "One case. Without `linked`, a record alone is looked at for a create, two records for a match.",
        {
            "case": _text("What is tested, as a sentence."),
            "start": _text("Name of the records that the case starts from."),
            **_records(sides),
            "beside": _beside(sides),
            "linked": {
                "description": "The records of `start` are linked and agree; the case's own values came since.",
                "type": "boolean",
            },
            "made": _word("The side whose record Tieout created.", sides),
            "asks": _word(
                "What a person asks for: a create or an update that waits for it, or a way out of a hold.",
                ("create", "update", *WAYS),
            ),
            "needed": {"type": "boolean", "description": "Another mapping's record refers to it (`create: needed`)."},
            "picks": _open("What a person picks for the record, as `--pick` does: pick -> key.", {"type": "string"}),
            "picked": _open("What the link remembers of picks: pick -> key.", {"type": "string"}),
            "part": {"type": "string", "description": "The part (`parts`) that it is about; otherwise the first."},
            "state": _closed(
                "What is known of the records; otherwise they are present.",
                {side: _word(f"State of the record of {side}.", STATES) for side in sides},
            ),
            "lock": _closed(
                "Why a record cannot be edited freely, as its adapter would say.",
                {side: _lock(side) for side in sides},
            ),
            "settings": _open("Settings for this case."),
            "tables": _open("Tables for this case."),
            "organisation": _organisations(sides),
            "rates": _rates("Exchange rates for this case"),
            "without": _closed(
                "Fields that the organisation lacks, by name; * stands for anything (*__c).",
                {side: _texts(f"Names of fields of all objects behind {side}.") for side in sides},
            ),
            "answers": _open(f"A person's answers, by question: yes, no, keep, a side, … {ABOUT}", {"type": "string"}),
            "expect": {
                "description": "What the mapping does: `nothing`, or all of it.",
                "if": {"type": "string"},
                "then": {"enum": ["nothing"]},
                "else": {"allOf": [{"$ref": "#/definitions/expect"}]},
            },
        },
    )
    return {**made, "required": ["case", "expect"]}


def _expect(sides: tuple[str, str]) -> Json:
    return _closed(
        "All that happens: what is not named here must not happen.",
        {
            "match": _word(
                "What matching makes of two unlinked records: linked, a question, or not the same.",
                ("link", "review", "none"),
            ),
            "create": _closed("What is created, field by field.", _records(sides)),
            "update": _closed("What is updated, field by field; null for a field that is cleared.", _records(sides)),
            "remove": _closed(
                "What is removed.",
                {side: _word(f"What happens in {side}.", ("delete", "archive", "void", "credit")) for side in sides},
            ),
            "history": _closed(
                "What is written into a record's history, where a person asks for a note: parts of its text.",
                {side: _texts(f"Parts of the text in {side}.") for side in sides},
            ),
            "ends": {"description": "The link ends.", "type": "boolean"},
            "held": {
                "description": "What is held, each with as much as the test cares for.",
                "type": "array",
                "items": _closed(
                    "One hold.",
                    {
                        "field": _text(ABOUT),
                        "code": _text("Its code, such as locked, blocked or check-failed."),
                        "says": _text("A part of its message."),
                        "ways_out": _texts("The ways out that it names."),
                    },
                ),
            },
            "asked": {
                "description": "What a person is asked, each with as much as the test cares for.",
                "type": "array",
                "items": _closed(
                    "One question.",
                    {
                        "field": _text(ABOUT),
                        "kind": _text("Its kind, such as create, conflict, drift or delete."),
                        "says": _text("A part of its text."),
                    },
                ),
            },
            "picks": _open(
                "What is picked for it: pick -> key; those not named here are no failure.", {"type": "string"}
            ),
            "noted": _texts("Parts of the notes that stand beside the plan; notes not named here are no failure."),
            "others": {
                "description": "True: fields and list rows may hold more than is named here.",
                "type": "boolean",
            },
        },
    )


def _records(sides: tuple[str, str]) -> Json:
    return {
        side: _open(f"The record of {side}: path -> value. Paths may be nested or joined by dots; dates are text.")
        for side in sides
    }


def _beside(sides: tuple[str, str]) -> Json:
    about = (
        "What roll-ups and picks are over: side -> object -> records, which belong to the case's record of that side. "
        "Under a side's own object: further partners (`of: links`). In `start`: those of the last agreement."
    )
    rows = {"type": "array", "items": {"type": "object"}}
    return _closed(about, {side: _open(f"Records of objects behind {side}.", rows) for side in sides})


def _lock(side: str) -> Json:
    made = _closed(
        f"The lock of the record of {side}.",
        {
            "reason": _text("Why."),
            "editable": _texts("Paths that can be edited all the same."),
            "ways_out": _texts("What a person can do instead."),
            "allows": {
                "description": "What its system allows all the same.",
                "type": "array",
                "items": {"enum": ["void", "credit"]},
            },
        },
    )
    return {**made, "required": ["reason"]}


def _text(said: str) -> Json:
    return {"description": said, "type": "string", "minLength": 1}


def _texts(said: str) -> Json:
    return {"description": said, "type": "array", "items": {"type": "string", "minLength": 1}}


def _word(said: str, words: Sequence[str]) -> Json:
    return {"description": said, "enum": list(words)}


def _open(said: str, inner: Json | None = None) -> Json:
    return {"description": said, "type": "object", **({"additionalProperties": inner} if inner else {})}


def _closed(said: str, properties: Mapping[str, Json]) -> Json:
    return {"description": said, "type": "object", "properties": dict(properties), "additionalProperties": False}
