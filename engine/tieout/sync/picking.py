"""What is picked: the option whose key is remembered, asked for, given by the default, or the only one. Pure.

A key that somebody asked for comes first, then the one that the link remembers, then the answer to a question, then the
default. What is read of it is the item as it is now. A key that is no option any more gives way, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tieout.mapping.compiled import ExpressionFailed, Missing, Path, Undecided, holds
from tieout.mapping.pick import Pick, as_key
from tieout.model import Value
from tieout.sync.masking import MASK
from tieout.sync.words import Answer, Base, Fields
from tieout.transform import Scope
from tieout.values import digest

Listed = Callable[[str, str], Sequence[Fields] | None]
"""(side, object) -> the records of an object that is read beside the sides; None: not read to its end."""
Page = Callable[[str, str, str], str | None]
"""(side, object, id) -> the page on which a person sees a record; None: none is known."""


def nowhere(_side: str, _object: str, _id: str) -> None:
    """Know no page."""


class Origin(StrEnum):
    """Where a pick comes from."""

    ASKED = "asked for"
    ANSWERED = "answered"
    REMEMBERED = "remembered"
    DEFAULT = "default"
    ONLY = "the only option"
    NONE = "nothing"


@dataclass(frozen=True, slots=True)
class Option:
    """One that may be picked."""

    key: str
    label: str
    """For people: what `show` names, masked where it is personal."""
    item: Mapping[str, Value]
    page: str = ""
    """On which a person sees it; "": none is known."""

    @property
    def choice(self) -> str:
        """Tell it from the others to whoever chooses: a masked one by its page, which asks who looks."""
        return f"{self} {self.page}" if self.page and MASK in self.label else str(self)

    def __str__(self) -> str:
        return self.label if self.label.split(" ")[0] == self.key else f"{self.key} {self.label}".rstrip()


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a choice beside the record."""

    wish: str | None = None
    """The key that somebody asks for in this plan, or with the request that it carries out."""
    remembered: str | None = None
    """The key that the link remembers."""
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Picked:
    """One pick of one record."""

    pick: Pick
    option: Option | None = None
    origin: Origin = Origin.NONE
    was: str | None = None
    """The key that the link remembers."""
    fell: bool = False
    """What was remembered is no option any more."""
    offered: Sequence[Option] = ()
    """All options, where a person is to choose."""
    wrong: str = ""
    """Why nothing can be picked without a person; "": it is decided."""
    code: str = ""
    unread: str = ""
    """What it rests on and is not known yet: neither decided nor a question."""

    @property
    def decided(self) -> bool:
        """Say whether rules may read it: what was picked, or null."""
        return not self.wrong and not self.unread

    @property
    def item(self) -> Value:
        """Give what `pick.NAME` is."""
        return None if self.option is None else dict(self.option.item)


class Options:
    """The options of one pick for one record, each looked at once."""

    def __init__(self, pick: Pick, scope: Scope, listed: Listed, page: Page = nowhere) -> None:
        """Read the list; raises ExpressionFailed, or Undecided where it is not known as a whole."""
        self.pick, self.scope, self.page = pick, scope, page
        rows = _rows(pick, scope, listed)
        self.items: dict[str, Mapping[str, Value]] = {}
        for item in rows if isinstance(rows, list) else []:
            key = pick.key_of(item) if isinstance(item, Mapping) else None
            if key is not None and isinstance(item, Mapping):
                self.items.setdefault(key, item)

    def get(self, key: str | None) -> Option | None:
        """Give the option of this key; None if it is none."""
        item = None if key is None else self.items.get(key)
        if key is None or item is None or not self._passes(item):
            return None
        return Option(key, _label(self.pick, item), item, self._page(item))

    def all(self) -> list[Option]:
        """Give every option, in the order of the list."""
        return [option for key in self.items if (option := self.get(key)) is not None]

    def to_choose(self) -> list[Option]:
        """Give every option with its label in clear, for whoever chooses and for nobody else: it is kept nowhere."""
        return [replace(option, label=_label(self.pick, option.item, masked=False)) for option in self.all()]

    def _page(self, item: Mapping[str, Value]) -> str:
        if self.pick.record is None:
            return ""
        side, name, path = self.pick.record
        id_ = as_key(path.read(item))
        return "" if id_ is None else self.page(side, name, id_) or ""

    def _passes(self, item: Mapping[str, Value]) -> bool:
        return self.pick.where is None or holds(self.pick.where({**self.scope, "item": dict(item)}))


def _rows(pick: Pick, scope: Scope, listed: Listed) -> Value:
    if pick.of is not None:
        return pick.of(scope)
    found = None if pick.source is None else listed(*pick.source)
    if found is None:
        raise Undecided(f"the records among which {pick.name} is picked have not been read to their end yet")
    return sorted(found, key=lambda row: pick.key_of(row) or "")


def choose(pick: Pick, scope: Scope, listed: Listed, past: Past, page: Page = nowhere) -> Picked:
    """Pick for one record; `scope`: what a pick sees; `listed`: records that are options, None if not known."""
    try:
        return _choose(Options(pick, scope, listed, page), past)
    except ExpressionFailed as problem:
        return Picked(pick, was=past.remembered, wrong=str(problem), code="expression-failed")
    except Undecided as problem:
        return Picked(pick, was=past.remembered, unread=str(problem))


def _choose(options: Options, past: Past) -> Picked:
    pick, was = options.pick, past.remembered
    if past.wish is not None:
        asked = options.get(past.wish)
        if asked is None:
            wrong = f"{past.wish} is no option of {pick.name}; there are: {named(options.all())}"
            return Picked(pick, was=was, wrong=wrong, code="no-pick")
        return Picked(pick, asked, Origin.ASKED, was)
    kept = options.get(was)
    if kept is not None:
        return Picked(pick, kept, Origin.REMEMBERED, was)
    return _anew(options, past, was)


def _anew(options: Options, past: Past, was: str | None) -> Picked:
    pick, offered, fell = options.pick, options.all(), was is not None
    answer = past.answer
    if answer is not None and answer.fingerprint == question_print(pick, offered):
        chosen = options.get(answer.answer)
        if chosen is not None:
            return Picked(pick, chosen, Origin.ANSWERED, was, fell)
    given = None if pick.default is None else as_key(pick.default(options.scope))
    default = options.get(given)
    if default is not None:
        return Picked(pick, default, Origin.DEFAULT, was, fell)
    if given is None and len(offered) == 1:
        return Picked(pick, offered[0], Origin.ONLY, was, fell)
    if not pick.required:
        return Picked(pick, None, Origin.NONE, was, fell, offered)
    wrong = f"nothing says which {pick.name} to take"
    if not offered:
        wrong = f"there is no option for {pick.name}"
    elif given is not None:
        wrong = f"the default {given} is no option of {pick.name}"
    return Picked(pick, None, Origin.NONE, was, fell, offered, wrong, "no-pick")


def question_print(pick: Pick, offered: Iterable[Option]) -> str:
    """Give the fingerprint of the question which of these to take: an answer counts while they are the same."""
    return digest("\n".join([pick.rule, *sorted(option.key for option in offered)]))


def _label(pick: Pick, item: Mapping[str, Value], *, masked: bool = True) -> str:
    shown: list[str] = []
    for path in pick.show or (pick.key,):
        text = _text(path, item)
        if text:
            shown.append(MASK if masked and path.text in pick.personal else text)
    return " ".join(shown)


def _text(path: Path, item: Mapping[str, Value]) -> str:
    value = path.read(item)
    return "" if isinstance(value, Missing) else " ".join((as_key(value) or "").split())


def named(offered: Sequence[Option]) -> str:
    """Name options for people."""
    return ", ".join(option.choice for option in offered) or "none"


def remembered(base: Mapping[str, Base], pick: Pick) -> str | None:
    """Give the key that a link remembers, beside the agreements of its rules."""
    kept = base.get(pick.rule)
    return None if kept is None else as_key(kept.values[0])
