"""The console script in a process of its own, forked from one that has imported what commands need.

Half of a short command's time is importing, and the tests type a thousand of them: here it is done once for each
worker. What is forked has done nothing else: no file, no connection, no thread is open. The installed script itself is
run by the pages of `docs/`, by consents, and by whatever is killed, frozen or interrupted.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

TIEOUT = str(Path(sys.executable).with_name("tieout"))
HUNG = 300
"""Seconds after which a command counts as hung."""
FORKING = Path(__file__).with_name("forking.py")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> Any:
        return json.loads(self.out)

    def __str__(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


def command(words: Sequence[str], folder: Path, env: Mapping[str, str], stdin: str = "") -> Ended:
    """Run one command to its end, with these variables alone and no terminal. Raises TimeoutExpired."""
    if _counts_at_start(env):
        return started(words, folder, env, stdin)
    with ExitStack() as stack:
        files = [stack.enter_context(TemporaryFile()) for _ in range(3)]
        given, *written = files
        given.write(stdin.encode())
        given.seek(0)
        code = _nursery().run(words, folder, env, files)
        for file in written:
            file.seek(0)
        out, err = (file.read().decode().replace("\r\n", "\n") for file in written)
    return Ended(code, out, err)


def started(
    words: Sequence[str],
    folder: Path,
    env: Mapping[str, str],
    stdin: str = "",
    *,
    before: Callable[[], object] | None = None,
) -> Ended:
    """Do the same with the installed script itself; `before` is called in its process first."""
    done = subprocess.run(
        [TIEOUT, *words],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        input=stdin,
        timeout=HUNG,
        check=False,
        preexec_fn=before,  # one thread: nothing of ours runs in the child yet
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@contextmanager
def serving(words: Sequence[str], env: Mapping[str, str]) -> Iterator[str]:
    """Run a command that serves, give its first line, and end it."""
    if _counts_at_start(env):
        yield from _serving_anew(words, env)
        return
    nursery = _nursery()
    ours, theirs = os.pipe()
    with os.fdopen(ours) as shown, os.fdopen(theirs, "w") as told, open(os.devnull, "rb") as nothing:  # noqa: PTH123  # a device
        process = nursery.start(words, Path.cwd(), env, [nothing, told, sys.__stderr__ or told])
        told.close()
        try:
            yield shown.readline()
        finally:
            os.kill(process, signal.SIGTERM)
            nursery.wait(process)


def _serving_anew(words: Sequence[str], env: Mapping[str, str]) -> Iterator[str]:
    process = subprocess.Popen([TIEOUT, *words], stdout=subprocess.PIPE, text=True, env=env)
    try:
        assert process.stdout is not None
        yield process.stdout.readline()
    finally:
        process.terminate()
        process.wait(20)


def _counts_at_start(env: Mapping[str, str]) -> bool:
    """Say whether Python or the loader goes by one of these variables, once, when a process starts."""
    return any(name.startswith(("PYTHON", "LD_")) for name in env)


class Nursery:
    """The process that forks, and the line to it."""

    def __init__(self) -> None:
        """Start it; it ends when this process does."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        bare = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        line = [sys.executable, str(FORKING), str(theirs.fileno())]
        self._process = subprocess.Popen(line, env=bare, pass_fds=[theirs.fileno()], cwd="/")
        theirs.close()
        self._socket = ours
        self._socket.settimeout(HUNG)
        self._turn = threading.RLock()
        atexit.register(self.close)

    def close(self) -> None:
        """End it."""
        self._socket.close()
        self._process.wait()

    def run(self, words: Sequence[str], folder: Path, env: Mapping[str, str], files: Sequence[IO[Any]]) -> int:
        """Run a command to its end and give its exit code, -N for signal N. Raises TimeoutExpired."""
        with self._turn:
            process = self.start(words, folder, env, files)
            try:
                return self.wait(process)
            except TimeoutError:
                os.kill(process, signal.SIGKILL)
                self._socket.recv(64)
                raise subprocess.TimeoutExpired(list(words), HUNG) from None

    def start(self, words: Sequence[str], folder: Path, env: Mapping[str, str], files: Sequence[IO[Any]]) -> int:
        """Start a command with its three files; give its process."""
        order = json.dumps([[TIEOUT, *words], str(folder), dict(env)]).encode()
        with self._turn:
            socket.send_fds(self._socket, [order], [file.fileno() for file in files])
            return int(self._socket.recv(64))

    def wait(self, process: int) -> int:
        """Wait for the end of a process, and give its code."""
        with self._turn:
            self._socket.send(str(process).encode())
            return int(self._socket.recv(64))


@cache
def _nursery() -> Nursery:
    return Nursery()
