"""What batches of seeds have in common: each profile makes something frequent that is rare in `any`."""

from __future__ import annotations

from .world import SHARES, Profile

KEYLESS = {"twins": "possible", "replay": False}
"""A system in which a lost create can't be found again."""

PROFILES = {
    "any": Profile(),
    "two": Profile(runners=2),
    "faulty": Profile(faults=True),
    "keyless": Profile(faults=True, tempers=KEYLESS),
    "upsert": Profile(faults=True, tempers={"twins": "upsert", "replay": False}),
    "found": Profile(faults=True, lossy=4, tempers={"twins": "found", "replay": False, "late": True}),
    "sparse": Profile(full=False, features={"torn": False}, tempers={"incremental": True, "deletions": "reported"}),
    "partial": Profile(
        faults=True,
        cut=0.5,
        crowd=6,
        features={"keeping": True},
        tempers={"deletions": "absence", "incremental": False, "page": 100},
    ),
    "unproved": Profile(
        crowd=6,
        features={"keeping": True},
        tempers={"deletions": "absence", "incremental": False, "late": True, "page": 2, "shifting": True},
    ),
    "limbo": Profile(faults=True, lossy=4, tempers={**KEYLESS, "long": True}),
    "unmatched": Profile(faults=True, lossy=4, features={"unmatched": True}, tempers={"replay": False, "long": True}),
    "repeated": Profile(faults=True, lossy=4, tempers={"replay": True, "long": True, "twins": "found"}),
    "rivals": Profile(
        runners=2,
        overtaken=0.12,
        crowd=3,
        features={"chain": False, "changing": False, "references": False},
        tempers={"twins": "found", "replay": False},
    ),
    "recent": Profile(
        runners=2,
        faults=True,
        lossy=4,
        crowd=5,
        features={"newest": True, "recent": True, "changing": False, "chain": False, "references": False},
        tempers={"conditional": True, "replay": False, "names_author": True, "grain": 1, "automated": ""},
    ),
    "asked": Profile(features={"answers": True}, asked=True),
    "unread": Profile(
        faults=True, cut=0.6, crowd=6, features={"torn": True}, tempers={"incremental": False, "page": 100}
    ),
    "verified": Profile(verified=True),
    "untracked": Profile(verified=True, features={"untracked": True, "chain": False}),
    "locks": Profile(verified=True, features={"locks": True}),
    "archives": Profile(verified=True, features={"archives": True, "chain": False}),
    "erased": Profile(features={"erasure": True}),
    "picked": Profile(features={"picked": True}),
    "tried": Profile(features={"tried": True}),
    "rekeyed": Profile(crowd=1, features={"rekeyed": True}),
    "partly": Profile(faults=True, features={"undo": True, "chain": True, "changing": False}),
    "recoded": Profile(faults=True, lossy=4, crowd=1, tempers=KEYLESS, features={"rekeyed": True}),
    **{name: Profile(features={name: True}) for name in SHARES},
}
