"""Damage to texts: what slips of the hand, of an editor, of a disk and of an ill-willed person do to them."""

from __future__ import annotations

from random import Random

PIECES = (
    "{", "}", "[", "]", ":", ",", '"', "'", "!", "&", "*", "#", "|", "\t", "\n", "0", "null", "true", "crm.",
    "books.", "crm", "books", "from: ", "when: ", "link: ", "as: ", "x", "~", "`5`", "5", "-", "settings.",
    "parent.crm.Id", "\u00e9", "\x00", "\x1b[31m", "\ufeff", "\u202e", "\U0001f4a3", "<<: *a", "!!python/object:x",
    "1e999999999", "-0", ".nan", "0x1F", "9" * 400, "a" * 5000, "(" * 200, "[" * 200, "{a: " * 100,
    "2026-02-30", "no", "=cmd()", "%s", "${env:HOME}", "../../etc/passwd",
)  # fmt: skip


def spoilt(text: str, chance: Random) -> str:
    """Damage a text in one to four places."""
    for _ in range(chance.randint(1, 4)):
        text = _once(text, chance)
    return text


def _once(text: str, chance: Random) -> str:
    lines = text.splitlines() or [""]
    place = chance.randrange(len(text) + 1)
    match chance.randrange(7):
        case 0:
            return text[:place] + chance.choice(PIECES) + text[place:]
        case 1:
            return text[:place] + text[place + chance.randint(1, 6) :]
        case 2:
            del lines[chance.randrange(len(lines))]
        case 3:
            lines.insert(chance.randrange(len(lines)), chance.choice(lines))
        case 4:
            one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
        case 5:
            line = chance.randrange(len(lines))
            lines[line] = " " * chance.randrange(9) + lines[line].lstrip()
        case _:
            words = text.split(" ")
            words[chance.randrange(len(words))] = chance.choice(PIECES)
            return " ".join(words)
    return "\n".join(lines) + "\n"


def torn(content: bytes, chance: Random) -> bytes:
    """Damage a file as a disk does: cut, bits flipped, a block of zeros, a piece of it somewhere else."""
    place = chance.randrange(len(content))
    match chance.randrange(5):
        case 0:
            return content[:place]
        case 1:
            spoiled = bytearray(content)
            for _ in range(chance.randint(1, 20)):
                spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
            return bytes(spoiled)
        case 2:
            return content[:place] + bytes(4096) + content[place + 4096 :]
        case 3:
            return content[:place] + content[chance.randrange(len(content)) :]
        case _:
            return chance.randbytes(chance.randint(0, 200)) + content
