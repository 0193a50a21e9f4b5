"""What `make` does before its first target, tried with interpreters that lack what Debian leaves out."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not (ROOT / ".ci/bootstrap").exists(), reason="only a clone holds .ci/bootstrap")

# Answers as the interpreter that runs the tests, lacks some modules, and notes what it is asked to install.
INTERPRETER = """#!/bin/sh
case "$*" in
    *"import venv, ensurepip"*) exit {ensurepip};;
    *"import venv, pip"*) exit {pip};;
    "-m venv --without-pip .venv") mkdir -p .venv/bin; printf '#!/bin/sh\\nexit 1\\n' > .venv/bin/python
        chmod +x .venv/bin/python; echo "$*" >> calls;;
    "-m pip"*|"-m venv"*) echo "$*" >> calls;;
    *) exec {python} "$@";;
esac
"""


def _project(folder: Path, interpreter: str, *, answers: dict[str, int] | None = None) -> dict[str, str]:
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/bootstrap", folder / ".ci")
    (folder / "requirements.lock").write_text("click==8.2.1\n")
    if answers is not None:
        made = folder / interpreter
        made.write_text(INTERPRETER.format(python=sys.executable, **answers))
        made.chmod(0o755)
    return {"PATH": "/usr/bin:/bin", "PYTHON": str(folder / interpreter)}


def _make_ready(folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    words = ("sh", ".ci/bootstrap")
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_without_ensurepip_pip_installs_from_outside(tmp_path: Path) -> None:
    env = _project(tmp_path, "python", answers={"ensurepip": 1, "pip": 0})
    ended = _make_ready(tmp_path, env)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "calls").read_text().splitlines() == [
        "-m venv --without-pip .venv",
        "-m pip --python .venv/bin/python install -q -r requirements.lock",
        "-m pip --python .venv/bin/python install -q --no-deps --no-build-isolation -e .",
    ]
    assert (tmp_path / ".venv/.ready").exists()


def test_the_same_packages_are_not_installed_twice(tmp_path: Path) -> None:
    env = _project(tmp_path, "python", answers={"ensurepip": 1, "pip": 0})
    _make_ready(tmp_path, env)
    (tmp_path / "calls").unlink()
    _make_ready(tmp_path, env)
    assert (tmp_path / "calls").read_text().splitlines() == [
        "-m pip --python .venv/bin/python install -q --no-deps --no-build-isolation -e .",
    ]


def test_without_both_the_message_names_the_package(tmp_path: Path) -> None:
    env = _project(tmp_path, "python", answers={"ensurepip": 1, "pip": 1})
    ended = _make_ready(tmp_path, env)
    assert ended.returncode == 2
    assert "apt install python3-venv" in ended.stderr
    assert not (tmp_path / ".venv/.ready").exists()


def test_an_interpreter_that_is_not_there_is_named(tmp_path: Path) -> None:
    ended = _make_ready(tmp_path, _project(tmp_path, "python9"))
    assert ended.returncode == 2
    assert "There is no" in ended.stderr
    assert "apt install python3" in ended.stderr


def test_an_interpreter_that_is_too_old_is_named(tmp_path: Path) -> None:
    env = _project(tmp_path, "python")
    old = tmp_path / "python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit\nexit 1\n')
    old.chmod(0o755)
    ended = _make_ready(tmp_path, env)
    assert ended.returncode == 2
    assert "Python 3.9.2 is too old" in ended.stderr


def test_make_says_what_there_is() -> None:
    ended = subprocess.run(("make", "help"), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0
    assert {"demo", "test", "lint", "bench", "simulate", "docs"} <= {
        line.split()[0] for line in ended.stdout.split("\n") if line
    }
