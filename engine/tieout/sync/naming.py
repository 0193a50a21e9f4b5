"""How a record is named to people: by its own texts beside its id; what is personal is masked. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tieout.mapping.compiled import CompiledMapping, Missing, OneWay, Pair, Path
from tieout.model import Value
from tieout.sync.masking import MASK, personal_paths
from tieout.sync.words import Image
from tieout.values import dumps

TITLES = ("Name", "name", "InvoiceNumber", "Title", "Code")
MOST = 60
"""Characters of one value."""


def title(mapping: CompiledMapping, end: int, image: Image) -> str:
    """Give the first plain text by which such records are known and that is not personal; "" if there is none."""
    return title_in(mapping, end, image.record)


def title_in(mapping: CompiledMapping, end: int, record: Mapping[str, Value]) -> str:
    """Give the title that stands among a record's fields; "" if there is none."""
    masked = personal_paths(mapping, end)
    for name in TITLES:
        value = record.get(name)
        if name not in masked and isinstance(value, str) and value:
            return value
    return ""


def identified(mapping: CompiledMapping, end: int, image: Image) -> str:
    """Give the id of a record, or of its part, with the title in brackets behind it."""
    known = title(mapping, end, image)
    return f'{image.unit} ("{_short(known)}")' if known else image.unit


def label(mapping: CompiledMapping, end: int, image: Image | None, rule: int) -> str:
    """Give what a person compares two records by: the title, else the first mapped text, and the match rule's values.

    `rule`: number of the match rule.
    """
    if image is None:
        return ""
    masked = personal_paths(mapping, end)
    shown: dict[str, None] = {}
    for path in dict.fromkeys(_paths(mapping, end, image, rule)):
        value = _read(image, path)
        if isinstance(value, str) and value.strip():
            shown[MASK if path in masked else f'"{_short(value)}"'] = None
    return ", ".join(shown)


def agreed(mapping: CompiledMapping, rule: int, images: Mapping[int, Image | None]) -> dict[str, str]:
    """Give the values in which a match rule finds records (end -> record) alike: side and path -> value."""
    shown: dict[str, str] = {}
    for pair in mapping.match[rule].pairs:
        for end, side in enumerate(mapping.sides):
            image = images.get(end)
            value = None if image is None else _read(image, pair.paths[side.name].text)
            if value is not None:
                text = _short(value if isinstance(value, str) else dumps(value))
                personal = pair.paths[side.name].text in personal_paths(mapping, end)
                shown[f"{side.name}.{pair.paths[side.name].text}"] = MASK if personal else text
    return shown


def _paths(mapping: CompiledMapping, end: int, image: Image, rule: int) -> Iterator[str]:
    side = mapping.sides[end].name
    named = next((name for name in TITLES if isinstance(image.record.get(name), str) and image.record[name]), None)
    if named is not None:
        yield named
    else:
        yield from _first_text(mapping, side, image)
    yield from _of_rule(mapping, side, rule)


def _first_text(mapping: CompiledMapping, side: str, image: Image) -> Iterator[str]:
    for written in mapping.rules:
        path = written.path if isinstance(written, OneWay) and written.side == side else None
        path = written.paths[side] if isinstance(written, Pair) else path
        if path is not None and isinstance(_read(image, path.text), str) and _read(image, path.text):
            yield path.text
            return


def _of_rule(mapping: CompiledMapping, side: str, rule: int) -> list[str]:
    return [pair.paths[side].text for pair in mapping.match[rule].pairs if pair.link is None]


def _read(image: Image, path: str) -> Value:
    value = Path(path, tuple(path.split("."))).read(image.record)
    return None if isinstance(value, Missing) else value


def _short(value: str) -> str:
    text = " ".join(value.split())
    return text if len(text) <= MOST else f"{text[: MOST - 1]}…"
