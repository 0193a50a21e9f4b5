"""What is offered to whoever picks: in clear, for masked options are all alike; what is kept of them is masked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from system.memory.stage import Stage, thing
from system.memory.test_picks import DEFAULT, PERSON, person
from tieout.sync.figures import Selection
from tieout.sync.masking import MASK
from tieout.sync.offering import offers
from tieout.sync.passes import Reading


class Firm(Stage):
    """A company with people whose names are personal."""

    def __init__(self) -> None:
        firm = thing("code", *PERSON, children={"People": "Id"})
        fields = {**firm.fields, "People.Name": replace(firm.fields["People.Name"], personal=True)}
        super().__init__(DEFAULT, (replace(firm, fields=fields), thing("code", "email")))
        self.company = self.add(0, {"code": "k", "People": [person("Zoe"), person("Bob")]})


def test_px13_people_are_offered_by_their_names_and_planned_without() -> None:
    firm = Firm()
    selection = Selection({"things": [(0, firm.company)]})
    with firm.opened() as run:
        (offer,) = offers(run, Reading(), selection)
    assert [option.label for option in offer.options] == ["Zoe", "Bob"]
    firm.now += timedelta(minutes=1)
    firm.run()
    assert "Bob" not in firm.shown()
    assert MASK in firm.shown()
