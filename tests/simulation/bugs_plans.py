"""Planted bugs from 33 on: what becomes of plans of what people pick, and of mappings that are only tried out."""

from __future__ import annotations

from .planting import Bug, Edit

HISTORIES = "tests/system/memory/test_saved_plans.py"
PLANS = (
    Bug(
        33,
        "a partner that came after the plan is not looked for",
        [
            Edit(
                "sync/rechecking.py",
                '        while ids := keying.unkeyed_ids(self.tx, pair, self.end, "", CHUNK):\n',
                "        for ids in list[list[str]]():\n",
            )
        ],
        profile="picked",
    ),
    Bug(
        34,
        "an older plan is applied whatever became of its links and bases",
        [
            Edit(
                "sync/applying.py",
                "            stale = outdated(self.run, self.joined, commit.tx, operations) if self.saved else {}\n",
                "            stale = dict[int, str]()\n",
            )
        ],
        profile="picked",
    ),
    Bug(
        35,
        "a request counts before the plan is applied that shows it",
        [
            Edit(
                "sync/requesting.py",
                "    return Requested(now, Question(",
                "    return Requested(True, Question(",
            )
        ],
        profile="picked",
        seeds=60,
    ),
    Bug(
        36,
        "a plan with creates is applied though another mapping was tried out since",
        [Edit("sync/passes.py", "for kind in (Kind.LINK, Kind.CREATE) for", "for kind in (Kind.LINK,) for")],
        profile="tried",
        seeds=0,
        history=f"{HISTORIES}::test_law6_an_older_plan_makes_nothing_beside_a_partner_that_was_read_under_other_match_rules",
    ),
    Bug(
        37,
        "match keys that were made for a mapping that was tried out stay",
        [
            Edit(
                "sync/unlinked.py",
                "        if not state.mapping == state.keyed == joined.mapping.digest:\n",
                "        if state.mapping != joined.mapping.digest:\n",
            )
        ],
        profile="tried",
        seeds=0,
        history=f"{HISTORIES}::test_law6_a_look_under_another_mapping_leaves_its_match_keys_to_nobody",
    ),
)
