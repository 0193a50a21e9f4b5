"""Planted bugs 19 to 32 of the list: what is read, who is whose partner, and what a person's word is worth."""

from __future__ import annotations

from .planting import Bug, Edit

GONE = """        with run.database.write(epoch=run.epoch) as tx:
            from tieout.model import Gone
            absorb(tx, endpoint, [Gone(id_) for id_ in ids], fetched=True)
"""

READS = (
    Bug(
        19,
        "cursors do not stay behind",
        [
            Edit("testing/memory_port.py", "(safe - traits.overlap)", "safe"),
            Edit("testing/memory_port.py", "(latest - traits.overlap)", "latest"),
        ],
        profile="sparse",
        seeds=60,
    ),
    Bug(
        20,
        "an incomplete listing is believed for deletes",
        [
            Edit(
                "sync/observe.py",
                '    run.log.info(\n        "observed"',
                "    if listing:\n        with run.database.read() as tx:\n"
                "            ids = mirror.missing(tx, endpoint.number, mirror.CHUNK)\n"
                + GONE
                + '    run.log.info(\n        "observed"',
            )
        ],
        profile="partial",
        seeds=60,
    ),
    Bug(
        21,
        "a complete listing is believed without a fetch",
        [
            Edit(
                "sync/observe.py",
                "        look_at(run, endpoint, ids)\n        with run.database.write(epoch=run.epoch) as tx:\n"
                "            mirror.note_listed",
                GONE + "            mirror.note_listed",
            )
        ],
        profile="unproved",
    ),
    Bug(
        22,
        "the cursor is stored before the rows of its page",
        [
            Edit(
                "sync/observe.py",
                "    with run.database.write(epoch=run.epoch) as tx:\n"
                "        absorbed = absorb(tx, endpoint, page.observations, sure=sure)\n",
                "    if page.cursor is not None:\n        with run.database.write(epoch=run.epoch) as tx:\n"
                "            mirror.set_mark(tx, endpoint.number, page.cursor, endpoint.paths, None)\n"
                "    with run.database.write(epoch=run.epoch) as tx:\n"
                "        absorbed = absorb(tx, endpoint, page.observations, sure=sure)\n",
            )
        ],
        profile="sparse",
    ),
    Bug(
        23,
        "what a create of unknown fate made is taken for somebody else's",
        [
            Edit("sync/unlinked.py", "image.marker is not None and image.marker in self.keys", "False"),
            Edit("sync/planning.py", "        mine = read_key(image.marker)\n", "        mine = read_key(None)\n"),
            Edit("sync/partners.py", "    mine = read_key(image.marker)\n", "    mine = read_key(None)\n"),
        ],
        profile="unmatched",
    ),
    Bug(
        24,
        "a run that was replaced is not held back, and nobody claims what is made",
        [
            Edit("store/database.py", "    if held != epoch:\n", "    if held is None:\n"),
            Edit("store/lease.py", "    if changed.rowcount != 1:\n", "    if changed.rowcount > 1:\n"),
            Edit(
                "store/migrations/versions/v0001_first.py",
                '["pair", "part", "end", "source"], unique=True',
                '["pair", "part", "end", "source"], unique=False',
            ),
        ],
        profile="rivals",
    ),
    Bug(
        25,
        "creates although a side was never read whole, before the plan or the write",
        [
            Edit(
                "sync/planning.py",
                "                continue  # absence of a partner is not proved while",
                "                pass  # absence of a partner is not proved while",
            ),
            Edit(
                "sync/applying.py", " if reading.whole else UNREAD\n", "\n"
            ),  # what is read directly before guards it too
        ],
        profile="unread",
    ),
    Bug(
        26,
        "an answer counts although its question has changed",
        [
            Edit(
                "sync/steps.py",
                "    decided = answer is not None and answer.fingerprint == print_\n    if answer is not None and",
                "    decided = answer is not None\n    if answer is not None and",
            )
        ],
        profile="asked",
        seeds=60,
    ),
    Bug(
        27,
        "what a person took back is done again",
        [
            Edit("sync/commit.py", ".pins(self.undone):", ".pins(()):"),
            Edit(
                "sync/commit.py",
                "            Pinning(self.tx, self.run, self.joined).weigh(link, made)\n",
                "            made.base.clear()\n",
            ),
        ],
        profile="undo",
        seeds=60,
    ),
    Bug(
        28,
        "a list is written without the rows that are the target's own",
        [
            Edit(
                "sync/lists.py",
                "            if self._foreign(id_, row, gone.get(id_)):",
                "            if self._foreign(id_, row, gone.get(id_)) and id_ in gone:",
            )
        ],
        profile="lists",
    ),
    Bug(
        29,
        "`newest` counts our own writes",
        [Edit("sync/observe.py", "        if own or at is None:\n", "        if at is None:\n")],
        profile="recent",
        seeds=0,
        history="tests/system/memory/test_newest.py::test_a_write_of_ours_that_takes_effect_late_does_not_win_over_a_person",
    ),
    Bug(
        30,
        "a renamed connection is another system",
        [Edit("sync/run.py", "peer.adapter, peer.organisation.id, one.object", "peer.adapter, peer.name, one.object")],
        profile="changing",
        seeds=60,
    ),
    Bug(
        31,
        "a plan is applied under another mapping",
        [Edit("sync/passes.py", "    if changed:\n", "    if changed and not saved:\n")],
        profile="changing",
        seeds=60,
    ),
    Bug(
        32,
        "a key does not count how often a record was made",
        [Edit("sync/decide.py", "operation.part, operation.generation))", "operation.part, 0))")],
        profile="answers",
    ),
)
