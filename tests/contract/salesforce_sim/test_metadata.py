"""The metadata that the pack ships is whole: the simulator and a real org are set up from the same files."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tieout_salesforce.simulator.metadata import custom_fields, read_field, source_folder

SPACE = "{http://soap.sforce.com/2006/04/metadata}"
FIELDS = [(name, field) for name, field in custom_fields()]


def files(pattern: str) -> list[Path]:
    """Give the files of all packages."""
    found = sorted(Path(str(source_folder())).glob(f"*/main/default/{pattern}"))
    assert found
    return found


def test_every_object_has_its_unique_key() -> None:
    keys = {name: field for name, field in FIELDS if field.name == "Tieout_Key__c"}

    assert keys.keys() == {"Account", "Contact", "Opportunity", "Product2"}
    assert all(key.external_id and key.unique and key.case_sensitive and key.length == 50 for key in keys.values())


def test_files_are_named_after_their_fields() -> None:
    for file in files("objects/*/fields/*.field-meta.xml"):
        assert read_field(file.read_text("utf-8")).name == file.name.removesuffix(".field-meta.xml")


def granted(file: Path) -> set[str]:
    root = ET.parse(file).getroot()  # noqa: S314 - our own file
    return {
        str(one.findtext(f"{SPACE}field"))
        for one in root.findall(f"{SPACE}fieldPermissions")
        if one.findtext(f"{SPACE}editable") == "true" and one.findtext(f"{SPACE}readable") == "true"
    }


def test_the_permission_sets_give_access_to_every_field() -> None:
    sets = {file.name.partition(".")[0]: granted(file) for file in files("permissionsets/*.permissionset-meta.xml")}

    assert sets["Tieout"] | sets["TieoutQuotes"] == {f"{name}.{field.name}" for name, field in FIELDS}


def test_what_needs_quotes_is_a_package_of_its_own_which_an_org_without_them_leaves_out() -> None:
    quotes = granted(files("permissionsets/TieoutQuotes.permissionset-meta.xml")[0])

    assert quotes == {f"{name}.{field.name}" for name, field in FIELDS if name == "Quote"}
    assert {file.parts[-7] for file in files("objects/Quote/fields/*.xml")} == {"quotes"}


def test_the_payment_status_is_a_restricted_choice() -> None:
    status = next(field for _, field in FIELDS if field.name == "Payment_Status__c")

    assert status.restricted
    assert status.values == ("Unpaid", "Part paid", "Paid", "Credited", "Voided")


def test_an_unknown_type_is_refused_by_name() -> None:
    xml = f'<CustomField xmlns="{SPACE[1:-1]}"><fullName>X__c</fullName><type>Location</type></CustomField>'
    with pytest.raises(ValueError, match="X__c: the simulator knows no field of type 'Location'"):
        read_field(xml)
