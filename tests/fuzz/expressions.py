"""Expressions of any shape over records of any shape: a value, or a failure that names types and no value."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from tieout.mapping.compiled import ExpressionFailed, Undecided
from tieout.mapping.expressions import parse
from tieout.mapping.functions import SIGNATURES
from tieout.model import Value
from tieout.values import dumps

from .spoiling import spoilt

ROOTS = frozenset({"crm", "books", "settings", "run", "parent"})
SECRET = "s3cret-value"  # what no message may quote
NAMES = ("Type", "Amount", "Lines", "Account", "Nothing", "Flag", "a b", "é")
OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "&&", "||", "|")
LITERALS = ("`1`", "`0.10`", "`null`", "`true`", "`[]`", "`{}`", "''", "'x'", "`1e400`", "`-0`", '`"5"`')


def attack(seed: int) -> str:
    """Run one expression over one record; the answer is what is wrong, "" if nothing."""
    chance = Random(seed)  # noqa: S311  # a replayable test, no secret
    text = _expression(chance, 6)
    if chance.random() < 0.3:
        text = spoilt(text, chance)
    parsed = parse(text, ROOTS)
    if parsed.expression is None:
        return "" if all(problem.message for problem in parsed.problems) and parsed.problems else "refused in silence"
    scope: dict[str, Value] = {root: _value(chance, 4) for root in sorted(ROOTS)}
    try:
        dumps(parsed.expression(scope))
    except (ExpressionFailed, Undecided) as failure:
        return f"its message quotes a value: {text}" if SECRET in str(failure) and SECRET not in text else ""
    return ""


def _expression(chance: Random, depth: int) -> str:
    if depth == 0 or chance.random() < 0.2:
        return chance.choice((_path(chance), chance.choice(LITERALS)))
    one, other = (_expression(chance, depth - 1) for _ in range(2))
    name = chance.choice((*SIGNATURES, "sort_by", "min_by", "max_by", "not_null", "map", "exec"))
    place = chance.choice(("0", "-1", "*", "1:3", "::-1", "", "99999999999"))
    forms = (
        f"{one} {chance.choice(OPERATORS)} {other}",
        f"!({one})",
        f"{name}({', '.join((one, other)[: chance.randint(0, 2)])})",
        f"({one})[?{other}]",
        f"({one}).{chance.choice(NAMES[:6])}",
        f"[{one}, {other}]",
        f"({one})[{place}]",
        f"{{a: {one}, b: {other}}}",
    )
    return chance.choice(forms)


def _path(chance: Random) -> str:
    names = [f'"{name}"' if " " in name else name for name in chance.choices(NAMES, k=chance.randint(0, 3))]
    return ".".join([chance.choice([*sorted(ROOTS), "nowhere", "@"]), *names])


def _value(chance: Random, depth: int) -> Value:
    if depth and chance.random() < 0.7:
        if chance.random() < 0.3:
            return [_value(chance, depth - 1) for _ in range(chance.randint(0, 4))]
        return {name: _value(chance, depth - 1) for name in chance.sample(NAMES, chance.randint(0, 6))}
    plain: tuple[Value, ...] = (
        None, True, False, "", SECRET, Decimal(0), Decimal("-0.00"), Decimal("1e60"), Decimal("1e-60"),
        "2026-03-01", "x" * 300, Decimal("5.10"),
    )  # fmt: skip
    return chance.choice(plain)
