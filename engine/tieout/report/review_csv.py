"""Questions as a CSV file for a spreadsheet, and the answers that come back in it.

A cell that a spreadsheet would take for a formula begins with an apostrophe, which is taken off again on reading.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from tieout.errors import UsageError
from tieout.values import digest, dumps

if TYPE_CHECKING:
    from tieout.report.run_view import Standing
    from tieout.store.answering import Given
    from tieout.store.standing import Review

COLUMNS = ("key", "record", "partner", "kind", "asked", "question", "answers", "answer", "why")
NEEDED = ("key", "answer")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
AGAIN = "tieout review export -o FILE"
_KEY = re.compile(r"q([0-9]{1,18})-([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file that was answered."""

    number: int
    """As a spreadsheet counts: the row of the columns' names is 1, however many lines a cell has."""
    key: str
    answer: str
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one answered row: `refused` says why not."""

    row: Row
    record: str
    id: int | None = None
    meaning: str = ""
    refused: str = ""


def key_of(kept: Review) -> str:
    """Name a question as it was asked then; no other question of any state database has this name."""
    print_ = digest(dumps([kept.rule, kept.kind, kept.asked]))
    return f"q{kept.id}-{print_[:8]}"


# --- writing ------------------------------------------------------------------------------------------------------


def written(found: Iterable[tuple[Review, Standing]]) -> str:
    """Give the file's text; personal values are masked, as everywhere people read."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for kept, one in found:
        answers = " | ".join(f"{name}: {meaning}" for name, meaning in (one.choices or {}).items())
        cells = (key_of(kept), one.record, one.partner, one.code, one.since[:10], _asked(one), answers, "", "")
        writer.writerow([_harmless(cell) for cell in cells])
    return "\ufeff" + out.getvalue()  # without the mark a spreadsheet takes UTF-8 for something else


def _asked(one: Standing) -> str:
    """Give the question with the records that it is about, so that it can be answered from the file alone."""
    about = [" ".join(filter(None, (row.get("id"), row.get("name"), row.get("url")))) for row in one.candidates]
    return "\n".join([one.message, *about])


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


# --- reading ------------------------------------------------------------------------------------------------------


def read(name: str, content: bytes) -> list[Row]:
    """Read the answered rows of a file. Raises UsageError if it is none that `tieout review export` wrote."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not UTF-8", mend='save it as "CSV UTF-8"') from None
    if "\0" in text:
        raise UsageError(f"{name} is no CSV: it holds bytes that no text has", mend=AGAIN)
    head = text.partition("\n")[0]
    reader = csv.reader(StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    try:
        columns = _columns(name, next(reader, []))
        return [row for number, cells in enumerate(reader, 2) if (row := _row(number, cells, columns))]
    except csv.Error as error:
        raise UsageError(f"{name}, line {reader.line_num}: no CSV: {error}", mend=AGAIN) from None


def _columns(name: str, head: Sequence[str]) -> dict[str, int]:
    names = [cell.strip().casefold() for cell in head]
    missing = [column for column in NEEDED if column not in names]
    if missing:
        told = f"{name} has no column {' and no column '.join(missing)}: is it a file of tieout review export?"
        raise UsageError(told, mend=AGAIN)
    twice = [column for column in COLUMNS if names.count(column) > 1]
    if twice:
        raise UsageError(f"{name} has two columns {' and two '.join(twice)}", mend="leave one of each")
    return {column: place for place, column in enumerate(names)}


def _row(number: int, cells: Sequence[str], columns: Mapping[str, int]) -> Row | None:
    def cell(name: str) -> str:
        place = columns.get(name, len(cells))
        text = cells[place].strip() if place < len(cells) else ""
        return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text

    answered = cell("answer")
    return Row(number, cell("key"), answered, cell("why")) if answered else None


# --- judging ------------------------------------------------------------------------------------------------------


def number_of(row: Row) -> int | None:
    """Give the number of the question that a row names; None: its key is none."""
    found = _KEY.fullmatch(row.key)
    return int(found[1]) if found else None


def judged(  # the row, its question, what is open, and what was said before
    row: Row, kept: Review | None, one: Standing | None, now: Collection[Standing], given: Given, *, twice: bool
) -> Verdict:
    """Say what becomes of a row. `kept` and `one`: the question that it names; `now`: the open ones."""
    if number_of(row) is None:
        return Verdict(row, "", refused=f"{row.key!r} is no key of a question; leave that column as it was written")
    if kept is None or one is None or key_of(kept) != row.key:
        return Verdict(row, "", refused=f"{row.key} was asked in another project, or of a state that was lost since")
    choices = one.choices or {}
    if kept.state == "answered":
        return Verdict(row, one.record, kept.id, refused=f"{kept.who} answered it already: {kept.answer}")
    if kept.state != "open":
        return Verdict(row, one.record, kept.id, refused=_changed(one, now))
    if twice:
        return Verdict(row, one.record, kept.id, refused="another row answers it otherwise")
    if row.answer not in choices:
        return Verdict(row, one.record, kept.id, refused=f"no answer {row.answer!r}; there are {', '.join(choices)}")
    other = given.against(kept, row.answer)
    if other is not None:
        return Verdict(
            row,
            one.record,
            kept.id,
            refused=f"{otherwise(other)}; if that is wrong, take it back first: {to_forget(other)}",
        )
    return Verdict(row, one.record, kept.id, choices[row.answer])


def otherwise(other: Review) -> str:
    """Say that an answered question says otherwise: who answered it, and what."""
    choices = other.question.get("choices")
    meaning = choices.get(other.answer or "") if isinstance(choices, Mapping) else ""
    return f"that can't be true beside question {other.id}, which {other.who} answered with {other.answer}: {meaning}"


def to_forget(other: Review) -> str:
    """Give the command by which an answer is taken back."""
    return f"tieout review forget {other.id} --why REASON"


def _changed(one: Standing, now: Collection[Standing]) -> str:
    again = next((other.id for other in now if (other.record, other.rule) == (one.record, one.rule)), None)
    told = "what was asked has changed since the file was written"
    return f"{told}: it is question {again} now" if again is not None else f"{told}, and nothing is asked any more"


def answered_twice(rows: Sequence[Row]) -> set[str]:
    """Give the keys that rows answer differently."""
    answers: dict[str, set[str]] = {}
    for row in rows:
        answers.setdefault(row.key, set()).add(row.answer)
    return {key for key, given in answers.items() if len(given) > 1}
