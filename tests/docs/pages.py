"""Pages as tests read them: blocks of code with what stands before them, links, and sessions in a shell.

A block is run or checked by its kind:

- `console`: each line after `$ ` is typed into one shell per page, in a folder of its own; lines after `> ` go on with
  it. The lines below must come out, in this order, perhaps with others between; `…` stands for any text. `# exits N`
  behind a command is its exit code, 0 where nothing is said. A project on a sandbox is relieved of Xero's limit of
  calls a minute, or the test would sit and wait for it.
- `yaml mapping`, `yaml fields` (rules), `yaml project`, `yaml part` (of a project): checked. A third word is the file
  that the reader is told to write.
- `yaml case FILE`: a mapping test, checked by the page's own `tieout test`.
- `yaml tax`: a tax table, checked by `test_money_tax`.
- `text`: shown only. Any other block needs `<!-- not run: REASON -->` in the line before it.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES += sorted((ROOT / "mappings").glob("*/README.md"))
NOT_RUN = re.compile(r"<!-- not run: (?P<reason>.{10,}) -->")
EXITS = re.compile(r"\s+# exits (\d+)$")
PATIENCE = 240
UNHURRIED = Path(__file__).parent / "unhurried.py"


@dataclass(frozen=True)
class Block:
    """One block of code."""

    page: Path
    line: int
    info: tuple[str, ...]
    text: str
    before: str

    @property
    def kind(self) -> str:
        return " ".join(self.info[:2]) if self.info[:1] == ("yaml",) else self.info[0] if self.info else ""

    @property
    def runs(self) -> bool:
        return NOT_RUN.search(self.before) is None

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


@dataclass(frozen=True)
class Typed:
    """One command in a shell: what comes out, and with which exit code."""

    command: str
    expected: tuple[str, ...]
    exits: int
    place: str


@dataclass(frozen=True)
class Answered:
    """What a command printed, and its exit code; None: it was never reached."""

    output: str
    exits: int | None


def blocks(page: Path) -> list[Block]:
    """Give all blocks of a page."""
    found = []
    lines = page.read_text("utf-8").splitlines()
    start: int | None = None
    for number, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if start is None:
            start = number
            continue
        before = next((one for one in reversed(lines[:start]) if one.strip()), "")
        info = tuple(lines[start][3:].split())
        found.append(Block(page, start + 1, info, "\n".join(lines[start + 1 : number]) + "\n", before))
        start = None
    assert start is None, f"{page.name}: the block of line {start} has no end"
    return found


def typed(block: Block) -> list[Typed]:
    """Give the commands of a console block."""
    found: list[tuple[list[str], list[str]]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append(([line[2:]], []))
        elif line.startswith("> ") and found and not found[-1][1]:
            found[-1][0].append(line[2:])
        elif line.strip():
            assert found, f"{block}: output before any command"
            found[-1][1].append(line)
    commands = []
    for words, expected in found:
        last = EXITS.search(words[-1])
        words[-1] = EXITS.sub("", words[-1])
        commands.append(Typed("\n".join(words), tuple(expected), int(last[1]) if last else 0, str(block)))
    return commands


def missing_line(answered: Answered, expected: tuple[str, ...]) -> str | None:
    """Give the first expected line that did not come out in its turn, if any."""
    lines = iter(" ".join(line.split()) for line in answered.output.splitlines())
    for line in expected:
        wanted = re.compile(".*".join(re.escape(" ".join(part.split())) for part in line.split("…")))
        if not any(wanted.search(one) for one in lines):
            return line
    return None


def play(steps: list[Typed | Block], folder: Path) -> list[Answered]:
    """Type the commands into one shell, and write the files between them; gives the answers to the commands."""
    words = ["trap 'kill $(jobs -p) 2>/dev/null' EXIT"]
    number = 0
    for step in steps:
        if isinstance(step, Block):
            words.append(f"mkdir -p {shlex.quote(str(Path(step.info[2]).parent))}")
            words.append(f"cat > {shlex.quote(step.info[2])} <<'END OF BLOCK'\n{step.text}END OF BLOCK")
            continue
        words += [f"printf '\\036{number}\\n'", step.command]
        if started := re.search(r">\s*(\S+)\s*&$", step.command):
            words.append(f"for _ in $(seq 150); do [ -s {started[1]} ] && break; sleep 0.1; done; [ -s {started[1]} ]")
        if made := re.match(r"tieout init (\S+) --sandbox (\S+)", step.command):
            words.append(f"{shlex.quote(sys.executable)} {shlex.quote(str(UNHURRIED))} {made[1]} {made[2]}")
        words.append(f"ended=$?; printf '\\037%d\\n' $ended; [ $ended = {step.exits} ] || exit 0")
        number += 1
    env = {name: value for name, value in os.environ.items() if not name.startswith(("TIEOUT_", "PYTEST_"))}
    env |= {"PATH": f"{Path(sys.executable).parent}:{env['PATH']}", "HOME": str(folder), "COLUMNS": "110"}
    ended = subprocess.run(
        ["bash", "-c", "\n".join(words)],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    given = {
        int(one[1]): Answered(one[2], int(one[3]) if one[3] else None)
        for one in re.finditer(r"\x1e(\d+)\n([^\x1e\x1f]*)(?:\x1f(\d+)\n)?", ended.stdout)
    }
    return [given.get(place, Answered("", None)) for place in range(number)]
