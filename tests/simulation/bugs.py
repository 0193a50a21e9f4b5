"""Planted bugs: what the simulation is worth. Each is a small diff of a copy of the engine, and must be caught.

The product has no hook for this: the copy is put first on the path of another process, which runs the same seeds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "engine" / "tieout"


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement; `search` stands exactly once in the file."""

    file: str
    search: str
    replace: str


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug of LAWS, planted."""

    number: int
    name: str
    edits: Sequence[Edit]
    seeds: int = 1000
    """Within so many seeds it is caught."""
    profile: str = "any"


@dataclass(frozen=True, slots=True)
class Catch:
    """How a bug fared."""

    bug: Bug
    caught: bool
    told: str
    """What the simulation said."""


def plant(bug: Bug, folder: Path) -> None:
    """Copy the engine with the bug in it."""
    target = folder / "tieout"
    shutil.copytree(ENGINE, target, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in bug.edits:
        path = target / edit.file
        text = path.read_text()
        if text.count(edit.search) != 1:
            raise AssertionError(f"bug {bug.number}: {text.count(edit.search)} times in {edit.file}: {edit.search!r}")
        path.write_text(text.replace(edit.search, edit.replace))


def hunt(bug: Bug) -> Catch:
    """Run seeds over the engine with the bug until one breaks a law."""
    with tempfile.TemporaryDirectory(prefix="tieout-bug-") as name:
        folder = Path(name)
        plant(bug, folder)
        command = [sys.executable, "-m", "tests.simulation", "--seeds", str(bug.seeds), "--first", "--processes", "1"]
        command += ["--profile", bug.profile, "--engine", str(folder)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    told = (done.stdout + done.stderr).strip()
    if done.returncode not in {0, 1} or "Traceback" in told or "law 0" in told:
        raise AssertionError(f"bug {bug.number} does not run: {told[-2000:]}")
    return Catch(bug, done.returncode == 1, told.splitlines()[-1] if told else "")


SOURCES = "sources = look_at(self.run, source, [operation.source for operation in operations.values()])"
TARGETS = 'targets = look_at(self.run, target, [operation.record or "" for operation in operations.values()])'

SETTLED = "        made = settle(operation, self.joined.mapping, evidence)\n"

BUGS = (
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
                "        now = list(far.peer.connection.fetch(Query(far.type, far.paths), [operation.source]))[0]\n"
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
            Edit("sync/applying.py", "            news = observe(self.run, target)\n", "            pass\n"),
        ],
    ),
    Bug(
        8,
        "there is no journal",
        [
            Edit(
                "sync/sending.py",
                "        outcomes = target.peer.connection.write(batch)\n",
                "        with run.database.write(epoch=run.epoch) as tx:\n"
                "            journal.settled(tx, [intent.id for intent in intents])\n"
                "        outcomes = target.peer.connection.write(batch)\n"
                "        intents = _journal(run, joined, keyed, batch) or []\n",
            )
        ],
        profile="keyless",
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
        profile="keyless",
    ),
    Bug(
        10,
        "a lost answer is a success",
        [
            Edit(
                "sync/settle.py",
                "            if answered:\n                self.made.not_stored.append(write.rule)\n",
                "            if answered:\n                self.made.not_stored.append(write.rule)\n"
                "            else:\n                self._base(write, x, Quality.EQUAL)\n",
            )
        ],
    ),
    Bug(
        11,
        "what was lost is sent again at once",
        [
            Edit(
                "sync/sending.py",
                "    except AnswerLost as lost:\n"
                "        return {one.operation.key: (Ending.UNSURE, str(lost)) for one in keyed}\n",
                "    except AnswerLost:\n        try:\n            outcomes = target.peer.connection.write(batch)\n"
                "        except AnswerLost as lost:\n"
                "            return {one.operation.key: (Ending.UNSURE, str(lost)) for one in keyed}\n",
            )
        ],
        profile="keyless",
    ),
    Bug(
        12,
        "a lost create is recovered by an upsert",
        [
            Edit(
                "sync/recovering.py",
                "        found = endpoint.peer.connection.find_created(batch)\n",
                "        try:\n            found = endpoint.peer.connection.write(batch)\n"
                "        except AnswerLost:\n            return\n",
            )
        ],
        profile="upsert",
    ),
)
