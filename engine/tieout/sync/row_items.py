"""A row of a list that goes both ways, as it is to be sent: each decided value goes into it. Pure."""

from __future__ import annotations

from dataclasses import replace

from tieout.mapping.compiled import Rule, put
from tieout.sync.words import Awaited, Item, Write


def filled(item: Item, rule: Rule, made: Write) -> Item:
    """Give the row with one value more."""
    sent = dict(item.sent)
    put(sent, made.names, made.sent)
    awaits: dict[str, Awaited] = dict(item.awaits)
    if made.awaits is not None:
        awaits[rule.key] = made.awaits
    return replace(
        item,
        sent=sent,
        fields={**item.fields, rule.key: (made.before, made.sent, made.source)},
        awaits=awaits,
        paths={**item.paths, rule.key: made.names},
        personal=item.personal | {rule.key} if rule.pii else item.personal,
        evidence={**item.evidence, rule.key: made.evidence} if made.evidence else item.evidence,
        decided=item.decided | {rule.key} if made.decided else item.decided,
    )
