"""Import what commands need, then fork once for each order; `forked.py` starts this. Only a child goes on to `main`."""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import sys
import time
from typing import NamedTuple

PACKAGES = ("tieout", "tieout_salesforce", "tieout_spotlercrm", "tieout_xero")
"""All of their modules are imported beforehand, but for those that are scripts."""
SCRIPTS = ("__main__", ".migrations.")
BESIDE = ("rich.table", "rich.console", "rapidfuzz", "sqlalchemy.dialects.sqlite")
"""What they import only when it is needed, and most commands need."""
LARGEST = 1 << 18
"""Octets of an order."""


class Order(NamedTuple):
    """What a process is to be: arguments, folder and variables."""

    words: list[str]
    folder: str
    env: dict[str, str]


def prepare() -> None:
    """Import."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for one in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not any(script in one.name for script in SCRIPTS):
                importlib.import_module(one.name)
    for name in BESIDE:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what is here is never looked at again: its pages stay shared


def serve(line: socket.socket) -> bool:
    """Answer the number of a process with how it ended (-N: signal N), an order with the number of a new one.

    Gives True in such a new process, False at the end.
    """
    while True:
        asked, files, _, _ = socket.recv_fds(line, LARGEST, 3)
        if not asked:
            return False
        if not files:
            line.send(str(os.waitstatus_to_exitcode(os.waitpid(int(asked), 0)[1])).encode())
            continue
        child = os.fork()
        if not child:
            line.close()
            become(Order(*json.loads(asked)), files)
            return True
        for file in files:
            os.close(file)
        line.send(str(child).encode())


def become(order: Order, files: list[int]) -> None:
    """Take over arguments, folder, variables and files of an order, as a process that was started with them."""
    for place, file in enumerate(files):
        os.dup2(file, place)
        os.close(file)
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.env)
    time.tzset()
    sys.argv = order.words
    sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115  # an open file; it is the process's own to its end
    sys.stdout = open(1, "w", encoding="utf-8")  # noqa: SIM115  # as above
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115  # as above


if __name__ == "__main__":
    prepare()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a person who stops the tests stops the child, not what forks
    if serve(socket.socket(fileno=int(sys.argv[1]))):
        signal.signal(signal.SIGINT, signal.default_int_handler)
        importlib.import_module("tieout.cli").main()
