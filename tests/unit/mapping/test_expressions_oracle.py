"""The closures give what jmespath itself gives."""

from __future__ import annotations

import contextlib
import json
import string

import jmespath
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jmespath import functions

from tieout.mapping.compiled import ExpressionFailed
from tieout.mapping.expressions import parse
from tieout.model import Value

ROOTS = frozenset({"crm", "settings"})


class NullSafe(functions.Functions):
    """jmespath's own functions, but for the null that goes through `contains`."""

    @functions.signature({"types": ["array", "string"]}, {"types": []})
    def _func_contains(self, subject: list[Value] | str, search: Value) -> Value:
        return None if search is None else search in subject


OPTIONS = jmespath.Options(custom_functions=NullSafe())

# No 0 and 1 beside booleans: inside of lists jmespath takes Python's `1 == True`.
SCALARS = st.one_of(st.none(), st.booleans(), st.sampled_from([2, 3, 50]), st.sampled_from(["", "a", "b", "DRAFT"]))
NAMES = st.sampled_from(["A", "B", "L", "x"])
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=12
)
RECORDS = st.dictionaries(NAMES, DATA, min_size=1, max_size=4)

STEPS = st.sampled_from(
    [
        ".A",
        ".B.x",
        ".L[0]",
        ".L[-1].x",
        ".L[]",
        ".L[].x",
        ".L[*].A",
        ".L[?x]",
        ".L[?A == 'a'].B",
        ".L[?x > `2`] | [0]",
        ".L[0:2]",
        ".L[::-1]",
        ".B.*",
        ".*.x",
        ".{p: A, q: B.x}",
        ".[A, B]",
        ".L[].[A, x]",
        ".L[].{p: @.A}",
        ".A | @",
        '."x"',
        ".L[][]",
    ]
)
LITERALS = st.sampled_from(["`2`", "`50`", "`true`", "`false`", "`null`", "'a'", "''", '`{"p": [2, "a"]}`', "`[]`"])
BASES = st.one_of(st.builds("crm{}".format, STEPS), st.just("settings.A"), LITERALS)


def _operators(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operator = st.sampled_from(["&&", "||", "==", "!=", "<", "<=", ">", ">="])
    function = st.sampled_from(
        ["length", "keys", "values", "reverse", "sort", "min", "max", "sum", "not_null", "join", "contains"]
    )
    return st.one_of(
        st.builds("({}) {} ({})".format, inner, operator, inner),
        st.builds("!({})".format, inner),
        # `|| null` keeps jmespath's `(!a).b`, which is read as `!(a.b)` here, out of the comparison.
        st.builds("(({}) || `null`){}".format, inner, st.sampled_from(["[0]", "[]", "[*]", "[?@]", ".A", " | [1]"])),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{}({}{})".format, function, inner, st.sampled_from(["", ", crm.A", ", 'a'"])),
        st.builds("{}({}, &{})".format, st.sampled_from(["sort_by", "min_by", "max_by"]), inner, NAMES),
        st.builds("join('-', {})".format, inner),
    )


EXPRESSIONS = st.recursive(BASES, _operators, max_leaves=8)


def exactly(one: Value, other: Value) -> bool:
    """Compare, telling booleans from numbers."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(exactly(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(exactly, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


@settings(max_examples=800, deadline=None)
@given(text=EXPRESSIONS, crm=RECORDS, other=DATA)
def test_closures_agree_with_jmespath(text: str, crm: Value, other: Value) -> None:
    parsed = parse(text, ROOTS, items=frozenset({"crm"}))
    if parsed.expression is None:
        assert {problem.code for problem in parsed.problems} <= {"bad-arguments", "too-large", "not-visible"}
        return
    scope = {"crm": crm, "settings": {"A": other}}
    try:
        theirs = jmespath.search(text, scope, options=OPTIONS)
    except (ValueError, TypeError):  # nulls in functions and mixed comparisons: ours are null-safe by LANGUAGE
        assume(False)  # noqa: FBT003  # hypothesis' own signature
    assert exactly(parsed.expression(scope), theirs)


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet=string.ascii_letters + " .[]{}()|&!=<>`'\"@*?,:0123456789-", max_size=40))
def test_any_text_is_answered(text: str) -> None:
    parsed = parse(text, ROOTS)
    assert (parsed.expression is None) == bool(parsed.problems)
    for problem in parsed.problems:
        assert problem.message
        assert problem.code


@settings(max_examples=300, deadline=None)
@given(text=EXPRESSIONS, crm=RECORDS, other=DATA)
def test_an_expression_fails_only_as_it_may(text: str, crm: Value, other: Value) -> None:
    expression = parse(text, ROOTS, items=frozenset({"crm"})).expression
    if expression is None:
        return
    with contextlib.suppress(ExpressionFailed):
        assert json.dumps(expression({"crm": crm, "settings": {"A": other}}), default=str)


def only(value: Value, reads: frozenset[str], path: str = "") -> Value:
    """Keep of a record what stands above, at or below a path that is read."""
    if not isinstance(value, dict) or path in reads:
        return value
    kept = {name: f"{path}.{name}" if path else name for name in value}
    return {
        name: only(value[name], reads, below)
        for name, below in kept.items()
        if below in reads or any(read.startswith(below + ".") for read in reads)
    }


@settings(max_examples=400, deadline=None)
@given(text=EXPRESSIONS, crm=RECORDS, other=DATA)
def test_what_is_not_among_the_reads_makes_no_difference(text: str, crm: Value, other: Value) -> None:
    expression = parse(text, ROOTS, items=frozenset({"crm"})).expression
    if expression is None:
        return
    narrow = only(crm, expression.reads.get("crm", frozenset()))
    try:
        full = expression({"crm": crm, "settings": {"A": other}})
    except ExpressionFailed:
        return
    assume(isinstance(full, str | bool | int | None))  # a whole object or list shows what it holds
    assert exactly(expression({"crm": narrow, "settings": {"A": other}}), full)
