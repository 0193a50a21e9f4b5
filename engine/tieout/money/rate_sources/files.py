"""A table of rates in a file of the project, CSV or YAML: read and checked, each problem with its line.

CSV: a first line with the columns date, currency, base, rate in any order, then one rate a line. YAML: the same four
as keys of the items of a list under `rates`. A rate is units of `currency` for ONE unit of `base`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tieout.language.loading import load_file
from tieout.language.nodes import MapNode, ScalarNode
from tieout.money.currencies import codes, countable, known
from tieout.money.rate_sources.table import Row, Table
from tieout.problems import Position, Problem
from tieout.toolkit import nearest

COLUMNS = ("date", "currency", "base", "rate")
MOST_BYTES = 10_000_000
"""A hundred currencies every day for ten years."""
_LARGEST = 18
"""A power of ten that no rate between two currencies reaches."""
_APART = Decimal(100)
"""So many times as much is no movement of a market, if the rate turned round is the other one again."""
_ALIKE = Decimal(2)


@dataclass(frozen=True, slots=True)
class _Written:
    """One rate as it stands in the file: column -> text and its place."""

    cells: Mapping[str, tuple[str, Position]]
    at: Position


def read_rate_file(folder: Path, name: str, at: Position) -> tuple[Table | None, list[Problem]]:
    """Read a file below the project's folder; `at`: where it is named. None: nothing could be made of it."""
    path = folder / name
    found: list[Problem] = []
    if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
        return None, [
            Problem("unreadable-file", f"there is no file {name} in {folder}", at, "name it below the project")
        ]
    yaml = path.suffix in {".yaml", ".yml"}
    written = list(_from_yaml(path, name, found) if yaml else _from_csv(path, name, found))
    rows = [(row, one.at) for one in written if (row := _row(one, found)) is not None]
    _twice(rows, found)
    _turned(rows, found)
    table = Table.of(name, [row for row, _ in rows], doubt="lines")
    return (None if any(problem.code != "wrong-rate" for problem in found) else table), found


def _from_csv(path: Path, name: str, found: list[Problem]) -> Iterator[_Written]:
    text = _text(path, name, found)
    lines = csv.reader(text.splitlines(), skipinitialspace=True)
    header = [cell.strip().casefold() for cell in next(lines, [])]
    wrong = _wrong_header(header)
    if wrong:
        found.append(
            Problem("wrong-rate-file", f"{name}: {wrong}", Position(name, 1, 1), f"write: {','.join(COLUMNS)}")
        )
        return
    for cells in lines:
        at = Position(name, lines.line_num, 1)
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            message = f"this line has {len(cells)} cells, and the first one {len(header)}"
            found.append(Problem("wrong-rate", message, at, "a number has a point for its decimals, and no commas"))
            continue
        yield _Written({column: (cell.strip(), at) for column, cell in zip(header, cells, strict=True)}, at)


def _text(path: Path, name: str, found: list[Problem]) -> str:
    try:
        content = path.read_bytes()
        if len(content) <= MOST_BYTES:
            return content.decode("utf-8-sig")
        why = f"is larger than {MOST_BYTES:,} bytes"
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
    except UnicodeDecodeError:
        why = "is not in UTF-8"
    found.append(Problem("unreadable-file", f"{name} {why}", Position(name, 1, 1)))
    return ",".join(COLUMNS)


def _wrong_header(header: list[str]) -> str:
    missing = [column for column in COLUMNS if column not in header]
    if not missing:
        return "" if len(set(header)) == len(header) else "a column stands there twice"
    near = [f"{cell!r} instead of {column}?" for column in missing for cell in nearest(column, header, most=1)]
    return f"the first line lacks the column {', '.join(missing)}" + (f" ({' '.join(near)})" if near else "")


def _from_yaml(path: Path, name: str, found: list[Problem]) -> Iterator[_Written]:
    loaded = load_file(path, name)
    found += loaded.problems
    if loaded.root is None:
        return
    items = loaded.root.list("rates")
    if not items or list(loaded.root.entries) != ["rates"]:
        message = f"{name}: a table of rates is a list under the one key `rates`"
        found.append(
            Problem("wrong-rate-file", message, loaded.root.at, "rates: [{date: …, currency: …, base: …, rate: …}]")
        )
        return
    for item in items:
        if not isinstance(item, MapNode) or set(item.entries) != set(COLUMNS):
            given = list(item.entries) if isinstance(item, MapNode) else []
            odd = [key for key in given if key not in COLUMNS]
            near = tuple(one for key in odd for one in nearest(key, COLUMNS, most=1))
            message = f"a rate has the keys {', '.join(COLUMNS)}" + (f", and not {', '.join(odd)}" if odd else "")
            found.append(Problem("wrong-rate", message, item.at, nearest=near))
            continue
        cells = {key: (_scalar(node), node.at) for key, node in item.entries.items() if isinstance(node, ScalarNode)}
        if len(cells) < len(COLUMNS):
            found.append(Problem("wrong-rate", "the keys of a rate hold a text or a number each", item.at))
            continue
        yield _Written(cells, item.at)


def _scalar(node: ScalarNode) -> str:
    return f"{node.value:f}" if isinstance(node.value, Decimal) else str(node.value)


def _row(written: _Written, found: list[Problem]) -> Row | None:
    before = len(found)
    currency, base = (_code(written.cells[column], found) for column in ("currency", "base"))
    day, rate = _day(written.cells["date"], found), _rate(written.cells["rate"], found)
    if day is None or rate is None or len(found) > before:
        return None
    if currency == base:
        found.append(Problem("wrong-rate", f"this is a rate of {currency} against itself", written.at))
    elif rate == 1:
        message = f"1 {currency} is never exactly 1 {base}: Xero warns of such a rate, and Tieout never uses it"
        found.append(Problem("wrong-rate", message, written.cells["rate"][1], "write the rate, or leave the line out"))
    else:
        return Row(currency, base, day, rate)
    return None


def _code(cell: tuple[str, Position], found: list[Problem]) -> str:
    code, at = cell
    if not countable(code):
        near = nearest(code, codes(), most=2)
        told = "no currency that amounts can be in" if known(code) else "no currency of ISO 4217"
        found.append(Problem("wrong-rate", f"{code!r} is {told}", at, nearest=tuple(near)))
    return code


def _day(cell: tuple[str, Position], found: list[Problem]) -> date | None:
    text, at = cell
    try:
        return date.fromisoformat(text)
    except ValueError:
        found.append(Problem("wrong-rate", f"{text!r} is no date", at, "write it as 2026-01-31"))
        return None


def _rate(cell: tuple[str, Position], found: list[Problem]) -> Decimal | None:
    text, at = cell
    try:
        rate = Decimal(text)
    except InvalidOperation:
        rate = Decimal("NaN")
    if rate.is_finite() and rate > 0 and abs(rate.adjusted()) <= _LARGEST:
        return rate
    mend = "units of the currency for one unit of base, with a point for the decimals: 1.2934"
    found.append(Problem("wrong-rate", f"{text!r} is no rate", at, mend))
    return None


def _twice(rows: list[tuple[Row, Position]], found: list[Problem]) -> None:
    seen: dict[tuple[str, str, date], tuple[Decimal, Position]] = {}
    for row, at in rows:
        key = (row.currency, row.base, row.day)
        if key in seen and seen[key][0] != row.rate:
            message = f"{row.currency} against {row.base} on {row.day} has another rate in line {seen[key][1].line}"
            found.append(Problem("wrong-rate", message, at, "keep one of the two lines"))
        seen.setdefault(key, (row.rate, at))


def _turned(rows: list[tuple[Row, Position]], found: list[Problem]) -> None:
    """Find rates that are the wrong way round: turned, they are about what another line of the two currencies says."""
    first: dict[tuple[str, str], tuple[Decimal, Position]] = {}
    for row, at in rows:
        one, other = sorted((row.currency, row.base))
        units = row.rate if row.currency == one else 1 / row.rate
        known_units, place = first.setdefault((one, other), (units, at))
        if _times(units, known_units) > _APART and _times(units, 1 / known_units) < _ALIKE:
            message = f"{row.currency} against {row.base} is the other way round than in line {place.line}"
            mend = "a rate is units of `currency` for ONE unit of `base`; turn one of the two lines round"
            found.append(Problem("wrong-rate", message, at, mend))


def _times(one: Decimal, other: Decimal) -> Decimal:
    return max(one / other, other / one)
