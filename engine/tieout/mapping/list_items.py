"""What the items of a list are: those of a list that is described, or built by an expression."""

from __future__ import annotations

from tieout.mapping import syntax
from tieout.mapping.amounts import coins_read
from tieout.mapping.compiled import Expression, Path
from tieout.mapping.draft import Ground, Reach
from tieout.model import Kind


def target_items(side: str, path: Path, ground: Ground) -> Reach:
    """Give what the items of a list that is written are."""
    # What is no list has been reported; its items are not reported one by one.
    return Reach(ground.end(side), (path.text,), built=not _is_list(path.text, side, ground))


def source_items(side: str, source: Expression | None, ground: Ground) -> Reach:
    """Find out which list's items the expression yields, and which names it gives to items that it builds."""
    end = ground.end(side)
    read = sorted(source.reads.get(side, frozenset()), key=len) if source else []
    lists = [path for path in read if _is_list(path, side, ground)]
    pure = source is not None and read and source.text == f"{side}.{read[0]}"
    if pure and not lists:
        lists = [read[0]]
    amounts = coins_read(source, ground.records(), ground)
    return Reach(end, tuple(lists), built=not lists, given=names_given(source), amounts=amounts)


def names_given(source: Expression | None) -> frozenset[str]:
    """Give the names that an expression gives to items that it builds."""
    nodes = syntax.nodes(syntax.read(source.text)) if source is not None else ()
    return frozenset(str(node.value) for node in nodes if node.kind == "key_val_pair")


def _is_list(path: str, side: str, ground: Ground) -> bool:
    end = ground.end(side)
    found = ground.catalogue.field(end, path)
    return found is not None and (found.kind is Kind.LIST or (end.type is not None and path in end.type.children))
