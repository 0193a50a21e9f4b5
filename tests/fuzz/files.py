"""Damaged files: plans that people sent round, and state databases after a disk failed."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from functools import cache
from pathlib import Path
from random import Random

from system.memory.stage import THINGS, Stage, thing
from tieout.errors import TieoutError
from tieout.report.plan_file import named_plan
from tieout.store.database import Database

from .spoiling import spoilt, torn

PLAN = Path(__file__).parents[1] / "unit" / "sync" / "golden" / "plan.json"


def attack_plan(seed: int) -> str:
    """Name a damaged plan file; the answer is what is wrong, "" if nothing."""
    chance = Random(seed)  # noqa: S311  # a replayable test, no secret
    text = PLAN.read_text("utf-8")
    match chance.randrange(4):
        case 0:
            content = torn(text.encode(), chance)
        case 1:
            content = json.dumps(_other_shape(chance)).encode()
        case 2:
            content = (b"[" * 100_000, b'{"plan": ' * 5000, b"\xff\xfe", b"")[chance.randrange(4)]
        case _:
            content = spoilt(text, chance).encode("utf-8", "surrogatepass")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.json"
        file.write_bytes(content)
        try:
            digest, found = named_plan(str(file))
        except TieoutError as error:
            return "" if str(error).strip() and error.mend else "it is refused without a way out"
    return "" if digest and found is not None else "it is taken for a plan without a digest"


def _other_shape(chance: Random) -> object:
    digest = chance.choice((None, 5, "", "zz", "ab" * 32, ["ab"], {"a": 1}))
    return chance.choice(([], {}, None, 5, "x", {"plan": digest, "operations": chance.choice((None, [], {}, [5]))}))


def attack_database(seed: int) -> str:
    """Run over a damaged state database; the answer is what is wrong, "" if nothing."""
    chance = Random(seed)  # noqa: S311  # a replayable test, no secret
    stage = _stage()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "state.db"
        file.write_bytes(torn(_sound(), chance))
        try:
            stage.database = Database.open(f"sqlite:///{file}", clock=lambda: stage.now, project_folder=Path(folder))
        except TieoutError as error:
            return "" if str(error).strip() else "it is refused without a word"
        try:
            stage.run()
            stage.sound()
        except TieoutError as error:
            return "" if str(error).strip() else "it stops without a word"
        finally:
            stage.database.close()
    return ""


def _stage() -> Stage:
    made = Stage(THINGS, (thing("code", "name"), thing("code", "name")))
    for number in range(20):
        made.add(0, {"code": f"k{number}", "name": f"Acme {number}"})
    return made


@cache
def _sound() -> bytes:
    """The bytes of a database after a run, folded into one file."""
    stage = _stage()
    stage.run()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "state.db"
        with stage.database.read() as tx, sqlite3.connect(file) as copy:
            held = tx.connection.driver_connection
            assert isinstance(held, sqlite3.Connection)
            held.backup(copy)
        copy.close()
        return file.read_bytes()
