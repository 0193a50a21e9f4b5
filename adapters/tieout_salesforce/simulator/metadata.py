"""Reads custom fields from Salesforce's source format: the same files that a real org is set up from."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tieout_salesforce.simulator.schema import Field

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_SPACE = "{http://soap.sforce.com/2006/04/metadata}"
_TYPES = {
    "Text": "string",
    "TextArea": "textarea",
    "LongTextArea": "textarea",
    "Url": "url",
    "Email": "email",
    "Phone": "phone",
    "Number": "double",
    "Currency": "currency",
    "Percent": "percent",
    "Date": "date",
    "DateTime": "datetime",
    "Checkbox": "boolean",
    "Picklist": "picklist",
}
_LENGTHS = {"url": 255, "email": 80, "phone": 40, "textarea": 255, "picklist": 255}
_LONGEST_SHORT = 255


def source_folder(pack: str = "salesforce-xero") -> Traversable:
    """Find a pack's metadata: in the installed distribution, or beside the source in a working copy."""
    packed = files("tieout").joinpath("packs_data", pack, "metadata")
    if packed.is_dir():
        return packed
    return Path(__file__).resolve().parents[3] / "mappings" / pack / "metadata"


def custom_fields(folder: Traversable | None = None) -> Iterator[tuple[str, Field]]:
    """Give (object, field) for every field file; raises ValueError for a type that the simulator lacks."""
    for root in _objects(folder or source_folder()):
        for one in sorted(root.iterdir(), key=lambda item: item.name):
            for file in sorted(one.joinpath("fields").iterdir(), key=lambda item: item.name):
                if file.name.endswith(".field-meta.xml"):
                    yield one.name, read_field(file.read_text("utf-8"))


def _objects(folder: Traversable) -> Iterator[Traversable]:
    """Give the folder of objects of each package: what only some orgs can take is in one of its own."""
    for package in sorted(folder.iterdir(), key=lambda item: item.name):
        root = package.joinpath("main", "default", "objects")
        if root.is_dir():
            yield root


def read_field(xml: str) -> Field:
    """Read one field file; raises ValueError for a type that the simulator lacks."""
    root = ET.fromstring(xml)  # noqa: S314 - our own files, or a test's

    def said(tag: str, default: str = "") -> str:
        return root.findtext(f"{_SPACE}{tag}", default)

    kind = _TYPES.get(said("type"))
    if kind is None:
        raise ValueError(f"{said('fullName')}: the simulator knows no field of type {said('type')!r}")
    required = said("required") == "true"
    length = int(said("length") or _LENGTHS.get(kind, 0))
    short = length <= _LONGEST_SHORT
    boolean = kind == "boolean"
    return Field(
        said("fullName"),
        kind,
        said("label"),
        length=length,
        precision=int(said("precision", "0")),
        scale=int(said("scale", "0")),
        nillable=not (required or boolean),
        defaulted=boolean,
        default=(said("defaultValue") == "true") if boolean else None,
        values=tuple(_values(root)),
        restricted=root.findtext(f"{_SPACE}valueSet/{_SPACE}restricted") == "true",
        external_id=said("externalId") == "true",
        unique=said("unique") == "true",
        case_sensitive=said("caseSensitive") == "true",
        filterable=short,
        sortable=short,
        extra="plaintextarea" if kind == "textarea" else None,
    )


def _values(root: ET.Element) -> Iterator[str]:
    path = f"{_SPACE}valueSet/{_SPACE}valueSetDefinition/{_SPACE}value/{_SPACE}fullName"
    for value in root.findall(path):
        yield value.text or ""
