"""Every key of a mapping: LANGUAGE §§2 to 9 as one table."""

from __future__ import annotations

from tieout.language.reference import (
    DECIMAL,
    EXPRESSION,
    FLAG,
    LINK,
    LITERAL,
    MAPPING_NAME,
    PATH,
    SETTING,
    SIDES,
    TABLE,
    TEXT,
    TRANSFORMS,
    WORD,
    Key,
    Shape,
    Type,
    both_sides,
    by_side,
    either,
    many,
    named,
    shape,
    whole,
    words,
)

CONFLICT = words(SIDES, "newest", "review", "max", "min", "union")
DRIFT = words("restore", "keep", "review")
BLANK = words("clear", "keep")
FIELD_BLANK = words("clear", "keep", "always")
CREATE = ("always", "needed", "request", "review")
UPDATE = ("always", "request", "review", "hold", "never")
TAX_NUMBERS = ("vat", "abn", "bn", "ird", "mva", "tin", "uen")
"""Kinds of tax numbers, as `tieout.money.tax_numbers` knows them."""
DELETE = ("delete", "archive", "void", "hold", "keep")


def _policy(name: str, do: tuple[str, ...], otherwise: tuple[str, ...], default: str, fallback: str) -> Shape:
    ends = name in {"delete", "leave"}
    keys = [
        Key("when", EXPRESSION, "The act happens only if this holds."),
        Key("do", words(*do), "The act.", "" if ends else default, required=ends),
        Key("ask", FLAG, "The act is a review: yes does it, no is remembered until the record changes.", "false"),
        Key("otherwise", words(*otherwise), "What happens when `when` does not hold.", fallback),
    ]
    if ends:
        said = "What happens when `when` does not hold; a condition again, for a third state."
        keys[-1] = Key("otherwise", either(words(*otherwise), shape(f"{name}_policy")), said, fallback)
    if ends:
        edited = "What happens if this record was changed since the last agreement."
        keys.append(Key("edited", words("review", "keep"), edited, "review"))
    return Shape(f"{name}_policy", f"`{name}` with a condition.", tuple(keys))


MAPPING = Shape(
    "mapping",
    "One file: how one object of one system and one object of another are kept in agreement.",
    (
        Key("mapping", WORD, "Name of the mapping, unique in the project; what `link` names.", required=True),
        Key("version", Type("version"), "Version of the language: 1.", required=True),
        Key("description", TEXT, "First line of every report about the mapping."),
        Key("optional", FLAG,
            "Skip the mapping, with a note, if an object or a required field that its file names is missing.", "false"),
        Key("between", both_sides(shape("end")), "The two sides, named by you, and their objects.", required=True),
        Key("settings", named(SETTING), "Defaults for `settings.NAME`; the project and the connections win."),
        Key("tables", named(TABLE), "Defaults for `lookup`: from and to, or rows by side."),
        Key("remember", by_side(PATH), "Where that side keeps its partner's id, for people and to rebuild links."),
        Key("parts", either(EXPRESSION, shape("parts")),
            "A list of texts: one partner for each record and part. Reads one side.", "one part"),
        Key("picks", named(shape("pick")), "One item out of a list, chosen by a person or a rule."),
        Key("rollups", named(shape("rollup")), "Figures over many records."),
        Key("match", many(shape("match")), "How unlinked records find each other, tried in order.", "none"),
        Key("create", by_side(either(words(*CREATE, "never"), shape("create_policy"))),
            "May a record be created on that side, for a partner-less record of the other?", "never"),
        Key("update", by_side(either(words(*UPDATE), shape("update_policy"))),
            "May a record of that side be updated?", "always"),
        Key("delete", by_side(either(words(*DELETE), shape("delete_policy"))),
            "What happens on that side when the partner was deleted.", "keep"),
        Key("leave", by_side(either(words(*DELETE), shape("leave_policy"))),
            "What happens on that side when the partner left the scope: archived, or out of `where`.", "keep"),
        Key("conflict", CONFLICT, "Who wins when both sides of a pair changed.", "review"),
        Key("on_link", words(SIDES, "newest", "review"),
            "Who wins where pairs differ when two records are first linked; blanks are filled either way.",
            "conflict, or review"),
        Key("drift", DRIFT, "What happens when someone edits the target of a one-way field.", "restore"),
        Key("blank", BLANK, "What a source that became blank does to its target.", "clear"),
        Key("annotate", many(words(SIDES)), "A note in the record's history after each write.", "none"),
        Key("fields", many(shape("field"), 1), "The rules, field by field.", required=True),
        Key("lists", many(shape("list")), "Lists inside the records, such as invoice lines."),
        Key("checks", many(shape("check")), "Conditions on both records as they will be."),
        Key("notices", named(shape("notice")), "Events for people on certain days."),
    ),
    notes=True,
)  # fmt: skip

PARTS = Shape(
    "parts",
    "`parts` that a setting switches on: where it is off, the mapping is as though it had none.",
    (
        Key("when", EXPRESSION, "The mapping has parts only if this holds; sees `settings` alone.", required=True),
        Key("from", EXPRESSION, "A list of texts, which reads one side.", required=True),
    ),
)

END = Shape(
    "end",
    "One side: which records of which system.",
    (
        Key("connection", Type("connection"),
            "Name of a connection of the project, or a list of names: one copy of the mapping for each.",
            required=True),
        Key("route", EXPRESSION,
            "With a list: which records of the other side belong to a copy. Sees that side and `settings`.", "all"),
        Key("object", TEXT, "The object, as `tieout describe` spells it.", required=True),
        Key("where", EXPRESSION, "Scope: which records take part. Sees this side, `settings` and `run`.", "all"),
        Key("archived", FLAG, "Archived records are in scope.", "false"),
    ),
)  # fmt: skip

_MATCH_PAIR = (
    Key("compare", TRANSFORMS, "A transform under whose comparison two values are the same.", "exact"),
    Key("link", MAPPING_NAME, "Compare through that mapping's link: the two ids are the same if they are linked."),
)

MATCH = Shape(
    "match",
    "One way to find a partner: exactly one candidate each way.",
    (
        *(Key(key.name, key.type, key.meaning, key.default, on=("pair",)) for key in _MATCH_PAIR),
        Key("all", many(shape("match_pair"), 1), "Several pairs, all of which must agree.", required=True, on=("all",)),
        Key("accept", words("link", "review"), "Link at once, or ask.", "link"),
        Key("decides", FLAG, "Both given and different: never linked by a later rule.", "false"),
        Key("optional", FLAG, "Skip the rule if a field is missing.", "false"),
    ),
    sides=True,
    variants={"all": "a rule with `all`", "pair": "a single pair"},
)

MATCH_PAIR = Shape("match_pair", "One comparison.", _MATCH_PAIR, sides=True)

FIELD = Shape(
    "field",
    "One rule. Two sides: a pair, both ways. One side and a source: one way.",
    (
        Key("from", EXPRESSION, "The source: an expression.", required=True, on=("from",)),
        Key("value", LITERAL, "The source: a constant.", required=True, on=("value",)),
        Key("first", many(shape("case"), 1), "The source: the first case that applies and is not blank.",
            required=True, on=("first",)),
        Key("as", TRANSFORMS, "A transform, or a chain of them."),
        Key("default", LITERAL,
            "One way: the constant for a blank source. Pair: an expression for both sides when both are blank.",
            on=("pair", "from", "first")),
        Key("link", LINK, "The value is an id; written is the partner's id in that mapping, or `mapping.Field` of it.",
            on=("pair", "from")),
        Key("when", EXPRESSION, "False: the rule is out of force and neither side is written.", "true"),
        Key("only", words("create", "change"),
            "`create`: written when we create the record, never compared again. "
            "`change`: only beside another change of a record that is there, not at its create.",
            on=("from", "value", "first")),
        Key("conflict", CONFLICT, "Who wins when both sides changed.", "the mapping's", on=("pair",)),
        Key("drift", DRIFT, "What happens when someone edits the target.", "the mapping's",
            on=("from", "value", "first")),
        Key("blank", FIELD_BLANK,
            "What a source that became blank does. `always`: the target is blank whenever its source is, from the "
            "first link on; one way, with `drift: restore`.", "the mapping's"),
        Key("optional", FLAG, "Skip the rule if the system lacks a field named in it.", "false"),
        Key("pii", FLAG, "Personal data: masked in logs, audit and reports.", "what the system says"),
        Key("note", TEXT, "Shown by `plan` beside a change, and by what holds one."),
    ),
    sides=True,
    variants={
        "pair": "a pair goes both ways and",
        "first": "a rule with `first`",
        "from": "a rule with `from`",
        "value": "a rule with `value`",
    },
)  # fmt: skip

CASE = Shape(
    "case",
    "One case of `first`.",
    (
        Key("when", EXPRESSION, "The case applies only if this holds.", "true"),
        Key("from", EXPRESSION, "The source: an expression.", required=True, on=("from",)),
        Key("value", LITERAL, "The source: a constant.", required=True, on=("value",)),
        Key("as", TRANSFORMS, "A transform, or a chain of them, for this case."),
        Key("optional", FLAG, "Skip the case if the system lacks a field named in it.", "false"),
    ),
    variants={"from": "a case with `from`", "value": "a case with `value`"},
)

LIST = Shape(
    "list",
    "One list. One side and `from`: one way. Two sides: both ways.",
    (
        Key("from", EXPRESSION, "An expression that gives a list; it may build one.", required=True, on=("one way",)),
        Key("where", EXPRESSION, "Which items; sees the item under its side's name, and `parent`.", "all"),
        Key("limit", whole(1), "The first so many; the rest are reported.", "all", on=("one way",)),
        Key("key", by_side(PATH), "For each side, the path of the item's id."),
        Key(
            "extra",
            words("review", "keep", "remove"),
            "Items that the source does not have.",
            "review",
            on=("one way",),
        ),
        Key(
            "rounding",
            shape("rounding"),
            "A line that puts right what rounding takes from two amounts.",
            "none",
            on=("one way",),
        ),
        Key("fields", many(shape("field"), 1), "Rules; the side names are the items.", required=True),
        Key("conflict", CONFLICT, "Default for its fields.", "the mapping's"),
        Key("drift", DRIFT, "Default for its fields.", "the mapping's"),
        Key("optional", FLAG, "Skip the list if it is missing; default for its fields.", "false"),
        Key("note", TEXT, "Shown by `plan`."),
    ),
    sides=True,
    variants={"both ways": "a list that goes both ways", "one way": "a one-way list"},
)

ROUNDING = Shape(
    "rounding",
    "A line that is added to a one-way list when two amounts differ by no more than rounding can do.",
    (
        Key("equal", many(EXPRESSION, 2), "What the amount should be, and what the document comes to without the line.",
            required=True),
        Key("within", DECIMAL, "The most that the line may put right; a greater difference is held.", required=True),
        Key("row", EXPRESSION, "The item that is added; sees `rounding.amount` and `rounding.account`.", required=True),
    ),
)  # fmt: skip

CHECK = Shape(
    "check",
    "A condition on both records as they will be, predicted totals included.",
    (
        Key("equal", many(EXPRESSION, 2), "Two expressions that must give the same.", required=True, on=("equal",)),
        Key("that", EXPRESSION, "What must hold.", required=True, on=("that",)),
        Key("valid", shape("tax_number"), "A tax number that must fit the rules of its country; a blank one does.",
            required=True, on=("valid",)),
        Key("within", DECIMAL, "How much the two may differ.", '"0"', on=("equal",)),
        Key("when", EXPRESSION, "Check only if this holds.", "true"),
        Key("say", TEXT, "What a person is told.", required=True),
        Key("otherwise", words("hold", "review", "warn"), "What happens if the check fails.", "hold"),
    ),
    variants={"equal": "a check with `equal`", "that": "a check with `that`", "valid": "a check with `valid`"},
)  # fmt: skip

TAX_NUMBER = Shape(
    "tax_number",
    "A tax number, and whose rules it follows.",
    (
        Key("number", EXPRESSION, "The number.", required=True),
        Key("country", EXPRESSION, "The country, by name or code: an expression, or a code (GB).",
            "what the number begins with"),
        Key("kind", words(*TAX_NUMBERS), "Which number; `vat` stands for GST and its like, too.", "vat"),
    ),
)  # fmt: skip

PICK = Shape(
    "pick",
    "One item out of a list.",
    (
        Key(
            "of",
            either(EXPRESSION, by_side(TEXT)),
            "A list of a record, or records of an object of a side.",
            required=True,
        ),
        Key("where", EXPRESSION, "Which are options; sees `item`, the records, settings.", "all"),
        Key("key", PATH, "What is remembered, and what `--pick` names.", required=True),
        Key("ask", TEXT, "The question. Without it the pick is silent."),
        Key("show", many(PATH), "Paths shown as the label.", "key"),
        Key("default", EXPRESSION, "An expression that gives a key.", "the only option"),
        Key("required", FLAG, "False: nothing picked is null.", "true"),
    ),
)

ROLLUP = Shape(
    "rollup",
    "A figure over many records.",
    (
        Key(
            "of", either(words("links"), by_side(TEXT)), "An object of a side, or `links`: all partners.", required=True
        ),
        Key("by", PATH, "Of an object: the path in it that holds the id of this mapping's record on that side."),
        Key("where", EXPRESSION, "Which records; sees `item`, `settings` and `run`, as all that follow.", "all"),
        Key("sum", EXPRESSION, "What is added up; of nothing it is 0."),
        Key("max", EXPRESSION, "What the greatest, or the latest, is taken of; of nothing it is null."),
        Key("min", EXPRESSION, "What the smallest, or the earliest, is taken of; of nothing it is null."),
        Key("list", EXPRESSION, "What is listed, in ascending order; what is blank is left out."),
        Key("count", FLAG, "True: the number of records."),
        Key("per", EXPRESSION, "A key: the figure is an object by it."),
        Key(
            "in",
            EXPRESSION,
            "A currency, as its code or an expression that sees both records: each amount is converted to it.",
        ),
        Key("less", WORD, "Another roll-up that is taken from this one, with the same `per` and `in`."),
    ),
)

NOTICE = Shape(
    "notice",
    "One event for each record and day.",
    (
        Key("when", EXPRESSION, "No notice once this does not hold.", "true"),
        Key("date", EXPRESSION, "The day that `days` count from.", required=True),
        Key("days", many(whole(-10_000), 1), "Days after the date.", required=True),
        Key("say", TEXT, "What a person is told."),
        Key("tell", named(EXPRESSION), "What is told besides, by name: whom it is about, how much, the page.", "none"),
    ),
)

SHAPES = (
    MAPPING,
    PARTS,
    END,
    MATCH,
    MATCH_PAIR,
    _policy("create", CREATE, (*CREATE, "never"), "always", "never"),
    _policy("update", UPDATE, UPDATE, "always", "hold"),
    _policy("delete", DELETE, DELETE, "", "keep"),
    _policy("leave", DELETE, DELETE, "", "keep"),
    FIELD,
    CASE,
    LIST,
    ROUNDING,
    CHECK,
    TAX_NUMBER,
    PICK,
    ROLLUP,
    NOTICE,
)
