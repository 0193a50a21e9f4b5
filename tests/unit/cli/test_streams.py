"""Standard streams that are closed or full: told in a line, never a trace, and no file gets their numbers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TIEOUT = f"{sys.executable} -m tieout"


def shell(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", words], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("closed", [">&-", "<&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_fault(tmp_path: Path, closed: str) -> None:
    done = shell(f"{TIEOUT} help exit-codes {closed}", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert ("143" in done.stdout) == (">&- " not in f"{closed} " or closed == "2>&-")


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="this machine has no device that is always full")
@pytest.mark.parametrize("words", ["help exit-codes", "status --json"])
def test_a_full_disk_under_the_report_is_told_once(tmp_path: Path, words: str) -> None:
    done = shell(f"{TIEOUT} {words} > /dev/full", tmp_path)
    assert done.returncode == (2 if "status" in words else 1)  # there is no project: that error comes first
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert "standard output can't be written: No space left on device" in done.stderr
