"""A short run of each kind; `make fuzz` runs them by the hundred thousand. A case that went wrong once stays here."""

from __future__ import annotations

import pytest

from .__main__ import KINDS, one

SHORT = {"mappings": 150, "expressions": 600, "answers": 60, "plans": 80, "databases": 30}
ONCE = {
    "mappings": (1473,),
    "expressions": (19462,),
    "answers": (14, 26, 36, 3321, 100858),
    "databases": (304, 374, 1184, 1414),
}


@pytest.mark.parametrize("what", sorted(KINDS))
def test_hostile_input_is_answered(what: str) -> None:
    wrong = [told for case in (*ONCE.get(what, ()), *range(SHORT[what])) if (told := one(case, what=what))]
    assert not wrong
