"""Planted bugs from 33 on: what becomes of plans of what people pick, and of mappings that are only tried out."""

from __future__ import annotations

from .planting import Bug, Edit

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
)
