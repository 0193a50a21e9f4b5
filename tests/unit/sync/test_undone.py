"""What a run stored is read from its entries: net of several writes, by link and end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tieout.model import Value
from tieout.sync.undone import Stored, tell


@dataclass(frozen=True, slots=True)
class Deed:
    kind: str
    payload: Mapping[str, Value]
    values: Mapping[str, Value] | None = None
    erased: bool = False


def intent(link: str | None, verb: str = "update", **lists: Value) -> Deed:
    return Deed("intent", {"link": link, "end": "1", "verb": verb}, {"lists": lists})


def settled(before: Value, sent: Value, kept: Value, **children: Value) -> Deed:
    values: Mapping[str, Value] = {
        "writes": {"phone": [before, sent, sent, None]},
        "base": {"phone": [sent, kept, "equal"]},
        "children": children,
    }
    return Deed("settled", {"link": "7", "end": "1"}, values)


def test_t06_two_writes_of_one_field_are_taken_back_as_one() -> None:
    story = tell([intent("7"), settled("a", "b", "B"), intent("7"), settled("B", "c", "C")])
    assert story.ends[7, 1].fields == {"phone": Stored("a", "c", "C")}
    assert story.links == [7]


def test_t06_what_was_not_stored_is_not_taken_back() -> None:
    ignored = Deed("settled", {"link": "7", "end": "1"}, {"writes": {"fax": ["a", "b", "b", None]}, "base": {}})
    assert tell([intent("7"), ignored]).ends[7, 1].fields == {}


def test_t06_a_link_that_came_with_a_create_is_told_from_one_that_was_found_or_rebuilt() -> None:
    made: Mapping[str, Value] = {"created": "1", "run": "r", "why": "made by us"}
    rebuilt: Mapping[str, Value] = {"created": "1", "run": "r", "why": "it carries our key"}
    story = tell(
        [
            Deed("link", {"link": "1", "evidence": made}),
            Deed("link", {"link": "2", "evidence": rebuilt}),
            Deed("link", {"link": "3", "evidence": {"rule": "by name"}}),
        ]
    )
    assert story.created == {1: 1}
    assert story.linked == {2, 3}


def test_t06_a_removal_is_told_from_a_link_that_ended() -> None:
    story = tell(
        [
            intent("7", "archive"),
            Deed("end", {"link": "7", "reason": "archive by us: its partner was deleted"}),
            Deed("end", {"link": "8", "reason": "both records are gone"}),
        ]
    )
    assert story.removed == {7: ("archive", 1)}
    assert story.ended == {8: "both records are gone"}


def test_t06_rows_keep_the_first_before_and_the_last_stored() -> None:
    def written(before: str, after: str) -> list[Deed]:
        kept: Value = [["s", "t", "0", {"quantity": [after, after, "equal"]}]]
        rows: Value = [[{"id": "t", "n": before}], [{"id": "t", "n": after}]]
        return [intent("7", lines=rows), settled(before, after, after, lines=kept)]

    rows = tell([*written("1", "2"), *written("2", "3")]).ends[7, 1].lists["lines"]
    assert list(rows.before) == [{"id": "t", "n": "1"}]
    assert list(rows.sent) == [{"id": "t", "n": "3"}]
    assert rows.kept == {"t": {"quantity": "3"}}


def test_t06_erased_values_are_noticed() -> None:
    story = tell([Deed("settled", {"link": "7", "end": "1"}, None, erased=True)])
    assert story.ends[7, 1].erased
