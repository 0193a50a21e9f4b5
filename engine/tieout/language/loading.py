"""YAML 1.2 into nodes, by events: no tag is ever obeyed, no object built, nothing expanded without a limit.

Plain scalars are resolved by the core schema, with three differences: dates stay text; a fraction is exactly the
Decimal that was written; a number that people read in two ways (`0200`, `0x10`, `1_000`) is refused: "quote it".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from tieout.language.nodes import ListNode, MapNode, Node, Scalar, ScalarNode
from tieout.language.syntax import explain
from tieout.problems import Position, Problem

MOST_BYTES = 1_000_000
"""A mapping of 1,200 fields has about 160,000."""
MOST_NODES = 100_000
"""Counted with every alias written out, so that no alias can be a bomb."""
MOST_DEPTH = 60

_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""As the parser counts lines."""

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FRACTION = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_AMBIGUOUS = re.compile(r"[-+]?([0-9][0-9_]*(\.[0-9_]*)?|0[xob][0-9a-fA-F_]+|\.inf|\.nan)", re.IGNORECASE)
"""What is left of numbers after the two above: leading zeros, underscores, other bases."""
_WORDS: dict[str, Scalar] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """One file. `root` is None if nothing could be made of it."""

    file: str
    root: MapNode | None
    problems: tuple[Problem, ...]
    lines: tuple[str, ...] = ()


def load_file(path: Path, shown: str) -> Loaded:
    """Read a file; `shown` is how positions name it."""
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        problem = Problem(
            "unreadable-file", f"{shown} cannot be read: {error.strerror or error}", Position(shown, 1, 1)
        )
        return Loaded(shown, None, (problem,))
    return load_bytes(content, shown)


def load_bytes(content: bytes, shown: str) -> Loaded:
    """Read the content of a file."""
    if len(content) > MOST_BYTES:
        problem = Problem(
            "yaml-too-large",
            f"{shown} is larger than {MOST_BYTES:,} bytes",
            Position(shown, 1, 1),
            "split the mapping, or move data out of it",
        )
        return Loaded(shown, None, (problem,))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        problem = Problem(
            "not-utf8",
            f"byte 0x{content[error.start]:02x} is not UTF-8",
            Position(shown, line, column),
            "save it as UTF-8",
        )
        return Loaded(shown, None, (problem,))
    return load_text(text, shown)


def load_text(text: str, shown: str) -> Loaded:
    """Read text."""
    lines = tuple(_LINE_END.split(text))
    builder = _Builder(shown, lines)
    try:
        for event in _events(text):
            builder.take(event)
            if builder.full:
                break
    except YAMLError as error:
        return Loaded(shown, None, (*builder.problems, _syntax(error, shown, lines)), lines)
    except (ValueError, RecursionError) as error:  # the parser itself on broken escapes and the like
        problem = Problem("yaml-syntax", f"this is not YAML: {error}", Position(shown, 1, 1))
        return Loaded(shown, None, (*builder.problems, problem), lines)
    return Loaded(shown, builder.root(), tuple(builder.problems), lines)


def _events(text: str) -> Iterator[Any]:
    yaml = YAML(typ="safe", pure=True)
    yield from yaml.parse(text)


def _syntax(error: YAMLError, shown: str, lines: tuple[str, ...]) -> Problem:
    mark = (error.problem_mark or error.context_mark) if isinstance(error, MarkedYAMLError) else None
    if mark is None or not isinstance(error, MarkedYAMLError):
        return Problem("yaml-syntax", f"this is not YAML: {str(error).splitlines()[0]}", Position(shown, 1, 1))
    context = str(error.context or "")
    if error.context_mark and any(word in context for word in ("a tag", "an anchor", "an alias")):
        mark = error.context_mark  # where the text begins that was taken for one
    at = Position(shown, mark.line + 1, mark.column + 1)
    line = lines[mark.line] if mark.line < len(lines) else ""
    said = explain(str(error.problem or error.context or ""), context, line, mark.column)
    return Problem(said.code, said.message, at, said.mend)


@dataclass(slots=True)
class _Open:
    """A list or map of which the end has not come yet."""

    at: Position
    anchor: str | None
    keyed: bool
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Position] = field(default_factory=dict)
    key: str | None = None
    size: int = 1


@dataclass(slots=True)
class _Builder:
    """Turns events into nodes and collects what is wrong on the way."""

    file: str
    lines: tuple[str, ...]
    problems: list[Problem] = field(default_factory=list)
    full: bool = False
    open: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    top: Node | None = None
    documents: int = 0
    size: int = 0

    def root(self) -> MapNode | None:
        if isinstance(self.top, MapNode) and not self.full:
            return self.top
        if not self.problems:
            at = self.top.at if self.top else Position(self.file, 1, 1)
            what = "a list" if isinstance(self.top, ListNode) else "text" if self.top else "nothing"
            mend = "begin with `mapping:` or, in tieout.yaml, `tieout: 1`"
            self.problems.append(Problem("yaml-not-a-map", f"the file must hold keys, not {what}", at, mend))
        return None

    def take(self, event: Any) -> None:
        match event:
            case DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    self._say(
                        "yaml-documents",
                        "a second document starts here",
                        event,
                        "one file, one mapping: make two files",
                    )
                    self.full = True
            case MappingStartEvent() | SequenceStartEvent():
                self._tag(event)
                self.open.append(_Open(self._at(event), event.anchor, isinstance(event, MappingStartEvent)))
                if len(self.open) > MOST_DEPTH:
                    self._say("yaml-too-large", f"more than {MOST_DEPTH} levels deep", event)
                    self.full = True
            case MappingEndEvent() | SequenceEndEvent():
                self._close()
            case ScalarEvent():
                self._scalar(event)
            case AliasEvent():
                self._alias(event)

    def _at(self, event: Any) -> Position:
        return Position(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _say(self, code: str, message: str, event: Any, mend: str = "") -> None:
        self.problems.append(Problem(code, message, self._at(event), mend))

    def _tag(self, event: Any) -> None:
        if event.tag is None:
            return
        tag = str(event.tag)
        start, end = event.start_mark, event.end_mark
        line = self.lines[start.line] if start.line < len(self.lines) else ""
        written = line[start.column : end.column].rstrip(" ,}]") if start.line == end.line else tag
        if tag.endswith(","):  # in { } the comma is taken for a part of the tag
            written = tag[:-1]
        self._say("tagged-scalar", f"YAML reads {tag!r} as a tag, not as text", event, f'put it in quotes: "{written}"')

    def _close(self) -> None:
        done = self.open.pop()
        node: Node = MapNode(done.entries, done.at, done.keys) if done.keyed else ListNode(tuple(done.items), done.at)
        if done.anchor:
            self.anchors[done.anchor] = (node, done.size)
        self._add(node, done.size)

    def _alias(self, event: AliasEvent) -> None:
        known = self.anchors.get(str(event.anchor))
        if known is None:
            mend = "a text that starts with * stands in quotes"
            self._say("yaml-alias", f"there is no anchor &{event.anchor} before this", event, mend)
            self._add(ScalarNode(None, self._at(event)), 1)
            return
        self._add(*known)

    def _scalar(self, event: ScalarEvent) -> None:
        if self.open and self.open[-1].keyed and self.open[-1].key is None:
            self._key(event)
            return
        self._tag(event)
        text = str(event.value)
        resolved: Scalar = text
        if event.style is None and event.tag is None:
            resolved = self._resolve(text, event)
        node = ScalarNode(resolved, self._at(event), self._offset(event, text), text)
        if event.anchor:
            self.anchors[str(event.anchor)] = (node, 1)
        self._add(node, 1)

    def _resolve(self, text: str, event: ScalarEvent) -> Scalar:
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text) if len(text) < 40 else text  # noqa: PLR2004  # no system has a longer number; text is exact
        if _FRACTION.fullmatch(text):
            return Decimal(text)
        if _AMBIGUOUS.fullmatch(text):
            mend = f'quote it: "{text}"'
            self._say("ambiguous-number", f"{text} is a number that can be read in more than one way", event, mend)
        return text

    def _offset(self, event: ScalarEvent, text: str) -> int | None:
        start, end = event.start_mark, event.end_mark
        if start.line != end.line or start.line >= len(self.lines):
            return None
        found = self.lines[start.line].find(text, start.column, end.column)
        return found - start.column if found >= 0 else None

    def _key(self, event: ScalarEvent) -> None:
        here = self.open[-1]
        self._tag(event)
        key = str(event.value)
        if key in here.keys:
            first = here.keys[key]
            self._say(
                "duplicate-key", f"{key!r} stands here twice, first in line {first.line}", event, "keep one of them"
            )
        elif key == "<<":
            self._say("yaml-merge", "merge keys (<<) are not part of the language", event, "write the keys out")
        here.key = key
        here.keys.setdefault(key, self._at(event))

    def _add(self, node: Node, size: int) -> None:
        self.size += size
        if self.size > MOST_NODES and not self.full:
            self.full = True
            self.problems.append(
                Problem("yaml-too-large", f"more than {MOST_NODES:,} values, aliases written out", node.at)
            )
        if not self.open:
            self.top = node
            return
        here = self.open[-1]
        here.size += size
        if not here.keyed:
            here.items.append(node)
        elif here.key is None:
            mend = "a text that starts with [ or { stands in quotes"
            self.problems.append(Problem("yaml-key", "a key must be a word, not a list or a map", node.at, mend))
            here.key = ""
        else:
            here.entries.setdefault(here.key, node)
            here.key = None
