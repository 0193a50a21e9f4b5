"""Every key of tieout.yaml: LANGUAGE §11 as one table."""

from __future__ import annotations

from tieout.language.reference import (
    AMOUNTS,
    DURATION,
    PERCENT,
    SETTING,
    TABLE,
    TEXT,
    WORD,
    Key,
    Shape,
    Type,
    either,
    many,
    named,
    shape,
    whole,
)

_OPEN = Type("object")

_SHARED = (
    Key("connections", named(shape("connection")), "The accounts in the systems, by name.", required=True),
    Key("mappings", many(shape("use"), 1), "Packs and folders of mappings, in order.", required=True),
    Key("settings", named(SETTING), "Settings for all mappings."),
    Key("tables", named(TABLE), "Tables for all mappings."),
    Key(
        "store",
        TEXT,
        "The state database, as a URL; `sqlite:` and a path below the project.",
        "sqlite:.tieout/state.db",
    ),
    Key("rates", shape("rates"), "Where exchange rates come from: `convert` and `rate` ask there."),
    Key("guards", shape("guards"), "Limits that stop a plan until a person lets this plan through."),
    Key("notify", shape("notify"), "Who is told of what."),
    Key("locale", TEXT, "How amounts are written in reports and plans, for people alone: en, de, fr_CH.", "en"),
)

PROJECT = Shape(
    "project",
    "tieout.yaml: connections, mappings, guards, and what differs between environments.",
    (
        Key("tieout", Type("version"), "Version of this file's format: 1.", required=True),
        Key("project", Type("name"), "Name of the project, shown in every report.", required=True),
        Key("environment", Type("name"), "Environment used where neither --env nor TIEOUT_ENV names one.", "none"),
        *_SHARED,
        Key(
            "environments",
            named(shape("environment")),
            "What is different in each environment: laid over all the rest.",
        ),
    ),
    notes=True,
)

ENVIRONMENT = Shape(
    "environment",
    "One environment: maps merge, everything else replaces.",
    tuple(Key(key.name, key.type, key.meaning, key.default) for key in _SHARED),
)

CONNECTION = Shape(
    "connection",
    "One account in one system.",
    (
        Key("adapter", Type("name"), "The adapter, as `tieout adapters` lists it.", required=True),
        Key("organisation", TEXT, "Id of the organisation; a connection that answers with another one is refused."),
        Key("options", _OPEN, "Options of the adapter; `${env:NAME}` is replaced. No secrets."),
        Key("credentials", Type("credentials"), "References to secrets: ${env:NAME}, ${file:/path}, ${secret:NAME}."),
        Key("settings", named(SETTING), "Settings for mappings that use this connection; they win over all others."),
        Key("tables", named(TABLE), "Tables for mappings that use this connection; they win over all others."),
        Key("rounding", WORD, "The rounding profile of the ledger.", "the adapter's"),
        Key(
            "tax",
            TEXT,
            "A tax table of the project's own for this ledger: a file below the project.",
            "the one that ships for the organisation's edition",
        ),
        Key(
            "sales_accounts",
            many(TEXT, 1),
            "Codes of accounts, in quotes, to which lines of sales may be booked beside those of revenue.",
            "revenue alone",
        ),
        Key("full_read", DURATION, "How often everything is read again, beside what changed (24h).", "never"),
        Key("calls", shape("calls"), "How many of the system's calls may be used."),
    ),
)

CALLS = Shape(
    "calls",
    "The share of the system's daily calls.",
    (Key("share", PERCENT, "Share of the daily allowance (40%).", "80%"),),
)

USE = Shape(
    "use",
    "A pack or a folder of mappings.",
    (
        Key("use", TEXT, "Name of a pack, or a folder or file below the project.", required=True),
        Key(
            "change",
            named(_OPEN),
            "For each mapping: keys laid over its own. `fields` replace by target, or are added.",
        ),
    ),
)

GUARDS = Shape(
    "guards",
    "Limits for each mapping and pass; more than this stops the plan.",
    (
        Key("creates", whole(), "Most records created.", "50"),
        Key("updates", whole(), "Most records updated.", "500"),
        Key("deletes", whole(), "Most records deleted or archived, beside up to ten that a person said yes to.", "0"),
        Key("voids", whole(), "Most documents voided, beside what a person said yes to as above.", "0"),
        Key("share", PERCENT, "Most of the linked records that may change, from ten links on.", "20%"),
        Key("money", shape("money"), "Most money that may move.", "no limit"),
    ),
)

MONEY = Shape(
    "money",
    "Most money that may move, up and down added up: an amount with its currency (GBP 10000), or several in a list.",
    (
        Key("receivables", AMOUNTS, "Of what customers owe, tax included."),
        Key("revenue", AMOUNTS, "Of revenue, by account, without tax."),
        Key("tax", AMOUNTS, "Of tax, by tax type."),
    ),
)

RATES = Shape(
    "rates",
    "A chain of sources of exchange rates.",
    (
        Key(
            "chain",
            many(either(TEXT, shape("rate_file")), 1),
            "The sources, asked in this order until one has a rate that may be used: `document`, a connection or its "
            "adapter, a table in a file, `ecb`, or a source of a plugin.",
        ),
        Key("stale_after", Type("days"), "A rate that was older than this on its day is not used.", "7d"),
    ),
)

RATE_FILE = Shape(
    "rate_file",
    "A table of rates in a file.",
    (
        Key(
            "file",
            TEXT,
            "Path below the project of a CSV file with the columns date, currency, base and rate (units of the "
            "currency for one unit of base), or of a YAML file with these keys in a list under `rates`.",
            required=True,
        ),
    ),
)

NOTIFY = Shape(
    "notify",
    "Who is told of what.",
    (
        Key(
            "expect_run_every", DURATION, "A run is expected so often; `tieout status --alert` tells if none came (5m)."
        ),
        Key("silence_after", whole(1), "So many missed runs are silence.", "3"),
        Key("to", named(shape("receiver")), "Receivers by name."),
        Key("send", shape("send"), "Which receivers hear of which event.", "everything to all of them"),
    ),
)

RECEIVER = Shape(
    "receiver",
    "One receiver; exactly one of the two keys.",
    (
        Key("webhook", TEXT, "An https URL that takes the message as JSON; a secret one by reference: ${env:NAME}."),
        Key("url", TEXT, "An address of apprise: mail, chat (mailtos://…, slack://…); secrets by reference."),
    ),
)

_RECEIVERS = either(TEXT, many(TEXT, 1))

SEND = Shape(
    "send",
    "Which receivers hear of which event; an event that is not named goes nowhere.",
    (
        Key("failures", _RECEIVERS, "Something failed, is held or stopped; told at once, and again while it lasts."),
        Key("reviews", _RECEIVERS, "A question for a person; told at once, and again while it is open."),
        Key("silence", _RECEIVERS, "No run came."),
        Key("recovery", _RECEIVERS, "What was told is over."),
        Key("notices", _RECEIVERS, "A day came that `notices` of a mapping watch; told once."),
        Key("by_notice", named(_RECEIVERS), "Who hears of single notices, by their names, in place of `notices`."),
    ),
)

SHAPES = (PROJECT, ENVIRONMENT, CONNECTION, CALLS, USE, GUARDS, MONEY, RATES, RATE_FILE, NOTIFY, RECEIVER, SEND)
