"""Who is told when: once, again at growing intervals, and when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tieout.errors import Busy, StoreError, Unreachable
from tieout.report.alerts import LONGEST, Wrong, decide, messages, of_error, of_notices, of_silence
from tieout.store.alerts import Known
from tieout.store.notices import Came
from tieout.sync.noticed import Noticed

NOW = datetime(2026, 7, 29, 12, tzinfo=UTC)
GUARD = Wrong("guard", "failures", "a guard stopped the plan")


def known(key: str = "guard", *, told: int = 1, ago: timedelta = timedelta(0), seen: int = 1) -> dict[str, Known]:
    at = None if told == 0 else NOW - ago
    return {key: Known(key, "failures", NOW - timedelta(days=9), seen, told, at)}


@pytest.mark.parametrize(
    ("told", "hours"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 24), (7, 24), (400, 24)]
)  # fmt: skip
def test_sx54_what_lasts_is_told_again_at_growing_intervals(told: int, hours: int) -> None:
    wait = timedelta(hours=hours)
    assert wait <= LONGEST
    assert decide([GUARD], known(told=told, ago=wait - timedelta(seconds=1)), NOW).notices == ()
    (again,) = decide([GUARD], known(told=told, ago=wait), NOW).notices
    assert again.word == "still"


def test_sx54_what_passes_by_itself_is_told_when_it_lasts() -> None:
    down = Wrong("connection/xero", "failures", "down", patience=3)
    before: dict[str, Known] = {}
    words = []
    for _ in range(4):
        decided = decide([down], before, NOW)
        words.append([one.word for one in decided.notices])
        before = {one.key: one for one in decided.after([one.key for one in decided.notices], NOW)}
    assert words == [[], [], ["new"], []]
    over = decide([], before, NOW)
    assert [one.word for one in over.notices] == ["over"]
    assert over.after(["connection/xero"], NOW) == []
    never_told = decide([], known("connection/xero", told=0), NOW)
    assert never_told.notices == ()
    assert never_told.after([], NOW) == []


def test_sx54_what_reached_nobody_is_told_again() -> None:
    decided = decide([GUARD], {}, NOW)
    (kept,) = decided.after([], NOW)
    assert (kept.told, kept.told_at) == (0, None)
    assert [one.word for one in decide([GUARD], {"guard": kept}, NOW).notices] == ["new"]
    over = decide([], known(), NOW)
    assert over.after([], NOW) == list(known().values())


def test_sx54_something_more_is_told_at_once() -> None:
    more = Wrong("records/customers", "failures", "2", news=NOW)
    before = known("records/customers", ago=timedelta(minutes=5))
    assert [one.word for one in decide([more], before, NOW).notices] == ["new"]
    old = Wrong("records/customers", "failures", "2", news=NOW - timedelta(hours=1))
    assert decide([old], before, NOW).notices == ()


def test_sx54_a_look_at_one_thing_says_nothing_of_others() -> None:
    decided = decide([], known(), NOW, about=("silence",))
    assert decided.notices == ()
    assert decided.after([], NOW) == list(known().values())


def test_sx54_one_message_for_each_receiver_in_the_order_of_what_matters() -> None:
    decided = decide(
        [GUARD, Wrong("questions/customers", "reviews", "1 question")],
        {**known(ago=timedelta(hours=3)), **known("connection/xero")},
        NOW,
    )
    send = {"failures": ("ops",), "reviews": ("owner", "ops"), "recovery": ("ops",)}
    ops, owner = messages(decided.notices, send, "acme", "production")
    assert ops.title == "[acme production] 1 new, 1 still so, 1 over"
    assert ops.body.index("1 question") < ops.body.index("a guard stopped") < ops.body.index("xero works again")
    assert (owner.title, owner.kind, owner.keys) == ("[acme production] 1 new", "failure", ("questions/customers",))
    assert messages(decided.notices, {}, "acme", "none") == []


def test_sx54_silence_begins_after_the_last_moment() -> None:
    most = timedelta(minutes=15)
    assert of_silence(NOW - most, NOW, most) == []
    assert of_silence(NOW - most - timedelta(seconds=1), NOW, most)[0].key == "silence"
    assert "ever" in of_silence(None, NOW, most)[0].text


def test_sx54_an_error_is_told_with_its_way_out_and_a_fault_without_its_words() -> None:
    assert of_error(StoreError("the disk is full", mend="df -h"))[0].text == "no run: the disk is full (next: df -h)"
    assert of_error(Unreachable("down"))[0].patience > 1
    assert of_error(Busy("another run"))[0].patience > 1
    assert "secret" not in of_error(ValueError("secret"))[0].text


def test_sx66_a_notice_goes_to_those_who_want_just_it_else_to_those_of_all() -> None:
    came = Came(1, 7, "", ("001", "inv"), "overdue", 7, "2026-01-10")
    one = Noticed(
        "invoices", "overdue", "Overdue", ("invoices/crm:001", "invoices/books:inv"), "", "2026-01-10", 7,
        {"customer": "Acme Ltd", "outstanding": "GBP 120.00"}, came,
    )  # fmt: skip
    other = replace(one, notice="welcome", say="Welcome", days=-1, told={})
    send = {"notices": ("ops",), "notices/overdue": ("finance",)}
    finance, ops = messages(of_notices([one, other], send), send, "acme", "none")
    assert (finance.receiver, finance.kind, finance.title) == ("finance", "warning", "[acme] 1 due")
    told = "customer Acme Ltd; outstanding GBP 120.00"
    assert finance.body == f"DUE\nOverdue: invoices/books:inv, 7 days after 2026-01-10; {told}"
    assert ops.body == "DUE\nWelcome: invoices/books:inv, 1 day before 2026-01-10"
