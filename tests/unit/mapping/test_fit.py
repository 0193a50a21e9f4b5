"""What may stand where a system refers to a record by its id."""

from __future__ import annotations

import pytest

from tieout.mapping import fit
from tieout.mapping.draft import Draft
from tieout.model import Field, Kind
from tieout.problems import Position

AT = Position("mapping.yaml", 7, 3)
TARGET = Field("Contact.ContactID", Kind.REFERENCE, refers_to=("Contact",))


@pytest.mark.parametrize("name", ["Xero_Contact_ID__c", "Account.Xero_Contact_ID__c", "ContactID", "contact_id", "id"])
def test_a_text_that_is_called_an_id_may_hold_one(name: str) -> None:
    draft = Draft()
    fit.kinds(Field(name, Kind.TEXT), TARGET, AT, draft)
    assert draft.problems == []


@pytest.mark.parametrize(
    "source",
    [
        Field("Name", Kind.TEXT),
        Field("Paid__c", Kind.CHOICE),
        Field("Id", Kind.TEXT, creatable=False, updatable=False),
    ],
)
def test_words_and_the_records_own_id_are_no_id_of_another_record(source: Field) -> None:
    draft = Draft()
    fit.kinds(source, TARGET, AT, draft)
    [problem] = draft.problems
    assert (problem.code, problem.at) == ("needs-link", AT)
    assert "link: MAPPING" in problem.mend


def test_an_id_may_be_kept_as_a_text() -> None:
    draft = Draft()
    fit.kinds(TARGET, Field("Note", Kind.TEXT), AT, draft)
    assert draft.problems == []
