"""Planted bugs 1 to 18 of the list: what is sent, what becomes the base, and what is remembered of it."""

from __future__ import annotations

from .planting import Bug, Edit

SOURCES = "sources = look_at(self.run, source, [operation.source for operation in operations.values()])"
TARGETS = 'targets = look_at(self.run, target, [operation.record or "" for operation in operations.values()])'

SETTLED = "        made = settle(operation, self.joined.mapping, evidence)\n"

WRITES = (
    Bug(
        1,
        "the whole answer becomes the base",
        [
            Edit(
                "sync/commit.py",
                SETTLED,
                SETTLED + "        for rule in self.joined.mapping.rules:\n"
                "            old, path = bases(link.base).get(rule.key), rule.key.rpartition('.')[2]\n"
                "            if old is not None and rule.key not in made.base and path in evidence.image.record:\n"
                "                both = list(old.values)\n"
                "                both[operation.end] = evidence.image.record[path]\n"
                "                made.base[rule.key] = Base((both[0], both[1]), old.quality)\n",
            )
        ],
        seeds=60,
    ),
    Bug(
        2,
        "what is read after a write is taken as ours",
        [
            Edit(
                "sync/sending.py", "sure = user is not None and image.by == user", "sure = answered or image.by == user"
            )
        ],
    ),
    Bug(
        3,
        "the base is what was sent, not what was stored",
        [
            Edit(
                "sync/settle.py",
                "self._base(write, x, Quality.EQUAL if exact else Quality.NORMALISED)",
                "self._base(write, write.sent, Quality.EQUAL)",
            ),
            Edit(
                "sync/settle.py",
                "self._base(write, x, Quality.DIFFERS)",
                "self._base(write, write.sent, Quality.EQUAL)",
            ),
        ],
    ),
    Bug(
        4,
        "the base moves before the answer",
        [
            Edit(
                "sync/sending.py",
                "            return journal.of_batch(tx, batch.key)\n",
                "            for one in prepared:\n"
                "                link = None if one.operation.link is None else links.by_id(tx, one.operation.link)\n"
                "                if link is not None:\n"
                "                    early = dict(link.base)\n"
                "                    for w in one.operation.writes:\n"
                "                        both = [w.sent, w.source] if w.end == 0 else [w.source, w.sent]\n"
                "                        early[w.rule] = [*both, 'equal']\n"
                "                    links.set_bases(tx, [(link.id, early)])\n"
                "                    told = entry(run, 'agreed', {'link': link.id}, {'base': early})\n"
                "                    audit.append_many(tx, [told])\n"
                "            return journal.of_batch(tx, batch.key)\n",
            )
        ],
    ),
    Bug(
        5,
        "the source's base is read again after the write",
        [
            Edit(
                "sync/commit.py",
                SETTLED,
                SETTLED + "        from tieout.model import Query\n"
                "        far = self.joined.ends[1 - operation.end]\n"
                "        query = Query(far.type, far.paths)\n"
                "        now = list(far.peer.connection.inner.fetch(query, [operation.source]))[0]\n"
                "        for rule in self.joined.mapping.rules:\n"
                "            if rule.key in made.base and hasattr(now, 'record'):\n"
                "                both = list(made.base[rule.key].values)\n"
                "                both[1 - operation.end] = now.record[rule.key.rpartition('.')[2]]\n"
                "                made.base[rule.key] = Base((both[0], both[1]), made.base[rule.key].quality)\n",
            )
        ],
    ),
    Bug(
        6,
        "the sides are compared across the transform",
        [
            Edit(
                "sync/merge.py",
                "    if not any(changed):\n        return Stand()\n    if (quality := agreement()) is not None:\n"
                '        return Settle(quality, "both sides agree")\n    if all(changed):\n',
                "    changed = (changed[0], True)\n    if agreement() is not None:\n        return Stand()\n"
                "    if all(changed):\n",
            )
        ],
    ),
    Bug(
        7,
        "nothing is read before a write",
        [
            Edit(
                "sync/applying.py",
                SOURCES,
                "from tieout.sync.observe import images\n        with self.run.database.read() as tx:\n"
                "            sources = images(tx, source, [operation.source for operation in operations.values()])",
            ),
            Edit(
                "sync/applying.py",
                TARGETS,
                "with self.run.database.read() as tx:\n"
                "                targets = images(tx, target, [one.record or '' for one in operations.values()])",
            ),
            Edit("sync/applying.py", "            reading = observe(self.run, target)\n", "            pass\n"),
        ],
        seeds=60,
    ),
    Bug(
        8,
        "there is no journal",
        [
            Edit(
                "sync/sending.py",
                "        with asking(target.peer.name, target.type.name):\n"
                "            outcomes = target.peer.connection.write(batch)\n",
                "        with run.database.write(epoch=run.epoch) as tx:\n"
                "            journal.settled(tx, [intent.id for intent in intents])\n"
                "        outcomes = target.peer.connection.write(batch)\n"
                "        intents = _journal(run, joined, keyed, batch) or []\n",
            )
        ],
        profile="found",
        seeds=60,
    ),
    Bug(
        9,
        "a lost answer is a failure",
        [
            Edit(
                "sync/sending.py",
                "    except AnswerLost as lost:\n",
                "    except AnswerLost as lost:\n        _void(run, intents)\n",
            )
        ],
        profile="found",
    ),
    Bug(
        10,
        "a lost answer is a success",
        [
            Edit(
                "sync/settle.py",
                "                self.made.not_stored.append(write.rule)\n        elif",
                "                self.made.not_stored.append(write.rule)\n"
                "            else:\n                self._base(write, x, Quality.EQUAL)\n        elif",
            )
        ],
    ),
    Bug(
        11,
        "what was lost is sent again at once",
        [
            Edit(
                "sync/sending.py",
                "    except AnswerLost as lost:\n",
                "    except AnswerLost as lost:\n        try:\n"
                "            outcomes = target.peer.connection.write(batch)\n"
                "        except AnswerLost:\n"
                "            return {one.operation.key: (Ending.UNSURE, str(lost)) for one in keyed}\n"
                "        return _settle(run, joined, kind, keyed, intents, outcomes)\n"
                "    except AnswerLost as lost:\n",
            )
        ],
        profile="limbo",
    ),
    Bug(
        12,
        "a lost create is recovered by an upsert",
        [
            Edit(
                "sync/recovering.py",
                "        with asking(endpoint.peer.name, endpoint.type.name):\n"
                "            found = endpoint.peer.connection.find_created(batch)\n",
                "        try:\n            found = endpoint.peer.connection.write(batch)\n"
                "        except AnswerLost:\n            return\n",
            )
        ],
        profile="upsert",
    ),
    Bug(
        13,
        "all fields are sent, not only those that changed",
        [
            Edit(
                "sync/sending.py",
                "    values: dict[str, Value] = {}\n    for write in operation.writes:\n        put(",
                "    kept = target.record if target is not None and operation.writes else {}\n"
                "    values: dict[str, Value] = {\n"
                "        name: kept[name] for name in sorted(kept) if not isinstance(kept[name], list)\n    }\n"
                "    for write in operation.writes:\n        put(",
            )
        ],
        seeds=60,
    ),
    Bug(
        14,
        "what was silently ignored moves the base",
        [
            Edit(
                "sync/settle.py",
                "                self.made.not_stored.append(write.rule)\n        elif",
                "                self._base(write, x, Quality.EQUAL)\n        elif",
            )
        ],
    ),
    Bug(
        15,
        "what was silently ignored is sent again and again",
        [
            Edit(
                "sync/commit.py",
                '        self.suppressed.append({**row, "detail": standing.detail(message=message, **more)})',
                '        row["detail"] = standing.detail(message=message, **more)',
            )
        ],
    ),
    Bug(
        16,
        "a field that waits for an answer moves its base",
        [
            Edit(
                "sync/reconcile.py",
                "            case Question():\n                self.questions.append(made)\n",
                "            case Question():\n                self.questions.append(made)\n"
                "                from tieout.sync.words import Quality\n"
                "                sides = self.pairing.sight.mapping.sides\n"
                "                rules = [rule for rule in self.pairing.sight.mapping.rules if rule.key == made.rule]\n"
                "                for rule in (one for one in rules if hasattr(one, 'paths')):\n"
                "                    one, two = (\n"
                "                        rule.paths[side.name].read(self.pairing.image(end).record)\n"
                "                        for end, side in enumerate(sides)\n"
                "                    )\n"
                '                    self.agrees.append(Agree(made.rule, (one, two), Quality.EQUAL, "it is asked"))\n',
            )
        ],
        seeds=60,
    ),
    Bug(
        17,
        "the value that lost is not in the log",
        [
            Edit(
                "sync/sending.py",
                "{write.rule: [write.before, write.sent, write.source, write.loser] for write",
                "{write.rule: [None, write.sent, write.source, None] for write",
            )
        ],
        seeds=60,
    ),
    Bug(
        18,
        "a base that moves without a write is not in the log",
        [
            Edit(
                "sync/commit.py",
                '        self.tell("agreed", {"link": link.id, "mapping": operation.mapping, **adopted}, values)\n',
                "        values.clear()\n",
            )
        ],
        seeds=60,
    ),
    Bug(
        38,
        "a lost create is sent again for as long as its key is known",
        [
            Edit(
                "sync/recovering.py",
                "now + type_.horizon <= sent_at + type_.replay",
                "now < sent_at + type_.replay",
            )
        ],
        profile="repeated",
    ),
)
