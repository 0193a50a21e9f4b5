from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tieout.cli.files import Target


def test_a_file_that_is_there_or_will_be_is_taken(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("x")
    assert Target().convert(tmp_path / "old", None, None) == tmp_path / "old"
    assert Target().convert(str(tmp_path / "new"), None, None) == tmp_path / "new"


def test_a_pipe_or_a_device_is_refused_for_it_would_be_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    for one in (pipe, tmp_path / "link", Path(os.devnull)):
        with pytest.raises(click.BadParameter, match=f"'{one}' is no plain file; name a file"):
            Target().convert(str(one), None, None)


PROBE = """
import os, sys
import click
from tieout.cli.files import Target
target = Target()
if os.geteuid() == 0:
    os.setuid(65534)
try:
    target.convert("figures.prom", None, None)
except click.BadParameter as error:
    sys.exit(error.message)
"""


def test_a_folder_in_which_this_user_can_make_no_file_is_told_before_any_work() -> None:
    ended = subprocess.run(  # the root of the file system is nobody's to write to but root's
        [sys.executable, "-c", PROBE], cwd="/", capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stderr.strip() == "this user can make no file in '/'; name a file elsewhere"


def test_standard_output_has_the_report() -> None:
    with pytest.raises(click.BadParameter, match="standard output has the report; name a file"):
        Target().convert("-", None, None)


def test_a_link_stands_for_the_file_that_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "kept" / "file")
    assert Target().convert(str(tmp_path / "link"), None, None) == tmp_path / "kept" / "file"
