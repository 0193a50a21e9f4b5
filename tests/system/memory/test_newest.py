"""`conflict: newest`: what we wrote ourselves is never the newer value, however late it takes effect."""

from __future__ import annotations

from datetime import timedelta

from system.memory.lossy import Fate, LossyStage
from system.memory.stage import Stage, thing
from tieout.model import Twins
from tieout.testing.memory import Traits

MAPPING = """\
mapping: things
version: 1
between:
  crm: {connection: salesforce, object: Thing}
  books: {connection: xero, object: Thing}
match:
  - {crm: code, books: code}
create: {books: always}
fields:
  - {crm: code, books: code, conflict: newest}
  - {crm: name, books: name, conflict: newest}
"""


def test_a_record_that_our_user_loaded_before_it_was_ever_seen_counts_by_its_stamp() -> None:
    made = Stage(MAPPING.replace("fields:", "on_link: newest\nfields:"), (thing("code", "name"), thing("code", "name")))
    made.add(0, {"code": "k1", "name": "older"}, by="tieout")
    made.now += timedelta(minutes=5)
    made.add(1, {"code": "k1", "name": "newer"})
    made.run()
    assert (made.record(0)["name"], made.record(1)["name"]) == ("newer", "newer")
    assert made.reviews() == []


def test_a_write_of_ours_that_takes_effect_late_does_not_win_over_a_person() -> None:
    made = LossyStage(MAPPING, (thing("code", "name"), thing("code", "name", conditional=True)))
    id_ = made.add(0, {"code": "k1", "name": "Acme"})
    made.run()
    made.edit(0, id_, name="Brook")
    made.weather.forecast = lambda: Fate.LATE
    made.run()
    made.weather.forecast = lambda: Fate.ANSWERED

    def meanwhile() -> None:
        made.edit(0, id_, name="Corn")
        made.now += timedelta(minutes=5)
        made.weather.land()

    made.acts[0] = meanwhile
    made.run()
    assert (made.record(0)["name"], made.record(1)["name"]) == ("Corn", "Brook")
    (review,) = made.reviews()
    assert "Corn" in str(review.question["text"]), "which one is newer cannot be told: a person decides"


def test_law3_what_a_create_of_unknown_fate_made_is_not_newer_than_what_a_person_wrote_meanwhile() -> None:
    mapping = MAPPING.replace("fields:", "on_link: newest\nfields:")
    books = thing("code", "name", twins=Twins.POSSIBLE, marker=None, horizon=timedelta(minutes=10))
    made = LossyStage(mapping, (thing("code", "name"), books))
    made.run()
    id_ = made.add(0, {"code": "k1", "name": "Acme"})
    made.run()
    made.answer(made.reviews()[0].id, "yes")
    made.weather.forecast = lambda: Fate.LATE
    made.run()
    made.weather.forecast = lambda: Fate.ANSWERED
    made.now += timedelta(minutes=5)
    made.edit(0, id_, name="Brook")
    made.now += timedelta(minutes=5)
    made.weather.land()
    made.now += timedelta(minutes=20)
    made.run()
    assert (made.record(0)["name"], made.record(1)["name"]) == ("Brook", "Acme")
    (review,) = made.reviews()
    assert "Brook" in str(review.question["text"]), "which one is newer cannot be told: a person decides"


def test_law3_what_a_lost_write_may_have_left_in_the_systems_own_spelling_is_not_newer_than_a_persons_edit() -> None:
    respelt = Traits(names_author=False, spelling={"name": str.lower})
    types = (thing("code", "name", "note"), thing("code", "name", "note"))
    mapping = MAPPING + "  - {crm: note, books: note}\n"
    made = LossyStage(mapping, types, traits=(Traits(), respelt))
    id_ = made.add(0, {"code": "k1", "name": "acme", "note": "one"})
    made.run()
    made.edit(0, id_, name="Brook", note="two")
    made.weather.forecast = lambda: Fate.LATE
    made.run()
    made.weather.forecast = lambda: Fate.ANSWERED
    made.edit(0, id_, name="Corn")
    made.now += timedelta(minutes=5)
    made.weather.land()
    made.now += timedelta(minutes=60)
    for _ in range(2):
        made.run()
    assert made.record(0)["name"] == "Corn"
    (review,) = made.reviews()
    assert "Corn" in str(review.question["text"]), "whether brook is a person's cannot be told: a person decides"
