"""Who holds a lease: this process, named so that others on the same machine can tell when it is gone."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def this_process() -> str:
    """Name this process as an owner of leases."""
    return f"{_here()} process {os.getpid()}"


def is_gone(owner: str) -> bool:
    """Say whether a lease's owner was a process of this machine that lives no more (kill -9)."""
    where, _, number = owner.rpartition(" process ")
    if where != _here() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _here() -> str:
    """Name this machine and, where there are such, the namespace in which process numbers mean something."""
    try:
        space = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        space = ""
    return f"{platform.node()} {space}".strip()
