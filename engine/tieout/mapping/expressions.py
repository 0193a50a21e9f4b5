"""Expressions: JMESPath that starts with a root and is only read (LANGUAGE §1, rule 2).

`parse` checks a text and compiles it; what is wrong comes back as values, all of it at once. Numbers are Decimal,
dates are ISO text, the functions are a closed set, and an expression's cost is bounded by what it reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tieout.mapping import syntax, traps
from tieout.mapping.compiled import Expression, ExpressionFailed
from tieout.mapping.evaluate import Place, Run, compile_node
from tieout.mapping.reads import reads_of
from tieout.mapping.syntax import ExpressionProblem
from tieout.model import Value
from tieout.transform import Scope

RESERVED = traps.RESERVED
__all__ = ["RESERVED", "CompiledExpression", "ExpressionProblem", "Parsed", "parse"]


@dataclass(frozen=True, slots=True)
class CompiledExpression:
    """An expression ready to run; equal to another one with the same text."""

    text: str
    reads: Mapping[str, frozenset[str]] = field(compare=False)
    _run: Run = field(compare=False, repr=False)

    def __call__(self, scope: Scope) -> Value:
        """Compute; raises ExpressionFailed or Undecided. Messages name types, never values."""
        try:
            return self._run(scope)
        except ExpressionFailed as failure:
            raise ExpressionFailed(f"{self.text}: {failure}") from failure
        except (TypeError, ArithmeticError, RecursionError) as failure:
            raise ExpressionFailed(f"{self.text}: {type(failure).__name__}") from failure


@dataclass(frozen=True, slots=True)
class Parsed:
    """The answer to a text: an expression, or what is wrong with it."""

    expression: Expression | None
    problems: tuple[ExpressionProblem, ...] = ()


def parse(text: str, roots: frozenset[str], *, items: frozenset[str] = frozenset()) -> Parsed:
    """Check and compile an expression.

    `roots`: names it may start with. `items`: roots that are items of a list (the sides inside a list rule): a name
    that an item lacks is null, for items may be built; one that a record lacks is `Undecided`. `item` is a record, too,
    unless it is named there.
    """
    problem = traps.before_parsing(text)
    if problem is not None:
        return Parsed(None, (problem,))
    try:
        top = syntax.read(text)
    except (syntax.parse_error(), RecursionError) as error:
        return Parsed(None, (traps.refused(text, error),))
    problems = traps.Traps(text, roots).find(top)
    if problems:
        return Parsed(None, problems)
    records = (roots - (RESERVED - {"item"}) - items) | (roots & {"parent"})
    return Parsed(CompiledExpression(text, reads_of(top), compile_node(top, Place(records, top=True))))
